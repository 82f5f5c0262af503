package frame

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// events reads wire in pieces of a size and tells what came of it, one line an
// event; data that is not consumed is shown again with the next piece, as a stream
// does.
func events(t testing.TB, r Reader, wire string, size int) string {
	t.Helper()
	var told []string
	var unread []byte
	for wire != "" {
		n := min(size, len(wire))
		unread = append(unread, wire[:n]...)
		wire = wire[n:]
		for len(unread) > 0 {
			e, consumed, err := r.Next(unread)
			if e.Opcode != 0 {
				told = append(told, describe(e))
			}
			var breach *Error
			if errors.As(err, &breach) {
				return strings.Join(append(told, fmt.Sprintf("fail %d %s", breach.Code, breach.Reason)), "\n")
			}
			unread = unread[consumed:]
			if e.Opcode == 0 {
				break
			}
		}
	}
	r.Release()
	if r.Partial() {
		told = append(told, "...")
	}
	return strings.Join(told, "\n")
}

func describe(e Event) string {
	switch {
	case e.Opcode == Close:
		return fmt.Sprintf("close %d %s", e.Code, e.Reason)
	case e.Compressed:
		return fmt.Sprintf("%s %s (compressed)", e.Opcode, e.Payload)
	}
	return fmt.Sprintf("%s %s", e.Opcode, e.Payload)
}

var testMask = [4]byte{0x12, 0x34, 0x56, 0x78}

// f is a masked frame: its first octet as it is, and the minimal length.
func f(first byte, payload string) string {
	h := Header{Masked: true, Mask: testMask, Length: int64(len(payload))}
	wire := h.Append(nil)
	wire[0] = first
	wire = append(wire, payload...)
	Mask(testMask, 0, wire[len(wire)-len(payload):])
	return string(wire)
}

// compressed is payload as a Deflater makes it.
func compressed(payload string) string {
	d, _ := NewDeflater(0, 0, false)
	return string(d.Append(nil, []byte(payload)))
}

var hello = compressed("hello hello hello hello")

