package httputil

import (
	"slices"
	"testing"
)

func TestQSToQSLOrder(t *testing.T) {
	got := QSToQSL(map[string][]string{"b": {"1"}, "a": {"2", "3"}, "c": nil})
	if want := [][2]string{{"a", "2"}, {"a", "3"}, {"b", "1"}}; !slices.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestURLConcatFragment(t *testing.T) {
	for url, want := range map[string]string{"/a#b": "/a?x=y#b", "/a?c#b": "/a?c=&x=y#b", "/a#": "/a?x=y", "#": "?x=y"} {
		if got := URLConcat(url, [][2]string{{"x", "y"}}); got != want {
			t.Errorf("%s: got %q; want %q", url, got, want)
		}
	}
}
