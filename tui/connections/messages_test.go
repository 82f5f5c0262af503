package connections

import (
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/pane"
)

func TestMessages(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := &inspector.Connection{Opened: at, WebSocket: &inspector.WebSocket{Received: 1203, Sent: 1, Others: 12, Messages: []inspector.Message{
		{Time: at, Opcode: 1, Size: 5, Wire: 5},
		{Time: at, Out: true, Opcode: 2, Size: 4096, Wire: 1024, Others: 1200},
		{Time: at, Opcode: 8, Size: 2, Wire: 2},
		{Time: at, Opcode: 11, Size: 0, Wire: 0},
	}}}
	const want = `1,203 received, 1 sent

             12 more, too fast to be shown
12:00:00.000 ← 0xB         0 B
12:00:00.000 ← close       2 B
12:00:00.000 → binary  4.0 KiB, 1.0 KiB on the wire
             1,200 more, too fast to be shown
12:00:00.000 ← text        5 B

← from the client, → to it`
	m := New(&pane.Env{})
	if got := strings.Join(m.messages(c, 80).Lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for _, line := range m.messages(c, 20).Lines {
		if n := len([]rune(line)); n > 20 {
			t.Errorf("%d columns in 20: %q", n, line)
		}
	}
	if got := m.messages(&inspector.Connection{}, 80).Lines; len(got) != 1 || !strings.Contains(got[0], "no WebSocket") {
		t.Errorf("of a connection without messages: %q", got)
	}
}
