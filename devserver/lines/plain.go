package lines

import (
	"fmt"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/devserver"
	"github.com/tornado-dev/tornado/inspector"
)

// The colours of plain text, as SGR parameters.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
	dim    = "2"
)

// line begins a line with the time and a word of what it is about.
func (p *Printer) line(t time.Time, kind, color string) {
	p.buf.WriteString(t.Local().Format("15:04:05.000"))
	p.buf.WriteByte(' ')
	p.colored(color, fmt.Sprintf("%-8s", kind))
	p.buf.WriteByte(' ')
}

// colored writes text, which must be harmless, in a colour.
func (p *Printer) colored(color, text string) {
	if p.options.Color && color != "" {
		fmt.Fprintf(&p.buf, "\x1b[%sm%s\x1b[0m", color, text)
		return
	}
	p.buf.WriteString(text)
}

// end ends the line and writes it.
func (p *Printer) end() {
	p.buf.WriteByte('\n')
	p.flush()
}

func (p *Printer) statePlain(s devserver.State) {
	color := map[devserver.Phase]string{devserver.Building: yellow, devserver.Failed: red, devserver.Live: green}[s.Phase]
	p.line(s.Since, s.Phase.String(), color)
	switch s.Phase {
	case devserver.Building:
		switch {
		case s.Message != "":
			p.buf.WriteString(inspector.Printable(s.Message) + "; starting again")
		case s.Trigger != "":
			p.buf.WriteString(inspector.Printable(s.Trigger))
		default:
			p.buf.WriteString(inspector.Printable(s.Package))
		}
	case devserver.Failed:
		if p.told != "" && strings.HasSuffix(s.Message, p.told) {
			p.buf.WriteString("for the reason above")
		} else {
			p.buf.WriteString(inspector.Printable(s.Message))
		}
		if s.Build != 0 {
			fmt.Fprintf(&p.buf, " (build %d serves on)", s.Build)
		}
	case devserver.Live:
		where := s.URL()
		if where == "" {
			where = s.Address
		}
		fmt.Fprintf(&p.buf, "%s  build %d  built in %v, started in %v", inspector.Printable(where), s.Build, rounded(s.BuildTime), rounded(s.StartTime))
	}
	p.end()
}

func (p *Printer) requestPlain(r *inspector.Request) {
	p.line(r.Started, "request", "")
	p.colored(statusColor(r.Status), fmt.Sprintf("%3d", r.Status))
	fmt.Fprintf(&p.buf, " %-7s %s  %s  %d B", inspector.Printable(r.Method), inspector.Printable(inspector.MaskURI(r.URI)), rounded(r.Duration), r.AnswerLen)
	if r.Handler != "" {
		p.buf.WriteString("  ")
		p.colored(dim, inspector.Printable(r.Handler))
	}
	if r.Err != "" {
		p.buf.WriteString("  " + inspector.Printable(r.Err))
	}
	p.end()
}

func statusColor(status int) string {
	switch {
	case status >= 500 || status == 0:
		return red
	case status >= 400:
		return yellow
	case status >= 300:
		return cyan
	}
	return green
}

func (p *Printer) connectionPlain(c *inspector.Connection, opened bool) {
	if opened {
		p.line(c.Opened, "open", dim)
		fmt.Fprintf(&p.buf, "connection %d from %s", c.ID, inspector.Printable(c.RemoteAddr))
		if c.Adopted {
			p.buf.WriteString(", handed over")
		}
	} else {
		p.line(c.Closed, "closed", dim)
		fmt.Fprintf(&p.buf, "connection %d from %s after %d requests, %d B in, %d B out", c.ID, inspector.Printable(c.RemoteAddr), c.Requests, c.BytesIn, c.BytesOut)
		if c.Err != "" {
			p.buf.WriteString(": " + inspector.Printable(c.Err))
		}
	}
	p.end()
}

func (p *Printer) errorPlain(e *inspector.Error) {
	p.line(e.Time, "error", red)
	p.buf.WriteString(e.Kind + ": ")
	if e.File != "" {
		fmt.Fprintf(&p.buf, "%s:%d", inspector.Printable(e.File), e.Line)
		if e.Column > 0 {
			fmt.Fprintf(&p.buf, ":%d", e.Column)
		}
		p.buf.WriteString(": ")
	}
	p.buf.WriteString(inspector.Printable(e.Message))
	p.told = e.Message
	for _, f := range e.Stack {
		p.framePlain(f)
	}
	for _, f := range e.Templates {
		p.framePlain(f)
	}
	p.end()
}

// framePlain writes one place below an error, and the source of an own one.
func (p *Printer) framePlain(f inspector.Frame) {
	what := strings.TrimSpace(f.Relation + " " + f.Function)
	fmt.Fprintf(&p.buf, "\n    %s:%d", inspector.Printable(f.File), f.Line)
	if what != "" {
		p.buf.WriteString("  ")
		p.colored(dim, inspector.Printable(what))
	}
	if !f.Own {
		return
	}
	for _, line := range f.Excerpt {
		mark := " "
		if line.Number == f.Line {
			mark = ">"
		}
		// A tab is escaped by Printable; here it only indents.
		fmt.Fprintf(&p.buf, "\n      %s %5d  %s", mark, line.Number, inspector.Printable(strings.ReplaceAll(line.Text, "\t", "    ")))
	}
}

func (p *Printer) logPlain(l *inspector.Log) {
	color := map[string]string{"warning": yellow, "error": red}[l.Level]
	p.line(l.Time, "log", color)
	if l.Level != "" {
		fmt.Fprintf(&p.buf, "%s %s: ", l.Level, inspector.Printable(l.Logger))
	} else {
		p.buf.WriteString(inspector.Printable(l.Logger) + ": ")
	}
	// The lines of one message stay together, and none can pass for a line of ours.
	first := true
	for text := range strings.SplitSeq(strings.TrimRight(l.Message, "\n"), "\n") {
		if !first {
			p.buf.WriteString("\n    ")
		}
		first = false
		p.buf.WriteString(inspector.Printable(strings.ReplaceAll(text, "\t", "    ")))
	}
	p.end()
}

// rounded is d as one reads it.
func rounded(d time.Duration) time.Duration {
	switch {
	case d >= 10*time.Second:
		return d.Round(100 * time.Millisecond)
	case d >= 10*time.Millisecond:
		return d.Round(time.Millisecond)
	}
	return d.Round(10 * time.Microsecond)
}

func missedMessage(n int) string {
	return fmt.Sprintf("%d records came faster than they could be printed, and were dropped", n)
}
