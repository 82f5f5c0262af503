package websocket

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/internal/wstest"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket/frame"
	"github.com/tornado-dev/tornado/core/websocketclient"
)

// hubSocket joins the room of its path, and publishes there what it is sent.
type hubSocket struct {
	WebSocketHandler
	hub  *Hub
	room string
}

func (h *hubSocket) Open(room string) error {
	h.room = room
	if err := h.hub.Join(h, room); err != nil {
		return err
	}
	return h.WriteMessage("joined")
}

func (h *hubSocket) OnMessage(data []byte, binary bool) error {
	return h.hub.Publish(h.room, Message{Data: data, Binary: binary})
}

// hubDeflate compresses, for those who offer it.
type hubDeflate struct{ hubSocket }

func (h *hubDeflate) WebSocketOptions() Options {
	return Options{Compression: &Compression{Threshold: -1}}
}

// hubTakeover does so with a context for each connection.
type hubTakeover struct{ hubSocket }

func (h *hubTakeover) WebSocketOptions() Options { return Options{Compression: likeTornado()} }

func newHub(t testing.TB, o HubOptions) *Hub {
	t.Helper()
	hub, err := NewHub(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := hub.Close(); err != nil {
			t.Error(err)
		}
	})
	return hub
}

// serveHub has several loops.
func serveHub(t testing.TB, hub *Hub) *tornadotest.Server {
	t.Helper()
	set := func(h *hubSocket) { h.hub = hub }
	return tornadotest.Serve(t, web.NewApplication(web.Settings{Loops: 3, LogFunction: func(*web.RequestHandler) {}},
		web.URL[hubSocket](`/plain/(.*)`, web.Init(set)),
		web.URL[hubDeflate](`/deflate/(.*)`, web.Init(func(h *hubDeflate) { set(&h.hubSocket) })),
		web.URL[hubTakeover](`/takeover/(.*)`, web.Init(func(h *hubTakeover) { set(&h.hubSocket) }))))
}

// member connects, and waits until it is in the room.
func member(t testing.TB, s *tornadotest.Server, path string, o websocketclient.Options) *websocketclient.Connection {
	t.Helper()
	c := openClient(t, s, path, o)
	wstest.Wants(t, c, "text joined")
	return c
}

// await waits until something holds.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	late := time.After(wstest.Patience)
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("not as it should be: %s", what)
		}
	}
}

// awaitLen waits until so many are in a room.
func awaitLen(t testing.TB, hub *Hub, room string, n int) {
	t.Helper()
	await(t, fmt.Sprintf("%d connections in room %q", n, room), func() bool { return hub.Len(room) == n })
}

func TestHub(t *testing.T) {
	hub := newHub(t, HubOptions{})
	s := serveHub(t, hub)
	takeover := websocketclient.Options{Compression: likeTornado()}
	deflate := websocketclient.Options{Compression: &Compression{Threshold: -1}}
	var members []*websocketclient.Connection
	for range 4 {
		members = append(members, member(t, s, "/plain/a", websocketclient.Options{}), member(t, s, "/deflate/a", deflate),
			member(t, s, "/deflate/a", websocketclient.Options{}), member(t, s, "/takeover/a", takeover))
	}
	other := member(t, s, "/plain/b", websocketclient.Options{})
	awaitLen(t, hub, "a", len(members))
	long := strings.Repeat("again and ", 3000)
	for i, c := range members {
		for _, text := range []string{fmt.Sprint("from ", i), long} {
			if err := c.WriteMessage(wstest.Patient(t), text); err != nil {
				t.Fatal(err)
			}
			for _, m := range members {
				wstest.Wants(t, m, "text "+wstest.Brief(text))
			}
		}
	}
	if err := hub.Publish("b", Message{Data: []byte{1, 2}, Binary: true}); err != nil {
		t.Fatal(err)
	}
	wstest.Wants(t, other, "binary \x01\x02")
	if err := members[0].Close(0, ""); err != nil {
		t.Error(err)
	}
	awaitLen(t, hub, "a", len(members)-1)
	n := int64(len(members))
	want := HubStats{Messages: 2*n + 1, Delivered: 2*n*n + 1}
	await(t, "what the hub has counted", func() bool { return hub.Stats() == want })
}

