//go:build linux

package main

import (
	"path/filepath"
	"syscall"
	"time"

	"github.com/tornado-dev/tornado/bench/pinned"
)

// A server is a running server program.
type server struct{ *pinned.Server }

func (b *bench) start(library string) (*server, error) { return b.startOn(library, *serverCore) }

func (b *bench) startOn(library string, core int, more ...string) (*server, error) {
	s, err := pinned.StartServer(b.ctx, core, filepath.Join(b.directory, "server"), func(address string) []string {
		return append([]string{library, address}, more...)
	})
	return &server{s}, err
}

func (s *server) broadcast() error {
	_, err := s.Ask(syscall.SIGUSR2)
	return err
}

// cpu is what the process has used so far.
func (s *server) cpu() (time.Duration, error) {
	all, _, err := pinned.CPUTime(s.PID())
	return all, err
}
