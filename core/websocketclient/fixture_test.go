package websocketclient

import (
	"slices"
	"testing"

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

// wait waits until the events are these.
