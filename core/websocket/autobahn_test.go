package websocket

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/internal/wstest"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

// The cases that WebSocket implementations are commonly held to, by the numbers
// that they have in the Autobahn test suite, against an echo server. Each is sent
// whole, and octet by octet.

// A plainEcho answers every message with the same.
type plainEcho struct{ WebSocketHandler }

func (h *plainEcho) OnMessage(data []byte, binary bool) error {
	if binary {
		return h.WriteBinary(data)
	}
	return h.WriteMessage(string(data))
}

func (h *plainEcho) WebSocketOptions() Options { return Options{MaxMessageSize: 32 << 20} }

// chop are fragments of a message: pieces of a size, each a frame.
func chop(first byte, payload string, size int) string {
	var wire strings.Builder
	for start := true; start || payload != ""; start = false {
		n := min(size, len(payload))
		head := first &^ 0x80
		if !start {
			head = 0
		}
		if n == len(payload) {
			head |= 0x80
		}
		wire.WriteString(f(head, payload[:n]))
		payload = payload[n:]
	}
	return wire.String()
}

func closeWith(code int, reason string) string {
	return f(0x88, string([]byte{byte(code >> 8), byte(code)})+reason)
}

var bye = closeWith(1000, "")

// A conformance case is what is sent and what comes of it.
type conformance struct {
	id, send string
	want     []string
}

const (
	normalEnd = "close 1000"
	brokenEnd = "close 1002 "
	invalid   = "close 1007 text that is not UTF-8"
)