// TestHubOrder joins, publishes and leaves from a goroutine that is no loop's.
func TestHubOrder(t *testing.T) {
	hub := newHub(t, HubOptions{})
	x := script{events: wstest.NewEvents(), opened: make(chan *WebSocketHandler, 1)}
	s := serve(t, web.URL[scripted](`/`, web.Init(func(h *scripted) { h.script = x })))
	c := openClient(t, s, "/", websocketclient.Options{})
	h := <-x.opened
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(hub.WriteMessage("r", "too early"))
	check(hub.Join(h, "r"))
	check(hub.Join(h, "r"))
	check(hub.WriteMessage("r", "1"))
	check(hub.WriteJSON("r", 2))
	check(hub.Leave(h, "r"))
	check(hub.Leave(h, "r"))
	check(hub.WriteMessage("r", "too late"))
	check(hub.Join(h, "q"))
	check(hub.WriteMessage("q", "3"))
	for _, want := range []string{"1", "2", "3"} {
		wstest.Wants(t, c, "text "+want)
	}
	check(c.Close(frame.Normal, ""))
	x.events.Wait(t, "close 1000 ")
	check(hub.Join(h, "r")) // has closed
	awaitLen(t, hub, "q", 0)
	awaitLen(t, hub, "r", 0)
	if err := hub.Join(new(WebSocketHandler), "r"); err != ErrClosed {
		t.Errorf("Join before the handshake: got %v; want ErrClosed", err)
	}
	check(hub.Close())
	if err := hub.WriteMessage("r", "closed"); err != errHubClosed {
		t.Errorf("got %v; want errHubClosed", err)
	}
}

// TestHubSlow has a member that reads nothing.
func TestHubSlow(t *testing.T) {
	for _, tt := range []struct {
		name string
		slow SlowPolicy
	}{{"skip", SkipSlow}, {"drop", DropSlow}} {
		t.Run(tt.name, func(t *testing.T) {
			hub := newHub(t, HubOptions{MaxQueue: 100_000, Slow: tt.slow})
			s := serveHub(t, hub)
			slow := dial(t, s, "/plain/a")
			good := member(t, s, "/plain/a", websocketclient.Options{})
			awaitLen(t, hub, "a", 2)
			message := strings.Repeat("x", 50_000)
			for i := 0; hub.Stats().Skipped+hub.Stats().Dropped == 0; i++ {
				if i == 10_000 {
					t.Fatal("nobody is slow")
				}
				if err := hub.WriteMessage("a", message); err != nil {
					t.Fatal(err)
				}
				wstest.Wants(t, good, "text "+wstest.Brief(message))
			}
			if tt.slow == DropSlow {
				awaitLen(t, hub, "a", 1)
				return
			}
			// It catches up, and is no longer left out.
			go func() { // ends with the connection
				for {
					if _, err := slow.next(); err != nil {
						return
					}
				}
			}()
			for i := 0; ; i++ {
				if i == 10_000 {
					t.Fatal("it is left out for good")
				}
				before := hub.Stats()
				if err := hub.WriteMessage("a", "small"); err != nil {
					t.Fatal(err)
				}
				wstest.Wants(t, good, "text small")
				if now := hub.Stats(); now.Skipped == before.Skipped && now.Delivered >= before.Delivered+2 {
					return
				}
			}
		})
	}
}

// TestHubReplacesTheSlow has the last of a room dropped in the turn in which another
// joins.
func TestHubReplacesTheSlow(t *testing.T) {
	hub := newHub(t, HubOptions{MaxQueue: 1, Slow: DropSlow})
	x := script{events: wstest.NewEvents(), opened: make(chan *WebSocketHandler, 1)}
	s := serve(t, web.URL[scripted](`/`, web.Init(func(h *scripted) { h.script = x })))
	dial(t, s, "/")
	slow := <-x.opened
	c := openClient(t, s, "/", websocketclient.Options{})
	next := <-x.opened
	if err := hub.Join(slow, "r"); err != nil {
		t.Fatal(err)
	}
	awaitLen(t, hub, "r", 1)
	err := slow.WriteBinary(make([]byte, 64<<20)) // more than sockets hold
	if err == nil {
		_, err = ioloop.Call(slow.conn.stream.Loop(), func() *concurrent.Future[struct{}] {
			if err := errors.Join(hub.WriteMessage("r", "too much"), hub.Join(next, "r"), hub.WriteMessage("r", "hello")); err != nil {
				return concurrent.Failed[struct{}](err)
			}
			return concurrent.Resolved(struct{}{})
		}).Wait(wstest.Patient(t))
	}
	if err != nil {
		t.Fatal(err)
	}
	wstest.Wants(t, c, "text hello")
	if err := hub.WriteMessage("r", "later"); err != nil {
		t.Fatal(err)
	}
	wstest.Wants(t, c, "text later")
	if got := hub.Stats().Dropped; got != 1 {
		t.Errorf("%d were dropped; want 1", got)
	}
}

