package iostream

import (
	"fmt"
	"net"
	"strconv"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/core/trace"
)

// ConnectOptions say how to connect. The zero value is good.
type ConnectOptions struct {
	Local    netutil.Address   // to connect from; the zero value lets the system choose
	Consumer Consumer          // as in New
	Info     *trace.Connection // as in New
}

// Connect connects to remote, whose Host must be an IP address, or whose Path a
// Unix socket ("@name" is an abstract one). The stream is there at once: what is
// written leaves when it is connected, and closing it ends the attempt. The future
// is that of the attempt; it fails with what the system says, or with a
// *StreamClosedError. There is no time limit but the system's: see SetDeadline.
func Connect(l *ioloop.IOLoop, remote netutil.Address, o ConnectOptions) (*IOStream, *concurrent.Future[*IOStream]) {
	s := newStream(l, -1, o.Consumer, o.Info)
	s.connecting = true
	c := &connecting{remote: remoteText(remote)}
	s.seldom = &seldom{connecting: c}
	fd, err := netutil.StartConnect(remote, o.Local)
	if err == nil {
		s.fd = fd
		err = s.watch(ioloop.Write)
	}
	if err != nil {
		s.connectFailed(err)
	}
	return s, &c.future
}

// connecting is an attempt to connect.
type connecting struct {
	future concurrent.Future[*IOStream]
	remote string
}

// connectEnded is called when the system knows how the attempt ended.
func (s *IOStream) connectEnded() {
	if err := netutil.SocketError(s.fd); err != nil {
		s.connectFailed(err)
		return
	}
	s.connecting = false
	c := s.seldom.connecting
	s.seldom.connecting = nil
	s.adjustReading()
	s.writeNow()
	c.future.TrySet(s, nil)
}

func (s *IOStream) connectFailed(err error) {
	c := s.seldom.connecting
	err = fmt.Errorf("iostream: connect %s: %w", c.remote, err)
	s.seldom.connecting = nil
	s.Close(err)
	failQuietly(&c.future, err)
}

func remoteText(a netutil.Address) string {
	if a.Path != "" {
		return "unix:" + a.Path
	}
	return net.JoinHostPort(a.Host, strconv.Itoa(a.Port))
}
