package httputil

import (
	"strings"
	"testing"
)

func TestErrorsAreShort(t *testing.T) {
	var h HTTPHeaders
	err := h.ParseLine("A: " + strings.Repeat("x", 5000) + "\x00")
	if err == nil || len(err.Error()) > 200 {
		t.Errorf("got %v", err)
	}
	if got := (&HTTPInputError{}).Status(); got != 400 {
		t.Errorf("got %d; want 400", got)
	}
}
