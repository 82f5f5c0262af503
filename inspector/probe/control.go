//go:build unix

package probe

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/inspector/wire"
)

// How long a program whose supervisor has vanished may take to end.
const orphanGrace = 3 * time.Second

// How long an adopted connection waits for the server it belongs to.
const adoptionWait = 5 * time.Second

// A program is what the supervisor steers: the servers and file caches of this
// process.
type program struct {
	// Set by newProgram and never changed.
	control  *wire.ControlConn
	recorder *Recorder
	pages    *pages
	exit     func(code int)
	tasks    chan func() // for steer; when it is full, who adds waits

	// Owned by the goroutine that runs steer.
	holding bool

	mu      sync.Mutex // guards what follows
	servers []trace.Server
	caches  []trace.FileCache
	routes  []trace.Route
	lastID  uint64
	asked   map[uint64]chan listening // by ID of the message
	waiting map[string][]trace.HandedConnection
	gone    bool // the supervisor has ended
}

// listening is the answer to ControlListen.
type listening struct {
	fds []int
	err error
}

func newProgram(control *wire.ControlConn, recorder *Recorder, token string) *program {
	return &program{
		control:  control,
		recorder: recorder,
		pages:    newPages(token),
		exit:     os.Exit,
		tasks:    make(chan func(), 64),
		asked:    make(map[uint64]chan listening),
		waiting:  make(map[string][]trace.HandedConnection),
	}
}

// hook fills in the functions of h by which the supervisor steers.
func (p *program) hook(h *trace.Hooks) {
	h.Listen = p.listen
	h.ServerStarted = p.serverStarted
	h.CacheCreated = p.cacheCreated
	h.ApplicationCreated = p.applicationCreated
	h.PageScript = p.pages.script()
}

var errSupervisorGone = errors.New("tornado-dev has ended")

// listen asks the supervisor for sockets, and waits for them.
func (p *program) listen(network, address string) (fds []int, ok bool, err error) {
	answer := make(chan listening, 1) // one answer comes
	p.mu.Lock()
	if p.gone {
		p.mu.Unlock()
		return nil, false, errSupervisorGone
	}
	p.lastID++
	id := p.lastID
	p.asked[id] = answer
	p.mu.Unlock()
	if err := p.control.Send(&wire.Control{Type: wire.ControlListen, ID: id, Network: network, Address: address}); err != nil {
		p.answer(id, listening{err: errSupervisorGone})
	}
	got := <-answer
	return got.fds, got.err == nil, got.err
}

// answer gives the result of a question to who asked it, once.
func (p *program) answer(id uint64, result listening) {
	p.mu.Lock()
	answer := p.asked[id]
	delete(p.asked, id)
	p.mu.Unlock()
	if answer != nil {
		answer <- result
		return
	}
	for _, fd := range result.fds {
		wire.CloseDescriptor(fd)
	}
}

func (p *program) serverStarted(s trace.Server) {
	// The hook may run on a loop, which Hold would wait for.
	p.tasks <- func() {
		if p.holding {
			s.Hold()
		}
		p.mu.Lock()
		p.servers = append(p.servers, s)
		adopted := p.waiting[s.Address()]
		delete(p.waiting, s.Address())
		p.mu.Unlock()
		for _, c := range adopted {
			s.Adopt(c)
		}
		p.control.Send(&wire.Control{Type: wire.ControlReady, Address: s.Address()})
	}
}

func (p *program) cacheCreated(c trace.FileCache) {
	p.mu.Lock()
	p.caches = append(p.caches, c)
	p.mu.Unlock()
	p.control.Send(&wire.Control{Type: wire.ControlRoots, Paths: c.Roots()})
}

func (p *program) applicationCreated(application any) {
	if a, ok := application.(interface{ AddDevelopmentRoutes(...web.Route) error }); ok {
		if err := a.AddDevelopmentRoutes(p.pages.routes()...); err != nil {
			log.General.Error("tornado-dev: pages do not reload by themselves: %v", err)
		}
	}
	routed, ok := application.(interface{ Routes() []trace.Route })
	if !ok {
		return
	}
	p.mu.Lock()
	p.routes = append(p.routes, routed.Routes()...)
	routes := p.routes
	p.mu.Unlock()
	p.recorder.Routes(routes)
}

// receive reads the supervisor's messages until it has ended, and then ends this
// program: nobody could stop it any more.
func (p *program) receive() {
	for {
		m, fds, err := p.control.Receive()
		if err != nil {
			break
		}
		if m.Type == wire.ControlListening {
			result := listening{fds: fds}
			if m.Error != "" {
				result.err = errors.New(m.Error)
			}
			p.answer(m.ID, result)
			continue
		}
		p.tasks <- func() { p.obey(m, fds) }
	}
	p.mu.Lock()
	p.gone = true
	var unanswered []uint64
	for id := range p.asked {
		unanswered = append(unanswered, id)
	}
	p.mu.Unlock()
	for _, id := range unanswered {
		p.answer(id, listening{err: errSupervisorGone})
	}
	p.terminate()
}

