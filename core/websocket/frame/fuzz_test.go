package frame

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzReader wants the same events however the bytes are cut, and text to be text.
func FuzzReader(f *testing.F) {
	f.Add("\x81\x85\x12\x34\x56\x78hello\x89\x80\x12\x34\x56\x78", uint8(3), false)
	f.Add("\x01\x82\x00\x00\x00\x00\xe2\x82\x80\x81\x00\x00\x00\x00\xac", uint8(1), false)
	f.Add("\xc1\x87\x00\x00\x00\x00\xf2\x48\xcd\xc9\xc9\x07\x00", uint8(2), true)
	f.Add("\x82\xfe\x00\x7e\x00\x00\x00\x00"+strings.Repeat("x", 126)+"\x88\x82\x00\x00\x00\x00\x03\xe8", uint8(5), false)
	f.Add("\x81\x02hi\x80\x01!", uint8(4), true)
	f.Fuzz(func(t *testing.T, wire string, size uint8, deflate bool) {
		for _, fromServer := range []bool{false, true} {
			read := func(size int) string {
				var inflater *Inflater
				if deflate {
					inflater = NewInflater(0, true)
				}
				return events(t, NewReader(&Rules{FromServer: fromServer, MaxMessage: 200}, inflater), wire, size)
			}
			whole := read(len(wire))
			for _, size := range []int{int(size) + 1, 1} {
				if got := read(size); got != whole {
					t.Fatalf("in pieces of %d: got\n%q; whole\n%q", size, got, whole)
				}
			}
			for line := range strings.SplitSeq(whole, "\n") {
				if text, ok := strings.CutPrefix(line, "text "); ok && !utf8.ValidString(text) && utf8.ValidString(whole) {
					t.Fatalf("got text that is none: %q", text)
				}
			}
		}
	})
}

func FuzzClosePayload(f *testing.F) {
	f.Add([]byte("\x03\xe8bye"))
	f.Add([]byte("\x03"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		code, reason, err := ParseClose(payload)
		if err != nil || len(payload) > MaxControl {
			return
		}
		if got := AppendClose(nil, code, reason); string(got) != string(payload) {
			t.Fatalf("got %q back; want %q", got, payload)
		}
	})
}

func FuzzNegotiate(f *testing.F) {
	f.Add("permessage-deflate; client_max_window_bits; server_max_window_bits=10, foo; a=\"b,c\"", true, 10)
	f.Add("permessage-deflate; server_no_context_takeover", false, 0)
	f.Fuzz(func(t *testing.T, field string, takeover bool, bits int) {
		if bits != 0 && (bits < 8 || bits > 15) {
			return
		}
		agreed, answer, ok := Negotiate([]string{field}, DeflateOptions{takeover, takeover, bits})
		if !ok {
			return
		}
		// A client that offered everything must be able to take any answer of ours.
		checked, used, ok := CheckDeflate([]string{answer}, &Deflate{})
		if !ok || !used || checked != agreed {
			t.Fatalf("the answer %q to %q is not acceptable: %+v, %t", answer, field, checked, ok)
		}
		if _, err := NewDeflater(0, agreed.ServerMaxWindowBits, !agreed.ServerNoContextTakeover); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzInflate(f *testing.F) {
	f.Add([]byte("\xf2\x48\xcd\xc9\xc9\x07\x00"), uint16(100))
	f.Add([]byte("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), uint16(3))
	f.Add([]byte("\x03\x00\x03\x00\x02\x00\x00\x02\x00"), uint16(100))
	f.Fuzz(func(t *testing.T, wire []byte, limit uint16) {
		i := NewInflater(9, true)
		for range 2 { // the second may refer to the first
			got, err := i.Append(nil, wire, int64(limit), nil)
			if err != nil {
				return
			}
			if len(got) > int(limit) {
				t.Fatalf("got %d bytes; want at most %d", len(got), limit)
			}
			d, _ := NewDeflater(0, 8, false)
			if back, err := NewInflater(8, false).Append(nil, d.Append(nil, got), int64(limit), nil); err != nil || string(back) != string(got) {
				t.Fatalf("got %q, %v back; want %q", back, err, got)
			}
		}
	})
}
