package httpclient

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/netutil"
)

// short is a time limit that passes in a test, but not while a busy machine comes
// to what precedes the phase that is to take longer.
const short = 500 * time.Millisecond

// silent accepts connections and says something of its own, or nothing.
func silent(text string) func(net.Conn, int) {
	return func(conn net.Conn, _ int) {
		io.WriteString(conn, text)
		io.Copy(io.Discard, conn)
	}
}

// stuck is a resolver that never finds anything.
var stuck = netutil.ResolverFunc(func(ctx context.Context, _ string, _ int) ([]netip.AddrPort, error) {
	<-ctx.Done()
	return nil, ctx.Err()
})

func TestTimeouts(t *testing.T) {
	nothing := serveRaw(t, silent(""))
	begins := serveRaw(t, answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"))
	for _, tt := range []struct {
		name    string
		options Options
		r       HTTPRequest
		phase   Phase
	}{
		{"name", Options{Resolver: stuck}, HTTPRequest{URL: "http://nowhere.test/", ConnectTimeout: short}, Resolving},
		{"name, by the request's limit", Options{Resolver: stuck}, HTTPRequest{URL: "http://nowhere.test/", RequestTimeout: short}, Resolving},
		{"encryption", Options{}, HTTPRequest{URL: "https://" + nothing.address, ConnectTimeout: short}, Securing},
		{"encryption, by the request's limit", Options{}, HTTPRequest{URL: "https://" + nothing.address, RequestTimeout: short}, Securing},
		{"proxy", Options{}, HTTPRequest{URL: "https://nowhere.test/", ConnectTimeout: short, Proxy: proxyAt("http", nothing.address)}, Securing},
		{"socks", Options{}, HTTPRequest{URL: "http://nowhere.test/", ConnectTimeout: short, Proxy: proxyAt("socks5", nothing.address)}, Securing},
		{"answer", Options{}, HTTPRequest{URL: nothing.url(), RequestTimeout: short}, Awaiting},
		{"rest of the answer", Options{}, HTTPRequest{URL: begins.url(), RequestTimeout: short}, Receiving},
		{"body", Options{}, HTTPRequest{URL: nothing.url(), Method: "PUT", RequestTimeout: short, BodyProducer: func(ctx context.Context, _ io.Writer) error {
			<-ctx.Done()
			return ctx.Err()
		}}, Sending},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, tt.options)
			_, err := c.Fetch(patient(t), &tt.r)
			wantTimeout(t, err, tt.phase, short)
			ctx, cancel := context.WithTimeout(context.Background(), short)
			defer cancel()
			tt.r.ConnectTimeout, tt.r.RequestTimeout = -1, -1
			_, err = c.Fetch(ctx, &tt.r)
			wantTimeout(t, err, tt.phase, 0)
		})
	}
	t.Run("queue", func(t *testing.T) {
		c := newClient(t, Options{MaxClients: 1})
		ctx, cancel := context.WithCancel(patient(t))
		first := c.FetchAsync(ctx, &HTTPRequest{URL: nothing.url()})
		_, err := c.Fetch(patient(t), &HTTPRequest{URL: nothing.url(), ConnectTimeout: short, RequestTimeout: time.Hour})
		wantTimeout(t, err, Queueing, short)
		cancel()
		if _, err := first.Wait(patient(t)); !errors.Is(err, context.Canceled) {
			t.Errorf("the first: got %v", err)
		}
	})
}

func wantTimeout(t *testing.T, err error, phase Phase, after time.Duration) {
	t.Helper()
	var late *HTTPTimeoutError
	if !errors.As(err, &late) || late.Phase != phase || late.After != after {
		t.Fatalf("got %v; want a timeout %v, after %v", err, phase, after)
	}
	var failed *HTTPClientError
	if !errors.As(err, &failed) || failed.Code != 599 || !errors.Is(err, context.DeadlineExceeded) || !late.Timeout() {
		t.Errorf("got %#v", err)
	}
}

func TestTimeInfo(t *testing.T) {
	s, ca := serveHTTPS(t, foreign, "localhost")
	c := newClient(t, Options{Resolver: &netutil.OverrideResolver{Mapping: map[string]string{"localhost": "127.0.0.1"}}})
	r := &HTTPRequest{URL: "https://localhost" + s.URL[len("https://127.0.0.1"):] + "/a", CACerts: ca}
	i := get(t, c, r).TimeInfo
	steps := []time.Duration{0, i.NameLookup, i.Connect, i.TLS, i.PreTransfer, i.Sent, i.StartTransfer, i.Total}
	for n := range steps[1:] {
		if steps[n+1] < steps[n] || steps[n+1] == 0 {
			t.Errorf("the steps are not in order: %v", steps)
		}
	}
	got := get(t, c, r)
	if i = got.TimeInfo; i.NameLookup != 0 || i.Connect != 0 || i.TLS != 0 || i.Total <= 0 || got.RequestTime < i.Total {
		t.Errorf("a connection used again: got %+v, in %v", i, got.RequestTime)
	}
}
