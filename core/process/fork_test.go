//go:build unix

package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/core/trace"
)

// patience is for a machine that has much to do.
const patience = 60 * time.Second

func init() {
	programs["server"] = func() error {
		return ForkProcesses(Options{Processes: 2, Listen: []string{"127.0.0.1:0"}}, func(id int) error {
			sockets, err := netutil.BindSockets("127.0.0.1:0")
			if err != nil {
				return err
			}
			return serve(id, sockets)
		})
	}
	programs["server with sockets"] = func() error {
		sockets, err := netutil.BindSockets("127.0.0.1:0")
		if err != nil {
			return err
		}
		return ForkProcesses(Options{Processes: 2, Sockets: sockets}, func(id int) error { return serve(id, sockets) })
	}
	programs["fails at the start"] = func() error {
		return ForkProcesses(Options{Processes: 2, MaxRestarts: 3}, func(id int) error {
			if id == 0 {
				return errors.New("cannot start")
			}
			return untilSignal()
		})
	}
	programs["never restarts"] = func() error {
		return ForkProcesses(Options{Processes: 1, MaxRestarts: -1}, func(int) error {
			return errors.New("cannot start")
		})
	}
	programs["fails once"] = func() error {
		return ForkProcesses(Options{Processes: 3}, func(id int) error {
			fmt.Println("worker", id, "of", os.Args[len(os.Args)-1])
			if id != 1 {
				return nil
			}
			return os.Mkdir(os.Getenv("TEST_FOLDER"), 0o700) // works for one that comes after another
		})
	}
	programs["stubborn"] = func() error {
		return ForkProcesses(Options{Processes: 1, StopTimeout: 10 * time.Millisecond}, func(int) error {
			signal.Ignore(syscall.SIGTERM)
			fmt.Println("ready", os.Getpid())
			select {}
		})
	}
	programs["bad end"] = func() error {
		return ForkProcesses(Options{Processes: 1}, func(int) error {
			if err := untilSignal(); err != nil {
				return err
			}
			return errors.New("could not save")
		})
	}
	programs["signals"] = func() error {
		return ForkProcesses(Options{Processes: 1}, func(int) error {
			got := make(chan os.Signal, 4)
			signal.Notify(got, syscall.SIGUSR1, syscall.SIGHUP)
			fmt.Println("ready", os.Getpid())
			for s := range got {
				fmt.Println("got", s)
				if s == syscall.SIGHUP {
					return nil
				}
			}
			return nil
		})
	}
}

func untilSignal() error {
	got := make(chan os.Signal, 1)
	signal.Notify(got, syscall.SIGTERM)
	fmt.Println("ready", os.Getpid())
	<-got
	return nil
}

// serve tells each client who it is, until it gets a SIGTERM.
func serve(id int, sockets []netutil.Socket) error {
	if own, ok := TaskID(); !ok || own != id {
		return fmt.Errorf("TaskID is %d, %v; want %d", own, ok, id)
	}
	if os.Getenv(taskVariable) != "" {
		return errors.New("children of the worker would believe to be workers")
	}
	listener, err := net.FileListener(os.NewFile(uintptr(sockets[0].FD), "listener"))
	if err != nil {
		return err
	}
	go func() { // ends when the listener is closed
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			fmt.Fprintln(client, id, os.Getpid())
			client.Close()
		}
	}()
	fmt.Println("address", listener.Addr())
	err = untilSignal()
	listener.Close()
	return err
}

// A family is a program with its workers.
type family struct {
	t      *testing.T
	parent *exec.Cmd
	lines  *bufio.Scanner // what all of them print
	errors strings.Builder
}

func startFamily(t *testing.T, program string, env ...string) *family {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	f := &family{t: t, parent: exec.CommandContext(ctx, os.Args[0], "an argument")}
	f.parent.Env = append(append(os.Environ(), programVariable+"="+program), env...)
	f.parent.Stderr = &f.errors
	out, err := f.parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	f.lines = bufio.NewScanner(out)
	if err := f.parent.Start(); err != nil {
		t.Fatal(err)
	}
	return f
}

