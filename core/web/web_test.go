package web

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestAnswers(t *testing.T) {
	captureLog(t)
	for _, tt := range []struct {
		name    string
		run     script
		request string
		status  int
		body    string
		fields  []string // "Name: value"; "Name:" is absent
		aborted bool
	}{
		{"text", func(h *RequestHandler) error { h.Write("Hello, "); h.Write([]byte("world")); return nil },
			get("/"), 200, "Hello, world", []string{"Content-Type: text/html; charset=UTF-8", "Content-Length: 12", "Server: tornado-dev"}, false},
		{"nothing", func(h *RequestHandler) error { return nil },
			get("/"), 200, "", []string{"Content-Length: 0"}, false},
		{"json", func(h *RequestHandler) error { h.Write(map[string]any{"a": "</b>"}); return nil },
			get("/"), 200, `{"a":"<\/b>"}`, []string{"Content-Type: application/json; charset=UTF-8"}, false},
		{"struct", func(h *RequestHandler) error {
			h.Write(&struct {
				A int `json:"a"`
			}{1})
			return nil
		}, get("/"), 200, `{"a":1}`, []string{"Content-Type: application/json; charset=UTF-8"}, false},
		{"list", func(h *RequestHandler) error { h.Write([]int{1}); return nil }, get("/"), 500, "500: Internal Server Error", nil, false},
		{"number", func(h *RequestHandler) error { h.Write(7); return nil }, get("/"), 500, "500: Internal Server Error", nil, false},
		{"head", func(h *RequestHandler) error { h.Write("body"); return nil },
			ask("HEAD", "/", ""), 200, "", []string{"Content-Length: 4"}, false},
		{"options", func(h *RequestHandler) error { return nil },
			ask("OPTIONS", "/", ""), 204, "", []string{"Allow: GET, HEAD, POST, DELETE, OPTIONS", "Content-Length:", "Content-Type:"}, false},
		{"no such verb", func(h *RequestHandler) error { return nil },
			ask("PUT", "/", ""), 405, "405: Method Not Allowed", []string{"Allow: GET, HEAD, POST, DELETE, OPTIONS"}, false},
		{"unknown verb", func(h *RequestHandler) error { return nil },
			ask("PROPFIND", "/", ""), 405, "405: Method Not Allowed", []string{"Allow: GET, HEAD, POST, DELETE, OPTIONS"}, false},
		{"no content", func(h *RequestHandler) error { h.SetStatus(204); return nil },
			get("/"), 204, "", []string{"Content-Type:", "Content-Length:"}, false},
		{"content where none may be", func(h *RequestHandler) error { h.SetStatus(204); h.Write("x"); return nil },
			get("/"), 500, "500: Internal Server Error", nil, false},
		{"finished early", func(h *RequestHandler) error { h.Finish("a"); return nil }, get("/"), 200, "a", nil, false},
		{"flushed", func(h *RequestHandler) error {
			h.Write("a")
			h.Flush()
			h.Write("b")
			h.Flush()
			h.Write("c")
			return nil
		}, get("/"), 200, "abc", []string{"Content-Length:"}, false},
		{"status and header after a flush", func(h *RequestHandler) error {
			h.Flush()
			h.SetStatus(500)
			h.SetHeader("X-Late", "1")
			h.SetCookie("late", "1")
			return nil
		}, get("/"), 200, "", []string{"X-Late:", "Set-Cookie:"}, false},

		{"redirect", func(h *RequestHandler) error { h.Redirect("/b?x=1"); return nil },
			get("/"), 302, "", []string{"Location: /b?x=1"}, false},
		{"permanent redirect", func(h *RequestHandler) error { h.Redirect("/b", true); return nil },
			get("/"), 301, "", []string{"Location: /b"}, false},
		{"redirect that splits", func(h *RequestHandler) error { h.Redirect("/b\r\nX-Evil: 1"); return nil },
			get("/"), 500, "500: Internal Server Error", []string{"Location:", "X-Evil:"}, false},
		{"header that splits", func(h *RequestHandler) error { h.SetHeader("X-A", "1\r\nX-Evil: 1"); return nil },
			get("/"), 500, "500: Internal Server Error", []string{"X-A:", "X-Evil:"}, false},
		{"header with a line feed", func(h *RequestHandler) error { h.AddHeader("X-A", "1\n"); return nil },
			get("/"), 500, "500: Internal Server Error", []string{"X-A:"}, false},
		{"header name that splits", func(h *RequestHandler) error { h.SetHeader("X-A: 1\r\nX-Evil", "1"); return nil },
			get("/"), 500, "500: Internal Server Error", []string{"X-Evil:"}, false},
		{"header of a strange type", func(h *RequestHandler) error { h.SetHeader("X-A", []string{"1"}); return nil },
			get("/"), 500, "500: Internal Server Error", nil, false},
		{"reason that splits", func(h *RequestHandler) error { h.SetStatus(200, "OK\r\nX-Evil: 1"); return nil },
			get("/"), 500, "500: Internal Server Error", []string{"X-Evil:"}, false},
		{"reason of HTML", func(h *RequestHandler) error { return HTTPError{StatusCode: 400, Reason: "<script>"} },
			get("/"), 400, "400: Bad Request", nil, false},
		{"status of no kind", func(h *RequestHandler) error { h.SetStatus(42); return nil },
			get("/"), 500, "500: Internal Server Error", nil, false},
		{"interim status", func(h *RequestHandler) error { h.SetStatus(103); return nil },
			get("/"), 500, "500: Internal Server Error", nil, false},
		{"interim status as an error", func(h *RequestHandler) error { return HTTPError{StatusCode: 100} },
			get("/"), 500, "500: Internal Server Error", nil, false},
		{"headers", func(h *RequestHandler) error {
			h.SetHeader("X-A", 7)
			h.AddHeader("X-B", "1")
			h.AddHeader("X-B", "2")
			h.ClearHeader("server")
			return nil
		}, get("/"), 200, "", []string{"X-A: 7", "X-B: 1,2", "Server:"}, false},

		{"cookie", func(h *RequestHandler) error {
			h.SetCookie("a", "1")
			h.SetCookie("a", `x;"`, CookieOptions{HTTPOnly: true, SameSite: "Lax", MaxAge: -1})
			return nil
		}, get("/"), 200, "", []string{`Set-Cookie: a="x\073\""; HttpOnly; Max-Age=0; Path=/; SameSite=Lax`}, false},
		{"cookie of a request that fails", func(h *RequestHandler) error { h.ClearCookie("a"); return HTTPError{StatusCode: 403} },
			get("/"), 403, "403: Forbidden", []string{"Set-Cookie: a=\"\"; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/"}, false},
		{"cookie that smuggles", func(h *RequestHandler) error {
			h.SetCookie("a", "1", CookieOptions{Path: "/; Domain=evil"})
			return nil
		}, get("/"), 500, "500: Internal Server Error", []string{"Set-Cookie:"}, false},
		{"cookie value that splits", func(h *RequestHandler) error { h.SetCookie("a", "1\r\n"); return nil },
			get("/"), 500, "500: Internal Server Error", []string{"Set-Cookie:"}, false},
		{"cookie sent", func(h *RequestHandler) error { h.Write(h.GetCookie("a") + h.GetCookie("b", "none")); return nil },
			get("/", "Cookie: a=1"), 200, "1none", nil, false},

		{"argument", func(h *RequestHandler) error { h.Write(h.GetArgument("a")); return nil },
			get("/?a=1&a=%20two%20"), 200, "two", nil, false},
		{"argument of a form", func(h *RequestHandler) error {
			h.Write(strings.Join(h.GetArguments("a"), ",") + " " + h.GetQueryArgument("a") + " " + h.GetBodyArgument("a"))
			return nil
		}, ask("POST", "/?a=1", "a=2&a=3", "Content-Type: application/x-www-form-urlencoded"), 200, "1,2,3 1 3", nil, false},
		{"argument that is missing", func(h *RequestHandler) error { h.Write(h.GetArgument("a")); return nil },
			get("/"), 400, "400: Bad Request", nil, false},
		{"argument with a default", func(h *RequestHandler) error { h.Write(h.GetArgument("a", "d")); return nil },
			get("/"), 200, "d", nil, false},
		{"argument that is blank", func(h *RequestHandler) error { h.Write("[" + h.GetArgument("a", "d") + "]"); return nil },
			get("/?a="), 200, "[]", nil, false},
		{"argument with control characters", func(h *RequestHandler) error { h.Write(h.GetArgument("a")); return nil },
			get("/?a=x%00y%1bz%09t%0an%7f"), 200, "x y z\tt\nn\x7f", nil, false},
		{"argument that is not UTF-8", func(h *RequestHandler) error { h.Write(h.GetArgument("a")); return nil },
			get("/?a=%ff"), 400, "400: Bad Request", nil, false},
		{"body that cannot be parsed", func(h *RequestHandler) error { h.Write("never"); return nil },
			ask("POST", "/", "x", "Content-Type: multipart/form-data"), 400, "400: Bad Request", nil, false},

		{"error", func(h *RequestHandler) error { h.SetHeader("X-A", "1"); h.Write("lost"); return errors.New("secret") },
			get("/"), 500, "500: Internal Server Error", []string{"X-A:"}, false},
		{"HTTPError returned", func(h *RequestHandler) error {
			return HTTPError{StatusCode: 404, LogMessage: "secret"}
		}, get("/"), 404, "404: Not Found", nil, false},
		{"HTTPError thrown", func(h *RequestHandler) error {
			panic(HTTPError{StatusCode: 404, LogMessage: "secret"})
		}, get("/"), 404, "404: Not Found", nil, false},
		{"HTTPError as a pointer, wrapped", func(h *RequestHandler) error {
			return fmt.Errorf("secret: %w", &HTTPError{StatusCode: 410})
		}, get("/"), 410, "410: Gone", nil, false},
		{"HTTPError with a reason", func(h *RequestHandler) error { return HTTPError{StatusCode: 499, Reason: "Too Bad"} },
			get("/"), 499, "499: Too Bad", nil, false},
		{"HTTPError 304", func(h *RequestHandler) error { return HTTPError{StatusCode: 304} }, get("/"), 304, "", nil, false},
		{"panic", func(h *RequestHandler) error { panic("secret") }, get("/"), 500, "500: Internal Server Error", nil, false},
		{"nil pointer", func(h *RequestHandler) error { var p *Settings; p.Debug = true; return nil },
			get("/"), 500, "500: Internal Server Error", nil, false},
		{"Finish returned", func(h *RequestHandler) error { h.Write("a"); return Finish }, get("/"), 200, "a", nil, false},
		{"Finish thrown", func(h *RequestHandler) error { h.Write("a"); panic(Finish) }, get("/"), 200, "a", nil, false},
		{"SendError", func(h *RequestHandler) error { h.Write("lost"); h.SendError(403); return nil },
			get("/"), 403, "403: Forbidden", nil, false},
		{"write after finish", func(h *RequestHandler) error { h.Finish("a"); h.Write("b"); return nil }, get("/"), 200, "a", nil, false},
		{"finish after finish", func(h *RequestHandler) error { h.Finish("a"); h.Finish(); return nil }, get("/"), 200, "a", nil, false},
		{"error after a flush", func(h *RequestHandler) error { h.Write("a"); h.Flush(); return errors.New("secret") },
			get("/"), 200, "a", nil, true},
		{"panic after a flush", func(h *RequestHandler) error { h.Write("a"); h.Flush(); panic("secret") },
			get("/"), 200, "a", nil, true},
		{"SendError after a flush", func(h *RequestHandler) error { h.Write("a"); h.Flush(); h.SendError(500); return nil },
			get("/"), 200, "a", nil, true},
		{"less than Content-Length", func(h *RequestHandler) error { h.SetHeader("Content-Length", 5); h.Write("abc"); return nil },
			get("/"), 200, "abc", nil, true},
		{"error as JSON", func(h *RequestHandler) error { return HTTPError{StatusCode: 404} },
			get("/", "Accept: application/json, text/html"), 404, `{"error":{"code":404,"message":"Not Found"}}`,
			[]string{"Content-Type: application/json; charset=UTF-8"}, false},
		{"error as text", func(h *RequestHandler) error { return HTTPError{StatusCode: 404} },
			get("/", "Accept: image/png"), 404, "404: Not Found\n", []string{"Content-Type: text/plain; charset=UTF-8"}, false},
		{"error as HTML", func(h *RequestHandler) error { return HTTPError{StatusCode: 404} },
			get("/", "Accept: text/html, application/json"), 404, "404: Not Found", []string{"Content-Type: text/html; charset=UTF-8"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			everywhere(t, Settings{}, tt.run, func(t *testing.T, fetch func(string) response) {
				got := fetch(tt.request)
				aborted := tt.aborted
				if got.aborted != aborted || !aborted && got.status != tt.status {
					t.Fatalf("got status %d, aborted %v; want %d, %v", got.status, got.aborted, tt.status, aborted)
				}
				if aborted {
					return // how much of it the client sees is for the network to say
				}
				if tt.status == 200 && got.body != tt.body || !strings.Contains(got.body, tt.body) || tt.body == "" && got.body != "" {
					t.Errorf("got body %q; want %q", got.body, tt.body)
				}
				if strings.Contains(got.body, "secret") || strings.Contains(got.body, ".go") || strings.Contains(got.body, "lost") {
					t.Errorf("the body tells too much: %q", got.body)
				}
				for _, field := range tt.fields {
					name, value, _ := strings.Cut(field, ":")
					if got, want := got.header.Get(name), strings.TrimSpace(value); got != want {
						t.Errorf("%s: got %q; want %q", name, got, want)
					}
				}
			})
		})
	}
}

