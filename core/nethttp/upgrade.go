package nethttp

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/netutil"
)

// An upgraded is a connection of net/http that a handler of ours, one for WebSockets
// above all, goes on with in another protocol. It has an ioloop.IOLoop, which runs on
// the goroutine that ServeHTTP was called on until the stream has closed and everybody
// who holds it has come back.
type upgraded struct {
	// Set before run and never changed.
	loop     *ioloop.IOLoop
	stream   *iostream.IOStream
	consumer iostream.Consumer // nil until somebody goes on with the connection
	pump     *pump             // nil if the stream is the connection's own socket

	// Owned by the loop.
	unread []byte // what the server had read; nil after Upgrade
	closed bool

	held atomic.Int32 // by goroutines that will come back to the loop
}

// switchProtocols answers 101, by hand: when net/http has given the connection away, its
// header leads nowhere.
func (c *connection) switchProtocols(line httputil.ResponseStartLine, headers *httputil.HTTPHeaders) error {
	if err := c.takeOver(); err != nil {
		return err
	}
	others := fieldsOf(c.writer.Header(), func(name string) bool { return headers.Has(name) || ofBodies[name] })
	head := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\n", line.Code, httputil.StatusText(line.Code))
	head = append(others.Append(headers.Append(head)), "Date: "...)
	head = append(time.Now().UTC().AppendFormat(head, http.TimeFormat), "\r\n\r\n"...)
	c.upgraded.stream.Write(head)
	return nil
}

// ofBodies are fields that mean nothing before another protocol.
var ofBodies = map[string]bool{"Content-Length": true, "Content-Type": true, "Transfer-Encoding": true, "Connection": true, "Date": true}

// takeOver gets the connection from net/http. If it cannot be had, the request can still
// be answered otherwise.
func (c *connection) takeOver() error {
	if c.sent {
		return fmt.Errorf("nethttp: Upgrade behind an answer that does not allow it: %w", httputil.ErrOutput)
	}
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		return fmt.Errorf("nethttp: a loop for an upgraded connection: %w: %w", err, httputil.ErrOutput)
	}
	conn, buffered, err := c.control.Hijack()
	if err != nil {
		_ = loop.Close() // nothing is on it
		return fmt.Errorf("nethttp: the connection cannot be upgraded, which takes HTTP/1.1 and a ResponseWriter that hands it over: %w: %w", err, httputil.ErrOutput)
	}
	u := &upgraded{loop: loop}
	if err := u.begin(conn); err != nil {
		_, _ = loop.Close(), conn.Close() // there is nobody to be told
		c.close(err)
		return fmt.Errorf("nethttp: a stream for an upgraded connection: %w: %w", err, httputil.ErrOutput)
	}
	unread, _ := buffered.Reader.Peek(buffered.Reader.Buffered()) // there are as many
	u.unread = append(u.unread, unread...)
	c.mu.Lock()
	c.upgraded = u
	c.mu.Unlock()
	c.sent = true
	return nil
}

// Upgrade gives the connection to another protocol, see
// http1connection.ServerConnection.Upgrade.
func (c *connection) Upgrade(consumer func(*iostream.IOStream) iostream.Consumer) error {
	if c.aborted {
		return errGone
	}
	if c.upgraded == nil {
		if err := c.takeOver(); err != nil {
			return err
		}
	}
	u := c.upgraded
	c.finished = true
	u.consumer = consumer(u.stream)
	u.stream.Push(u.unread)
	u.unread = nil
	return nil
}

func (u *upgraded) begin(conn net.Conn) error {
	fd, err := u.descriptor(conn)
	if err != nil {
		return err
	}
	if u.stream, err = iostream.New(u.loop, fd, u, nil); err != nil {
		_ = netutil.Close(fd) // as the connection is
	}
	return err
}

