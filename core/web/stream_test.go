package web

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httpserver"
)

// A diary is what happened to the handlers of a test.
type diary struct {
	mu      sync.Mutex
	entries []string
	body    strings.Builder
	ended   chan struct{} // closed by OnFinish
}

func newDiary() *diary { return &diary{ended: make(chan struct{})} }

func (d *diary) note(entry string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.entries); n == 0 || d.entries[n-1] != entry || entry != "data" {
		d.entries = append(d.entries, entry)
	}
}

func (d *diary) received(chunk []byte) {
	d.note("data")
	d.mu.Lock()
	defer d.mu.Unlock()
	d.body.Write(chunk)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.entries, " ")
}

func (d *diary) size() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.body.Len()
}

// uploadHandler is what the handlers of these tests have in common. Its functions
// may be nil.
type uploadHandler struct {
	RequestHandler
	diary   *diary
	prepare func(h *RequestHandler) error
	data    func(h *RequestHandler, chunk []byte) error
}

func (h *uploadHandler) received(chunk []byte) error {
	h.diary.received(chunk)
	if h.data != nil {
		return h.data(&h.RequestHandler, chunk)
	}
	return nil
}

func (h *uploadHandler) prepared() error {
	h.diary.note("prepare")
	if h.prepare != nil {
		return h.prepare(&h.RequestHandler)
	}
	return nil
}

func (h *uploadHandler) Prepare() error { return h.prepared() }

func (h *uploadHandler) Post() {
	h.diary.note("post")
	h.diary.mu.Lock()
	defer h.diary.mu.Unlock()
	fmt.Fprintf(&writerTo{h}, "%d %d %s", len(h.Request.Body), h.diary.body.Len(), h.diary.body.String())
}

// A writerTo writes to a handler.
type writerTo struct{ h *uploadHandler }

func (w *writerTo) Write(p []byte) (int, error) { w.h.Write(p); return len(p), nil }

func (h *uploadHandler) OnConnectionClose() { h.diary.note("close") }

func (h *uploadHandler) OnFinish() {
	h.diary.note("finish")
	close(h.diary.ended) // a second one panics
}

type plainUpload struct{ uploadHandler }

func (h *plainUpload) DataReceived(chunk []byte) { must(h.received(chunk)) }

type errorUpload struct{ uploadHandler }

func (h *errorUpload) DataReceived(chunk []byte) error { return h.received(chunk) }

type futureUpload struct{ uploadHandler }

func (h *futureUpload) DataReceived(chunk []byte) *concurrent.Future[struct{}] {
	done := new(concurrent.Future[struct{}])
	go func() { done.TrySet(struct{}{}, h.received(chunk)) }() // ends with the test's function
	return done
}

// quickUpload has nothing to wait for, every other time.
type quickUpload struct {
	uploadHandler
	odd bool
}

func (h *quickUpload) DataReceived(chunk []byte) *concurrent.Future[struct{}] {
	err := h.received(chunk)
	if h.odd = !h.odd; h.odd && err == nil {
		return nil
	}
	done := new(concurrent.Future[struct{}])
	done.TrySet(struct{}{}, err)
	return done
}

type contextUpload struct{ uploadHandler }

func (h *contextUpload) DataReceived(ctx context.Context, chunk []byte) error {
	return h.received(chunk)
}

type waitingUpload struct{ uploadHandler }

func (h *waitingUpload) Prepare(context.Context) error { return h.prepared() }

func (h *waitingUpload) DataReceived(ctx context.Context, chunk []byte) error {
	return h.received(chunk)
}

func (h *waitingUpload) Post(context.Context) { h.uploadHandler.Post() }

