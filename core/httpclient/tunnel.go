package httpclient

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/iostream"
)

// A tunnel asks a proxy for a connection. That, and what is encrypted before and
// after it, is one handshake to the stream; so it runs on the goroutine of that and
// may wait.
type tunnel struct {
	proxy  *Proxy
	host   string
	port   int
	outer  iostream.Security // to the proxy; nil if that is plain
	target iostream.Security // through the tunnel; nil if that is plain
}

func (t tunnel) security(transport net.Conn) iostream.SecureConn {
	c := &tunnelConn{SecureConn: plainConn{transport}, tunnel: t}
	if t.outer != nil {
		c.SecureConn = t.outer(transport)
	}
	return c
}

// A tunnelConn is the innermost connection of those that are there so far.
type tunnelConn struct {
	iostream.SecureConn
	tunnel tunnel
}

// HandshakeContext runs on the goroutine of the handshake.
func (c *tunnelConn) HandshakeContext(ctx context.Context) error {
	if err := c.SecureConn.HandshakeContext(ctx); err != nil {
		return err
	}
	ask := c.tunnel.connectHTTP
	if c.tunnel.proxy.scheme() == "socks5" {
		ask = c.tunnel.connectSOCKS
	}
	if err := ask(c.SecureConn); err != nil {
		return &tunnelError{err}
	}
	if c.tunnel.target == nil {
		return nil
	}
	c.SecureConn = c.tunnel.target(endless{c.SecureConn})
	return c.SecureConn.HandshakeContext(ctx)
}

// A tunnelError is what went wrong between encryption and encryption.
type tunnelError struct{ err error }

func (e *tunnelError) Error() string { return e.err.Error() }
func (e *tunnelError) Unwrap() error { return e.err }

// A plainConn is a connection that is not encrypted, where one is expected that is.
type plainConn struct{ net.Conn }

func (plainConn) HandshakeContext(context.Context) error { return nil }

// CloseWrite does nothing: plain bytes have no end but that of the connection.
func (plainConn) CloseWrite() error { return nil }

// Read takes the end of the bytes for an orderly one.
func (c plainConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err == iostream.ErrTruncated {
		err = io.EOF
	}
	return n, err
}

// endless is the way to what is encrypted once more: there the end of the bytes,
// unless it was said inside, may be somebody's who wants to cut them off.
type endless struct{ net.Conn }

func (c endless) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err == io.EOF {
		err = iostream.ErrTruncated
	}
	return n, err
}

// connectHTTP asks for a tunnel by CONNECT, RFC 9110 section 9.3.6.
func (t *tunnel) connectHTTP(conn io.ReadWriter) error {
	authority := net.JoinHostPort(t.host, strconv.Itoa(t.port))
	request := "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n"
	if t.proxy.Username != "" {
		request += "Proxy-Authorization: " + basic(t.proxy.Username, t.proxy.Password) + "\r\n"
	}
	if !httputil.ValidHost(authority) {
		return httputil.Malformed("invalid host %q", t.host)
	}
	if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
		return err
	}
	var head http1connection.ResponseHead
	for interims := 0; head.Code < 200; interims++ {
		if interims > maxProxyInterims {
			return t.refusal("it gives one interim answer after another")
		}
		raw, err := readHead(conn)
		if err == nil {
			err = head.Parse(raw, &http1connection.Limits{})
		}
		if err != nil {
			return fmt.Errorf("the %v: answer to CONNECT: %w", t.proxy, err)
		}
	}
	if head.Code >= 300 {
		return &ProxyError{Proxy: t.proxy.String(), Code: head.Code, Message: fmt.Sprintf("%d %s", head.Code, head.Reason)}
	}
	return nil
}

// maxProxyInterims is how many interim answers a proxy may give.
const maxProxyInterims = 64

var errProxyHead = errors.New("the head is too long")

// readHead reads a head and not a byte behind it: that belongs to the tunnel.
func readHead(conn io.Reader) (string, error) {
	const maxHead = 16 << 10
	var head []byte
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		if len(head) == maxHead {
			return "", errProxyHead
		}
		head = append(head, 0)
		if _, err := io.ReadFull(conn, head[len(head)-1:]); err != nil {
			return "", err
		}
	}
	return string(head), nil
}

// basic is the value of a field by which one authenticates, RFC 7617.
func basic(username, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+password))
}
