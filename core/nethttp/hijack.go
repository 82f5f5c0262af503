package nethttp

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/iostream"
)

// An upgrader is a connection that gives its stream away, see
// http1connection.ServerConnection.Upgrade.
type upgrader interface {
	Upgrade(consumer func(*iostream.IOStream) iostream.Consumer) error
}

// Hijack implements http.Hijacker. It waits until the request's body has come, which
// is thrown away as far as it was not read. What the client sends from then on is read
// from the connection; the bufio.Reader holds nothing of it yet. The connection ends
// when it is closed, when the client leaves or when the server stops.
//
// Only WriteHeader(101), and 2xx for CONNECT, may have been called before.
func (w *responseWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	switch {
	case w.hijacked:
		return nil, nil, http.ErrHijacked
	case w.fixed != nil && !w.switches():
		return nil, nil, fmt.Errorf("nethttp: Hijack after WriteHeader(%d); take the connection over before any answer", w.status)
	case httputil.EqualFold(w.request.Headers.Get("Expect"), "100-continue") && !w.body.wasRead():
		return nil, nil, errors.New("nethttp: Hijack before the body was read that the client offers with Expect: 100-continue")
	}
	if w.fixed != nil && !w.sent {
		w.flush(nil)
	}
	w.body.Close()
	conn, err := w.takeOver()
	if err != nil {
		return nil, nil, err
	}
	w.hijacked = true
	stopTimer(&w.deadline)
	return conn, bufio.NewReadWriter(bufio.NewReader(conn), bufio.NewWriter(conn)), nil
}

// switches reports whether the answer that was begun lets the connection go on in
// another protocol.
func (w *responseWriter) switches() bool {
	return w.status == http.StatusSwitchingProtocols || w.request.Method == http.MethodConnect && w.status >= 200 && w.status < 300
}

// takeOver gets the connection from the loop, when the request was read. That the
// client sends no more does not matter.
func (w *responseWriter) takeOver() (conn net.Conn, err error) {
	done := make(chan struct{})
	w.postFinal(func() {
		w.whenRead(func() {
			defer close(done)
			conn, err = w.upgrade()
		})
	})
	<-done
	return conn, err
}

// upgrade is called on the loop, when the request was read.
func (w *responseWriter) upgrade() (net.Conn, error) {
	if err := w.err(); err != nil {
		return nil, err
	}
	if w.ended {
		return nil, errAborted
	}
	from, ok := w.request.Connection.(upgrader)
	if !ok {
		return nil, fmt.Errorf("nethttp: a %T cannot be taken over: %w", w.request.Connection, http.ErrNotSupported)
	}
	if w.seen == statusClientLeft { // no answer was begun
		w.seen = http.StatusSwitchingProtocols
		w.request.Trace.KeepAnswerHead(w.seen, nil, 0)
	}
	local, remote := addressesOf(w.request.Connection)
	var conn *streamConn
	err := from.Upgrade(func(stream *iostream.IOStream) iostream.Consumer {
		conn = newStreamConn(stream, addrOf(local), addrOf(remote))
		return conn
	})
	if err != nil {
		w.fails(err)
		return nil, err
	}
	w.ended = true
	w.conclude("")
	return conn, nil
}

// addressesOf are our side's and the peer's, empty where they are not known.
func addressesOf(c httputil.HTTPConnection) (local, remote string) {
	if known, ok := c.(interface{ Addresses() (local, remote string) }); ok {
		return known.Addresses()
	}
	return "", ""
}