// uploadKinds are the ways in which a body can be received; a new one is a new line.
var uploadKinds = []struct {
	name  string
	route func(init func(h *uploadHandler)) Route
}{
	{"plain", func(init func(*uploadHandler)) Route {
		return URL[plainUpload](`/`, StreamRequestBody(), Init(func(h *plainUpload) { init(&h.uploadHandler) }))
	}},
	{"with error", func(init func(*uploadHandler)) Route {
		return URL[errorUpload](`/`, StreamRequestBody(), Init(func(h *errorUpload) { init(&h.uploadHandler) }))
	}},
	{"with future", func(init func(*uploadHandler)) Route {
		return URL[futureUpload](`/`, StreamRequestBody(), Init(func(h *futureUpload) { init(&h.uploadHandler) }))
	}},
	{"with settled future", func(init func(*uploadHandler)) Route {
		return URL[quickUpload](`/`, StreamRequestBody(), Init(func(h *quickUpload) { init(&h.uploadHandler) }))
	}},
	{"with context", func(init func(*uploadHandler)) Route {
		return URL[contextUpload](`/`, StreamRequestBody(), Init(func(h *contextUpload) { init(&h.uploadHandler) }))
	}},
	{"all with context", func(init func(*uploadHandler)) Route {
		return URL[waitingUpload](`/`, StreamRequestBody(), Init(func(h *waitingUpload) { init(&h.uploadHandler) }))
	}},
}

// An uploadCase is a server for one request.
type uploadCase struct {
	*diary
	t       *testing.T
	address string
	conn    net.Conn
	reader  *bufio.Reader
}

// eachUpload runs a test with each kind of handler.
func eachUpload(t *testing.T, settings Settings, init func(h *uploadHandler), test func(u *uploadCase)) {
	t.Helper()
	settings.Loops = 1
	for _, kind := range uploadKinds {
		t.Run(kind.name, func(t *testing.T) {
			u := &uploadCase{diary: newDiary(), t: t}
			app := NewApplication(settings, kind.route(func(h *uploadHandler) {
				h.diary = u.diary
				if init != nil {
					init(h)
				}
			}))
			u.address = listen(t, app)
			test(u)
		})
	}
}

// listen serves an application until the test ends.
func listen(t testing.TB, app *Application) string {
	t.Helper()
	server, err := app.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server.Addresses()[0]
}

func (u *uploadCase) send(text string) {
	u.t.Helper()
	if u.conn == nil {
		u.conn = dial(u.t, u.address, "")
		u.reader = bufio.NewReader(u.conn)
	}
	if _, err := io.WriteString(u.conn, text); err != nil {
		u.t.Fatal(err)
	}
}

// answer reads one answer, up to its end.
func (u *uploadCase) answer() (status int, body string) {
	u.t.Helper()
	head := ""
	for !strings.HasSuffix(head, "\r\n\r\n") {
		line, err := u.reader.ReadString('\n')
		if err != nil {
			u.t.Fatalf("%v after %q", err, head)
		}
		head += line
	}
	length := 0
	for line := range strings.SplitSeq(head, "\r\n") {
		fmt.Sscanf(line, "Content-Length: %d", &length)
	}
	fmt.Sscanf(head, "HTTP/1.1 %d", &status)
	text := make([]byte, length)
	if _, err := io.ReadFull(u.reader, text); err != nil {
		u.t.Fatal(err)
	}
	return status, string(text)
}

// closed fails unless nothing but the end comes from the server.
func (u *uploadCase) closed() {
	u.t.Helper()
	if rest, err := io.ReadAll(u.reader); err != nil || len(rest) > 0 {
		u.t.Errorf("got %q, %v; want the end of the connection", rest, err)
	}
}

// ends waits for OnFinish, and compares what happened.
func (u *uploadCase) ends(want string) {
	u.t.Helper()
	select {
	case <-u.ended:
	case <-time.After(10 * time.Second):
		u.t.Fatalf("got %q; and OnFinish was not called", u)
	}
	if got := u.String(); got != want {
		u.t.Errorf("got %q; want %q", got, want)
	}
}

const uploadHead = "POST / HTTP/1.1\r\nHost: localhost\r\n"

func TestStreamRequestBody(t *testing.T) {
	captureLog(t)
	for _, tt := range []struct{ name, rest, answer, diary string }{
		{"length", "Content-Length: 10\r\n\r\n0123456789", "0 10 0123456789", "prepare data post finish"},
		{"chunked", "Transfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n", "0 10 0123456789", "prepare data post finish"},
		{"empty", "Content-Length: 0\r\n\r\n", "0 0 ", "prepare post finish"},
		{"empty and chunked", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "0 0 ", "prepare post finish"},
		{"none", "\r\n", "0 0 ", "prepare post finish"},
		{"form", "Content-Type: multipart/form-data\r\nContent-Length: 3\r\n\r\nabc", "0 3 abc", "prepare data post finish"},
	} {
		for _, pace := range []string{"whole", "byte by byte"} {
			t.Run(tt.name+", "+pace, func(t *testing.T) {
				eachUpload(t, Settings{}, nil, func(u *uploadCase) {
					raw := uploadHead + tt.rest
					for pace != "whole" && len(raw) > 0 {
						u.send(raw[:1])
						raw = raw[1:]
					}
					u.send(raw)
					if status, body := u.answer(); status != 200 || body != tt.answer {
						t.Errorf("got %d %q; want 200 %q", status, body, tt.answer)
					}
					u.ends(tt.diary)
				})
			})
		}
	}
}

