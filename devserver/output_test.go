package devserver

import (
	"reflect"
	"strings"
	"testing"
)

func TestReadLines(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"nothing", "", nil},
		{"lines", "a\nb\r\n\nc\n", []string{"a", "b", "", "c"}},
		{"no end", "a\nb", []string{"a", "b"}},
		{"long", long + "yyy\nnext\n", []string{long + " …", "next"}},
		{"very long", strings.Repeat(long, 3) + "\nnext", []string{long + " …", "next"}},
		{"long and cut", long + "y", []string{long + " …"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			readLines(strings.NewReader(tt.in), func(line string) { got = append(got, line) })
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %d lines %.80q; want %d lines %.80q", len(got), got, len(tt.want), tt.want)
			}
		})
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	var kept tail
	line := strings.Repeat("x", 1000)
	for range 3 * maxTail / 1000 {
		kept.add(line)
	}
	kept.add("the last words")
	text := kept.String()
	if len(text) > maxTail || len(text) < maxTail-2000 {
		t.Errorf("kept %d bytes; want about %d", len(text), maxTail)
	}
	if got := lastLine(text); got != "the last words" {
		t.Errorf("last line %q", got)
	}
	if got := lastLine(" \n"); got != "" {
		t.Errorf("last line of nothing is %q", got)
	}
}
