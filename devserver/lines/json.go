package lines

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/devserver"
	"github.com/tornado-dev/tornado/inspector"
)

// head is what every line begins with.
type head struct {
	Type string    `json:"type"`
	Time time.Time `json:"time"` // encodes as RFC 3339 with nanoseconds
}

// put writes v as one line.
func (p *Printer) put(v any) {
	encoder := json.NewEncoder(&p.buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic("lines: " + err.Error()) // the types below can all be encoded
	}
	if line := p.buf.String(); hostile(line) {
		p.buf.Reset()
		for _, r := range line {
			if hostileRune(r) {
				fmt.Fprintf(&p.buf, "\\u%04x", r)
			} else {
				p.buf.WriteRune(r)
			}
		}
	}
	p.flush()
}

// hostile reports whether a line of JSON holds characters that JSON may leave as
// they are and a terminal does not: somebody may look at the lines on one.
func hostile(line string) bool { return strings.IndexFunc(line, hostileRune) >= 0 }

// hostileRune reports whether r is a control character that the encoder leaves
// alone, or changes the direction of text.
func hostileRune(r rune) bool {
	switch {
	case r >= 0x7f && r <= 0x9f, r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return false
}

func (p *Printer) stateJSON(s devserver.State) {
	if s.Phase == devserver.Building {
		s.BuildTime, s.StartTime = 0, 0 // they are those of the build before
	}
	p.put(struct {
		head
		State   string  `json:"state"`
		Address string  `json:"address"`
		URL     string  `json:"url,omitempty"`
		Build   int     `json:"build"`
		PID     int     `json:"pid,omitempty"`
		Trigger string  `json:"trigger,omitempty"`
		BuildMS float64 `json:"build_ms,omitempty"`
		StartMS float64 `json:"start_ms,omitempty"`
		HoldMS  float64 `json:"hold_ms,omitempty"`
		Message string  `json:"message,omitempty"`
		Serving bool    `json:"serving"`
	}{
		head{"state", s.Since}, s.Phase.String(), s.Address, s.URL(), s.Build, s.PID, s.Trigger,
		milliseconds(s.BuildTime), milliseconds(s.StartTime), milliseconds(s.HoldTime), s.Message,
		s.Serving || s.Phase == devserver.Live,
	})
}

func (p *Printer) requestJSON(r *inspector.Request) {
	phases := make(map[string]float64)
	for i, spent := range r.Spent {
		if spent > 0 {
			phases[trace.Phase(i).String()] = milliseconds(spent)
		}
	}
	p.put(struct {
		head
		ID         uint64             `json:"id"`
		Method     string             `json:"method"`
		URI        string             `json:"uri"`
		Status     int                `json:"status"`
		DurationMS float64            `json:"duration_ms"`
		Handler    string             `json:"handler"`
		Bytes      int64              `json:"bytes"`
		RemoteIP   string             `json:"remote_ip"`
		Build      int                `json:"build"`
		Phases     map[string]float64 `json:"phases"`
		Connection uint64             `json:"connection"`
		Source     string             `json:"source"`
		Error      string             `json:"error,omitempty"`
	}{
		head{"request", r.Started}, r.ID, r.Method, r.URI, r.Status, milliseconds(r.Duration), r.Handler, r.AnswerLen,
		r.RemoteIP, r.Build, phases, r.Connection, sourceName(r.Source), r.Err,
	})
}

func sourceName(s inspector.Source) string {
	if s == inspector.FromReplay {
		return "replay"
	}
	return "client"
}

func (p *Printer) connectionJSON(c *inspector.Connection, opened bool) {
	h, state := head{"connection", c.Closed}, "closed"
	if opened {
		h, state = head{"connection", c.Opened}, "open"
	}
	p.put(struct {
		head
		ID       uint64 `json:"id"`
		State    string `json:"state"`
		Remote   string `json:"remote"`
		Build    int    `json:"build"`
		Adopted  bool   `json:"adopted,omitempty"`
		Requests int64  `json:"requests"`
		BytesIn  int64  `json:"bytes_in"`
		BytesOut int64  `json:"bytes_out"`
		Error    string `json:"error,omitempty"`
	}{h, c.ID, state, c.RemoteAddr, c.Build, c.Adopted, c.Requests, c.BytesIn, c.BytesOut, c.Err})
}

// frame is a place in the source.
type frame struct {
	Function string `json:"function,omitempty"`
	Relation string `json:"relation,omitempty"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column,omitempty"`
	Own      bool   `json:"own,omitempty"`
}

func frames(list []inspector.Frame) []frame {
	out := make([]frame, len(list))
	for i, f := range list {
		out[i] = frame{f.Function, f.Relation, f.File, f.Line, f.Column, f.Own}
	}
	return out
}

func (p *Printer) errorJSON(e *inspector.Error) {
	p.put(struct {
		head
		ID        uint64  `json:"id"`
		Kind      string  `json:"kind"`
		Message   string  `json:"message"`
		Detail    string  `json:"detail,omitempty"`
		File      string  `json:"file"`
		Line      int     `json:"line"`
		Column    int     `json:"column"`
		Build     int     `json:"build"`
		Stack     []frame `json:"stack"`
		Templates []frame `json:"templates"`
		Request   uint64  `json:"request,omitempty"`
	}{
		head{"error", e.Time}, e.ID, e.Kind, e.Message, e.Detail, e.File, e.Line, e.Column, e.Build,
		frames(e.Stack), frames(e.Templates), e.Request,
	})
}

func (p *Printer) logJSON(l *inspector.Log) {
	p.put(struct {
		head
		Level   string `json:"level"`
		Logger  string `json:"logger"`
		Message string `json:"message"`
		Build   int    `json:"build"`
		Request uint64 `json:"request,omitempty"`
	}{head{"log", l.Time}, l.Level, l.Logger, l.Message, l.Build, l.Request})
}