func TestStreamedRequestsFollowOneAnother(t *testing.T) {
	captureLog(t)
	for _, kind := range uploadKinds {
		t.Run(kind.name, func(t *testing.T) {
			diaries := make(chan *diary, 3)
			app := NewApplication(Settings{Loops: 1}, kind.route(func(h *uploadHandler) { h.diary = newDiary(); diaries <- h.diary }))
			u := &uploadCase{t: t, address: listen(t, app)}
			one := uploadHead + "Content-Length: 3\r\n\r\nabc"
			u.send(one + one + one)
			for range 3 {
				if status, body := u.answer(); status != 200 || body != "0 3 abc" {
					t.Errorf("got %d %q", status, body)
				}
				u.diary = <-diaries
				u.ends("prepare data post finish")
			}
		})
	}
}

func TestPrepareEndsAnUpload(t *testing.T) {
	captureLog(t)
	for _, tt := range []struct {
		name    string
		prepare func(h *RequestHandler) error
		rest    string
		status  int
		diary   string
	}{
		{"error", func(*RequestHandler) error { return HTTPError{StatusCode: 403} }, "Content-Length: 10\r\n\r\n01234", 403, "prepare finish"},
		{"panic", func(*RequestHandler) error { panic("oh") }, "Content-Length: 10\r\n\r\n01234", 500, "prepare finish"},
		{"finish", func(h *RequestHandler) error { h.SetStatus(202); h.Finish(); return nil }, "Transfer-Encoding: chunked\r\n\r\n4\r\n01", 202, "prepare finish"},
		{"expecting", func(*RequestHandler) error { return HTTPError{StatusCode: 417} }, "Expect: 100-continue\r\nContent-Length: 10\r\n\r\n", 417, "prepare finish"},
		{"too large", func(h *RequestHandler) error { h.SetMaxBodySize(9); return nil }, "Content-Length: 10\r\n\r\n01234", 413, "prepare close finish"},
		{"too large and chunked", func(h *RequestHandler) error { h.SetMaxBodySize(3); return nil }, "Transfer-Encoding: chunked\r\n\r\n4\r\n01", 413, "prepare close finish"},
		{"too slow", func(h *RequestHandler) error { h.SetBodyTimeout(10 * time.Millisecond); return nil }, "Content-Length: 10\r\n\r\n", 408, "prepare close finish"},
		{"malformed", nil, "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "prepare close finish"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eachUpload(t, Settings{}, func(h *uploadHandler) { h.prepare = tt.prepare }, func(u *uploadCase) {
				u.send(uploadHead + tt.rest)
				if status, _ := u.answer(); status != tt.status {
					t.Errorf("got %d; want %d", status, tt.status)
				}
				u.closed()
				u.ends(tt.diary)
			})
		})
	}
}

func TestUploadsBeyondTheServersLimit(t *testing.T) {
	captureLog(t)
	settings := Settings{Server: httpserver.Options{Parameters: http1connection.Parameters{MaxBodySize: 4}}}
	raise := func(h *uploadHandler) {
		h.prepare = func(h *RequestHandler) error { h.SetMaxBodySize(10); return nil }
	}
	eachUpload(t, settings, raise, func(u *uploadCase) {
		u.send(uploadHead + "Expect: 100-continue\r\nContent-Length: 10\r\n\r\n")
		if line, err := u.reader.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
			u.t.Fatalf("got %q, %v", line, err)
		}
		if line, err := u.reader.ReadString('\n'); err != nil || line != "\r\n" {
			u.t.Fatalf("got %q, %v", line, err)
		}
		u.send("0123456789")
		if status, body := u.answer(); status != 200 || body != "0 10 0123456789" {
			u.t.Errorf("got %d %q", status, body)
		}
		u.ends("prepare data post finish")
	})
}