type lifeHandler struct {
	RequestHandler
	notes *[]string
	fail  string // the step that fails
}

func (h *lifeHandler) note(step string) error {
	*h.notes = append(*h.notes, step)
	if step == h.fail {
		return HTTPError{StatusCode: 418}
	}
	return nil
}

func (h *lifeHandler) Initialize()          { h.note("initialize") }
func (h *lifeHandler) SetDefaultHeaders()   { h.SetHeader("X-Default", "1") }
func (h *lifeHandler) Prepare() error       { return h.note("prepare " + h.PathArgs()[0]) }
func (h *lifeHandler) Get(a string) error   { return h.note("get " + a) }
func (h *lifeHandler) OnFinish()            { h.note("finish") }
func (h *lifeHandler) OnConnectionClose()   { h.note("close") }
func (h *lifeHandler) Put(a string) error   { h.Finish("x"); return h.note("put") }
func (h *lifeHandler) Delete(a string)      { h.Flush(); panic("oh") }
func (h *lifeHandler) Patch(a string) error { panic("oh") }
func (h *lifeHandler) WriteError(status int, err error) {
	h.note("error " + itoa(status))
	h.Write("own page")
}

func TestLife(t *testing.T) {
	captureLog(t)
	for _, tt := range []struct {
		name, request, fail string
		status              int
		want                string
	}{
		{"all well", get("/a"), "", 200, "initialize, prepare a, get a, finish"},
		{"prepare fails", get("/a"), "prepare a", 418, "initialize, prepare a, error 418, finish"},
		{"get fails", get("/a"), "get a", 418, "initialize, prepare a, get a, error 418, finish"},
		{"panics", ask("PATCH", "/a", ""), "", 500, "initialize, prepare a, error 500, finish"},
		{"panics after a flush", ask("DELETE", "/a", ""), "", 200, "initialize, prepare a, finish"},
		{"finished by itself", ask("PUT", "/a", ""), "", 200, "initialize, prepare a, put, finish"},
		{"no such verb", ask("POST", "/a", ""), "", 405, "initialize, prepare a, error 405, finish"},
		{"unknown verb", ask("BREW", "/a", ""), "", 405, "initialize, error 405, finish"},
		{"path that is not UTF-8", get("/%ff"), "", 400, "initialize, error 400, finish"},
		{"path that is decoded", get("/a%2Fb"), "", 200, "initialize, prepare a/b, get a/b, finish"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var notes []string
			app := NewApplication(Settings{}, URL[lifeHandler](`/([^/]*)`, Init(func(h *lifeHandler) {
				h.notes, h.fail = &notes, tt.fail
			})))
			got := exchangeWithFake(t, app, tt.request)
			if steps := strings.Join(notes, ", "); got.status != tt.status || steps != tt.want {
				t.Errorf("got %d, %s; want %d, %s", got.status, steps, tt.status, tt.want)
			}
			if got.header.Get("X-Default") != "1" {
				t.Error("the default headers are missing")
			}
			if tt.status >= 400 && got.body != "own page" {
				t.Errorf("got page %q; want the handler's own", got.body)
			}
		})
	}
}

