package http1connection

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/httputil"
)

func gzipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// inflateAll feeds data in pieces of step octets and returns what comes out, at
// most limit octets of it.
func inflateAll(data []byte, step, limit int) (body []byte, err error) {
	f := newInflater()
	defer f.stop()
	for last := false; !last && err == nil; {
		n := min(step, len(data))
		last = n == len(data)
		f.feed(data[:n], last)
		data = data[n:]
		for {
			var piece []byte
			if piece, err = f.next(); err != nil || len(piece) == 0 {
				break
			}
			if body = append(body, piece...); len(body) > limit {
				return body, nil
			}
		}
	}
	return body, err
}

func TestInflater(t *testing.T) {
	text := strings.Repeat("a text that becomes shorter; ", 10_000)
	whole := gzipped(t, text)
	empty := gzipped(t, "")
	for _, tt := range []struct {
		name string
		data []byte
		want string
		bad  bool
	}{
		{"nothing", nil, "", false},
		{"no text", empty, "", false},
		{"short", gzipped(t, "hello"), "hello", false},
		{"long", whole, text, false},
		{"two members", append(gzipped(t, "one"), gzipped(t, "two")...), "onetwo", false},
		{"head alone", whole[:10], "", true},
		{"half a head", whole[:5], "", true},
		{"without checksum", whole[:len(whole)-8], text, true},
		{"wrong checksum", append(append([]byte(nil), whole[:len(whole)-8]...), 0, 0, 0, 0, 0, 0, 0, 0), text, true},
		{"garbage behind", append(append([]byte(nil), empty...), "garbage"...), "", true},
		{"plain", []byte("hello"), "", true},
		{"raw deflate", whole[10:], "", true},
	} {
		for _, step := range []int{1, 7, 1 << 20} {
			got, err := inflateAll(tt.data, step, 1<<20)
			if err == nil && string(got) != tt.want || (err != nil) != tt.bad {
				t.Errorf("%s in steps of %d: got %d octets, %v; want %d, an error: %v", tt.name, step, len(got), err, len(tt.want), tt.bad)
			}
			if input := (*httputil.HTTPInputError)(nil); err != nil && !errors.As(err, &input) {
				t.Errorf("%s: got an error of type %T", tt.name, err)
			}
		}
	}
}

// TestInflaterStops gives up in the middle: the coroutine must end.
func TestInflaterStops(t *testing.T) {
	whole := gzipped(t, strings.Repeat("x", 1<<20))
	for _, fed := range []int{0, 1, 500} {
		f := newInflater()
		f.feed(whole[:fed], false)
		if _, err := f.next(); err != nil {
			t.Error(err)
		}
		f.stop()
	}
}

// FuzzInflater: any cut gives the same body, or none.
func FuzzInflater(f *testing.F) {
	f.Add(gzipped(f, "hello"), uint8(0))
	f.Add(append(gzipped(f, ""), gzipped(f, "two")...), uint8(3))
	f.Add([]byte("\x1f\x8b\x08\x1f\x00\x00\x00\x00\x00\x03"), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, step uint8) {
		whole, err := inflateAll(data, len(data)+1, 1<<20)
		if len(whole) > 1<<20 {
			return // a bomb; where it is cut off depends on the pieces
		}
		cut, errCut := inflateAll(data, int(step)+1, 1<<20)
		if (err == nil) != (errCut == nil) || err == nil && !bytes.Equal(whole, cut) {
			t.Fatalf("%q: %d octets, %v; in steps of %d: %d octets, %v", data, len(whole), err, int(step)+1, len(cut), errCut)
		}
	})
}
