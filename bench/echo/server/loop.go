//go:build linux

package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/netutil"
)

func serveLoop(address string, config *tls.Config, push bool) error {
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		return err
	}
	sockets, err := netutil.BindSockets(address)
	if err != nil {
		return err
	}
	accepted := func(fd int, remote string) {
		netutil.SetNoDelay(fd)
		stream, err := begin(l, fd, remote, push)
		if err != nil {
			fmt.Fprintln(os.Stderr, "server:", err)
			netutil.Close(fd)
			return
		}
		if config != nil {
			stream.StartTLS(func(c net.Conn) iostream.SecureConn { return tls.Server(c, config) }, iostream.TLSOptions{ServerSide: true})
		}
	}
	if _, err := netutil.AddAcceptHandler(l, sockets[0].FD, accepted); err != nil {
		return err
	}
	return l.Start()
}

func begin(l *ioloop.IOLoop, fd int, remote string, push bool) (*iostream.IOStream, error) {
	if push {
		c := &consumer{remote: remote}
		stream, err := iostream.New(l, fd, c, nil)
		c.stream = stream
		return stream, err
	}
	stream, err := iostream.New(l, fd, nil, nil)
	if err != nil {
		return nil, err
	}
	// After StartTLS, which wants no read to be pending.
	c := &caller{stream: stream, remote: remote}
	c.callback = c.received
	l.AddCallback(c.next)
	return stream, nil
}

// A consumer is the program's side of a connection.
type consumer struct {
	stream *iostream.IOStream
	remote string
	echoed int
}

func (c *consumer) BytesReceived(data []byte) int {
	c.echoed += len(data)
	c.stream.Write(data)
	return len(data)
}

func (c *consumer) PeerEnded()         { c.stream.CloseWhenWritten(false) }
func (c *consumer) DeadlinePassed()    {}
func (c *consumer) StreamClosed(error) {}

// A caller is the same for a stream without a Consumer.
type caller struct {
	stream   *iostream.IOStream
	remote   string
	echoed   int
	callback func(*concurrent.Future[[]byte])
}

func (c *caller) next() {
	ioloop.AddFuture(c.stream.Loop(), c.stream.ReadBytes(4<<10, true), c.callback)
}

func (c *caller) received(read *concurrent.Future[[]byte]) {
	data, err := read.Result()
	if err != nil {
		return
	}
	c.echoed += len(data)
	c.stream.Write(data)
	c.next()
}
