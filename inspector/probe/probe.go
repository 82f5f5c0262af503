//go:build unix

package probe

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/inspector/wire"
)

// init attaches the probe if a supervisor started this program. By itself, or as
// a child of the program that was started, it is a program like any other.
func init() {
	descriptors, supervised := os.LookupEnv(wire.ProbeEnv)
	if !supervised {
		return
	}
	hosts, token := os.Getenv(wire.AllowHostsEnv), os.Getenv(wire.TokenEnv)
	for _, name := range []string{wire.ProbeEnv, wire.AllowHostsEnv, wire.TokenEnv} {
		os.Unsetenv(name)
	}
	if err := attach(descriptors, hosts, token); err != nil {
		fmt.Fprintln(os.Stderr, "tornado-dev: attach the probe:", err)
		os.Exit(1)
	}
}

// attach connects with the supervisor over the descriptors named as "3,4" and
// installs the hooks.
func attach(descriptors, hosts, token string) error {
	control, records, err := inherited(descriptors)
	if err != nil {
		return err
	}
	conn, err := wire.NewControlConn(control)
	if err != nil {
		return err
	}
	stream, err := newStream(records)
	if err != nil {
		return err
	}
	recorder := NewRecorder(stream, Options{})
	p := newProgram(conn, recorder, token)
	hooks := &trace.Hooks{
		Development: true,
		AllowHost:   allowHost(strings.Split(hosts, ",")),
	}
	recorder.Hooks(hooks)
	hideOwn(hooks)
	p.hook(hooks)
	trace.Install(hooks)
	observeLog(recorder)
	if err := conn.Send(&wire.Control{Type: wire.ControlHello, PID: os.Getpid()}); err != nil {
		return err
	}
	go p.receive() // ends with the process
	go p.steer()   // the same
	return nil
}

// observeLog sends what is logged as records. Lines on standard error, which the
// supervisor reads too, would say the same once more; only what may be a
// program's last words goes there still, since a record could come too late.
func observeLog(recorder *Recorder) {
	log.SetOutput(lastWords{})
	log.Observe(func(r log.Record) {
		own := r.Logger == "tornado.access" && strings.Contains(r.Message, " "+pagePrefix)
		if r.Level < log.LevelCritical && !own {
			recorder.Log(levelName(r.Level), r.Logger, r.Message, r.Request, r.Time)
		}
	})
}

func levelName(level log.Level) string {
	switch {
	case level < log.LevelInfo:
		return "debug"
	case level < log.LevelWarning:
		return "info"
	case level < log.LevelError:
		return "warning"
	}
	return "error"
}

// lastWords prints the lines of critical records, which begin with a C.
type lastWords struct{}

func (lastWords) Write(line []byte) (int, error) {
	if bytes.HasPrefix(line, []byte("[C")) {
		return os.Stderr.Write(line)
	}
	return len(line), nil
}

// inherited opens the two descriptors and keeps them from programs that this one
// starts.
func inherited(descriptors string) (control, records *os.File, err error) {
	first, second, ok := strings.Cut(descriptors, ",")
	if !ok {
		return nil, nil, fmt.Errorf("%s is %q, not two descriptors", wire.ProbeEnv, descriptors)
	}
	var files [2]*os.File
	for i, text := range []string{first, second} {
		fd, err := strconv.Atoi(text)
		if err != nil || fd < 3 {
			return nil, nil, fmt.Errorf("%s is %q, not two descriptors", wire.ProbeEnv, descriptors)
		}
		syscall.CloseOnExec(fd)
		// Non-blocking, so that a full stream parks a goroutine and not a thread.
		if err := syscall.SetNonblock(fd, true); err != nil {
			return nil, nil, os.NewSyscallError("fcntl", err)
		}
		if files[i] = os.NewFile(uintptr(fd), "tornado-dev"); files[i] == nil {
			return nil, nil, errors.New("a descriptor from the supervisor is not open")
		}
	}
	return files[0], files[1], nil
}
