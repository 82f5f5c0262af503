package websocketclient

import (
	"sync"

	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/log"
)

// sharedLoop is for clients that bring none.
var sharedLoop clientLoop

// A clientLoop runs while somebody holds it.
type clientLoop struct {
	mu    sync.Mutex // guards what follows
	loop  *ioloop.IOLoop
	users int
}

// acquire gives the loop; release is called once.
func (s *clientLoop) acquire() (l *ioloop.IOLoop, release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == 0 {
		if s.loop, err = ioloop.New(ioloop.Options{}); err != nil {
			return nil, nil, err
		}
		go runClientLoop(s.loop) // ends with the last connection
	}
	s.users++
	return s.loop, s.giveBack, nil
}

func (s *clientLoop) giveBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users == 0 {
		s.loop.Stop()
		s.loop = nil
	}
}

func runClientLoop(l *ioloop.IOLoop) {
	if err := l.Start(); err != nil {
		log.General.Error("websocketclient: the clients' loop: %v", err)
	}
	if err := l.Close(); err != nil {
		log.General.Warning("websocketclient: the clients' loop: %v", err)
	}
}
