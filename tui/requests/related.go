package requests

import (
	"strings"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/detail"
	"github.com/tornado-dev/tornado/tui/errors"
	"github.com/tornado-dev/tornado/tui/layout"
	"github.com/tornado-dev/tornado/tui/logs"
	"github.com/tornado-dev/tornado/tui/pane"
	"github.com/tornado-dev/tornado/tui/source"
)

// logPage is what was logged while r was answered.
func (m *Model) logPage(r *inspector.Request, width int) detail.Page {
	th := m.Env.Theme
	var lines []string
	for l := range related(m.Env.Snapshot.Logs, func(l *inspector.Log) bool { return l.Request == r.ID }) {
		level, style := logs.Level(th, l)
		head := layout.FitRight("+"+layout.Duration(max(l.Time.Sub(r.Started), 0)), 8) + " "
		for i, line := range layout.Wrap(source.Expand(inspector.PrintableLines(l.Message)), max(width-17, 10)) {
			if i > 0 {
				head, level = layout.Spaces(9), ""
			}
			lines = append(lines, th.Dim.On(head)+style.On(layout.Fit(level, 8))+line)
		}
	}
	if lines == nil {
		lines = []string{th.Dim.On("Nothing was logged while this request was answered.")}
	}
	return detail.Page{Lines: lines}
}

// errorsPage is what went wrong while r was answered.
func (m *Model) errorsPage(r *inspector.Request, width int) detail.Page {
	var page detail.Page
	for e := range related(m.Env.Snapshot.Errors, func(e *inspector.Error) bool { return e.Request == r.ID }) {
		if len(page.Lines) > 0 {
			page.Lines = append(page.Lines, "")
		}
		one := errors.Page(m.Env, e, false, width)
		for _, a := range one.Anchors {
			a.From += len(page.Lines)
			a.To += len(page.Lines)
			page.Anchors = append(page.Anchors, a)
		}
		page.Lines = append(page.Lines, one.Lines...)
	}
	if page.Lines == nil {
		page.Lines = []string{m.Env.Theme.Dim.On("Nothing went wrong while this request was answered.")}
		if r.Err != "" {
			page.Lines = emphasized(m.Env.Theme.Bad, "ended early: "+inspector.Printable(r.Err), width)
		}
	}
	return page
}

// related ranges over those records that belong, oldest first.
func related[T any](rows pane.Rows[T], belongs func(*T) bool) func(yield func(*T) bool) {
	return func(yield func(*T) bool) {
		if rows == nil {
			return
		}
		for i := range rows.Len() {
			if r := rows.At(i); belongs(r) && !yield(r) {
				return
			}
		}
	}
}

// Copies are what of the selected request can be copied, the command first.
func (m *Model) Copies() []pane.Copy {
	r := m.List.Selected()
	if r == nil {
		return nil
	}
	var copies []pane.Copy
	address := m.Env.State.Address
	curl, err := inspector.CurlCommand(r, address)
	copies = append(copies,
		pane.Copy{Label: "curl command", Text: curl, Without: err},
		pane.Copy{Label: "path", Text: r.URI},
		pane.Copy{Label: "URL", Text: "http://" + address + r.URI},
		pane.Copy{Label: "request head", Text: m.masked(r.Head)},
		pane.Copy{Label: "request body", Text: string(r.Body)},
		pane.Copy{Label: "response head", Text: m.masked(r.AnswerHead)},
		pane.Copy{Label: "response body", Text: string(r.Answer)},
		pane.Copy{Label: "request and response as Markdown", Text: m.markdown(r)},
	)
	for e := range related(m.Env.Snapshot.Errors, func(e *inspector.Error) bool { return e.Request == r.ID }) {
		copies = append(copies, pane.Copy{Label: "error as Markdown", Text: errors.Markdown(e, m.Env.State.Project)})
	}
	kept := copies[:0]
	for _, c := range copies {
		if c.Text != "" || c.Without != nil {
			kept = append(kept, c)
		}
	}
	return kept
}

func (m *Model) masked(head string) string {
	if m.unmasked {
		return head
	}
	return inspector.MaskHead(head)
}

// markdown is r for a bug report.
func (m *Model) markdown(r *inspector.Request) string {
	var b strings.Builder
	title, _ := status(m.Env.Theme, r)
	uri := r.URI
	if !m.unmasked {
		uri = inspector.MaskURI(uri)
	}
	b.WriteString("## " + inspector.Printable(r.Method+" "+uri) + ": " + title + " in " + layout.Duration(m.running(r)) + "\n")
	block := func(head string, body []byte) {
		if head == "" {
			return
		}
		text := strings.ReplaceAll(strings.TrimRight(m.masked(head), "\r\n"), "\r\n", "\n") + "\n"
		if len(body) > 0 && readable(body) {
			text += "\n" + strings.TrimRight(string(body), "\n") + "\n"
		}
		// The fence has to be longer than any inside.
		fence := "```"
		for strings.Contains(text, fence) {
			fence += "`"
		}
		b.WriteString("\n" + fence + "http\n" + text + fence + "\n")
	}
	block(r.Head, r.Body)
	block(r.AnswerHead, r.Answer)
	return b.String()
}
