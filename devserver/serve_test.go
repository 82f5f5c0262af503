//go:build unix

package devserver

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAfterExit(t *testing.T) {
	for _, tt := range []struct {
		name     string
		outcome  outcome
		failures int // before
		again    bool
		delay    time.Duration
		status   int // of the error; 0: none
	}{
		{"orderly, asked", outcome{status: 0, asked: true}, 0, false, 0, 0},
		{"orderly by itself", outcome{status: 0, lived: time.Hour}, 0, false, 0, 0},
		{"asked, with a status", outcome{status: 4, asked: true}, 0, false, 0, 4},
		{"asked twice", outcome{status: 137, asked: true}, 0, false, 0, 137},
		{"crash", outcome{status: 2, lived: time.Hour}, 2, true, 0, 0},
		{"first failure to start", outcome{status: 1}, 0, true, 250 * time.Millisecond, 0},
		{"second failure to start", outcome{status: 1}, 1, true, 500 * time.Millisecond, 0},
		{"last failure to start", outcome{status: 9}, maxBootFailures - 1, false, 0, 9},
	} {
		t.Run(tt.name, func(t *testing.T) {
			failures := tt.failures
			again, delay, err := afterExit(tt.outcome, &failures)
			status := 0
			if exit := (*ExitError)(nil); errors.As(err, &exit) {
				status = exit.Status
			}
			if again != tt.again || delay != tt.delay || status != tt.status {
				t.Errorf("got %t, %v, %v; want %t, %v, status %d", again, delay, err, tt.again, tt.delay, tt.status)
			}
		})
	}
}

// served is a program that answers each connection on the inherited socket with
// what it was told, and does not need the framework.
const served = `package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM)
	if os.Getenv("FAIL") != "" {
		fmt.Fprintln(os.Stderr, "boot failure")
		os.Exit(5)
	}
	fmt.Println("sockets", os.Getenv("TORNADO_SOCKETS"), "probe", os.Getenv("TORNADO_PROBE"), "development", os.Getenv("TORNADO_DEV"))
	if strings.Contains(os.Getenv("TORNADO_SOCKETS"), "=3") {
		listener, err := net.FileListener(os.NewFile(3, "socket"))
		if err != nil {
			panic(err)
		}
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				fmt.Fprintln(conn, "hello")
				conn.Close()
			}
		}()
	}
	<-signals
	fmt.Println("draining")
	if os.Getenv("HANG") == "" {
		return
	}
	<-signals
	select {}
}
`

// serving runs Serve in the background and returns its output line by line.
func serving(t *testing.T, o ServeOptions) (output *bufio.Reader, signals chan<- os.Signal, ended <-chan error) {
	t.Helper()
	dir := tempDir(t)
	writeFiles(t, dir, map[string]string{"go.mod": goMod, "main.go": served})
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan os.Signal, 2)
	done := make(chan error, 1)
	o.Dir, o.Stdout, o.Stderr, o.Signals = dir, w, w, told
	go func() { // ends with Serve, which the tests wait for
		done <- Serve(context.Background(), o)
		w.Close()
	}()
	t.Cleanup(func() { r.Close() })
	return bufio.NewReader(r), told, done
}

func line(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	text, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("read %q, %v", text, err)
	}
	return strings.TrimSpace(text)
}

// expectBuild reads what is said of a build and its end.
func expectBuild(t *testing.T, output *bufio.Reader, want string) {
	t.Helper()
	if got := line(t, output); got != "tornado-dev: building ." {
		t.Errorf("printed %q; want that it builds", got)
	}
	if got := line(t, output); !strings.HasPrefix(got, "tornado-dev: built in ") || !strings.HasSuffix(got, want) {
		t.Errorf("printed %q; want how long it took, and %q", got, want)
	}
}

// An address that cannot be had is told before anything is built.
func TestServeAddressFirst(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, tt := range []struct{ address, want string }{
		{taken.Addr().String(), "address already in use"},
		{"8888", "such as 127.0.0.1:8888"},
	} {
		output, _, ended := serving(t, ServeOptions{Addr: tt.address})
		if err := <-ended; err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v; want %q", tt.address, err, tt.want)
		}
		if printed, _ := output.ReadString('\n'); printed != "" {
			t.Errorf("%s: printed %q; want nothing", tt.address, printed)
		}
	}
}

func TestServe(t *testing.T) {
	// A port that is free now; the program itself asks for none.
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := probe.Addr().String()
	probe.Close()

	output, signals, ended := serving(t, ServeOptions{Addr: address})
	expectBuild(t, output, "listens on "+address)
	if got, want := line(t, output), "sockets "+address+"=3 probe  development"; got != want {
		t.Errorf("the program has %q; want %q", got, want)
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if data, err := io.ReadAll(conn); err != nil || string(data) != "hello\n" {
		t.Errorf("got %q, %v through the socket; want hello", data, err)
	}
	signals <- syscall.SIGTERM
	if got := line(t, output); got != "draining" {
		t.Errorf("printed %q; want draining", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("got %v; want an orderly end", err)
	}
}

func TestServeKillsAtTheSecondSignal(t *testing.T) {
	t.Setenv("HANG", "1")
	output, signals, ended := serving(t, ServeOptions{})
	expectBuild(t, output, "it starts")
	line(t, output)
	signals <- os.Interrupt
	if got := line(t, output); got != "draining" {
		t.Errorf("printed %q; want draining", got)
	}
	signals <- os.Interrupt
	var exit *ExitError
	if err := <-ended; !errors.As(err, &exit) || exit.Status != 128+int(syscall.SIGKILL) {
		t.Errorf("got %v; want the status of a killed program", err)
	}
}

func TestServeGivesUp(t *testing.T) {
	t.Setenv("FAIL", "1")
	output, _, ended := serving(t, ServeOptions{})
	data, err := io.ReadAll(output)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(data), "boot failure"); got != maxBootFailures {
		t.Errorf("started %d times; want %d: %s", got, maxBootFailures, data)
	}
	var exit *ExitError
	if err := <-ended; !errors.As(err, &exit) || exit.Status != 5 || !strings.Contains(exit.Message, "in a row") {
		t.Errorf("got %v; want status 5 and why", err)
	}
}

func TestServeDoesNotStartWhatDoesNotBuild(t *testing.T) {
	dir := tempDir(t)
	writeFiles(t, dir, map[string]string{"go.mod": goMod, "main.go": "package main\n\nfunc main() { x }\n"})
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	err = Serve(context.Background(), ServeOptions{Dir: dir, Stderr: w})
	w.Close()
	if err == nil || !strings.Contains(err.Error(), "does not build") {
		t.Errorf("got %v; want that it does not build", err)
	}
	if data, _ := io.ReadAll(r); !strings.Contains(string(data), "main.go:3") {
		t.Errorf("printed %q; want where the error is", data)
	}
}
