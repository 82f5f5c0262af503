package frame

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// messagesOf are messages as they occur, and as they do not.
func messagesOf(seed uint64) [][]byte {
	random := make([]byte, 70000)
	chacha := rand.NewChaCha8([32]byte{byte(seed)})
	_, _ = chacha.Read(random)
	return [][]byte{
		[]byte("hello"), {}, []byte("hello"), []byte(strings.Repeat("hello, hello! ", 5000)), random[:10], random,
		[]byte(`{"user":"somebody","text":"something that is said"}`), []byte(`{"user":"somebody","text":"something else"}`),
		bytes.Repeat(random[:300], 300), {0}, []byte("hello"),
	}
}

// TestDeflateRoundTrip has each kind of Deflater read by each Inflater that the same
// agreement makes.
func TestDeflateRoundTrip(t *testing.T) {
	for _, level := range []int{0, -2, 1, 6, 9} {
		for bits := 8; bits <= 15; bits++ {
			for _, takeover := range []bool{false, true} {
				d, err := NewDeflater(level, bits, takeover)
				if err != nil {
					t.Fatal(err)
				}
				i := NewInflater(bits, takeover)
				for n, message := range messagesOf(uint64(bits)) {
					wire := d.Append([]byte("before"), message)
					if !bytes.HasPrefix(wire, []byte("before")) {
						t.Fatalf("level %d, %d bits: what was there before is lost", level, bits)
					}
					got, err := i.Append([]byte("before"), wire[6:], 1<<20, nil)
					if err != nil || string(got) != "before"+string(message) {
						t.Fatalf("level %d, %d bits, takeover %t, message %d: got %d bytes, %v; want %d", level, bits, takeover, n, len(got), err, len(message))
					}
					if len(i.window) > i.size {
						t.Fatalf("the window has %d bytes of %d", len(i.window), i.size)
					}
				}
				d.Release()
			}
		}
	}
}

// TestDeflateKeepsToTheWindow inflates with nothing but the window in sight: each
// window's worth of octets is inflated with only the octets before it.
func TestDeflateKeepsToTheWindow(t *testing.T) {
	const bits = 9
	pattern := make([]byte, 600)
	chacha := rand.NewChaCha8([32]byte{1})
	_, _ = chacha.Read(pattern)
	d, _ := NewDeflater(9, bits, true)
	// The pattern repeats at a distance of 600, beyond the window of 512.
	wire := d.Append(nil, bytes.Repeat(pattern, 4))
	if len(wire) < 4*len(pattern) {
		t.Errorf("got %d octets for %d without a repetition in the window", len(wire), 4*len(pattern))
	}
	near := d.Append(nil, bytes.Repeat(pattern[:100], 24))
	if len(near) > 1000 {
		t.Errorf("got %d octets for 2400 that repeat every 100", len(near))
	}
}

func TestContextTakeover(t *testing.T) {
	message := []byte(`{"user":"somebody","text":"something that is said by somebody"}`)
	for _, takeover := range []bool{false, true} {
		d, _ := NewDeflater(6, 0, takeover)
		first, second := len(d.Append(nil, message)), len(d.Append(nil, message))
		if (second < first/2) != takeover {
			t.Errorf("takeover %t: got %d octets, then %d", takeover, first, second)
		}
		if (d.own != nil) != takeover {
			t.Errorf("takeover %t: the compressor is kept: %t", takeover, d.own != nil)
		}
		if d.Release(); d.own != nil {
			t.Errorf("the compressor is kept after Release")
		}
	}
}

func TestNewDeflaterRefuses(t *testing.T) {
	for _, tt := range []struct{ level, bits int }{{10, 15}, {-3, 15}, {1, 7}, {1, 16}} {
		if _, err := NewDeflater(tt.level, tt.bits, false); err == nil {
			t.Errorf("level %d, %d bits: got no error", tt.level, tt.bits)
		}
	}
}

