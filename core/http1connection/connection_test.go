package http1connection_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/httputil"
)

const (
	get  = "GET /text HTTP/1.1\r\nHost: x\r\n\r\n"
	next = "GET /text?next HTTP/1.1\r\nHost: x\r\n\r\n"
)

// post is a request with fields and a body as they are.
func post(path, rest string) string { return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + rest }

func wireOptions() httpserver.Options {
	return httpserver.Options{Parameters: http1connection.Parameters{
		MaxBodySize: 1000,
		Limits:      http1connection.Limits{MaxRequestLine: 500, MaxHeaderSize: 1000, MaxFields: 50},
	}}
}

// TestEarlyAnswerIsRead sends a body that nobody wants while the answer is under
// way, and reads only afterwards.
func TestEarlyAnswerIsRead(t *testing.T) {
	s := serve(t, app{}, httpserver.Options{Parameters: http1connection.Parameters{MaxBodySize: 1 << 20}})
	for name, head := range map[string]string{
		"finished early": post("/stream_body_finish", "Content-Length: 200000\r\n\r\n"),
		"too large":      post("/text", "Content-Length: 2000000\r\n\r\n"),
		"malformed":      post("/text", "Transfer-Encoding: chunked\r\n\r\nx\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			c := s.dial()
			c.t = t
			c.send(head)
			for range 20 {
				if !c.send(strings.Repeat("x", 10_000)) {
					t.Fatal("the connection was reset while the body was sent")
				}
				c.arrivedWithin(5 * time.Millisecond) // what is discarded is not counted
			}
			got := c.transcript(nil, 2)
			if len(got) != 2 || !strings.HasSuffix(got[0], " close") || got[1] != "end" {
				t.Errorf("got %q; want a whole answer", got)
			}
		})
	}
}

func TestExpectContinue(t *testing.T) {
	s := serve(t, app{}, httpserver.Options{})
	c := s.dial()
	c.send(post("/text", "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"))
	line, _ := c.in.ReadString('\n')
	empty, err := c.in.ReadString('\n')
	if line+empty != "HTTP/1.1 100 Continue\r\n\r\n" {
		t.Fatalf("got %q, %v", line+empty, err)
	}
	c.send("abc" + get)
	c.want("200 POST /text abc", "200 GET /text")
}

func TestHalfClose(t *testing.T) {
	s := serve(t, app{}, httpserver.Options{})
	async := "GET /async HTTP/1.1\r\nHost: x\r\n\r\n"
	for _, tt := range []struct{ name, send, want string }{
		{"nothing", "", "end"},
		{"after a request", get, "200 GET /text | end"},
		{"after several", get + get + get, "200 GET /text | 200 GET /text | 200 GET /text | end"},
		{"before an answer", async, "200 async | end"},
		{"before several", async + async + get + async, "200 async | 200 async | 200 GET /text | 200 async | end"},
		{"with half of a head behind", async + "GET / HT", "200 async | 400 close | end"},
		{"within a head", "GET / HT", "400 close | end"},
		{"within a body", post("/text", "Content-Length: 3\r\n\r\nab"), "400 close | end"},
		{"within a chunk", post("/text", "Transfer-Encoding: chunked\r\n\r\n3\r\nab"), "400 close | end"},
		{"within a body behind", async + post("/text", "Content-Length: 3\r\n\r\nab"), "200 async | 400 close | end"},
		{"before a long answer", "GET /large/5000000 HTTP/1.1\r\nHost: x\r\n\r\n" + get, "200 (5000000) | 200 GET /text | end"},
		{"close", "GET /async HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "200 async close | end"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, together := range []bool{true, false} {
				c := s.dial()
				c.t = t
				c.send(tt.send)
				if !together {
					c.arrived()
				}
				c.halfClose()
				want := strings.Split(tt.want, " | ")
				if got := c.transcript(nil, len(want)); strings.Join(got, " | ") != tt.want {
					t.Errorf("together %v: got %q; want %q", together, got, want)
				}
				c.waitEnded()
			}
		})
	}
}

