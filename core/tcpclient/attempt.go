package tcpclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/gen"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/netutil"
)

// An attempt is one call of Connect: resolve, connect, encrypt. It belongs to its
// loop.
type attempt struct {
	// Set by Connect and never changed.
	client  *TCPClient
	loop    *ioloop.IOLoop
	host    string
	port    int
	options ConnectOptions

	future    concurrent.Future[*iostream.IOStream]
	ended     bool
	doing     string // for the error when time is over
	timeout   *ioloop.Timeout
	cancel    context.CancelFunc // of the resolver
	stopWatch func() bool        // of options.Context
	race      *race[*iostream.IOStream]
	stream    *iostream.IOStream // connected, not encrypted yet
}

// start is called on the loop.
func (a *attempt) start() {
	o := &a.options
	if o.SourceIP != "" && !netutil.IsValidIP(o.SourceIP) {
		a.end(nil, fmt.Errorf("SourceIP %q is not an IP address", o.SourceIP))
		return
	}
	ctx := o.Context
	if ctx == nil {
		ctx = context.Background()
	}
	a.stopWatch = context.AfterFunc(ctx, func() {
		a.loop.AddCallback(func() { a.end(nil, ctx.Err()) })
	})
	if o.Timeout > 0 {
		a.timeout = a.loop.CallLater(o.Timeout, func() {
			a.end(nil, fmt.Errorf("%w after %v %s", ErrTimeout, o.Timeout, a.doing))
		})
	}
	a.resolve(ctx)
}

func (a *attempt) resolve(ctx context.Context) {
	a.doing = "resolving the name"
	resolver := a.client.Resolver
	if resolver == nil {
		resolver = netutil.DefaultResolver
		if netutil.IsValidIP(a.host) { // nothing to wait for
			a.resolved(resolver.Resolve(ctx, a.host, a.port))
			return
		}
	}
	ctx, a.cancel = context.WithCancel(ctx)
	found := gen.Go(func() ([]netip.AddrPort, error) { return resolver.Resolve(ctx, a.host, a.port) })
	ioloop.AddFuture(a.loop, found, func(f *concurrent.Future[[]netip.AddrPort]) {
		addresses, err := f.Result()
		if !a.ended {
			a.resolved(addresses, err)
		}
	})
}

func (a *attempt) resolved(addresses []netip.AddrPort, err error) {
	if err != nil {
		a.end(nil, err)
		return
	}
	addresses = a.wanted(addresses)
	if len(addresses) == 0 {
		a.end(nil, errNoAddress)
		return
	}
	a.doing = "connecting"
	a.race = newRace(a.loop, addresses, a.connect, a.connected)
	a.race.start()
}

// wanted leaves out the addresses of another family than is asked for.
func (a *attempt) wanted(addresses []netip.AddrPort) (wanted []netip.AddrPort) {
	source, sourceErr := netip.ParseAddr(a.options.SourceIP)
	for _, at := range addresses {
		if a.options.Family.Includes(at.Addr()) && (sourceErr != nil || source.Is4() == at.Addr().Unmap().Is4()) {
			wanted = append(wanted, at)
		}
	}
	return wanted
}

var errNoAddress = errors.New("the host has no address of the family that was asked for")

// connect begins to connect to one address.
func (a *attempt) connect(to netip.AddrPort) (*iostream.IOStream, *concurrent.Future[*iostream.IOStream]) {
	o := &a.options
	stream, connected := iostream.Connect(a.loop,
		netutil.Address{Host: to.Addr().String(), Port: int(to.Port())},
		iostream.ConnectOptions{Local: netutil.Address{Host: o.SourceIP, Port: o.SourcePort}})
	if o.MaxBufferSize > 0 {
		stream.SetMaxUnread(o.MaxBufferSize)
	}
	if o.MaxWriteBufferSize > 0 {
		stream.SetMaxUnwritten(o.MaxWriteBufferSize)
	}
	return stream, connected
}

// connected is told how the race ended.
func (a *attempt) connected(stream *iostream.IOStream, err error) {
	if err != nil || a.options.SSL == nil {
		a.end(stream, err)
		return
	}
	a.doing = "agreeing on encryption"
	a.stream = stream
	security, err := a.options.SSL(a.host)
	if err != nil {
		a.end(nil, err)
		return
	}
	secured := stream.StartTLS(security, iostream.TLSOptions{HandshakeTimeout: a.options.Timeout})
	ioloop.AddFuture(a.loop, secured, func(f *concurrent.Future[iostream.SecureConn]) {
		_, err := f.Result()
		if err != nil && !a.ended {
			a.stream = nil
			stream.CloseWhenWritten(true) // with the alert that says why
		}
		a.end(stream, err)
	})
}

// end settles the future, once, and stops whatever goes on still.
func (a *attempt) end(stream *iostream.IOStream, err error) {
	if a.ended {
		return
	}
	a.ended = true
	a.loop.RemoveTimeout(a.timeout)
	if a.stopWatch != nil {
		a.stopWatch()
	}
	if a.cancel != nil {
		a.cancel()
	}
	if err == nil {
		a.future.SetResult(stream)
		return
	}
	err = failure(a.host, a.port, err)
	if a.race != nil {
		a.race.stop(err)
	}
	if a.stream != nil {
		a.stream.Close(err)
	}
	a.future.SetError(err)
}

func failure(host string, port int, err error) error {
	return fmt.Errorf("tcpclient: connect %s: %w", net.JoinHostPort(host, strconv.Itoa(port)), err)
}
