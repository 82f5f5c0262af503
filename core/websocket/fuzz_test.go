package websocket

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
)

// toldSocket echoes, and tells at the end all that it has seen.
type toldSocket struct {
	plainEcho
	seen []string
	told chan<- string
}

func (h *toldSocket) WebSocketOptions() Options {
	return Options{MaxMessageSize: 1000, Compression: &Compression{Threshold: 10}}
}

func (h *toldSocket) OnMessage(data []byte, binary bool) error {
	h.seen = append(h.seen, fmt.Sprintf("%t %q", binary, data))
	return h.plainEcho.OnMessage(data, binary)
}

func (h *toldSocket) OnPing(data []byte) { h.seen = append(h.seen, fmt.Sprintf("ping %q", data)) }
func (h *toldSocket) OnPong(data []byte) { h.seen = append(h.seen, fmt.Sprintf("pong %q", data)) }

func (h *toldSocket) OnClose() {
	h.told <- fmt.Sprintf("%q close %d %q", h.seen, h.CloseCode(), h.CloseReason())
}

// FuzzConversation wants the same callbacks and the same answer, octet by octet,
// however the client's octets are cut.
func FuzzConversation(fuzz *testing.F) {
	fuzz.Add(f(0x81, "hello")+closeWith(1000, "bye"), uint8(1))
	fuzz.Add(f(0x01, "a")+f(0x89, "ping")+f(0x80, "b")+f(0x8a, "")+f(0x82, "\xff\x00"), uint8(2))
	fuzz.Add(f(0xc1, packed(strings.Repeat("hello ", 30)))+f(0x42, packed("a")[:2])+f(0x80, packed("a")[2:]), uint8(4))
	fuzz.Add(f(0xc1, packed(strings.Repeat("z", 5000)))+"more", uint8(6))
	fuzz.Add(f(0x81, "a\xff")+f(0x81, "late"), uint8(3))
	fuzz.Add(closeWith(1000, "")+f(0x81, "late")+strings.Repeat("x", 100), uint8(9))
	fuzz.Add("\x81\x02hi", uint8(1))
	fuzz.Add(strings.Repeat(f(0x81, ""), 100), uint8(7))
	told := make(chan string, 1)
	s := serve(fuzz, web.URL[toldSocket](`/`, web.Init(func(h *toldSocket) { h.told = told })))
	fuzz.Fuzz(func(t *testing.T, wire string, size uint8) {
		whole := converse(t, s, wire, 1<<16) + "\n" + <-told
		if cut := converse(t, s, wire, int(size)+1) + "\n" + <-told; cut != whole {
			t.Errorf("in pieces of %d: got\n%s\nwhole\n%s", int(size)+1, cut, whole)
		}
	})
}

// converse sends a handshake and octets in pieces, and then no more. It returns all
// that the server answers to the latter.
func converse(t *testing.T, s *tornadotest.Server, wire string, size int) string {
	t.Helper()
	conn, err := net.Dial("tcp", s.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	head := "GET / HTTP/1.1\r\n" + upgradeHead + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
	for piece := range slices.Chunk([]byte(head+wire), size) {
		if _, err := conn.Write(piece); err != nil {
			break // the server has heard enough
		}
	}
	_ = conn.(*net.TCPConn).CloseWrite() // it may have closed, too
	all, err := io.ReadAll(conn)
	_, answer, upgraded := strings.Cut(string(all), "\r\n\r\n")
	if err != nil || !upgraded {
		t.Fatalf("got %q, %v as the answer to %q in pieces of %d", all, err, wire, size)
	}
	return fmt.Sprintf("%q", answer)
}
