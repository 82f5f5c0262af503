package errors

import (
	"fmt"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/detail"
	"github.com/tornado-dev/tornado/tui/layout"
	"github.com/tornado-dev/tornado/tui/pane"
	"github.com/tornado-dev/tornado/tui/source"
	"github.com/tornado-dev/tornado/tui/theme"
)

// Page is all that is known of e. The developer's own frames come first, each
// with its source; those of libraries follow if unfolded is set.
func Page(env *pane.Env, e *inspector.Error, unfolded bool, width int) detail.Page {
	p := &page{env: env, th: env.Theme, width: width}
	p.head(e)
	switch {
	case len(e.Templates) > 0:
		for _, f := range e.Templates {
			p.template(f)
		}
	case len(ownFrames(e)) == 0 && e.File != "":
		p.frame(inspector.Frame{File: e.File, Line: e.Line, Column: e.Column, Own: true})
	}
	for _, f := range ownFrames(e) {
		p.frame(f)
	}
	p.libraries(e, unfolded)
	return p.Page
}

// A page is a detail.Page in the making.
type page struct {
	detail.Page
	env   *pane.Env
	th    theme.Theme
	width int
}

func (p *page) add(style theme.Style, text string) {
	for _, line := range layout.Words(text, p.width) {
		p.Lines = append(p.Lines, style.On(line))
	}
}

func (p *page) head(e *inspector.Error) {
	if e.Gone {
		p.add(p.th.Good, "✓ mended by a later save")
	}
	p.add(p.th.Bad, inspector.Printable(e.Kind)+": "+inspector.Printable(e.Message))
	about := "at " + e.Time.Format(time.TimeOnly)
	if e.Build > 0 {
		about += fmt.Sprintf(", build %d", e.Build)
	}
	if e.Request != 0 {
		about += fmt.Sprintf(", in request %d: v shows it", e.Request)
	}
	p.add(p.th.Dim, about)
	if e.Detail != "" {
		p.Lines = append(p.Lines, "")
		p.Lines = append(p.Lines, layout.Wrap(source.Expand(inspector.PrintableLines(strings.TrimRight(e.Detail, "\n"))), p.width)...)
	}
}

// anchored adds lines that show a place.
func (p *page) anchored(place pane.Place, title string, excerpt []string) {
	p.Lines = append(p.Lines, "")
	from := len(p.Lines)
	p.Lines = append(p.Lines, title)
	p.Lines = append(p.Lines, excerpt...)
	if place.File != "" {
		p.Anchors = append(p.Anchors, detail.Anchor{From: from, To: len(p.Lines), Place: place})
	}
}

// excerpt is the source round a frame: what came with it, or what the file holds.
func (p *page) excerpt(f inspector.Frame) []string {
	lines := f.Excerpt
	if len(lines) == 0 && p.env.SourceLines != nil && f.File != "" {
		lines = p.env.SourceLines(f.File, f.Line)
	}
	return source.Excerpt(p.th, lines, f.Line, f.Column, p.width)
}

func (p *page) template(f inspector.Frame) {
	place := pane.Place{File: f.File, Line: f.Line, Column: f.Column}
	relation := f.Relation
	if relation == "" {
		relation = "in"
	}
	name := source.At(place, p.env.State.Project)
	if name == "" {
		name = inspector.Printable(f.Function)
	}
	title := p.th.Dim.On(inspector.Printable(relation)+" ") + p.th.Accent.On(layout.CutLeft(name, p.width-layout.Width(relation)-1))
	p.anchored(place, title, p.excerpt(f))
}

func (p *page) frame(f inspector.Frame) {
	place := pane.Place{File: f.File, Line: f.Line, Column: f.Column}
	p.anchored(place, p.frameTitle(f, place, p.th.Strong), p.excerpt(f))
}

