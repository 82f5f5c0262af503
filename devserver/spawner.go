package devserver

import (
	"os/exec"
	"runtime"
)

// A spawner starts processes, all from one thread that lives as long as it does:
// Linux tells a child that its parent died when the thread that started it ends.
type spawner struct {
	requests chan spawnRequest
	ended    chan struct{}
}

type spawnRequest struct {
	cmd    *exec.Cmd
	answer chan<- error
}

func newSpawner() *spawner {
	s := &spawner{requests: make(chan spawnRequest), ended: make(chan struct{})}
	go s.run() // ends with close, which waits for it
	return s
}

func (s *spawner) run() {
	defer close(s.ended)
	// Never unlocked, so that the thread ends with this goroutine.
	runtime.LockOSThread()
	for request := range s.requests {
		request.answer <- request.cmd.Start()
	}
}

// start is cmd.Start.
func (s *spawner) start(cmd *exec.Cmd) error {
	answer := make(chan error, 1) // one answer comes
	s.requests <- spawnRequest{cmd, answer}
	return <-answer
}

// close ends the spawner. Nothing may be started any more.
func (s *spawner) close() {
	close(s.requests)
	<-s.ended
}