// flated is what compress/flate makes, with the calls given by steps: w writes
// "hello ", f flushes.
func flated(steps string, end func(*flate.Writer) error) string {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, 6)
	for _, step := range steps {
		if step == 'w' {
			io.WriteString(w, "hello ")
		} else {
			w.Flush()
		}
	}
	end(w)
	return out.String()
}

func TestInflate(t *testing.T) {
	final := flated("ww", (*flate.Writer).Close)
	flushed := func(steps string) string { return strings.TrimSuffix(flated(steps, (*flate.Writer).Flush), tail) }
	for _, tt := range []struct {
		name, wire, want string
		err              error
	}{
		{"the RFC's example", "\xf2\x48\xcd\xc9\xc9\x07\x00", "Hello", nil},
		{"not compressed", "\x00\x05\x00\xfa\xffHello\x00", "Hello", nil},
		{"a last block", "\xf3\x48\xcd\xc9\xc9\x07\x00\x00", "Hello", nil},
		{"two blocks", "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", "Hello", nil},
		{"empty", "\x00", "", nil},
		{"nothing at all", "", "", nil},
		{"many flushes", flushed("wfffwfwf"), "hello hello hello ", nil},
		{"a last block and nothing else", final, "hello hello ", nil},
		{"a last block without its end", strings.TrimSuffix(final, tail), "hello hello ", nil},
		{"blocks after a last one", final + flushed("w"), "hello hello hello ", nil},
		{"several last blocks", final + final + final, "hello hello hello hello hello hello ", nil},
		{"too many last blocks", strings.Repeat("\x03\x00", 100), "", errInflate},
		{"cut within a block", flushed("w")[:4], "", errInflate},
		{"a kind of block that is none", "\x06", "", errInflate},
		{"a reference to before the beginning", "\x02\x00\x00\x02\x00", "", errInflate},
		{"a stored block cut short", "\x00\x05\x00\xfa\xffHe", "", errInflate},
		{"lengths that do not agree", "\x00\x05\x00\x00\x00Hello\x00", "", errInflate},
		{"text after the end", flushed("w") + "more", "", errInflate},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, takeover := range []bool{false, true} {
				i := NewInflater(0, takeover)
				got, err := i.Append(nil, []byte(tt.wire), 100, nil)
				if err != tt.err && !errors.Is(err, tt.err) || err == nil && string(got) != tt.want {
					t.Errorf("got %q, %v; want %q, %v", got, err, tt.want, tt.err)
				}
			}
		})
	}
}

// TestInflateStopsAtTheLimit has a bomb of which nothing more is inflated than is
// allowed, and bad text that stops it at once.
func TestInflateStopsAtTheLimit(t *testing.T) {
	bomb := []byte(compressed(strings.Repeat("z", 64<<20)))
	got, err := NewInflater(0, false).Append(nil, bomb, 100000, nil)
	if err != errInflatedBig || cap(got) > 300000 {
		t.Errorf("got %d bytes, %v; want no more than needed", cap(got), err)
	}
	var text UTF8
	bad := []byte(compressed("\xff" + strings.Repeat("z", 1<<20)))
	got, err = NewInflater(0, false).Append(nil, bad, 1<<30, text.Valid)
	if err != errText || len(got) > 100000 {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	if got, err := NewInflater(0, false).Append(nil, []byte("\x00"), 0, nil); err != nil || len(got) != 0 {
		t.Errorf("got %q, %v of an empty message without room", got, err)
	}
}

func BenchmarkDeflate(b *testing.B) {
	message := []byte(strings.Repeat(`{"user":"somebody","text":"something that is said"},`, 20))
	d, _ := NewDeflater(0, 0, false)
	var out []byte
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		out = d.Append(out[:0], message)
	}
}

func BenchmarkInflate(b *testing.B) {
	message := []byte(strings.Repeat(`{"user":"somebody","text":"something that is said"},`, 20))
	wire := []byte(compressed(string(message)))
	i := NewInflater(0, false)
	var out []byte
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		out, _ = i.Append(out[:0], wire, 1<<20, nil)
	}
}
