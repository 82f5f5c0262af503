//go:build linux

package httpserver

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/log"
)

const limitedVariable = "TEST_OUT_OF_DESCRIPTORS"

func init() {
	if os.Getenv(limitedVariable) != "" {
		otherProgram = serveWithFewDescriptors
	}
}

// serveWithFewDescriptors is a program of its own: it serves with room for a few
// connections until its input ends, and then reports how often it complained and
// how much it worked.
func serveWithFewDescriptors() {
	complaints := 0 // written on the one loop
	log.Observe(func(log.Record) { complaints++ })
	log.SetLevel(log.LevelNone)
	s := New(echo{}, Options{Loops: 1})
	if err := s.Listen("127.0.0.1:0"); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	open := leak.Descriptors()
	limit := unix.Rlimit{Cur: uint64(len(open) + 8), Max: uint64(len(open) + 8)}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.Addresses()[0])
	var buf [1]byte
	for n := 1; n > 0; n, _ = os.Stdin.Read(buf[:]) {
	}
	s.Close()
	var usage unix.Rusage
	unix.Getrusage(unix.RUSAGE_SELF, &usage)
	fmt.Println(complaints, time.Duration(usage.Utime.Nano()+usage.Stime.Nano()).Milliseconds())
}

// TestOutOfDescriptors opens more connections than a server may have. Those that
// it has must be served, it must not spin meanwhile, and the others must be served
// as soon as there is room.
func TestOutOfDescriptors(t *testing.T) {
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Env = append(os.Environ(), limitedVariable+"=1")
	input, err := program.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	program.Stderr = os.Stderr
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	defer program.Wait()
	defer input.Close()
	var address string
	if _, err := fmt.Fscan(output, &address); err != nil || !strings.Contains(address, ":") {
		t.Fatalf("got %q, %v", address, err)
	}
	const n = 30
	clients := make([]*client, n)
	served := 0
	for i := range clients {
		clients[i] = dial(t, address)
		clients[i].get("/")
	}
	for _, c := range clients {
		c.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if _, err := c.in.Peek(1); err == nil {
			served++
		}
		c.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	}
	if served == 0 || served == n {
		t.Errorf("%d of %d clients are served; want some, and not all", served, n)
	}
	// One after another leaves and makes room.
	for _, c := range clients {
		c.want("GET / ")
		c.conn.Close()
	}
	input.Close()
	var complaints, milliseconds int
	if _, err := fmt.Fscan(output, &complaints, &milliseconds); err != nil {
		t.Fatal(err)
	}
	t.Logf("served %d of %d at first; %d complaints, %d ms of work", served, n, complaints, milliseconds)
	if complaints == 0 || complaints > n || milliseconds > 1500 {
		t.Errorf("got %d complaints and %d ms of work; want few of both", complaints, milliseconds)
	}
}
