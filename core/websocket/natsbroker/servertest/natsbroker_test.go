// Package servertest tries natsbroker with a server of NATS.
package servertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket"
	"github.com/tornado-dev/tornado/core/websocket/natsbroker"
	"github.com/tornado-dev/tornado/core/websocketclient"
)

func TestMain(m *testing.M) { leak.Main(m) }

const patience = 30 * time.Second

// startServer runs a NATS server on a free port.
func startServer(t *testing.T) (url string) {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true, MaxPayload: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(patience) {
		t.Fatal("the NATS server is not ready")
	}
	return s.ClientURL()
}

type roomSocket struct {
	websocket.WebSocketHandler
	hub *websocket.Hub
}

func (h *roomSocket) Open(room string) error {
	if err := h.hub.Join(h, room); err != nil {
		return err
	}
	return h.WriteMessage("joined")
}

func (h *roomSocket) OnMessage(text string) error { return h.hub.WriteMessage("r", text) }

// node is one of several programs: a hub with a connection of its own, a server, and
// a client in room r.
func node(t *testing.T, natsURL string) (*websocket.Hub, *websocketclient.Connection) {
	t.Helper()
	conn, err := nats.Connect(natsURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	hub, err := websocket.NewHub(websocket.HubOptions{Broker: natsbroker.New(conn)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := hub.Close(); err != nil {
			t.Error(err)
		}
	})
	s := tornadotest.Serve(t, web.NewApplication(web.Settings{Loops: 1, LogFunction: func(*web.RequestHandler) {}},
		web.URL[roomSocket](`/(.*)`, web.Init(func(h *roomSocket) { h.hub = hub }))))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	c, err := websocketclient.Connect(ctx, "ws://"+s.Address()+"/r", websocketclient.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(0, "") })
	wants(t, c, "joined")
	return hub, c
}

func wants(t *testing.T, c *websocketclient.Connection, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if m, err := c.ReadMessage(ctx); err != nil || m.Text() != want {
		t.Fatalf("got %q, %v; want %q", m.Text(), err, want)
	}
}

func TestHubs(t *testing.T) {
	url := startServer(t)
	first, a := node(t, url)
	_, b := node(t, url)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for i := range 50 {
		text := fmt.Sprint("message ", i)
		from := []*websocketclient.Connection{a, b}[i%2]
		if err := from.WriteMessage(ctx, text); err != nil {
			t.Fatal(err)
		}
		wants(t, a, text)
		wants(t, b, text)
	}
	if err := first.Publish("r", websocket.Message{Data: make([]byte, 1<<17)}); !errors.Is(err, nats.ErrMaxPayload) {
		t.Errorf("too long a message: got %v; want nats.ErrMaxPayload", err)
	}
}

func TestClosed(t *testing.T) {
	conn, err := nats.Connect(startServer(t))
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if err := natsbroker.New(conn).Publish("topic", nil); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("Publish: got %v; want nats.ErrConnectionClosed", err)
	}
	if _, err := websocket.NewHub(websocket.HubOptions{Broker: natsbroker.New(conn)}); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("NewHub: got %v; want nats.ErrConnectionClosed", err)
	}
}
