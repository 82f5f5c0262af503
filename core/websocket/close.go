package websocket

import (
	"errors"
	"fmt"

	"github.com/tornado-dev/tornado/core/websocket/frame"
)

var (
	errCloseTimeout = errors.New("websocket: the client did not answer the close frame in time")
	errPingTimeout  = errors.New("websocket: the client gave no sign of life")
	errStalled      = errors.New("websocket: the client took nothing of what waits for it")
)

// close sends a close frame, from any goroutine.
func (c *conn) close(code Code, reason string) error {
	if code == 0 && reason != "" {
		code = frame.Normal
	}
	if code != 0 && !code.Sendable() {
		return fmt.Errorf("websocket: Close with code %d, which must not be sent; use 1000 to 1014 but for 1004 to 1006, or 3000 to 4999", code)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stream == nil || c.sentClose || c.gone {
		return ErrClosed
	}
	c.queueClose(code, reason)
	return nil
}

// queueClose queues the close frame. It is called with mu held, once.
func (c *conn) queueClose(code Code, reason string) {
	payload := frame.AppendClose(make([]byte, 0, frame.MaxControl), code, reason)
	out := c.outbox()
	*out = frame.Append(*out, frame.Close, false, payload)
	c.sentClose = true
	c.see(true, frame.Close, len(payload), int64(len(payload)))
	c.schedule()
}

// startClosing is called when the close frame is on its way.
func (c *conn) startClosing() {
	c.closing = true
	c.setDue(c.kind.options.CloseTimeout)
}

// peerClosed is called with the client's close frame. It is answered with the code
// it has (RFC 6455 section 5.5.1), if it is not an answer itself.
func (c *conn) peerClosed(code Code, reason string) {
	c.closeNow(code, reason, "")
	// A client that goes on sending is read to, or a reset could cost it our frame.
	c.end(true)
}

// fail ends the connection because the client broke a rule (RFC 6455 section
// 7.1.7): it is told, and not waited for.
func (c *conn) fail(code Code, reason string) {
	c.closeNow(code, reason, reason)
	c.end(true)
}

// closeNow notes how the connection ended, and sends a close frame if none was sent.
func (c *conn) closeNow(code Code, reason, answer string) {
	c.code = code
	if reason != "" {
		c.seldom().reason = reason
	}
	c.mu.Lock()
	if !c.sentClose {
		c.queueClose(code, answer)
	}
	c.mu.Unlock()
	c.flush()
}

// end closes the stream when what is queued was taken. Nothing is read or written
// any more, so that the handler is told at once.
func (c *conn) end(linger bool) {
	c.stream.CloseWhenWritten(linger)
	c.finish()
}

// Drain is called when the server stops, or leaves the connection's clients to a
// newer program.
func (c *conn) Drain() {
	code := frame.ServiceRestart
	if c.up.Leaving() {
		code = frame.GoingAway
	}
	_ = c.close(code, "") // it may be closed
}
