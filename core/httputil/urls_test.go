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
