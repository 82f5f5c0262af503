package websocket

import (
	"testing"

	"github.com/tornado-dev/tornado/core/internal/wstest"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

// A foreignSocket echoes, and takes the subprotocol chat.
type foreignSocket struct {
	echoSocket
	subprotocol
}

type subprotocol struct{}

func (subprotocol) SelectSubprotocol([]string) string { return "chat" }

type foreignDeflateSocket struct {
	deflateSocket
	subprotocol
}

// A foreignAnewSocket begins each message anew, and lets clients do as they like.
type foreignAnewSocket struct{ foreignSocket }

func (h *foreignAnewSocket) WebSocketOptions() Options {
	return Options{Compression: &Compression{DeflateOptions: frame.DeflateOptions{ClientContextTakeover: true}}}
}

// TestForeignClients are served by each kind of compression, whatever they offer.
func TestForeignClients(t *testing.T) {
	events := wstest.NewEvents()
	s := serve(t,
		web.URL[foreignSocket](`/plain`, web.Init(func(h *foreignSocket) { h.events = events })),
		web.URL[foreignDeflateSocket](`/contexts`, web.Init(func(h *foreignDeflateSocket) { h.events = events })),
		web.URL[foreignAnewSocket](`/anew`, web.Init(func(h *foreignAnewSocket) { h.events = events })))
	base := "ws://" + s.Address()
	for _, foreign := range wstest.Foreigners {
		t.Run(foreign.String(), func(t *testing.T) {
			t.Parallel()
			foreign.Visit(t, base+"/plain", base+"/contexts", base+"/anew")
		})
	}
}
