//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tornado-dev/tornado/bench/pinned"
)

// A server is a running server program.
type server struct {
	program *exec.Cmd
	output  *bufio.Reader
	address string
}

func (b *bench) start(library string) (*server, error) { return b.startOn(library, *serverCore) }

func (b *bench) startOn(library string, core int, more ...string) (*server, error) {
	address, err := pinned.FreeAddress()
	if err != nil {
		return nil, err
	}
	program := exec.CommandContext(b.ctx, filepath.Join(b.directory, "server"), append([]string{library, address}, more...)...)
	program.Stderr = os.Stderr
	output, err := program.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := pinned.Start(core, program); err != nil {
		return nil, err
	}
	s := &server{program, bufio.NewReader(output), address}
	if err := pinned.AwaitListening(b.ctx, address); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// end ends the program by its own handle; it has nothing to save.
func (s *server) end() {
	s.program.Process.Kill()
	s.program.Wait()
}

// ask sends a signal and reads what the server prints for it.
func (s *server) ask(signal syscall.Signal) (string, error) {
	if err := s.program.Process.Signal(signal); err != nil {
		return "", err
	}
	line, err := s.output.ReadString('\n')
	return strings.TrimSpace(line), err
}

func (s *server) broadcast() error {
	_, err := s.ask(syscall.SIGUSR2)
	return err
}

// memory is that of a process, in bytes.
type memory struct{ inUse, resident float64 }

func (s *server) memory() (m memory, err error) {
	text, err := s.ask(syscall.SIGUSR1)
	if err != nil {
		return m, err
	}
	if m.inUse, err = strconv.ParseFloat(text, 64); err != nil {
		return m, err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.program.Process.Pid))
	if err != nil {
		return m, err
	}
	_, after, ok := strings.Cut(string(status), "VmRSS:")
	if !ok {
		return m, errors.New("the system does not tell the resident memory")
	}
	kilobytes, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
	m.resident = kilobytes * 1024
	return m, err
}

// memorySince is what was added for each connection.
func (s *server) memorySince(before memory, connections int) (memory, error) {
	m, err := s.memory()
	n := float64(connections)
	return memory{(m.inUse - before.inUse) / n, (m.resident - before.resident) / n}, err
}

// cpu is what the process has used so far.
func (s *server) cpu() (time.Duration, error) {
	all, _, err := pinned.CPUTime(s.program.Process.Pid)
	return all, err
}