func TestNoKeepAlive(t *testing.T) {
	s := serve(t, app{}, httpserver.Options{Parameters: http1connection.Parameters{NoKeepAlive: true}})
	c := s.dial()
	c.send(get + get + get)
	c.want("200 GET /text close", "end")
	// The second comes when the first has been answered, but not yet been read.
	c = s.dial()
	c.send("GET /async HTTP/1.1\r\nHost: x\r\n\r\n")
	c.arrived()
	c.send(get)
	c.want("200 async close", "end")
}

// TestLargeHead has a limit above what is read ahead otherwise.
func TestLargeHead(t *testing.T) {
	const limit = 1 << 20
	s := serve(t, app{}, httpserver.Options{Parameters: http1connection.Parameters{
		Limits: http1connection.Limits{MaxHeaderSize: limit}}})
	head := "GET /text HTTP/1.1\r\nHost: x\r\nX: "
	c := s.dial()
	c.send(head + strings.Repeat("x", limit-len(head)-4) + "\r\n\r\n")
	c.want("200 GET /text")
	c.send(head + strings.Repeat("x", limit))
	c.want("431 close", "end")
	// Empty lines before it must not make it unreadable.
	c = serve(t, app{}, httpserver.Options{}).dial()
	c.send(strings.Repeat("\r\n", 8) + head + strings.Repeat("x", 64<<10-len(head)-4))
	c.arrived()
	c.send("\r\n\r\n")
	c.want("200 GET /text")
}

// TestMuchBehindASlowRequest sends far more than is read ahead behind a request
// that takes its time. All of it must be answered.
func TestMuchBehindASlowRequest(t *testing.T) {
	s := serve(t, app{}, httpserver.Options{})
	c := s.dial()
	const n = 10_000 // 300 KB
	sent := make(chan struct{})
	go func() { // the test waits for sent
		defer close(sent)
		c.send("GET /async HTTP/1.1\r\nHost: x\r\n\r\n" + strings.Repeat(get, n))
	}()
	c.want("200 async")
	for i := range n {
		if a, err := c.read("GET"); err != nil || a.String() != "200 GET /text" {
			t.Fatalf("answer %d: got %v, %v", i, a, err)
		}
	}
	<-sent
	if most := c.info().BytesIn.Load(); most != c.sent {
		t.Errorf("%d bytes were read of %d", most, c.sent)
	}
}

// TestNoStarvation has a client with 100,000 requests at once. Another one must
// not wait until they are answered.
func TestNoStarvation(t *testing.T) {
	const n = 100_000
	s := serve(t, app{}, httpserver.Options{})
	greedy, modest := s.dial(), s.dial()
	modest.send(get)
	modest.want("200 GET /text")
	both := make(chan error, 2)
	go func() { // ends when everything is sent
		_, err := io.WriteString(greedy.conn, strings.Repeat(get, n))
		both <- err
	}()
	go func() { // ends with the last answer
		length := int64(len("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\n\r\nGET /text "))
		_, err := io.CopyN(io.Discard, greedy.conn, n*length)
		both <- err
	}()
	answered := &greedy.info().Requests
	for answered.Load() == 0 {
	}
	worst, rounds := int64(0), 0
	for ; answered.Load() < n/2; rounds++ {
		before := answered.Load()
		modest.send(get)
		modest.want("200 GET /text")
		worst = max(worst, answered.Load()-before)
	}
	for range 2 {
		if err := <-both; err != nil {
			t.Fatal(err)
		}
	}
	if rounds < 5 || worst > n/4 {
		t.Errorf("the other client got %d answers meanwhile, and waited for up to %d", rounds, worst)
	}
	t.Logf("%d answers to the other client meanwhile; the longest wait was for %d requests", rounds, worst)
}

// TestSlowHandlersDoNotStarve has a client with many requests that keep the loop busy.
// Others must not wait for as many of them as for quick ones.
func TestSlowHandlersDoNotStarve(t *testing.T) {
	const n = 640
	s := serve(t, &scripted{finish: func(x *exchange) {
		for began := time.Now(); x.request.Path == "/slow" && time.Since(began) < time.Millisecond; {
		}
		x.answer(200, "")
	}}, httpserver.Options{})
	greedy, modest := s.dial(), s.dial()
	modest.send(get)
	modest.want("200")
	greedy.send(strings.Repeat("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", n))
	rounds := 0
	for answered := &greedy.info().Requests; answered.Load() < n; rounds++ {
		modest.send(get)
		modest.want("200")
	}
	if rounds < n/32 {
		t.Errorf("the other client got %d answers while %d were given to the first", rounds, n)
	}
	t.Logf("%d answers to the other client meanwhile", rounds)
}

