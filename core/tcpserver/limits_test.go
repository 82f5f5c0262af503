//go:build linux

package tcpserver

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/log"
)

const limitedVariable = "TEST_OUT_OF_DESCRIPTORS"

func init() {
	if os.Getenv(limitedVariable) != "" {
		otherProgram = serveWithFewDescriptors
	}
}

// serveWithFewDescriptors is a program of its own: an echo server with room for a
// few connections. It tells its address, and when its input ends how often it
// complained and how much it worked.
func serveWithFewDescriptors() {
	complaints := 0 // written on the one loop
	log.Observe(func(log.Record) { complaints++ })
	log.SetLevel(log.LevelNone)
	group, err := ioloop.NewGroup(1)
	if err == nil {
		err = group.Start()
	}
	s := New(echo, Options{}, group.Loops()...)
	if err == nil {
		err = s.Listen("127.0.0.1:0")
	}
	few := uint64(len(leak.Descriptors()) + 8)
	if err == nil {
		err = unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: few, Max: few})
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.Addresses()[0])
	io.Copy(io.Discard, os.Stdin)
	group.Close()
	var usage unix.Rusage
	unix.Getrusage(unix.RUSAGE_SELF, &usage)
	fmt.Println(complaints, time.Duration(usage.Utime.Nano()+usage.Stime.Nano()).Milliseconds())
}

// TestOutOfDescriptors opens more connections than a server may have. It must
// serve those it has and not spin, and serve the others when there is room.
func TestOutOfDescriptors(t *testing.T) {
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Env = append(os.Environ(), limitedVariable+"=1", "GORACE=atexit_sleep_ms=0")
	program.Stderr = os.Stderr
	input, err := program.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	defer program.Wait()
	defer input.Close()
	var address string
	if _, err := fmt.Fscan(output, &address); err != nil {
		t.Fatal(err)
	}
	clients := make([]*client, 30)
	for i := range clients {
		clients[i] = dial(t, address, nil)
		clients[i].send("x\n")
	}
	clients[0].wantLine("x\n")
	last := clients[len(clients)-1]
	last.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := last.in.Peek(1); err == nil {
		t.Error("the last client is served; there was to be no room for it")
	}
	last.SetReadDeadline(time.Now().Add(patience))
	clients[0].send("y\n")
	clients[0].wantLine("y\n")
	for i, c := range clients { // one after another leaves and makes room
		if i > 0 {
			c.wantLine("x\n")
		}
		c.Close()
	}
	input.Close()
	var complaints, milliseconds int
	if _, err := fmt.Fscan(output, &complaints, &milliseconds); err != nil {
		t.Fatal(err)
	}
	if complaints != 1 || milliseconds > 1500 {
		t.Errorf("got %d complaints and %d ms of work; want one, and little work", complaints, milliseconds)
	}
}
