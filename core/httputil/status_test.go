package httputil

import (
	"testing"
)

func TestStatusText(t *testing.T) {
	for code, want := range map[int]string{200: "OK", 404: "Not Found", 418: "I'm a Teapot", 599: "Unknown", 0: "Unknown", -1: "Unknown", 1000: "Unknown"} {
		if got := StatusText(code); got != want {
			t.Errorf("%d: got %q; want %q", code, got, want)
		}
	}
}
