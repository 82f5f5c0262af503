package web

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

func TestEventsOnTheWire(t *testing.T) {
	for _, tt := range []struct {
		name  string
		event Event
		want  string // empty if it cannot be sent
	}{
		{"data", Event{Data: "hello"}, "data: hello\n\n"},
		{"bytes", Event{Data: []byte("hello")}, "data: hello\n\n"},
		{"nothing", Event{}, "data: \n\n"},
		{"json", Event{Data: map[string]int{"a": 1}}, "data: {\"a\":1}\n\n"},
		{"list", Event{Data: []int{1, 2}}, "data: [1,2]\n\n"},
		{"all", Event{Name: "price", Data: "7", ID: "12", Retry: 1500 * time.Millisecond}, "event: price\nid: 12\nretry: 1500\ndata: 7\n\n"},
		{"lines", Event{Data: "a\nb\r\nc\rd\n"}, "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n"},
		{"a field of its own", Event{Data: "a\n\nevent: b"}, "data: a\ndata: \ndata: event: b\n\n"},
		{"name with a line", Event{Name: "a\ndata: b"}, ""},
		{"id with a line", Event{ID: "a\rb"}, ""},
		{"id with zero", Event{ID: "a\x00"}, ""},
		{"no json", Event{Data: func() {}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.event.append(nil)
			if (err != nil) != (tt.want == "") || err == nil && string(got) != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

// eventHandler sends what a test gives it.
type eventHandler struct {
	RequestHandler
	run   func(ctx context.Context, s *EventStream) error
	ended chan struct{}
}

func (h *eventHandler) Get(ctx context.Context) error { return h.run(ctx, h.EventStream()) }
func (h *eventHandler) OnFinish()                     { h.ended <- struct{}{} }

// serveEvents asks for events, and returns the body of the answer and what tells that
// the handler has ended.
func serveEvents(t *testing.T, request string, run func(context.Context, *EventStream) error) (app *Application, u *uploadCase, ended chan struct{}) {
	ended = make(chan struct{}, 1)
	app = NewApplication(Settings{Loops: 1}, URL[eventHandler](`/`, Init(func(h *eventHandler) { h.run, h.ended = run, ended })))
	u = &uploadCase{t: t, address: listen(t, app)}
	u.send(request)
	return app, u, ended
}

// readHead reads the head of an answer.
func readHead(t *testing.T, r *bufio.Reader) (head string) {
	t.Helper()
	for !strings.HasSuffix(head, "\r\n\r\n") {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("%v after %q", err, head)
		}
		head += line
	}
	return head
}

// readChunk reads a chunk of a body.
func readChunk(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	size := 0
	line, err := r.ReadString('\n')
	if _, bad := fmt.Sscanf(line, "%x\r\n", &size); err != nil || bad != nil {
		t.Fatalf("got %q, %v; want a chunk", line, err)
	}
	chunk := make([]byte, size+2)
	if _, err := io.ReadFull(r, chunk); err != nil {
		t.Fatal(err)
	}
	return string(chunk[:size])
}

func TestEventStream(t *testing.T) {
	logged := captureLog(t)
	events := make(chan Event)
	_, u, ended := serveEvents(t, get("/", "Last-Event-ID: 41"), func(_ context.Context, s *EventStream) error {
		if err := s.Send(Event{ID: "42", Data: "after " + s.LastEventID()}); err != nil {
			return err
		}
		return s.Relay(events)
	})
	head := readHead(t, u.reader)
	for _, field := range []string{"Content-Type: text/event-stream\r\n", "Cache-Control: no-cache\r\n", "X-Accel-Buffering: no\r\n"} {
		if !strings.Contains(head, field) {
			t.Errorf("got %q; want %q in it", head, field)
		}
	}
	body := readChunk(t, u.reader)
	for want := ": \n\nid: 42\ndata: after 41\n\n"; len(body) < len(want); {
		body += readChunk(t, u.reader)
	}
	events <- Event{Name: "news", Data: "x"}
	body += readChunk(t, u.reader)
	if want := ": \n\nid: 42\ndata: after 41\n\nevent: news\ndata: x\n\n"; body != want {
		t.Errorf("got %q; want %q", body, want)
	}
	close(events)
	if last := readChunk(t, u.reader); last != "" {
		t.Errorf("got %q; want the end", last)
	}
	<-ended
	if text := logged.String(); strings.Contains(text, "Uncaught") {
		t.Errorf("logged %q", text)
	}
}

func TestEventStreamEnds(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(app *Application, u *uploadCase)
		want error
	}{
		{"draining", func(app *Application, _ *uploadCase) { app.beginDraining() }, nil},
		{"the client leaves", func(_ *Application, u *uploadCase) { u.conn.Close() }, context.Canceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			logged := captureLog(t)
			result := make(chan error, 1)
			app, u, ended := serveEvents(t, get("/"), func(_ context.Context, s *EventStream) error {
				err := s.Relay(nil)
				result <- err
				return err
			})
			readHead(t, u.reader)
			tt.end(app, u)
			if err := <-result; !errors.Is(err, tt.want) {
				t.Errorf("got %v; want %v", err, tt.want)
			}
			<-ended
			if text := logged.String(); strings.Contains(text, "Uncaught") {
				t.Errorf("logged %q", text)
			}
		})
	}
}

func TestEventStreamPings(t *testing.T) {
	captureLog(t)
	ping := make(chan time.Time)
	events := make(chan Event)
	_, u, ended := serveEvents(t, get("/"), func(_ context.Context, s *EventStream) error { return s.relay(events, ping) })
	readHead(t, u.reader)
	readChunk(t, u.reader)
	ping <- time.Time{}
	if got := readChunk(t, u.reader); got != ": \n\n" {
		t.Errorf("got %q; want a comment", got)
	}
	close(events)
	<-ended
}

func TestEventStreamWaitsForTheBrowser(t *testing.T) {
	captureLog(t)
	all := make(chan struct{})
	_, u, ended := serveEvents(t, get("/"), func(_ context.Context, s *EventStream) error {
		large := strings.Repeat("x", 1<<20)
		for range 64 {
			if err := s.Send(Event{Data: large}); err != nil {
				return err
			}
		}
		close(all)
		return nil
	})
	select {
	case <-all:
		t.Error("64 MiB were sent to a browser that reads nothing")
	case <-time.After(300 * time.Millisecond):
	}
	u.conn.Close()
	<-ended
}

func TestEventStreamForHead(t *testing.T) {
	captureLog(t)
	_, u, ended := serveEvents(t, ask("HEAD", "/", ""), func(_ context.Context, s *EventStream) error { return s.Relay(nil) })
	if head := readHead(t, u.reader); !strings.Contains(head, "text/event-stream") {
		t.Errorf("got %q", head)
	}
	<-ended
}

func TestEventStreamNeedsAContext(t *testing.T) {
	logged := captureLog(t)
	app := NewApplication(Settings{}, URL[loopHandler](`/`, Init(func(h *loopHandler) {
		h.run = func(h *RequestHandler) error { h.EventStream(); return nil }
	})))
	if got := exchangeWithFake(t, app, get("/")); got.status != 500 {
		t.Errorf("got %d; want 500", got.status)
	}
	logged.expect(t, "give the method a context")
}

func TestCommentsHaveOneLine(t *testing.T) {
	captureLog(t)
	result := make(chan error, 1)
	_, _, ended := serveEvents(t, get("/"), func(_ context.Context, s *EventStream) error {
		result <- s.Comment("a\ndata: b")
		return nil
	})
	<-ended
	if err := <-result; err == nil {
		t.Error("a comment with a line end was sent")
	}
}