// A scripted delegate does in each request what a test says.
type scripted struct {
	headers  func(x *exchange) *concurrent.Future[struct{}]
	received func(x *exchange, chunk []byte) *concurrent.Future[struct{}]
	finish   func(x *exchange)
	left     func(x *exchange, err error)
	peerEnd  func()
}

type scriptedExchange struct {
	exchange
	s *scripted
}

func (s *scripted) StartRequest(r *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	return &scriptedExchange{exchange{request: *r}, s}
}

func (x *scriptedExchange) HeadersReceived() *concurrent.Future[struct{}] {
	if x.s.headers != nil {
		return x.s.headers(&x.exchange)
	}
	return nil
}

func (x *scriptedExchange) DataReceived(chunk []byte) *concurrent.Future[struct{}] {
	x.exchange.DataReceived(chunk)
	if x.s.received != nil {
		return x.s.received(&x.exchange, chunk)
	}
	return nil
}

func (x *scriptedExchange) Finish() {
	if x.s.finish != nil {
		x.s.finish(&x.exchange)
		return
	}
	x.exchange.Finish()
}

func (x *scriptedExchange) OnConnectionClose(err error) {
	if x.s.left != nil {
		x.s.left(&x.exchange, err)
	}
}

func (x *scriptedExchange) OnPeerEnd() {
	if x.s.peerEnd != nil {
		x.s.peerEnd()
	}
}

// TestDelegateHoldsUpReading wants what is read ahead of a delegate to be bounded,
// and to come when the delegate is ready.
func TestDelegateHoldsUpReading(t *testing.T) {
	const size = 8 << 20
	asked := make(chan *concurrent.Future[struct{}])
	hold := func() *concurrent.Future[struct{}] {
		f := new(concurrent.Future[struct{}])
		go func() { asked <- f }() // the test takes it
		return f
	}
	first := true
	s := serve(t, &scripted{
		headers: func(x *exchange) *concurrent.Future[struct{}] {
			x.request.Connection.SetMaxBodySize(size)
			return hold()
		},
		received: func(x *exchange, chunk []byte) *concurrent.Future[struct{}] {
			if first {
				first = false
				return hold()
			}
			return nil
		},
		finish: func(x *exchange) { x.answer(200, fmt.Sprint(len(x.body))) },
	}, httpserver.Options{})
	c := s.dial()
	go c.conn.Write([]byte(post("/", fmt.Sprintf("Content-Length: %d\r\n\r\n", size)) + strings.Repeat("x", size))) // all of it is read
	for _, what := range []string{"headers", "body"} {
		future := <-asked
		for c.info().BytesIn.Load() < 64<<10 {
		}
		for range 3 {
			done := make(chan struct{})
			other := s.dial() // the loop has done everything else
			other.send(get)
			go func() { (<-asked).SetResult(struct{}{}); close(done) }()
			other.want("200 0")
			<-done
		}
		if n := c.info().BytesIn.Load(); n > 512<<10 {
			t.Errorf("%s: %d bytes were read ahead", what, n)
		}
		go future.SetResult(struct{}{}) // settled from anywhere
	}
	c.want(fmt.Sprintf("200 %d", size))
}

func TestFailedFutureEndsTheConnection(t *testing.T) {
	reason := errors.New("the body is not welcome")
	left := make(chan error, 1)
	s := serve(t, &scripted{
		received: func(*exchange, []byte) *concurrent.Future[struct{}] { return concurrent.Failed[struct{}](reason) },
		left:     func(_ *exchange, err error) { left <- err },
	}, httpserver.Options{})
	c := s.dial()
	c.send(post("/text", "Content-Length: 3\r\n\r\nabc"))
	c.waitEnded()
	if err := <-left; !errors.Is(err, reason) {
		t.Errorf("got %v; want %v", err, reason)
	}
}

