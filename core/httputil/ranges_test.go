package httputil

import (
	"testing"
)

func TestByteRangeResolve(t *testing.T) {
	for _, tt := range []struct {
		field      string
		start, end int64
		ok         bool
		content    string
	}{
		{"bytes=0-0", 0, 1, true, "bytes 0-0/10"},
		{"Bytes=0-0", 0, 1, true, "bytes 0-0/10"},
		{"bytes=3-", 3, 10, true, "bytes 3-9/10"},
		{"bytes=3-99", 3, 10, true, "bytes 3-9/10"},
		{"bytes=-3", 7, 10, true, "bytes 7-9/10"},
		{"bytes=-99", 0, 10, true, "bytes 0-9/10"},
		{"bytes=-0", 0, 0, false, "bytes */10"},
		{"bytes=10-", 10, 10, false, "bytes */10"},
		{"bytes=99999999999999999999-", 1<<63 - 2, 10, false, "bytes */10"},
		{"bytes=0-99999999999999999999", 0, 10, true, "bytes 0-9/10"},
		{"bytes=-99999999999999999999", 0, 10, true, "bytes 0-9/10"},
	} {
		t.Run(tt.field, func(t *testing.T) {
			r, ok := ParseRequestRange(tt.field)
			if !ok {
				t.Fatal("ignored")
			}
			start, end, ok := r.Resolve(10)
			if start != tt.start || end != tt.end || ok != tt.ok || ContentRange(start, end, 10) != tt.content {
				t.Errorf("got %d, %d, %v, %s; want %d, %d, %v, %s", start, end, ok, ContentRange(start, end, 10),
					tt.start, tt.end, tt.ok, tt.content)
			}
		})
	}
	for _, field := range []string{"", "bytes", "bytes=", "bytes=-", "bytes=a-", "bytes=0-1,3-4", "bytes=2-1", "items=0-1", "bytes=1 -2"} {
		if r, ok := ParseRequestRange(field); ok {
			t.Errorf("%q: got %v; want it ignored", field, r)
		}
	}
}