func conformanceCases() []conformance {
	var all []conformance
	add := func(id, send string, want ...string) {
		all = append(all, conformance{id, send, append(want, "end")})
	}
	echo := func(id, send string, want ...string) { add(id, send+bye, append(want, normalEnd)...) }
	broken := func(id, send, why string, before ...string) { add(id, send, append(before, brokenEnd+why)...) }

	// 1 framing
	for i, size := range []int{0, 125, 126, 127, 128, 65535, 65536} {
		payload := strings.Repeat("*", size)
		echo(fmt.Sprintf("1.1.%d", i+1), f(0x81, payload), "text "+wstest.Brief(payload))
		echo(fmt.Sprintf("1.2.%d", i+1), f(0x82, payload), "binary "+wstest.Brief(payload))
	}
	echo("1.1.8 in pieces", chop(0x81, strings.Repeat("*", 65536), 997), "text (65536 bytes)")

	// 2 pings and pongs
	echo("2.1", f(0x89, ""), "pong ")
	echo("2.2", f(0x89, "Hello, world!"), "pong Hello, world!")
	echo("2.3", f(0x89, "\x00\xff\xfe"), "pong \x00\xff\xfe")
	echo("2.4", f(0x89, strings.Repeat("\xfe", 125)), "pong "+strings.Repeat("\xfe", 125))
	broken("2.5", f(0x89, strings.Repeat("\xfe", 126)), "a control frame of more than 125 bytes")
	echo("2.7", f(0x8a, ""))
	echo("2.8", f(0x8a, "unsolicited"))
	echo("2.9", f(0x8a, "unsolicited")+f(0x89, "p"), "pong p")
	var pings, pongs []string
	for i := range 10 {
		pings, pongs = append(pings, f(0x89, fmt.Sprint("payload-", i))), append(pongs, fmt.Sprint("pong payload-", i))
	}
	echo("2.10", strings.Join(pings, ""), pongs...)

	// 3 reserved bits
	const agreed = "a compressed frame, but compression was not agreed upon"
	broken("3.1", f(0xc1, "*"), agreed)
	broken("3.2", f(0x81, "a")+f(0xa1, "*")+f(0x89, ""), "a reserved bit is set", "text a")
	broken("3.3", f(0x81, "a")+f(0xb1, "*"), "a reserved bit is set", "text a")
	broken("3.4", f(0x81, "a")+f(0xc1, "*"), agreed, "text a")
	broken("3.5", f(0xd2, "*"), "a reserved bit is set")
	broken("3.6", f(0xe9, "*"), "a reserved bit is set")
	broken("3.7", f(0xf8, ""), "a reserved bit is set")

	// 4 opcodes
	for i, opcode := range []byte{3, 4, 5, 6, 7} {
		broken(fmt.Sprintf("4.1.%d", i+1), f(0x81, "a")+f(0x80|opcode, "x")+f(0x89, ""), "unknown opcode", "text a")
	}
	for i, opcode := range []byte{11, 12, 13, 14, 15} {
		broken(fmt.Sprintf("4.2.%d", i+1), f(0x80|opcode, ""), "unknown opcode")
	}

	// 5 fragmentation
	broken("5.1", f(0x09, "a")+f(0x80, "b"), "a control frame in fragments")
	broken("5.2", f(0x0a, "a")+f(0x80, "b"), "a control frame in fragments")
	echo("5.3", f(0x01, "fragment1")+f(0x80, "fragment2"), "text fragment1fragment2")
	echo("5.6", f(0x01, "fragment1")+f(0x89, "ping")+f(0x80, "fragment2"), "pong ping", "text fragment1fragment2")
	broken("5.9", f(0x80, "x")+f(0x81, "a"), "a continuation of no message")
	broken("5.10", f(0x80, "x"), "a continuation of no message")
	broken("5.12", f(0x00, "x")+f(0x81, "a"), "a continuation of no message")
	broken("5.15", f(0x01, "a")+f(0x80, "b")+f(0x00, "c")+f(0x81, "d"), "a continuation of no message", "text ab")
	broken("5.18", f(0x01, "a")+f(0x81, "b"), "a new message before the end of the last")
	echo("5.19", f(0x01, "1")+f(0x00, "2")+f(0x89, "p1")+f(0x00, "3")+f(0x00, "4")+f(0x89, "p2")+f(0x80, "5"), "pong p1", "pong p2", "text 12345")

	// 6 UTF-8
	for i, text := range []string{"", "Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "\x00", "\u0080", "\u0800", "\U00010000", "\u007f", "\u07ff",
		"\uffff", "\U0010ffff", "\ud7ff", "\ue000", "\ufffd", "\ufffe", "\U0001fffe"} {
		echo(fmt.Sprintf("6.valid.%d", i), f(0x81, text)+chop(0x81, text, 1), "text "+text, "text "+text)
	}
	for i, text := range []string{"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited", "\x80", "\xbf", "\x80\xbf", "\xc0 ", "\xe0 ",
		"\xf0 ", "\xf8 ", "\xfc ", "\xc0", "\xe0\x80", "\xf0\x80\x80", "\xdf", "\xef\xbf", "\xf7\xbf\xbf", "\xfe", "\xff", "\xfe\xfe\xff\xff",
		"\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
		"\xed\xa0\x80\xed\xb0\x80", "\xf4\x90\x80\x80", "\xf7\xbf\xbf\xbf"} {
		add(fmt.Sprintf("6.invalid.%d", i), f(0x81, text), invalid)
		add(fmt.Sprintf("6.invalid.%d in pieces", i), chop(0x81, text, 1), invalid)
	}
	// 6.4 at the first bad octet: the rest never comes.
	add("6.4.1", f(0x01, "κόσμε")+f(0x00, "\xf4\x90")[:8], invalid)
	add("6.4.3", f(0x81, "κόσμε\xf4\x90\x80\x80edited")[:18], invalid)

	// 7 closing
	add("7.1.1", f(0x81, "Hello World!")+bye, "text Hello World!", normalEnd)
	add("7.1.2", bye+bye, normalEnd)
	add("7.1.3", bye+f(0x89, ""), normalEnd)
	add("7.1.4", bye+f(0x81, "late"), normalEnd)
	add("7.1.5", f(0x01, "begun")+bye+f(0x80, "late"), normalEnd)
	add("7.3.1", f(0x88, ""), "close 1005")
	broken("7.3.2", f(0x88, "\x03"), "a close frame with half a code")
	add("7.3.4", closeWith(1000, "Hello World!"), normalEnd)
	add("7.3.5", closeWith(1000, strings.Repeat("*", 123)), normalEnd)
	broken("7.3.6", closeWith(1000, strings.Repeat("*", 124)), "a control frame of more than 125 bytes")
	add("7.5.1", closeWith(1000, "\xce\xba\xed\xa0\x80"), "close 1007 a close reason that is not UTF-8")
	for _, code := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999} {
		add(fmt.Sprint("7.7 ", code), closeWith(code, ""), fmt.Sprint("close ", code))
	}
	for _, code := range []int{0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535} {
		broken(fmt.Sprint("7.9 ", code), closeWith(code, ""), "a close code that must not be sent")
	}

	// Stricter than the suite.
	broken("mask", f(0x81, "a")+"\x81\x01b", "a frame without a mask", "text a")
	broken("length of 16 bits", "\x82\xfe\x00\x7d", "a length that is not minimal")
	broken("length of 64 bits", "\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff", "a length that is not minimal")
	broken("top bit", "\x82\xff\x80", "the top bit of a length is set")
	add("announced size", "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", "close 1009 message too big")
	return all
}

