package websocketclient

import (
	"errors"
	"testing"

	"github.com/tornado-dev/tornado/core/internal/wstest"
)

// TestForeignServers are asked for each kind of compression, whatever they grant.
func TestForeignServers(t *testing.T) {
	narrow := withContexts()
	narrow.ClientMaxWindowBits = 10
	wishes := map[string]*Compression{
		"no compression": nil, "as it is by default": {}, "contexts": withContexts(), "a narrow window": narrow,
	}
	for _, foreign := range wstest.Foreigners {
		t.Run(foreign.String(), func(t *testing.T) {
			t.Parallel()
			url, wait := foreign.Serve(t, len(wishes))
			defer wait()
			for name, wish := range wishes {
				c := openClient(t, url, Options{Compression: wish, Subprotocols: []string{"chat"}})
				if got := c.Subprotocol(); got != "chat" {
					t.Errorf("%s: got the subprotocol %q", name, got)
				}
				if err := echoAll(t, c); err.Code != 4001 || err.Reason != "enough" {
					t.Errorf("%s: got %v; want 4001, enough", name, err)
				}
			}
		})
	}
}

// echoAll sends back what comes, and returns how that has ended.
func echoAll(t *testing.T, c *Connection) *CloseError {
	t.Helper()
	for {
		m, err := c.ReadMessage(wstest.Patient(t))
		var closed *CloseError
		switch {
		case errors.As(err, &closed):
			return closed
		case err != nil:
			t.Fatal(err)
		}
		if _, err := c.WriteAsync(m).Wait(wstest.Patient(t)); err != nil && !errors.Is(err, ErrClosed) {
			t.Fatal(err)
		}
	}
}
