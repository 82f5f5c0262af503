package websocket_test

import (
	"context"
	"time"

	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket"
)

// EchoSocket answers on the loop, where nothing may wait.
type EchoSocket struct{ websocket.WebSocketHandler }

func (h *EchoSocket) OnMessage(text string) error {
	return h.WriteMessage("You said: " + text)
}

// RoomSocket may wait, for a database for instance, since its callbacks take a
// context.
type RoomSocket struct {
	websocket.WebSocketHandler
	room int
}

func (h *RoomSocket) WebSocketOptions() websocket.Options {
	return websocket.Options{PingInterval: 30 * time.Second, Compression: &websocket.Compression{}}
}

func (h *RoomSocket) Open(ctx context.Context, room int) error {
	h.room = room
	return h.WriteJSON(map[string]any{"room": room, "user": h.GetArgument("user", "nobody")})
}

func (h *RoomSocket) OnMessage(ctx context.Context, text string) error {
	if err := h.WriteMessage(text); err != nil {
		return err
	}
	_, err := h.Drained().Wait(ctx) // a slow client is waited for
	return err
}

func (h *RoomSocket) OnClose() {
	log.Application.Info("left room %d: %v", h.room, h.CloseCode())
}

func Example() {
	app := web.NewApplication(web.Settings{},
		web.URL[EchoSocket](`/echo`),
		web.URL[RoomSocket](`/room/([0-9]+)`),
	)
	log.Fatal(app.ListenAndServe(":8888"))
}

// A MemberSocket passes on to its room what it is sent.
type MemberSocket struct {
	websocket.WebSocketHandler
	hub  *websocket.Hub
	room string
}

func (h *MemberSocket) Open(room string) error {
	h.room = room
	return h.hub.Join(h, room)
}

func (h *MemberSocket) OnMessage(text string) error { return h.hub.WriteMessage(h.room, text) }

func ExampleHub() {
	hub, err := websocket.NewHub(websocket.HubOptions{})
	if err != nil {
		log.Fatal(err)
	}
	app := web.NewApplication(web.Settings{},
		web.URL[MemberSocket](`/room/(\w+)`, web.Init(func(h *MemberSocket) { h.hub = hub })))
	log.Fatal(app.ListenAndServe(":8888"))
}