func TestConformance(t *testing.T) {
	s := serve(t, web.URL[plainEcho](`/`))
	for _, tt := range conformanceCases() {
		for _, way := range []string{"whole", "octet by octet"} {
			if way != "whole" && len(tt.send) > 2000 {
				continue
			}
			t.Run(tt.id+" "+way, func(t *testing.T) {
				c := dial(t, s, "/")
				defer c.conn.Close()
				if way == "whole" {
					c.write(tt.send)
				} else {
					for i := range len(tt.send) {
						if _, err := c.conn.Write([]byte{tt.send[i]}); err != nil {
							break // the server has heard enough
						}
					}
				}
				c.expect(tt.want...)
			})
		}
	}
}

// TestLateData is 7.1.3 and 7.1.4 with what comes late in writes of its own: the end
// is orderly, and no reset.
func TestLateData(t *testing.T) {
	s := serve(t, web.URL[plainEcho](`/`))
	for _, tt := range []struct{ name, send, want string }{
		{"after a close frame", bye, normalEnd},
		{"after a rule was broken", f(0x83, ""), brokenEnd + "unknown opcode"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, s, "/")
			defer c.conn.Close()
			c.write(tt.send)
			c.expect(tt.want, "end")
			for range 5 {
				c.write(f(0x81, "late") + f(0x89, ""))
			}
			if n, err := c.conn.Read(make([]byte, 1)); n > 0 || err != io.EOF {
				t.Errorf("got %d bytes, %v; want the end", n, err)
			}
		})
	}
}

// TestLimits has the sizes of sections 9 and 10: large messages, in frames and
// writes of many sizes.
func TestLimits(t *testing.T) {
	s := serve(t, web.URL[plainEcho](`/`))
	for _, size := range []int{64 << 10, 1 << 20, 4 << 20} {
		payload := make([]byte, size)
		chacha := rand.NewChaCha8([32]byte{1})
		_, _ = chacha.Read(payload)
		for _, fragment := range []int{size, 65536, 1300, 64} {
			if size/fragment > 20000 {
				continue
			}
			for _, write := range []int{size, 4093} {
				t.Run(fmt.Sprintf("%d in frames of %d in writes of %d", size, fragment, write), func(t *testing.T) {
					c := dial(t, s, "/")
					defer c.conn.Close()
					wire := chop(0x82, string(payload), fragment)
					for piece := range slices.Chunk([]byte(wire), write) {
						c.write(string(piece))
					}
					r, err := c.next()
					if err != nil || string(r.payload) != string(payload) {
						t.Fatalf("got %d bytes, %v; want the %d that were sent", len(r.payload), err, size)
					}
				})
			}
		}
	}
}

// compressedEchoes are servers with each agreement of section 13, and what a client
// offers for it.
var compressedEchoes = []struct {
	name, offer string
	route       web.Route
}{
	{"defaults", "permessage-deflate", web.URL[frugalEcho](`/`)},
	{"contexts", "permessage-deflate; client_max_window_bits", web.URL[takeoverEcho](`/`)},
	{"server without context", "permessage-deflate; server_no_context_takeover", web.URL[takeoverEcho](`/`)},
	{"client without context", "permessage-deflate; client_no_context_takeover", web.URL[takeoverEcho](`/`)},
	{"small windows", "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9", web.URL[takeoverEcho](`/`)},
	{"the smallest window", "permessage-deflate; server_max_window_bits=8", web.URL[frugalEcho](`/`)},
	{"second offer", "permessage-deflate; server_max_window_bits=99, permessage-deflate", web.URL[takeoverEcho](`/`)},
}

