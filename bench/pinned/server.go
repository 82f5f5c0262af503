//go:build linux

package pinned

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// A Server is a running server program.
type Server struct {
	Program *exec.Cmd
	Address string

	output *bufio.Reader
}

// StartServer starts a server on a core, see Start, and waits until it listens.
// arguments are its arguments for an address on this machine.
func StartServer(ctx context.Context, core int, program string, arguments func(address string) []string) (*Server, error) {
	address, err := FreeAddress()
	if err != nil {
		return nil, err
	}
	s := &Server{Program: exec.CommandContext(ctx, program, arguments(address)...), Address: address}
	s.Program.Stderr = os.Stderr
	output, err := s.Program.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.output = bufio.NewReader(output)
	if err := Start(core, s.Program); err != nil {
		return nil, err
	}
	if err := AwaitListening(ctx, address); err != nil {
		s.End()
		return nil, err
	}
	return s, nil
}

// PID is the number of the server's process.
func (s *Server) PID() int { return s.Program.Process.Pid }

// End ends the program by its own handle; it has nothing to save.
func (s *Server) End() {
	s.Program.Process.Kill()
	s.Program.Wait()
}

// Ask sends a signal and reads the line that the server prints for it.
func (s *Server) Ask(signal syscall.Signal) (line string, err error) {
	if err := s.Program.Process.Signal(signal); err != nil {
		return "", err
	}
	line, err = s.output.ReadString('\n')
	return strings.TrimSpace(line), err
}

// A Memory is what a process needs, or each connection of it, in bytes.
type Memory struct {
	InUse    float64 // heap and stacks
	Resident float64 // as the system sees it
}

// Memory asks the server, which does inuse.TellOnSignal, and the system.
func (s *Server) Memory() (m Memory, err error) {
	line, err := s.Ask(syscall.SIGUSR1)
	if err != nil {
		return m, err
	}
	if m.InUse, err = strconv.ParseFloat(line, 64); err != nil {
		return m, err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.PID()))
	if err != nil {
		return m, err
	}
	_, after, ok := strings.Cut(string(status), "VmRSS:")
	if !ok {
		return m, errors.New("the system does not tell the resident memory")
	}
	kilobytes, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
	m.Resident = kilobytes * 1024
	return m, err
}

// MemorySince is what has been added since before, for each of n connections.
func (s *Server) MemorySince(before Memory, n int) (Memory, error) {
	m, err := s.Memory()
	return Memory{(m.InUse - before.InUse) / float64(n), (m.Resident - before.Resident) / float64(n)}, err
}
