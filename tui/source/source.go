// Package source draws places in the developer's files: excerpts with the line
// that matters marked, and paths as short as they stay clear.
//
// Its functions are plain ones over values.
package source

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/layout"
	"github.com/tornado-dev/tornado/tui/pane"
	"github.com/tornado-dev/tornado/tui/theme"
)

// Path is file as people say it: relative to the project if it is inside, with
// the module cache left out if it is there.
func Path(file, project string) string {
	if project != "" {
		if rel, err := filepath.Rel(project, file); err == nil && filepath.IsAbs(file) && rel != ".." && !strings.HasPrefix(rel, "../") {
			file = rel
		}
	}
	for _, root := range []string{"/pkg/mod/", "/src/"} {
		if _, after, ok := strings.Cut(file, root); ok && filepath.IsAbs(file) {
			file = after
			break
		}
	}
	return inspector.Printable(file)
}

// At is a path with line and column, as compilers write it.
func At(place pane.Place, project string) string {
	if place.File == "" {
		return ""
	}
	s := Path(place.File, project)
	if place.Line > 0 {
		s += ":" + strconv.Itoa(place.Line)
		if place.Column > 0 {
			s += ":" + strconv.Itoa(place.Column)
		}
	}
	return s
}

// Excerpt draws lines with their numbers. Line mark has an arrow before it and,
// if column is known, a caret below it; column counts runes from 1.
func Excerpt(th theme.Theme, lines []inspector.SourceLine, mark, column, width int) []string {
	digits := 1
	for _, l := range lines {
		digits = max(digits, len(strconv.Itoa(l.Number)))
	}
	room := width - digits - 6
	var out []string
	for _, l := range lines {
		number := layout.FitRight(strconv.Itoa(l.Number), digits)
		text := inspector.Printable(Expand(strings.TrimRight(l.Text, "\r\n")))
		if l.Number != mark {
			out = append(out, th.Faint.On("  "+number+" │ ")+th.Dim.On(layout.Cut(text, room)))
			continue
		}
		caret := 0
		if column > 0 {
			caret = layout.Width(inspector.Printable(Expand(head(l.Text, column-1))))
		}
		// The marked place must be seen: a long line is moved to the left for it.
		if caret >= room {
			shift := caret - room/2
			text = layout.CutLeft(text, layout.Width(text)-shift+1)
			caret = caret - shift + 1
		}
		out = append(out, th.Bad.On("> "+number)+th.Faint.On(" │ ")+th.Mark.On(layout.Fit(text, room)))
		if column > 0 {
			out = append(out, th.Faint.On("  "+layout.Spaces(digits)+" │ ")+layout.Spaces(caret)+th.Bad.On("^"))
		}
	}
	return out
}

// head is the first n runes of s.
func head(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// Expand puts spaces for tabs, four each: source is shown for orientation, and
// screens are narrow.
func Expand(s string) string { return strings.ReplaceAll(s, "\t", "    ") }

// Read reads the lines around a line of a file, for places that come without an
// excerpt; nil if the file cannot be read.
func Read(file string, line int) []inspector.SourceLine {
	const around, longest = 3, 64 << 10
	if line <= 0 {
		return nil
	}
	// Opening what is no file could wait for ever.
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	var lines []inspector.SourceLine
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, longest)
	for n := 1; n <= line+around && scanner.Scan(); n++ {
		if n >= line-around {
			lines = append(lines, inspector.SourceLine{Number: n, Text: scanner.Text()})
		}
	}
	return lines
}