// TestAnsweredWhileHeld answers a request whose delegate holds up the reading, and
// never lets go.
func TestAnsweredWhileHeld(t *testing.T) {
	answer := func(x *exchange) *concurrent.Future[struct{}] {
		x.request.Connection.AddCallback(func() { x.answer(200, "enough") })
		return new(concurrent.Future[struct{}])
	}
	s := serve(t, &scripted{headers: answer}, httpserver.Options{})
	c := s.dial()
	c.send(get + post("/", "Content-Length: 3\r\n\r\nabc") + get)
	c.want("200 enough", "200 enough close", "end")
}

// TestAnswerWithinTheBody begins or gives the answer while the body comes.
func TestAnswerWithinTheBody(t *testing.T) {
	for _, tt := range []struct {
		name     string
		delegate *scripted
		want     []string
	}{
		{"given with the first piece", &scripted{received: func(x *exchange, _ []byte) *concurrent.Future[struct{}] {
			x.answer(200, "early")
			return nil
		}}, []string{"200 early close", "end"}},
		{"given with the first piece, which waits", &scripted{received: func(x *exchange, _ []byte) *concurrent.Future[struct{}] {
			x.answer(200, "early")
			return new(concurrent.Future[struct{}])
		}}, []string{"200 early close", "end"}},
		{"begun with the headers, without 100", &scripted{
			headers: func(x *exchange) *concurrent.Future[struct{}] { x.begin(200); return nil },
			finish:  func(x *exchange) { x.write("late"); x.finish() },
		}, []string{"200 late chunked close", "end"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// The rest must not come with the first piece, or the body is read whole before
			// the answer, and the connection goes on.
			came, received := make(chan struct{}, 1), tt.delegate.received
			tt.delegate.received = func(x *exchange, chunk []byte) *concurrent.Future[struct{}] {
				select {
				case came <- struct{}{}:
				default: // a later piece
				}
				if received == nil {
					return nil
				}
				return received(x, chunk)
			}
			s := serve(t, tt.delegate, httpserver.Options{})
			c := s.dial()
			c.send(post("/", "Expect: 100-continue\r\nContent-Length: 6\r\n\r\nabc"))
			select {
			case <-came:
			case <-time.After(10 * time.Second):
				t.Fatal("the first piece did not come")
			}
			c.send("def" + get)
			got := c.transcript(nil, 2)
			if got[0] == "100" {
				got = got[1:]
			}
			if strings.Join(got, " | ") != strings.Join(tt.want, " | ") {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

// TestContinueNotWithinAnAnswer wants no 100 after the headers.
func TestContinueNotWithinAnAnswer(t *testing.T) {
	s := serve(t, &scripted{
		headers: func(x *exchange) *concurrent.Future[struct{}] { x.begin(200); return nil },
		finish:  func(x *exchange) { x.write("late"); x.finish() },
	}, httpserver.Options{})
	c := s.dial()
	c.send(post("/", "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"))
	text, err := io.ReadAll(c.in)
	if err != nil || strings.Contains(string(text), "100 Continue") || !strings.HasSuffix(string(text), "4\r\nlate\r\n0\r\n\r\n") {
		t.Errorf("got %q, %v", text, err)
	}
}

// TestAnsweredWithTheHeaders keeps the connection when there is no body to read.
func TestAnsweredWithTheHeaders(t *testing.T) {
	s := serve(t, &scripted{headers: func(x *exchange) *concurrent.Future[struct{}] {
		x.answer(200, "at once")
		return nil
	}}, httpserver.Options{})
	c := s.dial()
	c.send(get + get + post("/", "Content-Length: 1\r\n\r\na"))
	c.want("200 at once", "200 at once", "200 at once close", "end")
}

func TestMisuse(t *testing.T) {
	begin := func(x *exchange, fields ...string) error {
		var headers httputil.HTTPHeaders
		for i := 0; i < len(fields); i += 2 {
			headers.Set(fields[i], fields[i+1])
		}
		return x.request.Connection.WriteHeaders(httputil.ResponseStartLine{Code: 200}, &headers, nil)
	}
	for _, tt := range []struct {
		name string
		do   func(x *exchange) error
		want string // what the client reads
	}{
		{"body before headers", func(x *exchange) error { return x.request.Connection.Write([]byte("x")) }, "200 good"},
		{"finish before headers", func(x *exchange) error { return x.request.Connection.Finish() }, "200 good"},
		{"Content-Length is no number", func(x *exchange) error { return begin(x, "Content-Length", "many") }, "200 good"},
		{"two Content-Length", func(x *exchange) error { return begin(x, "Content-Length", "3,3") }, "200 good"},
		{"own Transfer-Encoding", func(x *exchange) error { return begin(x, "Transfer-Encoding", "chunked") }, "200 good"},
		{"reason with a line end", func(x *exchange) error {
			return x.request.Connection.WriteHeaders(httputil.ResponseStartLine{Code: 200, Reason: "a\r\nb: c"}, new(httputil.HTTPHeaders), nil)
		}, "200 good"},
		{"status of two digits", func(x *exchange) error {
			return x.request.Connection.WriteHeaders(httputil.ResponseStartLine{Code: 99}, new(httputil.HTTPHeaders), nil)
		}, "200 good"},
		{"headers twice", func(x *exchange) error { begin(x, "Content-Length", "0"); return begin(x) }, "200"},
		{"too much", func(x *exchange) error {
			begin(x, "Content-Length", "1")
			return x.request.Connection.Write([]byte("xy"))
		}, "200 cut"},
		{"too little", func(x *exchange) error { begin(x, "Content-Length", "1"); return x.request.Connection.Finish() }, "200 cut"},
		{"finished twice", func(x *exchange) error { x.answer(200, "once"); return x.request.Connection.Finish() }, "200 once"},
		{"written after the end", func(x *exchange) error { x.answer(200, "once"); return x.request.Connection.Write([]byte("x")) }, "200 once"},
		{"headers after the end", func(x *exchange) error { x.answer(200, "once"); return begin(x) }, "200 once"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			result := make(chan error, 1)
			s := serve(t, &scripted{finish: func(x *exchange) {
				result <- tt.do(x)
				switch tt.want {
				case "200 good":
					x.answer(200, "good")
				case "200":
					x.finish()
				}
			}}, httpserver.Options{})
			c := s.dial()
			c.send(get)
			c.want(tt.want)
			if err := <-result; err == nil {
				t.Error("the caller was not told")
			}
		})
	}
}

// TestNoContentLengthWith204 wants the field to be left out, and the next answer
// to be found.
// TestNoContentLengthWithoutABody has a handler that announces a body where there is
// none (RFC 9110 section 8.6).
func TestNoContentLengthWithoutABody(t *testing.T) {
	s := serve(t, &scripted{finish: func(x *exchange) {
		x.begin(103, "Content-Length", "5", "X", "y")
		x.begin(204, "Content-Length", "0", "X", "y")
		x.finish()
	}}, httpserver.Options{})
	c := s.dial()
	c.send(get + get)
	for _, status := range []int{103, 204, 103, 204} {
		a, err := c.read("GET")
		if err != nil {
			t.Fatal(err)
		}
		if c.check(a); a.StatusCode != status || a.Header.Get("X") != "y" || a.Header.Get("Content-Length") != "" {
			t.Errorf("got %v %v; want %d without Content-Length", a, a.Header, status)
		}
	}
}

// TestAbortOfABodyWithoutLength must not look like its end.
func TestAbortOfABodyWithoutLength(t *testing.T) {
	s := serve(t, app{}, httpserver.Options{})
	c := s.dial()
	c.send("GET /raise_after_flush HTTP/1.0\r\n\r\n")
	if text, err := io.ReadAll(c.in); err == nil {
		t.Errorf("got %q, and an orderly end", text)
	}
}

// TestClientLeaves wants a delegate to be told once, whatever it is doing.
func TestClientLeaves(t *testing.T) {
	for name, send := range map[string]string{
		"within the body":   post("/", "Content-Length: 3\r\n\r\nab"),
		"before the answer": get,
	} {
		t.Run(name, func(t *testing.T) {
			left := make(chan error, 10) // one is expected
			s := serve(t, &scripted{
				finish: func(x *exchange) {},
				left:   func(_ *exchange, err error) { left <- err },
			}, httpserver.Options{})
			c := s.dial()
			c.send(send)
			c.arrived()
			c.conn.SetLinger(0) // a reset
			c.conn.Close()
			c.waitEnded()
			if err := <-left; err == nil {
				t.Error("it was not told why")
			}
			s.Close()
			if len(left) != 0 {
				t.Error("it was told twice")
			}
		})
	}
}

// TestPeerEnd tells a delegate that waits, once and not at once, and the answer is sent
// all the same.
func TestPeerEnd(t *testing.T) {
	ended := make(chan struct{}, 10) // one is expected
	answers := make(chan *exchange, 1)
	s := serve(t, &scripted{
		finish:  func(x *exchange) { answers <- x },
		peerEnd: func() { ended <- struct{}{} },
	}, httpserver.Options{})
	c := s.dial()
	c.send(get)
	began := time.Now()
	c.halfClose()
	x := <-answers
	<-ended
	if took := time.Since(began); took < 800*time.Millisecond {
		t.Errorf("it was told after %v; want a second for clients that only close their side", took)
	}
	x.request.Connection.AddCallback(func() { x.answer(200, "still there") })
	c.want("200 still there", "end")
	if len(ended) != 0 {
		t.Error("it was told twice")
	}
}

// TestPeerEndAndAnswered gives a client that sends no more all its answers.
func TestPeerEndAndAnswered(t *testing.T) {
	answers := make(chan *exchange, 1)
	s := serve(t, &scripted{finish: func(x *exchange) { answers <- x }}, httpserver.Options{})
	c := s.dial()
	c.send(get + get)
	c.halfClose()
	for range 2 {
		x := <-answers
		x.request.Connection.AddCallback(func() { x.answer(200, "soon") })
	}
	c.want("200 soon", "200 soon", "end")
}

// TestDelegateUsedAgain gives the same delegate to every request, as a pool does.
func TestDelegateUsedAgain(t *testing.T) {
	pooled := &scriptedExchange{s: &scripted{}}
	future := new(concurrent.Future[struct{}])
	pooled.s.headers = func(x *exchange) *concurrent.Future[struct{}] {
		if x.request.Path == "/first" {
			x.request.Connection.AddCallback(func() { x.answer(200, "first") })
			return future
		}
		if x.request.Path == "/second" {
			future.SetResult(struct{}{}) // of the request before
			return new(concurrent.Future[struct{}])
		}
		return nil
	}
	pooled.s.finish = func(x *exchange) { x.answer(200, "finished "+x.request.Path) }
	s := serve(t, pool{pooled}, httpserver.Options{})
	c := s.dial()
	c.send("GET /first HTTP/1.1\r\nHost: x\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n")
	c.want("200 first")
	other := s.dial() // what the future might do is done
	other.send("GET /third HTTP/1.1\r\nHost: x\r\n\r\n")
	other.want("200 finished /third")
	if n := c.info().Requests.Load(); n != 1 {
		t.Errorf("%d requests were answered; the second one's delegate is not ready", n)
	}
}

type pool struct{ delegate *scriptedExchange }

func (p pool) StartRequest(r *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	p.delegate.exchange = exchange{request: *r}
	return p.delegate
}

// TestPanicEndsOneConnection wants the loop and the other clients to go on.
func TestPanicEndsOneConnection(t *testing.T) {
	for name, delegate := range map[string]*scripted{
		"headers": {headers: func(x *exchange) *concurrent.Future[struct{}] { return panicAt(x) }},
		"body":    {received: func(x *exchange, _ []byte) *concurrent.Future[struct{}] { return panicAt(x) }},
		"finish":  {finish: func(x *exchange) { panicAt(x); x.exchangeFinish() }},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, delegate, httpserver.Options{})
			good, bad := s.dial(), s.dial()
			bad.send(post("/bad", "Content-Length: 1\r\n\r\na"))
			bad.waitEnded()
			good.send(post("/text", "Content-Length: 1\r\n\r\na"))
			good.want("200 POST /text a")
			if n := s.Connections(); n != 1 {
				t.Errorf("%d connections are counted; want 1", n)
			}
		})
	}
}

func (x *exchange) exchangeFinish() { x.Finish() }

func panicAt(x *exchange) *concurrent.Future[struct{}] {
	if x.request.Path == "/bad" {
		panic("the application's fault")
	}
	return nil
}
