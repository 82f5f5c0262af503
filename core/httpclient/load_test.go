package httpclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/ioloop"
)

// TestManyGoroutines has 100 goroutines fetch 1,000 times in all.
func TestManyGoroutines(t *testing.T) {
	s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) })
	trace, made, reused := connections()
	c := newClient(t, Options{Trace: trace})
	ctx := patient(t)
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			for j := range 10 {
				path := fmt.Sprintf("/%d/%d", i, j)
				got, err := c.Fetch(ctx, &HTTPRequest{URL: s.URL + path})
				if err != nil || string(got.Body) != path {
					t.Errorf("%s: got %v, %v", path, got, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if made.Load() > defaultMaxClients || made.Load()+reused.Load() != 1000 {
		t.Errorf("%d connections were made, and used again %d times", made.Load(), reused.Load())
	}
}

// TestManyCancelled has fetches end at any moment of theirs.
func TestManyCancelled(t *testing.T) {
	s, ca := serveHTTPS(t, foreign)
	c := newClient(t, Options{})
	var wg sync.WaitGroup
	var done, cancelled atomic.Int64
	for i := range 50 {
		wg.Go(func() {
			for j := range 4 {
				ctx, cancel := context.WithCancel(patient(t))
				step := 0
				stop := func() {
					if step++; step > (i+j)%6 {
						cancel()
					}
				}
				_, err := c.Fetch(ctx, &HTTPRequest{URL: s.URL + "/big", CACerts: ca, Trace: &Trace{
					HopStarted: func(*Hop) { stop() }, Connected: func(*Hop) { stop() }, RequestSent: func(*Hop) { stop() },
					ResponseStarted: func(*Hop) { stop() }, HopFinished: func(*Hop) { stop() },
				}})
				cancel()
				switch {
				case err == nil:
					done.Add(1)
				case errors.Is(err, context.Canceled):
					cancelled.Add(1)
				default:
					t.Errorf("got %v", err)
				}
			}
		})
	}
	wg.Wait()
	if done.Load() == 0 || cancelled.Load() == 0 {
		t.Errorf("%d were done, %d cancelled; want some of both", done.Load(), cancelled.Load())
	}
}

// A gateway is a server of ours whose handlers fetch, on their loops.
type gateway struct {
	client *AsyncHTTPClient
	target string
}

func (g *gateway) StartRequest(r *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	return &passing{gateway: g, path: r.Path, connection: r.Connection}
}

type passing struct {
	gateway    *gateway
	path       string
	connection httputil.HTTPConnection
}

func (p *passing) HeadersReceived() *concurrent.Future[struct{}]    { return nil }
func (p *passing) DataReceived([]byte) *concurrent.Future[struct{}] { return nil }
func (p *passing) OnConnectionClose(error)                          {}

func (p *passing) Finish() {
	answer := p.gateway.client.FetchAsync(context.Background(), &HTTPRequest{URL: p.gateway.target + p.path})
	answer.AddDoneCallback(func(f *concurrent.Future[*HTTPResponse]) {
		p.connection.AddCallback(func() {
			code, body := 502, ""
			if got, err := f.Result(); err == nil {
				code, body = 200, "passed "+string(got.Body)
			}
			var fields httputil.HTTPHeaders
			fields.Set("Content-Length", fmt.Sprint(len(body)))
			p.connection.WriteHeaders(httputil.ResponseStartLine{Code: code}, &fields, []byte(body))
			p.connection.Finish()
		})
	})
}

// TestFromLoops fetches from handlers on the loops of a server of ours, and from that
// with another client: so both ends are ours, too.
func TestFromLoops(t *testing.T) {
	target := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) })
	inner := newClient(t, Options{})
	server := httpserver.New(&gateway{inner, target.URL}, httpserver.Options{Loops: 2})
	if err := server.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	outer := newClient(t, Options{MaxClients: 20})
	ctx := patient(t)
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			for j := range 10 {
				path := fmt.Sprintf("/%d/%d", i, j)
				got, err := outer.Fetch(ctx, &HTTPRequest{URL: "http://" + server.Addresses()[0] + path})
				if err != nil || string(got.Body) != "passed "+path {
					t.Errorf("%s: got %v, %v", path, got, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestLoopOfOthers works on a loop that is not the client's, with callbacks there.
func TestLoopOfOthers(t *testing.T) {
	s := serveHTTP(t, foreign)
	group, err := ioloop.NewGroup(1)
	if err == nil {
		err = group.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer group.Close()
	l := group.Next()
	c := New(Options{Loop: l})
	defer c.Close()
	chained := ioloop.Call(l, func() *concurrent.Future[string] {
		result := new(concurrent.Future[string])
		first := c.FetchAsync(context.Background(), &HTTPRequest{URL: s.URL + "/a"})
		ioloop.AddFuture(l, first, func(f *concurrent.Future[*HTTPResponse]) {
			got, _ := f.Result()
			second := c.FetchAsync(context.Background(), &HTTPRequest{URL: s.URL + "/echo", Method: "PUT", Body: got.Body})
			ioloop.AddFuture(l, second, func(f *concurrent.Future[*HTTPResponse]) {
				got, err := f.Result()
				result.TrySet(string(got.Body), err)
			})
		})
		return result
	})
	if got, err := chained.Wait(patient(t)); err != nil || got != "GET /a" {
		t.Errorf("got %q, %v", got, err)
	}
}
