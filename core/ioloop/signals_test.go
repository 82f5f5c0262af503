//go:build unix

package ioloop

import (
	"os"
	"syscall"
	"testing"

	"github.com/tornado-dev/tornado/core/concurrent"
)

func TestAddSignalHandler(t *testing.T) {
	l := startLoop(t)
	got := make(chan os.Signal, 2) // as many as the test sends
	remove := l.AddSignalHandler(func(s os.Signal) { got <- s }, syscall.SIGUSR1, syscall.SIGUSR2)
	for _, want := range []syscall.Signal{syscall.SIGUSR2, syscall.SIGUSR1} {
		if err := syscall.Kill(os.Getpid(), want); err != nil {
			t.Fatal(err)
		}
		if s := <-got; s != want {
			t.Errorf("got %v; want %v", s, want)
		}
	}
	// Another handler keeps the signal from ending the process, and tells that it came.
	other := make(chan os.Signal, 1)
	removeOther := l.AddSignalHandler(func(s os.Signal) { other <- s }, syscall.SIGUSR1)
	defer removeOther()
	_, err := Call(l, func() *concurrent.Future[int] { remove(); remove(); return concurrent.Resolved(0) }).Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	<-other
	if len(got) != 0 {
		t.Errorf("got %v after the handler was removed", <-got)
	}
	l.AddSignalHandler(func(s os.Signal) { t.Errorf("got %v; want none without asking", s) })()
}