type finishingPrepare struct{ RequestHandler }

func (h *finishingPrepare) Prepare() { h.Finish("prepared") }
func (h *finishingPrepare) Get()     { h.Write("never") }

type finishingPrepareElsewhere struct{ RequestHandler }

func (h *finishingPrepareElsewhere) Prepare(ctx context.Context) error {
	h.Finish("prepared")
	return nil
}
func (h *finishingPrepareElsewhere) Get(ctx context.Context) { h.Write("never") }

func TestPrepareThatFinishesSkipsTheVerb(t *testing.T) {
	logged := captureLog(t)
	for _, route := range []Route{URL[finishingPrepare](`/`), URL[finishingPrepareElsewhere](`/`)} {
		if got := exchangeWithFake(t, NewApplication(Settings{}, route), get("/")); got.body != "prepared" || got.aborted {
			t.Errorf("%s: got %+v; want what Prepare wrote", route.target.pointer, got)
		}
	}
	if strings.Contains(logged.String(), "Uncaught") {
		t.Errorf("logged %q", logged)
	}
}

type badErrorPage struct{ RequestHandler }

func (h *badErrorPage) Get() error                       { return HTTPError{StatusCode: 404} }
func (h *badErrorPage) Post() error                      { h.SetHeader("X-A", "1"); return HTTPError{StatusCode: 404} }
func (h *badErrorPage) WriteError(status int, err error) { panic("even this") }

