package iostream

import (
	"context"
	"fmt"
	"net"
	"runtime/debug"
	"sync"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/netutil"
)

const (
	// maxHandshakes is how many handshakes run at once in a process.
	maxHandshakes = 256
	// handshakeRoom is how much ciphertext may wait for a handshake.
	handshakeRoom = 16 << 10
)

// A handshake runs on a goroutine of its own, since a tls.Conn cannot go on with
// one that had to wait. The loop feeds it what arrives and collects what it writes.
type handshake struct {
	// Set when it is made, and never changed.
	transport     *transport
	conn          SecureConn
	local, remote net.Addr
	timeout       *ioloop.Timeout
	future        concurrent.Future[SecureConn]

	// Owned by the loop.
	started bool

	mu       sync.Mutex // guards what follows
	arrived  sync.Cond
	in       []byte // ciphertext that conn has not read
	ended    bool   // no more will arrive
	out      []byte // ciphertext that the loop has not collected
	notified bool   // the loop is going to look
	aborted  error  // what reading and writing fail with
	cancel   context.CancelFunc
}

func newHandshake(t *transport) *handshake {
	fd := t.stream.fd
	h := &handshake{transport: t, local: netAddr(netutil.LocalAddress(fd)), remote: netAddr(netutil.RemoteAddress(fd))}
	h.arrived.L = &h.mu
	return h
}

// start lets the handshake run as soon as there is a place.
func (h *handshake) start() {
	if !h.started {
		h.started = true
		handshakes.enter(h)
	}
}

// run is the goroutine.
func (h *handshake) run() {
	defer handshakes.leave()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	h.mu.Lock()
	h.cancel = cancel
	aborted := h.aborted
	h.mu.Unlock()
	err := aborted
	if err == nil {
		err = h.shake(ctx)
	}
	h.transport.stream.loop.AddCallback(func() { h.transport.handshakeEnded(err) })
}

func (h *handshake) shake(ctx context.Context) (err error) {
	defer func() {
		// A callback of the configuration is user code.
		if v := recover(); v != nil {
			log.Application.Error("panic in a TLS handshake: %v\n%s", v, debug.Stack())
			err = fmt.Errorf("iostream: panic in the TLS handshake: %v", v)
		}
	}()
	if err := h.conn.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("iostream: TLS handshake with %v: %w", h.remote, err)
	}
	return nil
}

// read waits for ciphertext. The handshake's goroutine calls it.
func (h *handshake) read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.in) == 0 && !h.ended && h.aborted == nil {
		h.arrived.Wait()
	}
	switch {
	case h.aborted != nil:
		return 0, h.aborted
	case len(h.in) == 0:
		return 0, ErrTruncated
	}
	full := len(h.in) >= handshakeRoom
	n := copy(p, h.in)
	h.in = h.in[n:]
	if full && len(h.in) < handshakeRoom {
		h.notify()
	}
	return n, nil
}

// write keeps ciphertext for the loop. The handshake's goroutine calls it.
func (h *handshake) write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.aborted != nil {
		return 0, h.aborted
	}
	h.out = append(h.out, p...)
	h.notify()
	return len(p), nil
}

// notify lets the loop look what there is to do. mu is held.
func (h *handshake) notify() {
	if !h.notified {
		h.notified = true
		h.transport.stream.loop.AddCallback(h.transport.collect)
	}
}

// collect returns what was written since the last time.
func (h *handshake) collect() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.out
	h.out, h.notified = nil, false
	return out
}

func (h *handshake) feed(ciphertext []byte) {
	h.mu.Lock()
	h.in = append(h.in, ciphertext...)
	h.mu.Unlock()
	h.arrived.Signal()
	h.start()
}

func (h *handshake) feedEnd() {
	h.mu.Lock()
	h.ended = true
	h.mu.Unlock()
	h.arrived.Signal()
	h.start() // to fail
}

func (h *handshake) hasRoom() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.in) < handshakeRoom
}

// abort ends the handshake for err.
func (h *handshake) abort(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.aborted != nil {
		return
	}
	h.aborted = err
	h.arrived.Signal()
	if h.cancel != nil {
		h.cancel()
	}
}

func (h *handshake) isAborted() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.aborted != nil
}

// handshakes are those of this process: each costs tens of kilobytes and up to a
// millisecond of computing, and strangers say how many there are.
var handshakes = places{free: maxHandshakes}

// places let a number of handshakes run, and the others wait.
type places struct {
	mu      sync.Mutex // guards what follows
	free    int
	waiting []*handshake
}

func (p *places) enter(h *handshake) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free == 0 {
		p.waiting = append(p.waiting, h)
		return
	}
	p.free--
	go h.run() // ends with the handshake, which the loop is told of
}

// leave gives the place of one to the next that has not been given up meanwhile.
func (p *places) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.waiting) > 0 {
		next := p.waiting[0]
		p.waiting[0] = nil
		if p.waiting = p.waiting[1:]; len(p.waiting) == 0 {
			p.waiting = nil
		}
		if !next.isAborted() {
			go next.run() // as above
			return
		}
	}
	p.free++
}