// line is the next line that begins with word, without it.
func (f *family) line(word string) string {
	f.t.Helper()
	for f.lines.Scan() {
		if rest, ok := strings.CutPrefix(f.lines.Text(), word+" "); ok {
			return rest
		}
	}
	f.parent.Wait()
	f.t.Fatalf("there is no line %q; standard error:\n%s", word, f.errors.String())
	return ""
}

// end waits until everybody has ended who can still print.
func (f *family) end() (rest string, err error) {
	f.t.Helper()
	var lines []string
	for f.lines.Scan() {
		lines = append(lines, f.lines.Text())
	}
	err = f.parent.Wait()
	return strings.Join(lines, "\n"), err
}

func (f *family) signal(s os.Signal) {
	f.t.Helper()
	if err := f.parent.Process.Signal(s); err != nil {
		f.t.Fatal(err)
	}
}

// whoAnswers asks a server.
func whoAnswers(t *testing.T, address string) (id, pid int) {
	t.Helper()
	client, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	client.SetDeadline(time.Now().Add(patience))
	answer, err := io.ReadAll(client)
	if _, scanErr := fmt.Sscan(string(answer), &id, &pid); err != nil || scanErr != nil {
		t.Fatalf("got %q, %v, %v", answer, err, scanErr)
	}
	return id, pid
}

