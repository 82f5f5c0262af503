package web

import (
	"strings"
	"testing"
)

// TestRefusedHead has answers whose head the connection does not write.
func TestRefusedHead(t *testing.T) {
	for _, tt := range []struct {
		name string
		run  script
	}{
		{"Transfer-Encoding", func(h *RequestHandler) error { h.SetHeader("Transfer-Encoding", "chunked"); h.Write("x"); return nil }},
		{"flushed", func(h *RequestHandler) error {
			h.SetHeader("Transfer-Encoding", "chunked")
			h.Write("x")
			h.Flush()
			return nil
		}},
		{"Content-Length that is no number", func(h *RequestHandler) error { h.SetHeader("Content-Length", "x"); h.Write("x"); return nil }},
		{"101 that nobody asked for", func(h *RequestHandler) error { h.SetStatus(101); return nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, kind := range kinds {
				logged := captureLog(t)
				app := NewApplication(Settings{Loops: 1}, kind.route(`/.*`, tt.run))
				if got := exchangeOverSocket(t, app, get("/")); got.aborted || got.status != 500 {
					t.Errorf("%s: got status %d, aborted %v; want 500", kind.name, got.status, got.aborted)
				}
				if text := logged.String(); !strings.Contains(text, "Uncaught exception GET /") {
					t.Errorf("%s: logged %q; want the mistake", kind.name, text)
				}
			}
		})
	}
}
