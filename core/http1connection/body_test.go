package http1connection_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/httputil"
)

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(text))
	w.Close()
	return b.String()
}

func compressedPost(path, body string) string {
	return post(path, fmt.Sprintf("Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", len(body))) + body
}

func decompressing(maxBody int64) httpserver.Options {
	return httpserver.Options{Parameters: http1connection.Parameters{DecompressRequest: true, MaxBodySize: maxBody}}
}

func TestCompressedBodies(t *testing.T) {
	s := serve(t, app{}, decompressing(1000))
	hello := gzipped("hello")
	for _, tt := range []wireCase{
		{name: "gzip", send: compressedPost("/text", hello), want: "200 POST /text hello"},
		{name: "x-gzip in capitals", send: strings.Replace(compressedPost("/text", hello), "gzip", "X-GZIP", 1), want: "200 POST /text hello"},
		{name: "chunked", send: post("/text", "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n") +
			fmt.Sprintf("1\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", hello[:1], len(hello)-1, hello[1:]), want: "200 POST /text hello"},
		{name: "an empty body", send: compressedPost("/text", ""), want: "200 POST /text"},
		{name: "another coding is left alone", send: post("/text", "Content-Encoding: br\r\nContent-Length: 1\r\n\r\na"), want: "200 POST /text a"},
		{name: "just the limit", send: compressedPost("/text", gzipped(strings.Repeat("x", 1000))), want: "200 (1011)"},
		{name: "beyond the limit", send: compressedPost("/text", gzipped(strings.Repeat("x", 1001))), want: "413 close | end"},
		{name: "a bomb", send: compressedPost("/text", gzipped(strings.Repeat("x", 500_000))), want: "413 close | end"},
		{name: "beyond the limit as it is sent", send: compressedPost("/text", strings.Repeat("x", 1001)), want: "413 close | end"},
		{name: "a limit of the handler's", send: compressedPost("/stream_body_max/2000", gzipped(strings.Repeat("x", 2000))), want: "200 (2024)"},
		{name: "corrupt", send: compressedPost("/text", hello[:len(hello)-4]+"XXXX"), want: "400 close | end"},
		{name: "cut", send: compressedPost("/text", hello[:len(hello)-4]), want: "400 close | end"},
		{name: "plain", send: compressedPost("/text", "hello"), want: "400 close | end"},
		{name: "answered early", send: compressedPost("/stream_body_finish", hello), want: "200 early close | end"},
		{name: "rejected", send: compressedPost("/stream_body_reject", hello), want: "401 close | end"},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, wireKind{"TCP", s.dial, true}, "200 GET /text?next") })
	}
	plain := serve(t, app{}, httpserver.Options{})
	asItIs := wireCase{send: compressedPost("/text", hello), want: "200 POST /text " + strings.TrimSpace(hello)}
	t.Run("not asked for", func(t *testing.T) { asItIs.run(t, wireKind{"TCP", plain.dial, true}, "200 GET /text?next") })
}

// TestInflatingIsHeldUp has a delegate that takes each piece of a body only when
// it likes, and a client that is served meanwhile.
func TestInflatingIsHeldUp(t *testing.T) {
	const size = 4 << 20
	most, received := 0, 0 // owned by the loop
	pending := make(chan *concurrent.Future[struct{}], 1)
	s := serve(t, &scripted{received: func(x *exchange, chunk []byte) *concurrent.Future[struct{}] {
		most, received = max(most, len(chunk)), received+len(chunk)
		x.body = nil
		f := new(concurrent.Future[struct{}])
		pending <- f
		return f
	}, finish: func(x *exchange) { x.answer(200, fmt.Sprint(received, most <= 64<<10)) }}, decompressing(2*size))
	c := s.dial()
	c.send(compressedPost("/", gzipped(strings.Repeat("0123456789abcdef", size/16))))
	answered := make(chan struct{})
	go func() { // ends with the answer
		defer close(answered)
		c.want(fmt.Sprint("200 ", size, " true"))
	}()
	for {
		select {
		case f := <-pending:
			f.SetResult(struct{}{})
			continue
		case <-answered:
		}
		return
	}
}

// TestBombDoesNotStopTheLoop sends a body that becomes very long at once. Others
// must be served while it does.
func TestBombDoesNotStopTheLoop(t *testing.T) {
	const size = 64 << 20
	received := 0 // owned by the loop
	s := serve(t, &scripted{received: func(x *exchange, chunk []byte) *concurrent.Future[struct{}] {
		received += len(chunk)
		x.body = nil
		return nil
	}, finish: func(x *exchange) { x.answer(200, fmt.Sprint(received)) }}, decompressing(2*size))
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range size >> 20 {
		w.Write(zeros)
	}
	w.Close()
	before := heapInUse()
	bomber, other := s.dial(), s.dial()
	bomber.send(compressedPost("/bomb", bomb.String()))
	served := 0
	finished := make(chan struct{})
	go func() { // ends with the answer
		defer close(finished)
		bomber.want(fmt.Sprint("200 ", size))
	}()
	for done := false; !done; served++ {
		other.send(get)
		if _, err := other.read("GET"); err != nil {
			t.Fatal(err)
		}
		select {
		case <-finished:
			done = true
		default:
		}
	}
	if kept := heapInUse() - before; served < 20 || kept > 16<<20 {
		t.Errorf("the other client was served %d times, and %d bytes were kept", served, kept)
	}
}