type badDefaults struct{ RequestHandler }

func (h *badDefaults) Get()               {}
func (h *badDefaults) SetDefaultHeaders() { h.SetHeader("X A", "") }

func TestFailingOverridesAreAnswered(t *testing.T) {
	logged := captureLog(t)
	app := NewApplication(Settings{}, URL[badErrorPage](`/page`), URL[badDefaults](`/defaults`))
	for _, path := range []string{"/page", "/defaults"} {
		if got := exchangeWithFake(t, app, get(path)); got.status != 500 || !strings.Contains(got.body, "500: Internal Server Error") {
			t.Errorf("%s: got %d %q; want our own page", path, got.status, got.body)
		}
	}
	logged.expect(t, "even this", "X A")
}

// waitingHandler waits for the end of its context.
type waitingHandler struct {
	RequestHandler
	entered chan struct{}
	notes   *[]string
}

func (h *waitingHandler) Get(ctx context.Context) error {
	close(h.entered)
	<-ctx.Done()
	*h.notes = append(*h.notes, "get: "+context.Cause(ctx).Error())
	return ctx.Err()
}
func (h *waitingHandler) OnConnectionClose() { *h.notes = append(*h.notes, "close") }
func (h *waitingHandler) OnFinish()          { *h.notes = append(*h.notes, "finish") }

