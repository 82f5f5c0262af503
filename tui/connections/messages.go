package connections

import (
	"fmt"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/detail"
	"github.com/tornado-dev/tornado/tui/layout"
)

var opcodes = map[uint8]string{1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}

// messages are those of a WebSocket, the newest first.
func (m *Model) messages(c *inspector.Connection, width int) detail.Page {
	th, s := m.Env.Theme, c.WebSocket
	if s == nil {
		return detail.Page{Lines: []string{th.Dim.On("No message has come or gone: this is no WebSocket, or a quiet one.")}}
	}
	lines := []string{layout.Cut(layout.Count(s.Received)+" received, "+layout.Count(s.Sent)+" sent", width), ""}
	others := func(n int64) {
		if n > 0 {
			lines = append(lines, th.Dim.On(layout.Cut("             "+layout.Count(n)+" more, too fast to be shown", width)))
		}
	}
	others(s.Others)
	for i := len(s.Messages) - 1; i >= 0; i-- {
		lines = append(lines, layout.Cut(messageLine(&s.Messages[i]), width))
		others(s.Messages[i].Others)
	}
	if c.Closed.IsZero() {
		lines = append(lines, "", th.Dim.On(layout.Cut("← from the client, → to it", width)))
	}
	return detail.Page{Lines: lines}
}

func messageLine(m *inspector.Message) string {
	direction := "←"
	if m.Out {
		direction = "→"
	}
	kind := opcodes[m.Opcode]
	if kind == "" {
		kind = fmt.Sprintf("0x%X", m.Opcode)
	}
	line := m.Time.Format("15:04:05.000") + " " + direction + " " + layout.Fit(kind, 6) + " " + layout.FitRight(layout.Bytes(m.Size), 8)
	if m.Wire < m.Size { // compressed
		line += ", " + layout.Bytes(m.Wire) + " on the wire"
	}
	return line
}