func TestDataReceivedEndsAnUpload(t *testing.T) {
	captureLog(t)
	for _, tt := range []struct {
		name   string
		data   func(h *RequestHandler, chunk []byte) error
		status int
	}{
		{"error", func(*RequestHandler, []byte) error { return HTTPError{StatusCode: 422} }, 422},
		{"other error", func(*RequestHandler, []byte) error { return errors.New("no room") }, 500},
	} {
		for _, rest := range []string{"", "56789"} {
			t.Run(tt.name+" "+rest, func(t *testing.T) {
				eachUpload(t, Settings{}, func(h *uploadHandler) { h.data = tt.data }, func(u *uploadCase) {
					u.send(uploadHead + "Content-Length: 10\r\n\r\n01234" + rest)
					if status, _ := u.answer(); status != tt.status {
						t.Errorf("got %d; want %d", status, tt.status)
					}
					u.ends("prepare data finish")
				})
			})
		}
	}
	t.Run("finish", func(t *testing.T) {
		for _, route := range []Route{uploadKinds[0].route(func(*uploadHandler) {}), uploadKinds[4].route(func(*uploadHandler) {})} {
			d := newDiary()
			app := NewApplication(Settings{Loops: 1}, route.With(Before(func(h *RequestHandler) error {
				common := uploadOf(h)
				common.diary, common.data = d, func(h *RequestHandler, _ []byte) error { h.SetStatus(202); h.Finish("enough"); return nil }
				return nil
			})))
			u := &uploadCase{diary: d, t: t, address: listen(t, app)}
			u.send(uploadHead + "Content-Length: 10\r\n\r\n01234")
			if status, body := u.answer(); status != 202 || body != "enough" {
				t.Errorf("got %d %q", status, body)
			}
			u.closed()
			u.ends("prepare data finish")
		}
	})
}

// uploadOf finds the part that the handlers have in common.
func uploadOf(h *RequestHandler) *uploadHandler {
	switch self := h.self.(type) {
	case *plainUpload:
		return &self.uploadHandler
	case *contextUpload:
		return &self.uploadHandler
	}
	return nil
}

func TestClientLeavesAnUpload(t *testing.T) {
	captureLog(t)
	t.Run("between two pieces", func(t *testing.T) {
		arrived := make(chan struct{}, 1)
		note := func(h *uploadHandler) {
			h.data = func(*RequestHandler, []byte) error { arrived <- struct{}{}; return nil }
		}
		eachUpload(t, Settings{}, note, func(u *uploadCase) {
			u.send(uploadHead + "Content-Length: 10\r\n\r\n01234")
			<-arrived
			u.conn.Close()
			u.ends("prepare data close finish")
		})
	})
	t.Run("before the first", func(t *testing.T) {
		eachUpload(t, Settings{}, nil, func(u *uploadCase) {
			u.send(uploadHead + "Content-Length: 10\r\n\r\n")
			u.conn.Close()
			u.ends("prepare close finish")
		})
	})
	t.Run("while one is at work", func(t *testing.T) {
		arrived, goOn := make(chan struct{}, 1), make(chan struct{})
		wait := func(h *uploadHandler) {
			h.data = func(*RequestHandler, []byte) error { arrived <- struct{}{}; <-goOn; return nil }
		}
		eachUpload(t, Settings{}, wait, func(u *uploadCase) {
			u.send(uploadHead + "Content-Length: 10\r\n\r\n01234")
			<-arrived
			u.conn.(*net.TCPConn).SetLinger(0)
			u.conn.Close()
			goOn <- struct{}{}
			u.ends("prepare data close finish")
		})
	})
}

