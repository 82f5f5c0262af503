package frame

import (
	"bytes"
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
					got, err := i.Append([]byte("before"), wire[6:], 1<<20)
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
