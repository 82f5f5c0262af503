package frame

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"strings"
	"testing"
)

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
		{"many last blocks", strings.Repeat("\x03\x00", 100), "", nil},
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
				got, err := i.Append(nil, []byte(tt.wire), 100)
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
	got, err := NewInflater(0, false).Append(nil, bomb, 100000)
	if err != errInflatedBig || cap(got) > 300000 {
		t.Errorf("got %d bytes, %v; want no more than needed", cap(got), err)
	}
	var text UTF8
	bad := []byte(compressed("\xff" + strings.Repeat("z", 1<<20)))
	got, err = NewInflater(0, false).add(nil, bad, 1<<30, &text)
	if err != errText || len(got) > 100000 {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	if got, err := NewInflater(0, false).Append(nil, []byte("\x00"), 0); err != nil || len(got) != 0 {
		t.Errorf("got %q, %v of an empty message without room", got, err)
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
		out, _ = i.Append(out[:0], wire, 1<<20)
	}
}