func TestClientThatLeavesEndsTheContext(t *testing.T) {
	for _, tt := range []struct {
		name    string
		leave   func(d *delegate, c *fakeConnection)
		want    string
		aborted bool
	}{
		{"closed", func(d *delegate, c *fakeConnection) { c.closed = true; d.OnConnectionClose(errors.New("reset")) },
			"get: " + ErrClientLeft.Error() + ", close, finish", false},
		{"ended its side", func(d *delegate, c *fakeConnection) { d.OnPeerEnd() },
			"get: " + ErrClientLeft.Error() + ", close, finish", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			logged := captureLog(t)
			var notes []string
			entered := make(chan struct{})
			app := NewApplication(Settings{}, URL[waitingHandler](`/`, Init(func(h *waitingHandler) {
				h.entered, h.notes = entered, &notes
			})))
			c := newFakeConnection()
			d := c.begin(t, app, get("/"), nil)
			h := d.handler
			<-entered
			tt.leave(d, c)
			c.runUntil(t, func() bool { return ended(h) })
			if got := strings.Join(notes, ", "); got != tt.want {
				t.Errorf("got %s; want %s", got, tt.want)
			}
			if (c.aborted != nil) != tt.aborted || c.finished {
				t.Errorf("aborted: %v, finished: %v; want %v, false", c.aborted, c.finished, tt.aborted)
			}
			if strings.Contains(logged.String(), "Uncaught") {
				t.Errorf("logged %q; a client that leaves is no error", logged)
			}
		})
	}
}

