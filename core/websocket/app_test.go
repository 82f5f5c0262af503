package websocket

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/tornado-dev/tornado/core/internal/wstest"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

// The handlers of the vectors, as their description has them.

type base struct {
	WebSocketHandler
	events *wstest.Events
}

func (h *base) Open() { h.events.Add("open") }

func (h *base) note(data []byte, binary bool) {
	kind := "text"
	if binary {
		kind = "binary"
	}
	h.events.Add("%s %s", kind, wstest.Brief(string(data)))
}

func (h *base) OnPing(data []byte) { h.events.Add("ping %s", data) }
func (h *base) OnPong(data []byte) { h.events.Add("pong %s", data) }
func (h *base) OnClose()           { h.events.Add("close %d %s", h.CloseCode(), h.CloseReason()) }

func (h *base) send(data []byte, binary bool) error {
	if binary {
		return h.WriteBinary(data)
	}
	return h.WriteMessage(string(data))
}

type echoSocket struct{ base }

func (h *echoSocket) OnMessage(data []byte, binary bool) error {
	h.note(data, binary)
	return h.send(data, binary)
}

type smallSocket struct{ echoSocket }

func (h *smallSocket) WebSocketOptions() Options { return Options{MaxMessageSize: 100} }

// likeTornado compresses every message, with contexts taken over.
func likeTornado() *Compression {
	return &Compression{Level: 6, Threshold: -1, DeflateOptions: frame.DeflateOptions{ServerContextTakeover: true, ClientContextTakeover: true}}
}

type deflateSocket struct{ echoSocket }

func (h *deflateSocket) WebSocketOptions() Options { return Options{Compression: likeTornado()} }

type deflateSmallSocket struct{ echoSocket }

func (h *deflateSmallSocket) WebSocketOptions() Options {
	return Options{Compression: likeTornado(), MaxMessageSize: 100}
}

type subSocket struct{ echoSocket }

func (h *subSocket) SelectSubprotocol(offered []string) string {
	for _, ours := range []string{"chat", "superchat"} {
		if slices.Contains(offered, ours) {
			return ours
		}
	}
	return ""
}

type subFirstSocket struct{ echoSocket }

func (h *subFirstSocket) SelectSubprotocol(offered []string) string {
	if len(offered) == 0 {
		return ""
	}
	return offered[0]
}

type badSubSocket struct{ echoSocket }

func (h *badSubSocket) SelectSubprotocol([]string) string { return "nope" }

type anyOriginSocket struct{ echoSocket }

func (h *anyOriginSocket) CheckOrigin(string) bool { return true }

type jsonSocket struct{ base }

func (h *jsonSocket) OnMessage(data []byte, binary bool) error {
	h.note(data, binary)
	return h.WriteJSON(map[string]string{"echo": string(data)})
}

type binarySocket struct{ base }

func (h *binarySocket) OnMessage(data []byte, binary bool) error {
	h.note(data, binary)
	return h.WriteBinary(data)
}

type closeOnOpenSocket struct{ base }

func (h *closeOnOpenSocket) Open() error {
	h.base.Open()
	return h.Close(frame.GoingAway, "bye")
}

type closeSocket struct {
	base
	code   int
	reason string
}

func (h *closeSocket) Open(code int, reason string) {
	h.events.Add("open")
	h.code, h.reason = code, reason
}

func (h *closeSocket) OnMessage(data []byte, binary bool) error {
	h.note(data, binary)
	return h.Close(Code(h.code), h.reason)
}

type closePlainSocket struct{ base }

func (h *closePlainSocket) OnMessage(data []byte, binary bool) error {
	h.note(data, binary)
	return h.Close(0, "")
}

type doubleCloseSocket struct{ base }

func (h *doubleCloseSocket) OnMessage(data []byte, binary bool) error {
	h.note(data, binary)
	err := h.Close(3001, "a")
	if second := h.Close(3002, "b"); second != ErrClosed {
		return second
	}
	return err
}

type writeAfterCloseSocket struct{ base }

func (h *writeAfterCloseSocket) OnMessage(data []byte, binary bool) error {
	h.note(data, binary)
	if err := h.Close(0, ""); err != nil {
		return err
	}
	return h.WriteMessage("late")
}

type errorOpenSocket struct{ base }

func (h *errorOpenSocket) Open() { h.base.Open(); panic(errors.New("error in open")) }

