package websocketclient

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

func TestMain(m *testing.M) { leak.Main(m) }

// echo answers every message with the same, and takes the subprotocol superchat.
type echo struct{ websocket.WebSocketHandler }

func (h *echo) OnMessage(data []byte, binary bool) error {
	if binary {
		return h.WriteBinary(data)
	}
	return h.WriteMessage(string(data))
}

func (h *echo) SelectSubprotocol(offered []string) string {
	if slices.Contains(offered, "superchat") {
		return "superchat"
	}
	return ""
}

// deflateEcho compresses everything, with contexts if the client offers them.
type deflateEcho struct{ echo }

func (h *deflateEcho) WebSocketOptions() websocket.Options {
	return websocket.Options{Compression: withContexts()}
}

func withContexts() *Compression {
	return &Compression{Level: 6, Threshold: -1, DeflateOptions: frame.DeflateOptions{ServerContextTakeover: true, ClientContextTakeover: true}}
}

var routes = []web.Route{web.URL[echo](`/echo`), web.URL[deflateEcho](`/deflate`)}

func serve(t testing.TB) *tornadotest.Server {
	t.Helper()
	return tornadotest.Serve(t, web.NewApplication(web.Settings{Loops: 1, LogFunction: func(*web.RequestHandler) {}}, routes...))
}

// brief is a payload, or how long it is.
func brief(payload string) string {
	if len(payload) > 1000 {
		return fmt.Sprintf("(%d bytes)", len(payload))
	}
	return payload
}

func shorten(s string) string {
	if len(s) > 300 {
		return s[:300] + "..."
	}
	return s
}

// events is what callbacks have seen.
type events struct {
	mu   sync.Mutex
	list []string
	more chan struct{} // capacity one: something was added
}

func newEvents() *events { return &events{more: make(chan struct{}, 1)} }

func (e *events) add(format string, args ...any) {
	e.mu.Lock()
	e.list = append(e.list, fmt.Sprintf(format, args...))
	e.mu.Unlock()
	select {
	case e.more <- struct{}{}:
	default:
	}
}

func (e *events) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.list, "\n")
}

// wait waits until the events are these.
func (e *events) wait(t testing.TB, want ...string) {
	t.Helper()
	all := strings.Join(want, "\n")
	late := time.After(patience)
	for e.String() != all {
		select {
		case <-e.more:
		case <-late:
			t.Fatalf("got the events\n%s\nwant\n%s", e, all)
		}
	}
}
