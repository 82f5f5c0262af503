// Package tcpclient connects to hosts by name.
//
// A TCPClient resolves the name, tries IPv4 and IPv6 so that a broken one costs
// little, and encrypts the stream if wanted. It may be used from any goroutine;
// the streams belong to the loop they are made for.
//
//   - TCPClient: Connect for a future, ConnectContext to wait
//   - ConnectOptions: encryption, time, where to connect from
package tcpclient

import (
	"context"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/netutil"
)

// ErrTimeout is in the error of an attempt that took longer than its Timeout. It
// is context.DeadlineExceeded too.
var ErrTimeout error = timeoutError{}

type timeoutError struct{}

func (timeoutError) Error() string        { return "timed out" }
func (timeoutError) Timeout() bool        { return true }
func (timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// A TCPClient connects to hosts. The zero value is good.
type TCPClient struct {
	// Resolver finds the addresses of hosts. Nil means netutil.DefaultResolver.
	Resolver netutil.Resolver
}

// ConnectOptions say how to connect. The zero value is good.
type ConnectOptions struct {
	// SSL makes the encryption for a host name; ssl.ClientFor makes it. It is called
	// on the loop and must not wait. Nil means a plain connection.
	SSL func(serverHostname string) (iostream.Security, error)

	// Timeout bounds all of it: resolving, connecting and agreeing on encryption.
	// Zero means no limit but the system's.
	Timeout time.Duration

	// Context ends the attempt when it ends. Nil means that nothing does. Once
	// there is a stream it has no say.
	Context context.Context

	// Family tries the addresses of one version of IP alone.
	Family netutil.Family

	// SourceIP and SourcePort are where to connect from. Empty and zero let the
	// system choose. Addresses of another family than SourceIP's are not tried.
	SourceIP   string
	SourcePort int

	// MaxBufferSize and MaxWriteBufferSize are how many bytes may wait to be read
	// and to be written, see IOStream.SetMaxUnread and SetMaxUnwritten. Zero means
	// what a stream has in the beginning.
	MaxBufferSize      int
	MaxWriteBufferSize int
}

// Connect connects to a port of a host, a name or an IP address, on loop l. It may
// be called from any goroutine; the loop must run for the future to be settled.
//
// The addresses of a name fall into two families, IPv4 and IPv6. Those of the
// first address's family are tried one after another, and after 0.3 seconds, or
// the first failure, those of the other one as well (RFC 6555). The first
// connection that comes about is taken and the others are closed.
//
// The future fails with an error that names the host: the resolver's, ErrTimeout,
// Context's, that of the handshake, or that of the last address if none answered.
func (c *TCPClient) Connect(l *ioloop.IOLoop, host string, port int, o ConnectOptions) *concurrent.Future[*iostream.IOStream] {
	a := &attempt{client: c, loop: l, host: host, port: port, options: o}
	return ioloop.Call(l, func() *concurrent.Future[*iostream.IOStream] {
		a.start()
		return &a.future
	})
}

// ConnectContext is Connect for a goroutine that can wait, which a loop's cannot.
// The attempt ends with ctx; o.Context is not looked at.
func (c *TCPClient) ConnectContext(ctx context.Context, l *ioloop.IOLoop, host string, port int, o ConnectOptions) (*iostream.IOStream, error) {
	o.Context = ctx
	connected := c.Connect(l, host, port, o)
	stream, err := connected.Wait(ctx)
	if err != nil && ctx.Err() != nil {
		// A stream that came about at the same moment has nobody now.
		ioloop.AddFuture(l, connected, func(f *concurrent.Future[*iostream.IOStream]) {
			if late, _ := f.Result(); late != nil {
				late.Close(ctx.Err())
			}
		})
		return nil, failure(host, port, ctx.Err())
	}
	return stream, err
}