// terminate ends the program as SIGTERM does, so that it can finish what it has,
// and by force if that takes long.
func (p *program) terminate() {
	time.AfterFunc(orphanGrace, func() { p.exit(1) })
	syscall.Kill(os.Getpid(), syscall.SIGTERM)
}

// steer does what has to happen one after the other: a hold is complete before
// the hand-over that follows it begins.
func (p *program) steer() {
	for task := range p.tasks {
		task()
	}
}

func (p *program) obey(m *wire.Control, fds []int) {
	switch m.Type {
	case wire.ControlHold:
		p.holding = true
		p.eachServer(trace.Server.Hold)
		p.control.Send(&wire.Control{Type: wire.ControlHeld})
	case wire.ControlResume:
		if p.holding {
			p.holding = false
			p.eachServer(trace.Server.Resume)
		}
	case wire.ControlForget:
		p.mu.Lock()
		caches := append([]trace.FileCache(nil), p.caches...)
		p.mu.Unlock()
		for _, c := range caches {
			c.Forget(m.Paths)
		}
	case wire.ControlPage:
		p.pages.tell(m.Page)
	case wire.ControlHandOver:
		p.pages.tell(wire.PageReload) // the successor is ready: who asks again is answered by it
		if successor := socket(&fds); successor != nil {
			go p.handOver(successor) // ends when no connection is left, or with the process
		}
	case wire.ControlAdopt:
		if predecessor := socket(&fds); predecessor != nil {
			go p.adopt(predecessor) // ends with the predecessor's last connection
		}
	case wire.ControlQuit:
		p.terminate()
	}
	for _, fd := range fds {
		wire.CloseDescriptor(fd)
	}
}

// eachServer calls f for all servers at once and waits for every one: each Hold
// waits for loops of its own.
func (p *program) eachServer(f func(trace.Server)) {
	p.mu.Lock()
	servers := append([]trace.Server(nil), p.servers...)
	p.mu.Unlock()
	var all sync.WaitGroup
	for _, s := range servers {
		all.Go(func() { f(s) })
	}
	all.Wait()
}

// socket takes the first descriptor as a connection to another program.
func socket(fds *[]int) *wire.ControlConn {
	if len(*fds) == 0 {
		return nil
	}
	fd := (*fds)[0]
	*fds = (*fds)[1:]
	c, err := wire.NewControlConn(os.NewFile(uintptr(fd), "hand-over"))
	if err != nil {
		return nil
	}
	return c
}

// handOver sends every connection to the successor, as it becomes idle.
func (p *program) handOver(successor *wire.ControlConn) {
	p.eachServer(func(s trace.Server) {
		s.HandOver(func(c trace.HandedConnection) {
			// A connection that cannot be sent, since the successor has died, is closed:
			// its client sees the end and connects anew.
			successor.Send(&wire.Control{Type: wire.ControlConnection, Address: s.Address(), Connection: &c}, c.FD)
			wire.CloseDescriptor(c.FD)
			// After the last connection main may return and the process end at once.
			flush(p.recorder)
		})
	})
	successor.Close()
	p.recorder.Close() // the records of the last requests are on their way before the end is announced
	p.control.Send(&wire.Control{Type: wire.ControlHandedOver})
}

// flush waits until what was recorded before has been written. The recorder
// flushes once for each value it receives; when it has received a second one, the
// flush of the first is done, and when a third one fits, it has received two.
func flush(r *Recorder) {
	for range 3 {
		select {
		case r.full <- struct{}{}:
		case <-r.ended:
			return
		}
	}
}

// adopt takes connections from the predecessor until it has no more.
func (p *program) adopt(predecessor *wire.ControlConn) {
	defer predecessor.Close()
	for {
		m, fds, err := predecessor.Receive()
		if err != nil {
			return
		}
		if m.Type == wire.ControlConnection && m.Connection != nil && len(fds) > 0 {
			m.Connection.FD, fds = fds[0], fds[1:]
			p.place(m.Address, *m.Connection)
		}
		for _, fd := range fds {
			wire.CloseDescriptor(fd)
		}
	}
}

// place gives a connection to the server for the same address. A server that has
// not started yet gets it then.
func (p *program) place(address string, c trace.HandedConnection) {
	p.mu.Lock()
	for _, s := range p.servers {
		if s.Address() == address {
			p.mu.Unlock()
			s.Adopt(c)
			return
		}
	}
	if len(p.waiting[address]) == 0 {
		time.AfterFunc(adoptionWait, func() { p.abandon(address) })
	}
	p.waiting[address] = append(p.waiting[address], c)
	p.mu.Unlock()
}

// abandon closes connections to an address on which the program serves no longer.
func (p *program) abandon(address string) {
	p.mu.Lock()
	waiting := p.waiting[address]
	delete(p.waiting, address)
	p.mu.Unlock()
	for _, c := range waiting {
		wire.CloseDescriptor(c.FD)
	}
}