func TestUploadsAreNotReadAhead(t *testing.T) {
	captureLog(t)
	// Those that cannot wait are served by the loop itself; they take in all there is.
	const size = 16 << 20
	for _, kind := range uploadKinds {
		if kind.name != "with future" && kind.name != "with context" && kind.name != "all with context" {
			continue
		}
		t.Run(kind.name, func(t *testing.T) {
			goOn := make(chan struct{})
			u := &uploadCase{diary: newDiary(), t: t}
			app := NewApplication(Settings{Loops: 1}, kind.route(func(h *uploadHandler) {
				h.diary = u.diary
				h.data = func(*RequestHandler, []byte) error { <-goOn; return nil }
			}))
			u.address = listen(t, app)
			u.send(uploadHead + "Content-Length: " + itoa(size) + "\r\n\r\n")
			u.conn.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
			body := make([]byte, size)
			sent, err := u.conn.Write(body)
			var late net.Error
			if !errors.As(err, &late) || !late.Timeout() {
				t.Fatalf("the client got rid of %d bytes, %v; want it to wait", sent, err)
			}
			if got := u.size(); got > 1<<20 {
				t.Errorf("the handler was given %d bytes before it was done with the first", got)
			}
			close(goOn)
			u.conn.SetWriteDeadline(time.Now().Add(20 * time.Second))
			if _, err := u.conn.Write(body[sent:]); err != nil {
				t.Fatal(err)
			}
			u.ends("prepare data post finish")
			if got := u.size(); got != size {
				t.Errorf("got %d bytes; want %d", got, size)
			}
		})
	}
}

func TestUploadWithoutMethod(t *testing.T) {
	captureLog(t)
	eachUpload(t, Settings{}, nil, func(u *uploadCase) {
		u.send("PUT / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n")
		if status, _ := u.answer(); status != 405 {
			u.t.Errorf("got %d; want 405 before the body", status)
		}
		u.closed()
		u.ends("prepare finish")
	})
}

func TestUploadsNeedTheirTokenElsewhere(t *testing.T) {
	captureLog(t)
	token := xsrfToken{2, make([]byte, xsrfTokenLength), 0}.encode(2, []byte{1, 2, 3, 4})
	body := "_xsrf=" + strings.ReplaceAll(token, "|", "%7C")
	form := "Cookie: _xsrf=" + token + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " + itoa(len(body)) + "\r\n"
	for _, tt := range []struct {
		name, fields string
		status       int
	}{
		{"in the body", "", 403},
		{"in a header", "X-Xsrftoken: " + token + "\r\n", 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eachUpload(t, Settings{XSRFCookies: true}, nil, func(u *uploadCase) {
				u.send(uploadHead + form + tt.fields + "\r\n" + body)
				if status, _ := u.answer(); status != tt.status {
					t.Errorf("got %d; want %d", status, tt.status)
				}
			})
		})
	}
}

// patientUpload shows when its contexts end.
type patientUpload struct {
	RequestHandler
	first time.Duration // that was left; zero for no limit
}

func timeLeft(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return time.Until(deadline)
	}
	return 0
}

func (h *patientUpload) DataReceived(ctx context.Context, chunk []byte) error {
	h.first = timeLeft(ctx)
	return nil
}

func (h *patientUpload) Post(ctx context.Context) {
	h.Write(fmt.Sprint(h.first == 0, timeLeft(ctx) > 0))
}

func TestRequestTimeoutBeginsAfterTheBody(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{Loops: 1, RequestTimeout: time.Hour}, URL[patientUpload](`/`, StreamRequestBody()))
	u := &uploadCase{t: t, address: listen(t, app)}
	u.send(uploadHead + "Content-Length: 1\r\n\r\n0")
	if _, body := u.answer(); body != "true true" {
		t.Errorf("got %q; want no limit for the body, and one for the method", body)
	}
}

type deafUpload struct{ RequestHandler }

func (h *deafUpload) Post() {}

type oddUpload struct{ deafUpload }

func (h *oddUpload) DataReceived(chunk string) {}

func TestStreamingRoutesAreChecked(t *testing.T) {
	for _, tt := range []struct {
		name  string
		route Route
		want  string
	}{
		{"no method", URL[deafUpload](`/`, StreamRequestBody()), "web.deafUpload has no method for the pieces of the body; write func (h *deafUpload) DataReceived("},
		{"no option", URL[plainUpload](`/`), "web.plainUpload.DataReceived would never be called: the route of `/` needs the option web.StreamRequestBody()"},
		{"signature", URL[oddUpload](`/`, StreamRequestBody()), "web.oddUpload.DataReceived would never be called: its signature must be"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := BuildApplication(Settings{}, tt.route); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v; want %q in it", err, tt.want)
			}
		})
	}
}