func TestOnConnectionCloseBeforeTheBodyCame(t *testing.T) {
	app := NewApplication(Settings{}, URL[loopHandler](`/`))
	c := newFakeConnection()
	d := app.StartRequest(requestFor(t, c)).(*delegate)
	d.HeadersReceived()
	d.DataReceived([]byte("half"))
	d.OnConnectionClose(errors.New("reset"))
	if d.handler != nil || d.body != nil {
		t.Error("the delegate keeps what it was told")
	}
}

func TestAnswerOfTheWrongLengthIsReported(t *testing.T) {
	for _, kind := range kinds {
		for _, transport := range transports {
			t.Run(kind.name+", "+transport.name, func(t *testing.T) {
				logged := captureLog(t)
				app := NewApplication(Settings{Loops: 1}, kind.route(`/`, func(h *RequestHandler) error {
					h.SetHeader("Content-Length", 5)
					h.Write("abc")
					return nil
				}))
				transport.exchange(t, app, get("/"))
				logged.expect(t, "Uncaught exception GET /", "500 GET /")
				if strings.Contains(logged.String(), "the client left") {
					t.Errorf("logged %q, but it was not the client", logged)
				}
			})
		}
	}
}

type slowHandler struct{ RequestHandler }

func (h *slowHandler) Get(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

func TestRequestTimeout(t *testing.T) {
	logged := captureLog(t)
	app := NewApplication(Settings{RequestTimeout: 1}, URL[slowHandler](`/`))
	if got := exchangeWithFake(t, app, get("/")); got.status != 503 {
		t.Errorf("got %d; want 503", got.status)
	}
	logged.expect(t, "deadline exceeded")
}

// A method may wait for less time than its request may take.
func TestTimeoutOfTheMethodsOwn(t *testing.T) {
	for _, settings := range []Settings{{}, {RequestTimeout: time.Hour}} {
		for _, cause := range []error{context.DeadlineExceeded, context.Canceled} {
			logged := captureLog(t)
			app := NewApplication(settings, URL[goroutineHandler](`/`, Init(func(h *goroutineHandler) {
				h.run = func(*RequestHandler) error { return fmt.Errorf("query: %w", cause) }
			})))
			if got := exchangeWithFake(t, app, get("/")); got.status != 500 {
				t.Errorf("%v: got %d; want 500", cause, got.status)
			}
			logged.expect(t, "query: "+cause.Error())
		}
	}
}

func TestGoexitIsAnswered(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{}, URL[exitingHandler](`/`))
	if got := exchangeWithFake(t, app, get("/")); got.status != 500 {
		t.Errorf("got %d; want 500", got.status)
	}
}

func TestTracedRequest(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{}, URL[loopHandler](`/x/.*`, Init(func(h *loopHandler) {
		h.run = func(h *RequestHandler) error { h.Write("x"); return nil }
	})))
	traced := &trace.Request{ID: 7}
	c := newFakeConnection()
	c.begin(t, app, get("/x/1"), traced)
	want := trace.Target{Handler: "web.loopHandler.Get", Pattern: `/x/.*`}
	if traced.Target() != want || traced.CurrentPhase() != trace.PhaseHandler {
		t.Errorf("got %q, %v", traced.Target(), traced.CurrentPhase())
	}
	unknown := &trace.Request{}
	newFakeConnection().begin(t, app, get("/none"), unknown)
	if got := unknown.Target(); got != (trace.Target{}) {
		t.Errorf("no route: got %q; want nothing", got)
	}
}