// descriptor is a socket for the stream: that of the connection itself, which is closed
// otherwise; or if it has none, because it is encrypted, one that a pump connects with
// it.
func (u *upgraded) descriptor(conn net.Conn) (fd int, err error) {
	own, ok := conn.(syscall.Conn)
	if !ok {
		u.pump, fd, err = newPump(conn)
		return fd, err
	}
	raw, err := own.SyscallConn()
	if err != nil {
		return -1, err
	}
	var failure error
	if err := raw.Control(func(of uintptr) { fd, failure = netutil.Duplicate(int(of)) }); err != nil {
		return -1, err
	}
	if failure != nil {
		return -1, failure
	}
	_ = conn.Close() // the socket is open by its other descriptor
	return fd, nil
}

// run is the loop. It ends with the connection.
func (u *upgraded) run(draining <-chan struct{}) {
	over, watching := make(chan struct{}), make(chan struct{})
	go func() { // ends with run
		defer close(watching)
		select {
		case <-draining:
			u.loop.AddCallback(u.drain)
		case <-over:
		}
	}()
	if u.consumer == nil {
		u.consumer = nobody{}
		u.stream.Close(nil)
	}
	_ = u.loop.Start() // it cannot be running already
	_ = u.loop.Close() // nothing is left on it
	close(over)
	<-watching
	u.pump.wait()
}

func (u *upgraded) drain() {
	if d, ok := u.consumer.(http1connection.Drainer); ok {
		d.Drain()
		return
	}
	u.stream.CloseWhenWritten(false)
}

// hold keeps the loop until release is called.
func (u *upgraded) hold() (release func()) {
	u.held.Add(1)
	return func() {
		u.held.Add(-1)
		u.loop.AddCallback(u.mayEnd)
	}
}

func (u *upgraded) mayEnd() {
	if u.closed && u.held.Load() == 0 {
		u.loop.Stop()
	}
}

// BytesReceived implements iostream.Consumer.
func (u *upgraded) BytesReceived(data []byte) (consumed int) { return u.consumer.BytesReceived(data) }

// PeerEnded implements iostream.Consumer.
func (u *upgraded) PeerEnded() { u.consumer.PeerEnded() }

// DeadlinePassed implements iostream.Consumer.
func (u *upgraded) DeadlinePassed() { u.consumer.DeadlinePassed() }

// StreamClosed implements iostream.Consumer.
func (u *upgraded) StreamClosed(err error) {
	// In a turn of its own, behind what the consumer leaves to be done.
	defer u.loop.AddCallback(func() { u.closed = true; u.mayEnd() })
	u.consumer.StreamClosed(err)
}

// nobody goes on with a connection that was taken over in vain.
type nobody struct{}

func (nobody) BytesReceived(data []byte) (consumed int) { return len(data) }
func (nobody) PeerEnded()                               {}
func (nobody) DeadlinePassed()                          {}
func (nobody) StreamClosed(error)                       {}

// A pump carries bytes between a connection without a socket of its own and one end of
// a pair of sockets, whose other end is a stream's. Its zero pointer carries nothing.
type pump struct {
	conn net.Conn
	pair *net.UnixConn
	done chan struct{} // closed when both ways have ended
}

func newPump(conn net.Conn) (*pump, int, error) {
	fd, pair, err := socketPair()
	if err != nil {
		return nil, -1, err
	}
	p := &pump{conn, pair, make(chan struct{})}
	go p.run() // wait waits for it
	return p, fd, nil
}

// run ends when the stream has closed, or the client takes no more.
func (p *pump) run() {
	defer close(p.done)
	in := make(chan struct{})
	go func() { // ends before run
		defer close(in)
		_, _ = io.Copy(p.pair, p.conn) // however it ends, the stream is told the end
		_ = p.pair.CloseWrite()
	}()
	_, _ = io.Copy(p.conn, p.pair)
	_ = p.conn.Close()
	_ = p.pair.Close()
	<-in
}

func (p *pump) wait() {
	if p != nil {
		<-p.done
	}
}