func TestReader(t *testing.T) {
	const limit = 1000
	big := strings.Repeat("z", limit)
	for _, tt := range []struct {
		name, wire, want string
	}{
		{"text", f(0x81, "hi"), "text hi"},
		{"binary", f(0x82, "\x00\xff"), "binary \x00\xff"},
		{"empty messages", f(0x81, "") + f(0x82, ""), "text \nbinary "},
		{"several", f(0x81, "a") + f(0x81, "b") + f(0x82, "c"), "text a\ntext b\nbinary c"},
		{"lengths", f(0x81, big[:125]) + f(0x81, big[:126]), "text " + big[:125] + "\ntext " + big[:126]},
		{"fragments", f(0x01, "a") + f(0x00, "b") + f(0x80, "c"), "text abc"},
		{"empty fragments", f(0x01, "") + f(0x00, "") + f(0x80, ""), "text "},
		{"binary fragments", f(0x02, "\xff") + f(0x80, "\x00"), "binary \xff\x00"},
		{"a character in two fragments", f(0x01, "\xe2\x82") + f(0x80, "\xac"), "text €"},
		{"ping between fragments", f(0x01, "a") + f(0x89, "p") + f(0x80, "b"), "ping p\ntext ab"},
		{"close between fragments", f(0x01, "a") + f(0x88, "\x03\xe8"), "close 1000 \n..."},
		{"ping and pong", f(0x89, "p") + f(0x8a, ""), "ping p\npong "},
		{"close", f(0x88, "\x03\xe9bye"), "close 1001 bye"},
		{"close without a code", f(0x88, ""), "close 1005 "},
		{"part of a message", f(0x01, "a") + f(0x80, "bcd")[:7], "..."},
		{"the limit", f(0x81, big), "text " + big},
		{"the limit in fragments", f(0x01, big[:400]) + f(0x80, big[:600]), "text " + big},

		{"no mask", "\x81\x02hi", "fail 1002 a frame without a mask"},
		{"a ping without a mask", "\x89\x00", "fail 1002 a frame without a mask"},
		{"a bad close code", f(0x88, "\x03\xed"), "fail 1002 a close code that must not be sent"},
		{"a close reason that is not UTF-8", f(0x88, "\x03\xe8\xff"), "fail 1007 a close reason that is not UTF-8"},
		{"half a close code", f(0x88, "\x03"), "fail 1002 a close frame with half a code"},
		{"continuation first", f(0x80, "a"), "fail 1002 a continuation of no message"},
		{"continuation after the end", f(0x81, "a") + f(0x80, "b"), "text a\nfail 1002 a continuation of no message"},
		{"text within text", f(0x01, "a") + f(0x81, "b"), "fail 1002 a new message before the end of the last"},
		{"RSV1 of a continuation", f(0x41, "a") + f(0xc0, "b"), "fail 1002 a continuation that says compressed"},
		{"RSV2", f(0x81, "a") + f(0xa1, "b"), "text a\nfail 1002 a reserved bit is set"},
		{"continuation and a length that is not minimal", "\x80\xfe\x00\x01", "fail 1002 a continuation of no message"},
		{"too big", f(0x81, big+"z"), "fail 1009 message too big"},
		{"announced too big", "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", "fail 1009 message too big"},
		{"too big in fragments", f(0x01, big) + f(0x80, "z"), "fail 1009 message too big"},
		{"bad UTF-8", f(0x81, "a\xff"), "fail 1007 text that is not UTF-8"},
		{"bad UTF-8 before the end of a frame", f(0x81, "a\xff"+big[:100])[:8], "fail 1007 text that is not UTF-8"},
		{"bad UTF-8 before the end of a message", f(0x01, "\xed\xa0"), "fail 1007 text that is not UTF-8"},
		{"a character that is cut", f(0x81, "\xe2\x82"), "fail 1007 text that is not UTF-8"},
		{"a character that is cut, in fragments", f(0x01, "\xe2") + f(0x80, "\x82"), "fail 1007 text that is not UTF-8"},

		{"compressed", f(0xc1, hello), "text hello hello hello hello (compressed)"},
		{"compressed in fragments", f(0x41, hello[:3]) + f(0x00, hello[3:6]) + f(0x80, hello[6:]), "text hello hello hello hello (compressed)"},
		{"ping between compressed fragments", f(0x41, hello[:3]) + f(0x89, "p") + f(0x80, hello[3:]), "ping p\ntext hello hello hello hello (compressed)"},
		{"not compressed among compressed", f(0xc1, hello) + f(0x81, "plain"), "text hello hello hello hello (compressed)\ntext plain"},
		{"compressed text that is not UTF-8", f(0xc1, compressed("a\xff")), "fail 1007 text that is not UTF-8"},
		{"compressed text that is cut", f(0xc1, compressed("\xe2\x82")), "fail 1007 text that is not UTF-8"},
		{"does not inflate", f(0xc1, "\xff\xff"), "fail 1007 a compressed message that does not inflate"},
		{"inflates to the limit", f(0xc1, compressed(big)), "text " + big + " (compressed)"},
		{"inflates beyond the limit", f(0xc1, compressed(big+"z")), "fail 1009 message too big after decompression"},
		{"a bomb", f(0xc1, compressed(strings.Repeat("z", 10<<20))[:2000]), "fail 1009 message too big after decompression"},
		{"compressed beyond all reason", f(0xc2, strings.Repeat("z", 3000)), "fail 1009 message too big"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range []int{len(tt.wire), 1, 2, 3, 7} {
				r := NewReader(&Rules{MaxMessage: limit}, NewInflater(0, false))
				if got := events(t, r, tt.wire, size); got != tt.want {
					t.Fatalf("in pieces of %d: got\n%q; want\n%q", size, got, tt.want)
				}
			}
		})
	}
}

