package frame

import (
	"bytes"
	"compress/flate"
	"io"
	"slices"
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

// FuzzInflate wants what compress/flate makes of the same, wherever it is cut, and
// never more than the limit.
func FuzzInflate(f *testing.F) {
	f.Add([]byte("\xf2\x48\xcd\xc9\xc9\x07\x00"), uint16(100), uint8(1))
	f.Add([]byte("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), uint16(3), uint8(2))
	f.Add([]byte("\x03\x00\x03\x00\x02\x00\x00\x02\x00"), uint16(100), uint8(3))
	f.Add([]byte("\x00\x05\x00\xfa\xffHello\x00"), uint16(100), uint8(4))
	for _, text := range []string{strings.Repeat("hello, hello! ", 50), strings.Repeat("z", 3000), "κόσμε, ein Text ohne viel Wiederholung: 0123456789"} {
		d, _ := NewDeflater(9, 0, false)
		f.Add(d.Append(nil, []byte(text)), uint16(5000), uint8(7))
	}
	f.Fuzz(func(t *testing.T, wire []byte, limit uint16, size uint8) {
		i := NewInflater(9, true)
		var dictionary []byte
		for range 2 { // the second may refer to the first
			want, ok := foreignInflate(wire, dictionary, int(limit))
			got, err := i.Append(nil, wire, int64(limit))
			if ok != (err == nil) || ok && string(got) != string(want) {
				t.Fatalf("got %q, %v; want %q, %t", got, err, want, ok)
			}
			if cut := inflatedInPieces(wire, dictionary, int64(limit), int(size)+1); cut != outcome(got, err) {
				t.Fatalf("in pieces of %d: got %q; whole %q", int(size)+1, cut, outcome(got, err))
			}
			if err != nil {
				return
			}
			dictionary = append(dictionary, got...)
			dictionary = dictionary[max(0, len(dictionary)-512):]
			d, _ := NewDeflater(0, 8, false)
			if back, err := NewInflater(8, false).Append(nil, d.Append(nil, got), int64(limit)); err != nil || string(back) != string(got) {
				t.Fatalf("got %q, %v back; want %q", back, err, got)
			}
		}
	})
}

// inflatedInPieces is what comes of a message that arrives in pieces, which are no
// longer there when the next one comes.
func inflatedInPieces(wire, window []byte, limit int64, size int) string {
	i := Inflater{window: window}
	var out []byte
	var err error
	for piece := range slices.Chunk(wire, size) {
		piece = slices.Clone(piece)
		out, err = i.add(out, piece, limit, nil)
		clear(piece)
		if err != nil {
			break
		}
	}
	if err == nil {
		out, err = i.end(out, limit, nil)
	}
	i.reset()
	return outcome(out, err)
}

func outcome(out []byte, err error) string {
	if err != nil {
		return err.Error()
	}
	return string(out)
}

// foreignInflate has compress/flate do it. After a last block it begins anew with
// what the octets behind it say.
func foreignInflate(wire, dictionary []byte, limit int) (out []byte, ok bool) {
	const lastBlock = "\x01\x00\x00\xff\xff"
	if len(wire) == 0 {
		return nil, true
	}
	in := bytes.NewReader([]byte(string(wire) + tail + lastBlock))
	for {
		seen := append(slices.Clone(dictionary), out...)
		data, err := io.ReadAll(io.LimitReader(flate.NewReaderDict(in, seen[max(0, len(seen)-1<<15):]), int64(limit-len(out)+1)))
		if out = append(out, data...); err != nil || len(out) > limit {
			return out, false
		}
		switch left := in.Len(); {
		case left == 0 || left == len(lastBlock) || left == len(tail)+len(lastBlock):
			return out, true
		case left < len(tail)+len(lastBlock):
			return out, false
		}
	}
}
