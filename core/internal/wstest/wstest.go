// Package wstest is what the tests of both sides of WebSockets have in common.
//
// It knows neither side, so that each of them can use it in its own package.
//
//   - Events: what callbacks have seen
//   - Next, Wants: what a client reads
//   - Brief, Shorten: long payloads in messages of tests
package wstest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/websocket/frame"
)

// Patience is how long a test waits for what should happen at once.
const Patience = 30 * time.Second

// Patient is a context that ends with the test, or with its patience.
func Patient(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	t.Cleanup(cancel)
	return ctx
}

// A MessageReader is a client.
type MessageReader interface {
	ReadMessage(ctx context.Context) (frame.Message, error)
}

// Next reads what must be a message, and tells it as "text hello" or "binary \x00".
func Next(t testing.TB, r MessageReader) string {
	t.Helper()
	m, err := r.ReadMessage(Patient(t))
	if err != nil {
		t.Fatal(err)
	}
	kind := "text "
	if m.Binary {
		kind = "binary "
	}
	return kind + Brief(m.Text())
}

// Wants reads a message that must be want, as Next tells it.
func Wants(t testing.TB, r MessageReader, want string) {
	t.Helper()
	if got := Next(t, r); got != want {
		t.Fatalf("got %q; want %q", Shorten(got), Shorten(want))
	}
}

// Brief is a payload, or how long it is if that is more than a thousand bytes.
func Brief(payload string) string {
	if len(payload) > 1000 {
		return fmt.Sprintf("(%d bytes)", len(payload))
	}
	return payload
}

// Shorten is the beginning of a text that is long.
func Shorten(text string) string {
	if len(text) > 300 {
		return text[:300] + "..."
	}
	return text
}
