package nethttp

import (
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/iostream"
)

// farewellTime is how long a client may take to read the last of a connection that was
// closed.
const farewellTime = time.Minute

// A streamConn is a net.Conn over a stream, for a handler that took its connection
// over. The methods of net.Conn may be called from any goroutine; those of
// iostream.Consumer, and stream, belong to the loop.
type streamConn struct {
	// Set by newStreamConn and never changed.
	stream        *iostream.IOStream
	post          func(func()) // to the loop
	local, remote net.Addr

	mu       sync.Mutex // guards what follows
	readable sync.Cond
	writable sync.Cond
	unread   []byte
	more     bool  // the stream has more than there was room for
	end      error // what Read finds behind unread; nil while the peer may go on
	unsent   int   // bytes that the socket has not taken
	failure  error // why nothing can be written any more; nil while it can
	closed   bool  // by Close

	readDeadline, writeDeadline deadline
}

var (
	_ net.Conn          = (*streamConn)(nil)
	_ iostream.Consumer = (*streamConn)(nil)
)

// newStreamConn is called on the loop.
func newStreamConn(stream *iostream.IOStream, local, remote net.Addr) *streamConn {
	c := &streamConn{stream: stream, post: stream.Loop().AddCallback, local: local, remote: remote}
	c.readable.L, c.writable.L = &c.mu, &c.mu
	if stream.PeerEnded() && len(stream.Unread()) == 0 {
		c.end = io.EOF
	}
	return c
}

// Read implements net.Conn.
func (c *streamConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(p) > 0 && len(c.unread) == 0 && c.end == nil && !c.closed && !c.readDeadline.passed {
		c.readable.Wait()
	}
	switch {
	case c.closed:
		return 0, net.ErrClosed
	case c.readDeadline.passed:
		return 0, os.ErrDeadlineExceeded
	case len(p) == 0:
		return 0, nil
	case len(c.unread) == 0:
		return 0, c.end
	}
	n := copy(p, c.unread)
	if c.unread = c.unread[n:]; len(c.unread) == 0 {
		c.unread = nil
		if c.more {
			c.more = false
			c.post(c.stream.Deliver)
		}
	}
	return n, nil
}

// Write implements net.Conn. It waits while the peer has much to take.
func (c *streamConn) Write(p []byte) (n int, err error) {
	for {
		piece := p[n:min(len(p), n+maxUnsent)]
		if err := c.queue(piece); err != nil {
			return n, err
		}
		if n += len(piece); n == len(p) {
			return n, nil
		}
	}
}

// queue has the loop write a piece, when there is room for it.
func (c *streamConn) queue(piece []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.unsent > 0 && c.unsent+len(piece) > maxUnsent && c.failure == nil && !c.closed && !c.writeDeadline.passed {
		c.writable.Wait()
	}
	switch {
	case c.closed:
		return net.ErrClosed
	case c.failure != nil:
		return c.failure
	case c.writeDeadline.passed:
		return os.ErrDeadlineExceeded
	}
	c.unsent += len(piece)
	piece = append([]byte(nil), piece...)
	c.post(func() {
		c.stream.Write(piece)
		c.stream.NotifyDrained(func(error) { c.taken(len(piece)) })
	})
	return nil
}

func (c *streamConn) taken(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unsent -= n
	c.writable.Broadcast()
}

// Close implements net.Conn. What was written leaves before.
func (c *streamConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.closed, c.unread = true, nil
	c.readDeadline.set(time.Time{}, nil)
	c.writeDeadline.set(time.Time{}, nil)
	c.readable.Broadcast()
	c.writable.Broadcast()
	c.post(func() {
		c.stream.SetDeadline(farewellTime)
		c.stream.CloseWhenWritten(true)
	})
	return nil
}

// LocalAddr implements net.Conn.
func (c *streamConn) LocalAddr() net.Addr { return c.local }

// RemoteAddr implements net.Conn.
func (c *streamConn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline implements net.Conn.
func (c *streamConn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline implements net.Conn.
func (c *streamConn) SetReadDeadline(t time.Time) error {
	return c.setDeadline(&c.readDeadline, &c.readable, t)
}

// SetWriteDeadline implements net.Conn. It concerns a Write that waits for room.
func (c *streamConn) SetWriteDeadline(t time.Time) error {
	return c.setDeadline(&c.writeDeadline, &c.writable, t)
}

func (c *streamConn) setDeadline(d *deadline, waiting *sync.Cond, t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	d.set(t, waiting)
	waiting.Broadcast()
	return nil
}

// A deadline is one of a streamConn's. Its conn's mu guards it.
type deadline struct {
	passed bool
	timer  *time.Timer // nil if there is none, or it has passed
}

// set waits for t, the zero time being never, and wakes who waits then.
func (d *deadline) set(t time.Time, waiting *sync.Cond) {
	stopTimer(&d.timer)
	d.passed = !t.IsZero() && !time.Now().Before(t)
	if t.IsZero() || d.passed {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(time.Until(t), func() { // Close stops it
		waiting.L.Lock()
		defer waiting.L.Unlock()
		if d.timer == timer { // and not of a deadline that was taken back
			d.timer, d.passed = nil, true
			waiting.Broadcast()
		}
	})
	d.timer = timer
}

// BytesReceived implements iostream.Consumer.
func (c *streamConn) BytesReceived(data []byte) (consumed int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return len(data)
	}
	consumed = min(len(data), max(maxUnread-len(c.unread), 0))
	c.unread = append(c.unread, data[:consumed]...)
	c.more = consumed < len(data)
	if !c.more && c.stream.PeerEnded() {
		c.end = io.EOF
	}
	c.readable.Signal()
	return consumed
}

// PeerEnded implements iostream.Consumer.
func (c *streamConn) PeerEnded() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.more && c.end == nil {
		c.end = io.EOF
		c.readable.Broadcast()
	}
}

// DeadlinePassed implements iostream.Consumer: the client did not read the last of it.
func (c *streamConn) DeadlinePassed() { c.stream.Close(os.ErrDeadlineExceeded) }

// StreamClosed implements iostream.Consumer.
func (c *streamConn) StreamClosed(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failure = err; err == nil {
		c.failure, err = net.ErrClosed, io.EOF
	}
	if c.end == nil {
		c.end = err
	}
	c.readable.Broadcast()
	c.writable.Broadcast()
}

// addrOf makes a net.Addr of an address as netutil writes it.
func addrOf(text string) net.Addr {
	if path, ok := strings.CutPrefix(text, "unix:"); ok {
		return &net.UnixAddr{Name: path, Net: "unix"}
	}
	address, _ := netip.ParseAddrPort(text) // the zero one, if it is not known
	return net.TCPAddrFromAddrPort(address)
}