// frameTitle is the function and, as far to the right as there is room, the place.
func (p *page) frameTitle(f inspector.Frame, place pane.Place, style theme.Style) string {
	at := source.At(place, p.env.State.Project)
	function := shortFunction(inspector.Printable(f.Function))
	if function == "" {
		return p.th.Accent.On(layout.CutLeft(at, p.width))
	}
	room := p.width - layout.Width(function) - 2
	if room < min(layout.Width(at), 24) {
		function = layout.CutLeft(function, p.width/2)
		room = p.width - layout.Width(function) - 2
	}
	return style.On(function) + "  " + p.th.Accent.On(layout.CutLeft(at, room))
}

func (p *page) libraries(e *inspector.Error, unfolded bool) {
	frames := libraryFrames(e)
	if len(frames) == 0 {
		return
	}
	p.Lines = append(p.Lines, "")
	if !unfolded {
		noun := "frames"
		if len(frames) == 1 {
			noun = "frame"
		}
		p.Lines = append(p.Lines, p.th.Dim.On(layout.Cut(fmt.Sprintf("+ %d library %s: f shows them", len(frames), noun), p.width)))
		return
	}
	p.Lines = append(p.Lines, p.th.Dim.On(layout.Cut(fmt.Sprintf("- %d library frames, innermost first: f folds them", len(frames)), p.width)))
	for _, f := range frames {
		place := pane.Place{File: f.File, Line: f.Line}
		from := len(p.Lines)
		p.Lines = append(p.Lines, p.frameTitle(f, place, p.th.Dim))
		if f.File != "" {
			p.Anchors = append(p.Anchors, detail.Anchor{From: from, To: from + 1, Place: place})
		}
	}
}

// shortFunction leaves the directories of a function's package out.
func shortFunction(function string) string {
	if i := strings.LastIndexByte(function, '/'); i >= 0 {
		return function[i+1:]
	}
	return function
}

func ownFrames(e *inspector.Error) []inspector.Frame     { return frames(e, true) }
func libraryFrames(e *inspector.Error) []inspector.Frame { return frames(e, false) }

func frames(e *inspector.Error, own bool) []inspector.Frame {
	var found []inspector.Frame
	for _, f := range e.Stack {
		if f.Own == own {
			found = append(found, f)
		}
	}
	return found
}

// Markdown is e for a bug report, with paths relative to the project.
func Markdown(e *inspector.Error, project string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s: %s\n", e.Kind, inspector.Printable(e.Message))
	if e.File != "" {
		fmt.Fprintf(&b, "\nAt `%s`.\n", source.At(pane.Place{File: e.File, Line: e.Line, Column: e.Column}, project))
	}
	if e.Detail != "" {
		fmt.Fprintf(&b, "\n```\n%s\n```\n", strings.TrimRight(inspector.PrintableLines(e.Detail), "\n"))
	}
	for _, f := range e.Templates {
		relation := f.Relation
		if relation == "" {
			relation = "in"
		}
		fmt.Fprintf(&b, "\n%s `%s`\n", relation, source.At(pane.Place{File: f.File, Line: f.Line, Column: f.Column}, project))
		writeExcerpt(&b, f)
	}
	if len(e.Stack) > 0 {
		b.WriteString("\n```\n")
		for _, f := range e.Stack {
			fmt.Fprintf(&b, "%s\n    %s\n", inspector.Printable(f.Function), source.At(pane.Place{File: f.File, Line: f.Line}, project))
		}
		b.WriteString("```\n")
	}
	for _, f := range ownFrames(e) {
		if len(f.Excerpt) > 0 {
			fmt.Fprintf(&b, "\n`%s`\n", source.At(pane.Place{File: f.File, Line: f.Line}, project))
			writeExcerpt(&b, f)
		}
	}
	return b.String()
}

func writeExcerpt(b *strings.Builder, f inspector.Frame) {
	if len(f.Excerpt) == 0 {
		return
	}
	b.WriteString("\n```\n")
	for _, line := range source.Excerpt(theme.Theme{}, f.Excerpt, f.Line, f.Column, 200) {
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	b.WriteString("```\n")
}
