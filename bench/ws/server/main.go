//go:build linux

// Command server sends WebSocket messages back, by the library it is told:
//
//	server tornado|gorilla|coder|gobwas|gws 127.0.0.1:8888 [messages [interval]]
//
// With messages it keeps its connections in a set, or a room, for broadcasts of so
// many messages. With an interval tornado pings its connections so often.
//
// SIGUSR1 makes it print how many bytes of heap and stacks are in use after a
// garbage collection; SIGUSR2 sends messages of 32 bytes to all connections and prints
// a line.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	coder "github.com/coder/websocket"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/gorilla/websocket"
	"github.com/lxzan/gws"

	"github.com/tornado-dev/tornado/bench/inuse"
)

// A library serves until the program ends.
type library struct {
	serve     func(address string) error
	broadcast func(text string)
}

var libraries = map[string]library{
	"tornado": {serveTornado, broadcastTornado},
	"gorilla": {serveWith(gorillaEcho), broadcastGorilla},
	"coder":   {serveWith(coderEcho), nil},
	"gobwas":  {serveGobwas, nil},
	"gws":     {serveWith(gwsEcho), broadcastGws},
	"floor":   {serveFloor, broadcastFloor}, // no library: the system's share
}

// messages are how many each broadcast has; zero if there will be none.
var messages int

// pings is how long it is from one ping to the next; zero if there will be none.
var pings time.Duration

func main() {
	chosen, ok := libraries[os.Args[1]]
	if !ok {
		fmt.Fprintln(os.Stderr, "server: there is no library", os.Args[1])
		os.Exit(2)
	}
	if len(os.Args) > 3 {
		messages, _ = strconv.Atoi(os.Args[3])
	}
	if len(os.Args) > 4 {
		pings, _ = time.ParseDuration(os.Args[4])
	}
	inuse.TellOnSignal()
	go obey(chosen) // until the program is killed
	fmt.Fprintln(os.Stderr, chosen.serve(os.Args[2]))
	os.Exit(1)
}

func obey(l library) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR2)
	for range signals {
		for range messages {
			l.broadcast(strings.Repeat("x", 32))
		}
		fmt.Println("sent")
	}
}

func serveWith(handler http.HandlerFunc) func(string) error {
	return func(address string) error { return http.ListenAndServe(address, handler) }
}

// open are the connections of a library, for broadcasts.
type open[T comparable] struct {
	mu    sync.Mutex // guards what follows
	conns map[T]struct{}
}

func (o *open[T]) add(c T) {
	if messages == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.conns == nil {
		o.conns = map[T]struct{}{}
	}
	o.conns[c] = struct{}{}
}

func (o *open[T]) remove(c T) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.conns, c)
}

func (o *open[T]) each(f func(T)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for c := range o.conns {
		f(c)
	}
}

var (
	gorillaOpen     open[*websocket.Conn]
	gorillaUpgrader = websocket.Upgrader{}
)

func gorillaEcho(w http.ResponseWriter, r *http.Request) {
	c, err := gorillaUpgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer c.Close()
	gorillaOpen.add(c)
	defer gorillaOpen.remove(c)
	for {
		kind, data, err := c.ReadMessage()
		if err != nil || c.WriteMessage(kind, data) != nil {
			return
		}
	}
}

func broadcastGorilla(text string) {
	m, err := websocket.NewPreparedMessage(websocket.TextMessage, []byte(text))
	if err != nil {
		panic(err)
	}
	gorillaOpen.each(func(c *websocket.Conn) { c.WritePreparedMessage(m) })
}

func coderEcho(w http.ResponseWriter, r *http.Request) {
	c, err := coder.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer c.CloseNow()
	for ctx := context.Background(); ; {
		kind, data, err := c.Read(ctx)
		if err != nil || c.Write(ctx, kind, data) != nil {
			return
		}
	}
}

// serveGobwas has neither net/http nor a buffer for each connection: a goroutine
// alone.
func serveGobwas(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go gobwasEcho(conn)
	}
}

func gobwasEcho(conn net.Conn) {
	defer conn.Close()
	if _, err := ws.Upgrade(conn); err != nil {
		return
	}
	for {
		data, op, err := wsutil.ReadClientData(conn)
		if err == io.EOF || err != nil || wsutil.WriteServerMessage(conn, op, data) != nil {
			return
		}
	}
}

type gwsHandler struct{ gws.BuiltinEventHandler }

func (gwsHandler) OnMessage(c *gws.Conn, m *gws.Message) {
	defer m.Close()
	c.WriteMessage(m.Opcode, m.Bytes())
}

var (
	gwsOpen     open[*gws.Conn]
	gwsUpgrader = gws.NewUpgrader(gwsHandler{}, nil)
)

func gwsEcho(w http.ResponseWriter, r *http.Request) {
	c, err := gwsUpgrader.Upgrade(w, r)
	if err != nil {
		return
	}
	gwsOpen.add(c)
	go func() { // as its manual has it: the handler's buffers can go
		defer gwsOpen.remove(c)
		c.ReadLoop()
	}()
}

func broadcastGws(text string) {
	b := gws.NewBroadcaster(gws.OpcodeText, []byte(text))
	defer b.Close()
	gwsOpen.each(func(c *gws.Conn) { b.Broadcast(c) })
}