func heapInUse() int {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

// TestClientLeavesWithinACompressedBody must end the coroutine that decompresses:
// the leak check of this package looks for it.
func TestClientLeavesWithinACompressedBody(t *testing.T) {
	left := make(chan error, 1)
	s := serve(t, &scripted{left: func(_ *exchange, err error) { left <- err }}, decompressing(0))
	c := s.dial()
	whole := compressedPost("/text", gzipped(strings.Repeat("x", 1<<20)))
	c.send(whole[:len(whole)-10])
	c.arrived()
	c.conn.SetLinger(0)
	c.conn.Close()
	if err := <-left; err == nil {
		t.Error("the delegate was given no reason")
	}
}

// TestSlowBodies has clients that send now and then, often enough not to be idle.
func TestSlowBodies(t *testing.T) {
	const head = "Content-Length: 1000000\r\n\r\n"
	for _, tt := range []struct {
		name    string
		options http1connection.Parameters
		send    string
		timeout time.Duration
		want    string
	}{
		{"too slow in the long run", http1connection.Parameters{BodyTimeout: short, MinBodyRate: 10_000}, "", 0, "408 close"},
		{"slower than the handler allows", http1connection.Parameters{BodyTimeout: long}, "", short, "408 close"},
		{"slow, but the handler allows it", http1connection.Parameters{BodyTimeout: short / 10, MinBodyRate: 10_000}, "", -1, "200 patient"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pieces := 0 // owned by the loop
			s := serve(t, &scripted{
				headers: func(x *exchange) *concurrent.Future[struct{}] {
					if tt.timeout != 0 {
						x.request.Connection.(httputil.TimedConnection).SetBodyTimeout(tt.timeout)
					}
					return nil
				},
				received: func(x *exchange, _ []byte) *concurrent.Future[struct{}] {
					if pieces++; pieces == 40 {
						x.answer(200, "patient")
					}
					return nil
				},
			}, httpserver.Options{Parameters: tt.options})
			c := s.dial()
			c.send(post("/", head))
			answered, stopped := make(chan struct{}), make(chan struct{})
			go func() { // the test waits for stopped
				defer close(stopped)
				pace := time.NewTicker(30 * time.Millisecond)
				defer pace.Stop()
				for {
					select {
					case <-pace.C:
						c.conn.Write([]byte("x"))
					case <-answered:
						return
					}
				}
			}()
			if got := c.transcript(nil, 1); !strings.HasPrefix(got[0], tt.want) {
				t.Errorf("got %q; want %s", got, tt.want)
			}
			close(answered)
			<-stopped
		})
	}
}

// TestEchoWaitsForItsReader streams a body back to a client that does not read:
// the server must stop reading it.
func TestEchoWaitsForItsReader(t *testing.T) {
	const size = 64 << 20
	s := serve(t, &scripted{
		headers: func(x *exchange) *concurrent.Future[struct{}] {
			x.begin(200)
			return nil
		},
		received: func(x *exchange, chunk []byte) *concurrent.Future[struct{}] {
			x.body = nil
			x.request.Connection.Write(chunk)
			return nil
		},
		finish: func(x *exchange) { x.finish() },
	}, httpserver.Options{})
	c := s.dial()
	sent := make(chan error, 1)
	go func() { // ends when all is sent
		_, err := fmt.Fprint(c.conn, post("/", fmt.Sprintf("Content-Length: %d\r\n\r\n", size)))
		piece := make([]byte, 1<<20)
		for i := 0; err == nil && i < size; i += len(piece) {
			_, err = c.conn.Write(piece)
		}
		sent <- err
	}()
	// As long as nothing is read, no more comes than sockets and limits hold.
	most := int64(0)
	for last, since := int64(-1), time.Now(); time.Since(since) < 300*time.Millisecond; runtime.Gosched() {
		most = max(most, c.info().Pending.Load())
		if n := c.info().BytesIn.Load(); n != last {
			last, since = n, time.Now()
		}
	}
	if read := c.info().BytesIn.Load(); most > 1<<20 || read > 32<<20 {
		t.Errorf("%d bytes were read and %d kept for a client that reads nothing", read, most)
	}
	a, err := c.read("POST")
	if err != nil || len(a.body) != size || a.err != nil {
		t.Fatalf("got %v, %v", a, err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

// TestAnsweredEarlyIsTheEnd wants a delegate that has answered before the end to
// be told nothing more.
func TestAnsweredEarlyIsTheEnd(t *testing.T) {
	answer := func(x *exchange) *concurrent.Future[struct{}] {
		x.answer(200, "early")
		return nil
	}
	told := make(chan string, 10)
	base := scripted{
		finish: func(*exchange) { told <- "Finish" },
		left:   func(_ *exchange, err error) { told <- fmt.Sprint("OnConnectionClose ", err) },
	}
	withHeaders, withData := base, base
	withHeaders.headers = answer
	withData.received = func(x *exchange, _ []byte) *concurrent.Future[struct{}] { return answer(x) }
	compressed := compressedPost("/", gzipped(strings.Repeat("0123456789", 10_000)))
	for name, delegate := range map[string]*scripted{"with the headers": &withHeaders, "with the body": &withData} {
		for kind, request := range map[string]string{
			"length": post("/", "Content-Length: 10\r\n\r\n01234"), "chunks": post("/", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
			"gzip": compressed[:len(compressed)-10],
		} {
			c := serve(t, delegate, decompressing(0)).dial()
			c.send(request)
			c.want("200 early close", "end")
			c.conn.Close()
			c.waitEnded()
			select {
			case what := <-told:
				t.Errorf("answered %s, %s: it was told %s", name, kind, what)
			default:
			}
		}
	}
}