// TestWorkersShareSockets asks two workers at one address, kills one of them, which
// is started again, and stops all of them.
func TestWorkersShareSockets(t *testing.T) {
	for _, program := range []string{"server", "server with sockets"} {
		t.Run(program, func(t *testing.T) {
			f := startFamily(t, program)
			address := f.line("address")
			if other := f.line("address"); other != address {
				t.Fatalf("one listens on %s, the other on %s", address, other)
			}
			workers := map[int]int{} // numbers and processes
			for deadline := time.Now().Add(patience); len(workers) < 2; {
				id, pid := whoAnswers(t, address)
				workers[id] = pid
				if time.Now().After(deadline) {
					t.Fatalf("only %v answered", workers)
				}
			}
			if workers[0] == 0 || workers[1] == 0 {
				t.Fatalf("the workers are %v; want numbers 0 and 1", workers)
			}
			if err := syscall.Kill(workers[1], syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			f.line("address")
			again := workers[1]
			for deadline := time.Now().Add(patience); again == workers[1]; {
				if id, pid := whoAnswers(t, address); id == 1 {
					again = pid
				}
				if time.Now().After(deadline) {
					t.Fatal("the worker that was started again does not answer")
				}
			}
			f.signal(syscall.SIGTERM)
			if _, err := f.end(); err != nil {
				t.Errorf("the parent ended with %v; want well", err)
			}
			if want := fmt.Sprintf("worker 1: process %d: signal: killed; it is started again in 0s", workers[1]); !strings.Contains(f.errors.String(), want) {
				t.Errorf("standard error is\n%s; want %q", f.errors.String(), want)
			}
		})
	}
}

// TestEnds looks at how families end.
func TestEnds(t *testing.T) {
	for _, tt := range []struct {
		program string
		ready   bool      // a worker says so, before the signal
		signal  os.Signal // to the parent; nil if it ends by itself
		printed []string
		status  string   // "" is well
		errors  []string // on standard error
	}{
		{"fails at the start", false, nil, nil, "exit status 1", []string{
			"worker 0: process ", "exit status 1; it is started again in 0s", "it is started again in 100ms", "it is started again in 200ms",
			"workers failed too often: 3 restarts; last, worker 0: process "}},
		{"never restarts", false, nil, nil, "exit status 1", []string{"workers failed too often: 0 restarts"}},
		{"fails once", false, nil, []string{"worker 0 of an argument", "worker 1 of an argument", "worker 2 of an argument"}, "", nil},
		{"stubborn", true, syscall.SIGTERM, nil, "exit status 1", []string{"worker 0 did not end within 10ms, and is killed", "worker 0: process", "signal: killed"}},
		{"bad end", true, syscall.SIGTERM, nil, "exit status 1", []string{"could not save", "worker 0: process", "exit status 1"}},
		{"bad end", true, syscall.SIGQUIT, nil, "exit status 1", []string{"SIGQUIT", "exit status 2"}},
		{"bad end", true, os.Interrupt, nil, "", nil}, // which it dies of
		{"signals", true, syscall.SIGHUP, []string{"got hangup"}, "", nil},
	} {
		t.Run(fmt.Sprint(tt.program, "/", tt.signal), func(t *testing.T) {
			skipUnderNohup(t, tt.signal)
			f := startFamily(t, tt.program, "TEST_FOLDER="+filepath.Join(t.TempDir(), "once"))
			if tt.ready {
				f.line("ready")
			}
			if tt.signal != nil {
				f.signal(tt.signal)
			}
			printed, err := f.end()
			if text(err) != tt.status {
				t.Errorf("the parent ended with %q; want %q", text(err), tt.status)
			}
			for _, want := range tt.printed {
				if !strings.Contains(printed, want) {
					t.Errorf("printed:\n%s\nwant %q", printed, want)
				}
			}
			for _, want := range tt.errors {
				if !strings.Contains(f.errors.String(), want) {
					t.Errorf("standard error:\n%s\nwant %q", f.errors.String(), want)
				}
			}
		})
	}
}

// skipUnderNohup skips what cannot be tried where SIGHUP is to be ignored.
func skipUnderNohup(t *testing.T, s os.Signal) {
	t.Helper()
	if s == syscall.SIGHUP && signal.Ignored(s) {
		t.Skip("SIGHUP is to be ignored, as nohup wants it")
	}
}

// Those signals that end nothing are passed on as well.
func TestOtherSignals(t *testing.T) {
	skipUnderNohup(t, syscall.SIGHUP)
	f := startFamily(t, "signals")
	f.line("ready")
	f.signal(syscall.SIGUSR1)
	if got := f.line("got"); got != "user defined signal 1" {
		t.Errorf("the worker got %q", got)
	}
	f.signal(syscall.SIGHUP)
	if _, err := f.end(); err != nil {
		t.Errorf("the parent ended with %v", err)
	}
}

// TestOrphans kills the parent so that it can tell nobody.
func TestOrphans(t *testing.T) {
	f := startFamily(t, "server")
	var workers []int
	for range 2 {
		pid, err := strconv.Atoi(f.line("ready"))
		if err != nil {
			t.Fatal(err)
		}
		workers = append(workers, pid)
	}
	f.signal(os.Kill)
	// The workers hold the other end of what is read here.
	if _, err := f.end(); text(err) != "signal: killed" {
		t.Errorf("the parent ended with %v", err)
	}
	for _, pid := range workers {
		if !strings.Contains(f.errors.String(), "is gone, so it ends") {
			t.Errorf("worker %d did not say why it ends:\n%s", pid, f.errors.String())
		}
	}
}

// Where the workbench has the sockets there is one worker, here.
func TestUnderTheWorkbench(t *testing.T) {
	previous := trace.Install(&trace.Hooks{Listen: func(string, string) ([]int, bool, error) { return nil, false, nil }})
	defer func() { trace.Install(previous); own = nil }()
	calls := 0
	err := ForkProcesses(Options{Processes: 3}, func(id int) error {
		calls++
		if own, ok := TaskID(); id != 0 || own != 0 || !ok {
			t.Errorf("got the number %d, TaskID %d, %v", id, own, ok)
		}
		return errStopping
	})
	if calls != 1 || err != errStopping {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// What cannot be listened on is told before anything is started.
func TestListenFails(t *testing.T) {
	for _, address := range []string{"nonsense", "256.0.0.1:0"} {
		err := ForkProcesses(Options{Listen: []string{"127.0.0.1:0", address}}, func(int) error {
			t.Error("a worker runs")
			return nil
		})
		if err == nil {
			t.Errorf("%s: no error", address)
		}
	}
}
