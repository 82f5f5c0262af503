package requests

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/detail"
	"github.com/tornado-dev/tornado/tui/layout"
	"github.com/tornado-dev/tornado/tui/theme"
)

func (m *Model) requestPage(r *inspector.Request, width int) detail.Page {
	th := m.Env.Theme
	uri := r.URI
	if !m.unmasked {
		uri = inspector.MaskURI(uri)
	}
	lines := emphasized(th.Strong, strings.TrimSpace(inspector.Printable(r.Method+" "+uri+" "+r.Version)), width)
	about := "at " + r.Started.Format("15:04:05.000")
	if r.RemoteIP != "" {
		about += " from " + inspector.Printable(r.RemoteIP)
	}
	about += fmt.Sprintf(" on connection %d, build %d", r.Connection, r.Build)
	if r.Source == inspector.FromReplay {
		about = "replayed " + about
	}
	lines = append(lines, emphasized(th.Dim, about, width)...)
	if r.Handler != "" {
		lines = append(lines, emphasized(th.Dim, "to "+inspector.Printable(r.Handler)+"  "+inspector.Printable(r.Pattern), width)...)
	}
	lines = append(lines, m.unrecorded(r, width)...)
	lines = append(lines, m.headers(r.Head, width)...)
	lines = append(lines, m.arguments("Query", query(r.URI), width)...)

	contentType := field(r.Head, "Content-Type")
	if isForm(contentType) && m.form == pretty {
		lines = append(lines, m.arguments("Form", string(r.Body), width)...)
		if int64(len(r.Body)) < r.BodyLen {
			lines = append(lines, th.Warn.On(kept(r.Body, r.BodyLen)))
		}
		return detail.Page{Lines: lines}
	}
	lines = append(lines, bodyLines(th, "Body", r.Body, r.BodyLen, contentType, field(r.Head, "Content-Encoding"), m.form, width)...)
	return detail.Page{Lines: lines}
}

func (m *Model) responsePage(r *inspector.Request, width int) detail.Page {
	th := m.Env.Theme
	if !r.Done && r.AnswerHead == "" {
		return detail.Page{Lines: []string{
			"No answer yet: " + layout.Seconds(m.running(r)) + ", in phase " + r.Phase.String() + ".",
		}}
	}
	first, _, _ := strings.Cut(r.AnswerHead, "\n")
	var lines []string
	if first = strings.TrimSpace(inspector.Printable(strings.TrimRight(first, "\r"))); first != "" {
		_, style := status(th, r)
		lines = emphasized(style, first, width)
	}
	if r.Err != "" {
		lines = append(lines, emphasized(th.Bad, "ended early: "+inspector.Printable(r.Err), width)...)
	}
	lines = append(lines, m.unrecorded(r, width)...)
	lines = append(lines, m.headers(r.AnswerHead, width)...)
	lines = append(lines, bodyLines(th, "Body", r.Answer, r.AnswerLen, field(r.AnswerHead, "Content-Type"), field(r.AnswerHead, "Content-Encoding"), m.form, width)...)
	return detail.Page{Lines: lines}
}

// unrecorded says why there is no head and no body.
func (m *Model) unrecorded(r *inspector.Request, width int) []string {
	switch th := m.Env.Theme; {
	case r.Trimmed:
		return emphasized(th.Warn, "Head and body are gone: the records had reached their bound.", width)
	case r.Sampled:
		return emphasized(th.Dim, "Head and body were not recorded: too many requests came at once.", width)
	}
	return nil
}

// headers lists the fields of a head below a heading.
func (m *Model) headers(head string, width int) []string {
	fields := fieldLines(head)
	if len(fields) == 0 {
		return nil
	}
	th := m.Env.Theme
	heading := "Headers"
	if !m.unmasked {
		if masked := fieldLines(inspector.MaskHead(head)); strings.Join(masked, "\n") != strings.Join(fields, "\n") {
			fields, heading = masked, "Headers, secrets masked: u shows them"
		}
	}
	lines := section(th, heading)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ":")
		lines = append(lines, pair(th, inspector.Printable(name), inspector.Printable(strings.TrimSpace(value)), width)...)
	}
	return lines
}

// arguments lists what an encoded query or form holds, in its order.
func (m *Model) arguments(heading, encoded string, width int) []string {
	if encoded == "" {
		return nil
	}
	th := m.Env.Theme
	lines := section(th, heading)
	for part := range strings.SplitSeq(encoded, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		key, err := url.QueryUnescape(name)
		text, err2 := url.QueryUnescape(value)
		if err != nil || err2 != nil {
			lines = append(lines, th.Warn.On(layout.Cut(inspector.Printable(part), max(width-22, 8)))+th.Dim.On(" is not URL-encoded"))
			continue
		}
		if !m.unmasked && secret(key) {
			text = "•••• (u shows it)"
		}
		lines = append(lines, pair(th, inspector.Printable(key), inspector.Printable(text), width)...)
	}
	return lines
}

// secret reports whether an argument of that name should not be read over
// somebody's shoulder.
func secret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"password", "passwd", "secret", "token", "api_key", "apikey", "_xsrf"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// section is a heading with room above it.
func section(th theme.Theme, heading string) []string {
	return []string{"", th.Accent.On(heading)}
}

// pair is a name and its value, which continues under itself.
func pair(th theme.Theme, name, value string, width int) []string {
	const column = 18
	indent := min(column, width/3)
	label := layout.Fit(name, indent)
	if layout.Width(name) > indent {
		label = name + " "
		if layout.Width(label) > width/2 {
			label = layout.Cut(name, width/2-1) + " "
		}
	}
	room := width - layout.Width(label) - 1
	var lines []string
	for i, part := range layout.Wrap(value, max(room, 8)) {
		if i == 0 {
			lines = append(lines, th.Dim.On(label)+" "+part)
		} else {
			lines = append(lines, layout.Spaces(layout.Width(label)+1)+part)
		}
	}
	return lines
}

func emphasized(style theme.Style, text string, width int) []string {
	lines := layout.Words(text, width)
	for i := range lines {
		lines[i] = style.On(lines[i])
	}
	return lines
}

// fieldLines are the lines of a head after the first, without line ends.
func fieldLines(head string) []string {
	var lines []string
	for line := range strings.SplitSeq(head, "\n") {
		lines = append(lines, strings.TrimRight(line, "\r"))
	}
	lines = lines[1:]
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// field is the value of the first field of a name, "" without one.
func field(head, name string) string {
	for _, f := range fieldLines(head) {
		if n, value, ok := strings.Cut(f, ":"); ok && strings.EqualFold(n, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func query(uri string) string {
	_, q, _ := strings.Cut(uri, "?")
	q, _, _ = strings.Cut(q, "#")
	return q
}

func isForm(contentType string) bool {
	return strings.HasPrefix(strings.ToLower(contentType), "application/x-www-form-urlencoded")
}