func TestHubsByBroker(t *testing.T) {
	broker := new(LocalBroker)
	first, second, foreign := newHub(t, HubOptions{Broker: broker}), newHub(t, HubOptions{Broker: broker}), newHub(t, HubOptions{Broker: broker, Topic: "other"})
	a, b, c := member(t, serveHub(t, first), "/plain/r", websocketclient.Options{}), member(t, serveHub(t, second), "/plain/r", websocketclient.Options{}), member(t, serveHub(t, foreign), "/plain/r", websocketclient.Options{})
	for i, hub := range []*Hub{first, second} {
		text := fmt.Sprint("from ", i)
		if err := hub.WriteMessage("r", text); err != nil {
			t.Fatal(err)
		}
		wstest.Wants(t, a, "text "+text)
		wstest.Wants(t, b, "text "+text)
	}
	if err := foreign.WriteMessage("r", "own"); err != nil {
		t.Fatal(err)
	}
	wstest.Wants(t, c, "text own")
}

// TestHubFromEverywhere joins, leaves and publishes from many goroutines while
// connections come and go.
func TestHubFromEverywhere(t *testing.T) {
	hub := newHub(t, HubOptions{})
	s := serveHub(t, hub)
	stay := member(t, s, "/plain/r", websocketclient.Options{})
	t.Run("together", func(t *testing.T) {
		for range 4 {
			t.Run("guests", func(t *testing.T) {
				t.Parallel()
				for i := range 20 {
					c := member(t, s, "/plain/r", websocketclient.Options{})
					if err := hub.WriteMessage("r", fmt.Sprint(i)); err != nil {
						t.Error(err)
					}
					wstest.Next(t, c)
					if err := c.Close(0, ""); err != nil {
						t.Error(err)
					}
				}
			})
		}
	})
	for range 80 {
		wstest.Next(t, stay)
	}
	awaitLen(t, hub, "r", 1)
}

// TestRoom lets members come and go at random, and holds each room to what it should
// have, and each member to its places.
func TestRoom(t *testing.T) {
	hub := newHub(t, HubOptions{})
	s := &shard{hub: hub, rooms: map[string]*room{}}
	random := rand.New(rand.NewPCG(1, 2))
	members, names := make([]*conn, 20), []string{"a", "b", "c"}
	want := map[string]map[*conn]bool{}
	for _, name := range names {
		want[name] = map[*conn]bool{}
	}
	for i := range members {
		members[i] = new(conn)
	}
	for range 2000 {
		c, name := members[random.IntN(len(members))], names[random.IntN(len(names))]
		switch random.IntN(8) {
		case 0:
			c.leaveRooms()
			for _, in := range want {
				delete(in, c)
			}
		case 1, 2, 3:
			s.leave(c, name)
			delete(want[name], c)
		default:
			s.join(c, name)
			want[name][c] = true
		}
		for name, in := range want {
			holdRoom(t, s.rooms[name], in)
			if hub.Len(name) != len(in) {
				t.Fatalf("%d are counted in %s; want %d", hub.Len(name), name, len(in))
			}
		}
	}
}

func holdRoom(t *testing.T, r *room, want map[*conn]bool) {
	t.Helper()
	if r == nil {
		if len(want) > 0 {
			t.Fatalf("there is no room for %d members", len(want))
		}
		return
	}
	if len(r.members) != len(want) || len(want) == 0 {
		t.Fatalf("%s has %d members; want %d", r.name, len(r.members), len(want))
	}
	for i, c := range r.members {
		if m := *c.membership(r); !want[c] || m == nil || m.index != i {
			t.Fatalf("%s has a member at %d that is none, or believes to be elsewhere (%+v)", r.name, i, m)
		}
	}
}

func TestEnvelope(t *testing.T) {
	for _, tt := range []struct {
		name, envelope, room, data string
		binary, ok                 bool
	}{
		{"text", "\x00\x01rhello", "r", "hello", false, true},
		{"binary, empty", "\x01\x00", "", "", true, true},
		{"nothing", "", "", "", false, false},
		{"another kind", "\x02\x00", "", "", false, false},
		{"no length", "\x00", "", "", false, false},
		{"cut", "\x00\x05room", "", "", false, false},
		{"a length without end", "\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "", "", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			room, m, ok := parseEnvelope([]byte(tt.envelope))
			if room != tt.room || m.Text() != tt.data || m.Binary != tt.binary || ok != tt.ok {
				t.Errorf("got %q %q %v %v", room, m.Data, m.Binary, ok)
			}
			if again := appendEnvelope(nil, room, m); ok && string(again) != tt.envelope {
				t.Errorf("made anew it is %q; want %q", again, tt.envelope)
			}
		})
	}
}