type frugalEcho struct{ plainEcho }

func (h *frugalEcho) WebSocketOptions() Options {
	return Options{Compression: &Compression{Threshold: -1}}
}

type takeoverEcho struct{ plainEcho }

func (h *takeoverEcho) WebSocketOptions() Options { return Options{Compression: likeTornado()} }

// TestCompression has the payloads and sizes of sections 12 and 13.
func TestCompression(t *testing.T) {
	for _, echo := range compressedEchoes {
		t.Run(echo.name, func(t *testing.T) {
			c := dial(t, serve(t, echo.route), "/", "Sec-WebSocket-Extensions: "+echo.offer)
			answer := c.response.Header.Get("Sec-WebSocket-Extensions")
			agreed, used, ok := frame.CheckDeflate([]string{answer}, &frame.Deflate{})
			if !ok || !used {
				t.Fatalf("got the answer %q", answer)
			}
			d, err := frame.NewDeflater(6, agreed.ClientMaxWindowBits, !agreed.ClientNoContextTakeover)
			if err != nil {
				t.Fatal(err)
			}
			chatter := strings.Repeat(`{"user": "somebody", "text": "what is said by somebody, κόσμε"} `, 3000)
			for _, size := range []int{0, 16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072} {
				// ASCII up to the size, whatever it cuts.
				text := strings.ToValidUTF8(chatter[:size], "?")
				for round := range 3 {
					wire := string(d.Append(nil, []byte(text)))
					if round == 1 {
						cut := len(wire) / 2
						c.write(f(0x41, wire[:cut]) + f(0x89, "p") + f(0x80, wire[cut:]))
						c.expect("pong p")
					} else {
						c.write(f(0xc1, wire))
					}
					r, err := c.next()
					if err != nil || string(r.payload) != text || !r.Compressed {
						t.Fatalf("%d bytes, round %d: got %d, %v", size, round, len(r.payload), err)
					}
				}
			}
			d.Release()
		})
	}
}

// TestCompressionFails has what does not inflate, and bombs.
func TestCompressionFails(t *testing.T) {
	s := serve(t, web.URL[deflateBombSocket](`/`))
	bomb := packed(strings.Repeat("z", 64<<20))
	for _, tt := range []struct{ name, send, want string }{
		{"rubbish", f(0xc1, "\xff\xff\xff"), "close 1007 a compressed message that does not inflate"},
		{"cut", f(0xc2, packed("hello hello hello")[:5]), "close 1007 a compressed message that does not inflate"},
		{"text that is not UTF-8", f(0xc1, packed("a\xffb")), invalid},
		{"text that is not UTF-8, and the rest never comes", f(0x41, "\x00\x01\x00\xfe\xff\xff"), invalid},
		{"a frame that is not whole", f(0xc1, "\x00\x01\x00\xfe\xff\xff more")[:12], invalid},
		{"no kind of block, and the rest never comes", f(0x42, "\x06"), "close 1007 a compressed message that does not inflate"},
		{"a bomb of which the rest never comes", f(0x41, bomb[:2000]), "close 1009 message too big after decompression"},
		{"a bomb", f(0xc1, bomb), "close 1009 message too big after decompression"},
		{"a bomb in fragments", chop(0xc1, bomb, 5000), "close 1009 message too big after decompression"},
		{"not compressed and too big", f(0x82, strings.Repeat("z", 1<<20+1)), "close 1009 message too big"},
		{"a compressed ping", f(0xc9, packed("a")), "close 1002 a compressed control frame"},
		{"RSV1 of a continuation", f(0x41, "a") + f(0xc0, "b"), "close 1002 a continuation that says compressed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := dial(t, s, "/", "Sec-WebSocket-Extensions: permessage-deflate")
			c.write(tt.send)
			c.expect(tt.want, "end")
		})
	}
}

type deflateBombSocket struct{ plainEcho }

func (h *deflateBombSocket) WebSocketOptions() Options {
	return Options{Compression: &Compression{}, MaxMessageSize: 1 << 20}
}