// TestReaderFailsFast has compressed messages of which the rest never comes: what is
// there shows already that it will not do.
func TestReaderFailsFast(t *testing.T) {
	const (
		limit   = 100000
		badText = "fail 1007 text that is not UTF-8"
		corrupt = "fail 1007 a compressed message that does not inflate"
		tooMuch = "fail 1009 message too big after decompression"
	)
	zeros := compressed(strings.Repeat("z", limit+1))
	for _, tt := range []struct{ name, wire, want string }{
		{"text that is not UTF-8", f(0x41, stored("a\xff")), badText},
		{"in a frame that is not whole", f(0xc1, stored("a\xff")+strings.Repeat("x", 50))[:13], badText},
		{"a surrogate in two fragments", f(0x41, stored("\xed")) + f(0x00, stored("\xa0")), badText},
		{"behind a ping", f(0x41, stored("κ")) + f(0x89, "p") + f(0x00, stored("\xc0")), "ping p\n" + badText},
		{"a block of no kind", f(0x42, "\x06"), corrupt},
		{"lengths of a stored block", f(0x42, "\x00\x05\x00\x05\x00"), corrupt},
		{"a reference to before the beginning", f(0x42, "\x02\x02"), corrupt},
		{"more literals than there are", f(0x42, "\xfc\x00\x00"), corrupt},
		{"the limit", f(0x41, zeros[:len(zeros)-1]), tooMuch},
		{"text before the limit", f(0x41, stored("\xff")+zeros), badText},
		{"the limit before text", f(0x41, zeros[:len(zeros)-1]+stored("\xff")), tooMuch},
		{"a character that may go on", f(0x41, stored("\xe2\x82")), "..."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range []int{len(tt.wire), 1, 2, 5} {
				r := NewReader(&Rules{MaxMessage: limit}, NewInflater(0, true))
				if got := events(t, r, tt.wire, size); got != tt.want {
					t.Errorf("in pieces of %d: got %q; want %q", size, got, tt.want)
				}
			}
		})
	}
}

// stored is a block that is not compressed.
func stored(data string) string {
	n := len(data)
	return string([]byte{0, byte(n), byte(n >> 8), ^byte(n), ^byte(n >> 8)}) + data
}

func TestReaderOfServer(t *testing.T) {
	for _, tt := range []struct{ name, wire, want string }{
		{"text", "\x81\x02hi", "text hi"},
		{"fragments", "\x01\x02hi\x80\x01!", "text hi!"},
		{"masked", f(0x81, "hi"), "fail 1002 a masked frame from a server"},
		{"compressed without agreement", "\xc1\x01a", "fail 1002 a compressed frame, but compression was not agreed upon"},
	} {
		r := NewReader(&Rules{FromServer: true, MaxMessage: 100}, nil)
		if got := events(t, r, tt.wire, len(tt.wire)); got != tt.want {
			t.Errorf("%s: got %q; want %q", tt.name, got, tt.want)
		}
	}
}

// TestReaderHoldsNothing looks at what is left between messages, and after a
// message that was broken off.
func TestReaderHoldsNothing(t *testing.T) {
	r := NewReader(&Rules{MaxMessage: 1 << 20}, nil)
	wire := []byte(f(0x02, strings.Repeat("x", 100000)) + f(0x80, "y"))
	e, n, err := r.Next(wire)
	if err != nil || n != len(wire) || len(e.Payload) != 100001 || r.Partial() {
		t.Fatalf("got %d bytes, %d consumed, %v", len(e.Payload), n, err)
	}
	if r.Release(); r.message != nil {
		t.Errorf("a message is kept after Release")
	}
	r.Next([]byte(f(0x01, "begun")))
	if !r.Partial() {
		t.Errorf("got no partial message")
	}
	if r.Reset(); r.message != nil {
		t.Errorf("a message is kept after Reset")
	}
	r = NewReader(&Rules{MaxMessage: 1 << 20}, NewInflater(0, true))
	r.Next([]byte(f(0x41, hello[:5])))
	if r.inflater.message == nil {
		t.Errorf("got no partial message that is compressed")
	}
	r.Next([]byte(f(0x80, hello[5:])))
	if r.Release(); r.message != nil || r.inflater.message != nil {
		t.Errorf("a compressed message is kept after Release")
	}
	r.Next([]byte(f(0x41, hello[:5])))
	if r.Reset(); r.message != nil || r.inflater.message != nil {
		t.Errorf("a compressed message is kept after Reset")
	}
}

// TestReaderDoesNotAllocate holds for what most messages are.
func TestReaderDoesNotAllocate(t *testing.T) {
	r := NewReader(&Rules{MaxMessage: 1 << 20}, nil)
	wire := []byte(f(0x81, "hello") + f(0x89, ""))
	work := make([]byte, len(wire))
	if n := testing.AllocsPerRun(100, func() {
		copy(work, wire)
		_, n, _ := r.Next(work)
		r.Next(work[n:])
		r.Release()
	}); n != 0 {
		t.Errorf("got %v allocations; want none", n)
	}
}
