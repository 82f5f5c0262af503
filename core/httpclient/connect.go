package httpclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/core/tcpclient"
)

// ConnectOptions say where to connect to, and how. Host and Port must be given.
type ConnectOptions struct {
	Host string
	Port int

	// SSL makes the encryption to Host; ssl.ClientFor makes it. It is called on the
	// loop and must not wait. Nil means that the connection is plain.
	SSL func(serverHostname string) (iostream.Security, error)

	// Proxy is by whom the connection goes. Nil means that it is direct.
	Proxy *Proxy

	// Forward asks for no tunnel through a proxy that speaks HTTP, which is for
	// plain HTTP: requests go to the proxy, which passes them on. All else needs the
	// tunnel.
	Forward bool

	// Timeout bounds all of it: the name, the connection, the proxy, the encryption.
	// Zero means no limit but the system's.
	Timeout time.Duration

	// Context ends the attempt when it ends. Nil means that nothing does. Once there
	// is a stream it has no say.
	Context context.Context

	Family   netutil.Family   // of IP addresses to use
	SourceIP string           // to connect from; empty lets the system choose
	Resolver netutil.Resolver // nil means netutil.DefaultResolver

	// Consumer is told of the stream's bytes. Nil gives a stream for ReadBytes and
	// its like.
	Consumer iostream.Consumer

	// Progress is told, on the loop, of each step that is done. It may be nil.
	Progress func(ConnectStep)

	// secureProxy is what Proxy.SSLOptions say, if that is known already.
	secureProxy func(serverHostname string) (iostream.Security, error)
}

// A ConnectStep is a part of connecting.
type ConnectStep uint8

const (
	Resolved  ConnectStep = iota // the name of the host, or of the proxy, has an address
	Connected                    // to the host, or to the proxy
	Secured                      // encrypted, with a tunnel through the proxy if there is one
)

// Connect connects a stream of loop l: by the proxy if there is one, and encrypted
// if that is asked for. It may be called from any goroutine. What it leads to is
// ready for the first byte of HTTP or of another protocol.
//
// The future fails with an error that names the host: tcpclient.ErrTimeout or
// iostream.ErrHandshakeTimeout when time was over, that of the context, a *ProxyError,
// or that of the connection.
func Connect(l *ioloop.IOLoop, o ConnectOptions) *concurrent.Future[*iostream.IOStream] {
	return ioloop.Call(l, func() *concurrent.Future[*iostream.IOStream] {
		c := &connecting{loop: l, options: o, began: time.Now()}
		if err := c.start(); err != nil {
			c.end(nil, err)
		}
		return &c.future
	})
}

// connecting is one call of Connect. It belongs to its loop.
type connecting struct {
	loop     *ioloop.IOLoop
	options  ConnectOptions
	began    time.Time
	security iostream.Security // nil if nothing is encrypted and no proxy is asked
	future   concurrent.Future[*iostream.IOStream]
}

func (c *connecting) start() (err error) {
	o := &c.options
	host, port := o.Host, o.Port
	if o.Proxy != nil {
		host, port = o.Proxy.Host, o.Proxy.port()
	}
	if c.security, err = securityOf(o); err != nil {
		return err
	}
	client := tcpclient.TCPClient{Resolver: c.resolver(host)}
	connected := client.Connect(c.loop, host, port, tcpclient.ConnectOptions{
		Timeout: o.Timeout, Context: o.Context, Family: o.Family, SourceIP: o.SourceIP,
	})
	ioloop.AddFuture(c.loop, connected, func(f *concurrent.Future[*iostream.IOStream]) {
		stream, err := f.Result()
		if err != nil {
			c.end(nil, err)
			return
		}
		c.tell(Connected)
		c.connected(stream)
	})
	return nil
}

// resolver is one that tells when it is done; an address has nothing to resolve.
func (c *connecting) resolver(host string) netutil.Resolver {
	resolver := c.options.Resolver
	if c.options.Progress == nil || resolver == nil && netutil.IsValidIP(host) {
		return resolver
	}
	if resolver == nil {
		resolver = netutil.DefaultResolver
	}
	return netutil.ResolverFunc(func(ctx context.Context, host string, port int) ([]netip.AddrPort, error) {
		addresses, err := resolver.Resolve(ctx, host, port)
		if err == nil {
			c.loop.AddCallback(func() { c.tell(Resolved) })
		}
		return addresses, err
	})
}

func (c *connecting) tell(step ConnectStep) {
	if c.options.Progress != nil && !c.future.Settled() {
		c.options.Progress(step)
	}
}

// connected gives the new socket its consumer, and begins to talk to the proxy or
// to agree on encryption.
func (c *connecting) connected(stream *iostream.IOStream) {
	if c.options.Consumer != nil {
		fd, _ := stream.Detach()
		taken, err := iostream.New(c.loop, fd, c.options.Consumer, nil)
		if err != nil {
			netutil.Close(fd)
			c.end(nil, err)
			return
		}
		stream = taken
	}
	stream.SetNoDelay(true)
	if c.security == nil {
		c.end(stream, nil)
		return
	}
	c.secure(stream)
}

func (c *connecting) secure(stream *iostream.IOStream) {
	var left time.Duration
	if c.options.Timeout > 0 {
		left = max(c.options.Timeout-time.Since(c.began), time.Millisecond)
	}
	stopWatching := func() bool { return true }
	if ctx := c.options.Context; ctx != nil {
		stopWatching = context.AfterFunc(ctx, func() {
			c.loop.AddCallback(func() {
				if !c.future.Settled() {
					stream.Close(ctx.Err())
				}
			})
		})
	}
	secured := stream.StartTLS(c.security, iostream.TLSOptions{HandshakeTimeout: left})
	ioloop.AddFuture(c.loop, secured, func(f *concurrent.Future[iostream.SecureConn]) {
		stopWatching()
		if _, err := f.Result(); err != nil {
			stream.Close(err) // the alert that says why has left
			var tunnel *tunnelError
			if errors.As(err, &tunnel) {
				err = tunnel.err // and not the handshake's
			}
			c.end(nil, err)
			return
		}
		c.tell(Secured)
		c.end(stream, nil)
	})
}

func (c *connecting) end(stream *iostream.IOStream, err error) {
	if err == nil {
		c.future.TrySet(stream, nil)
		return
	}
	by := ""
	if c.options.Proxy != nil {
		by = " by " + c.options.Proxy.String()
	}
	c.future.TrySet(nil, fmt.Errorf("httpclient: connect %s%s: %w", net.JoinHostPort(c.options.Host, strconv.Itoa(c.options.Port)), by, err))
}