type errorMessageSocket struct{ base }

func (h *errorMessageSocket) OnMessage(data []byte, binary bool) error {
	h.note(data, binary)
	return errors.New("error in on_message")
}

type pingSocket struct{ echoSocket }

func (h *pingSocket) Open() error { h.base.Open(); return h.Ping([]byte("hi")) }

type greetSocket struct{ echoSocket }

func (h *greetSocket) Open() error { h.base.Open(); return h.WriteMessage("hello") }

type argsSocket struct{ echoSocket }

func (h *argsSocket) Open(a, b string) error {
	h.events.Add("open")
	return h.WriteMessage(`[` + strconv.Quote(a) + `, ` + strconv.Quote(b) + `]`)
}

type authSocket struct{ echoSocket }

func (h *authSocket) Prepare() error { return web.HTTPError{StatusCode: 401} }

type headerSocket struct{ echoSocket }

func (h *headerSocket) Prepare() { h.SetHeader("X-Extra", "yes") }

type slowSocket struct{ base }

func (h *slowSocket) OnMessage(ctx context.Context, data []byte, binary bool) error {
	h.note(data, binary)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(50 * time.Millisecond): // as the vectors' endpoint is described
	}
	return h.send(data, binary)
}

type plainHandler struct{ web.RequestHandler }

func (h *plainHandler) Get() { h.Write("plain") }

// vectorRoutes are the endpoints of the vectors. All of them tell of what they see
// to e.
func vectorRoutes(e *wstest.Events) []web.Route {
	return []web.Route{
		web.URL[echoSocket](`/echo`, web.Init(func(h *echoSocket) { h.events = e })),
		web.URL[smallSocket](`/small`, web.Init(func(h *smallSocket) { h.events = e })),
		web.URL[deflateSocket](`/deflate`, web.Init(func(h *deflateSocket) { h.events = e })),
		web.URL[deflateSmallSocket](`/deflate_small`, web.Init(func(h *deflateSmallSocket) { h.events = e })),
		web.URL[subSocket](`/sub`, web.Init(func(h *subSocket) { h.events = e })),
		web.URL[subFirstSocket](`/sub_first`, web.Init(func(h *subFirstSocket) { h.events = e })),
		web.URL[badSubSocket](`/bad_sub`, web.Init(func(h *badSubSocket) { h.events = e })),
		web.URL[anyOriginSocket](`/any_origin`, web.Init(func(h *anyOriginSocket) { h.events = e })),
		web.URL[jsonSocket](`/json`, web.Init(func(h *jsonSocket) { h.events = e })),
		web.URL[binarySocket](`/binary`, web.Init(func(h *binarySocket) { h.events = e })),
		web.URL[closeOnOpenSocket](`/close_on_open`, web.Init(func(h *closeOnOpenSocket) { h.events = e })),
		web.URL[closeSocket](`/close/([0-9]+)/(.*)`, web.Init(func(h *closeSocket) { h.events = e })),
		web.URL[closePlainSocket](`/close_plain`, web.Init(func(h *closePlainSocket) { h.events = e })),
		web.URL[doubleCloseSocket](`/double_close`, web.Init(func(h *doubleCloseSocket) { h.events = e })),
		web.URL[writeAfterCloseSocket](`/write_after_close`, web.Init(func(h *writeAfterCloseSocket) { h.events = e })),
		web.URL[errorOpenSocket](`/error_open`, web.Init(func(h *errorOpenSocket) { h.events = e })),
		web.URL[errorMessageSocket](`/error_message`, web.Init(func(h *errorMessageSocket) { h.events = e })),
		web.URL[pingSocket](`/ping`, web.Init(func(h *pingSocket) { h.events = e })),
		web.URL[greetSocket](`/greet`, web.Init(func(h *greetSocket) { h.events = e })),
		web.URL[argsSocket](`/args/([^/]*)/([^/]*)`, web.Init(func(h *argsSocket) { h.events = e })),
		web.URL[authSocket](`/auth`, web.Init(func(h *authSocket) { h.events = e })),
		web.URL[headerSocket](`/header`, web.Init(func(h *headerSocket) { h.events = e })),
		web.URL[slowSocket](`/slow`, web.Init(func(h *slowSocket) { h.events = e })),
		web.URL[plainHandler](`/plain`),
	}
}
