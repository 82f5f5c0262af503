// Package layout fits text into cells of the terminal.
//
// Everything here is a plain function over values. Widths are counted by
// grapheme, as the terminal draws them; text may carry styles.
//
//   - Width, Cut, Fit, FitRight, Wrap: text
//   - Duration, Bytes, Count, Rate, Age: numbers, as short as they stay exact enough
//   - Sparkline, Bar: charts
//   - Block, Beside: lines put together
package layout

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Width is how many cells s takes.
func Width(s string) int {
	if plain(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// plain reports whether s is printable ASCII, of which each byte is a cell. Most
// text is, and asking costs a twentieth of looking for graphemes.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Cut shortens s to at most width cells, the last of which then is "…".
func Cut(s string, width int) string {
	if width <= 0 {
		return ""
	}
	if plain(s) {
		if len(s) <= width {
			return s
		}
		return s[:width-1] + "…"
	}
	return ansi.Truncate(s, width, "…")
}

// CutLeft shortens s to at most width cells at its beginning: of a path the end
// tells most.
func CutLeft(s string, width int) string {
	w := Width(s)
	if w <= width {
		return s
	}
	if width <= 0 {
		return ""
	}
	// A wide character may stand across the cut and then takes one cell more.
	for drop := w - width + 1; drop <= w; drop++ {
		if t := ansi.TruncateLeft(s, drop, "…"); t != "" && Width(t) <= width {
			return t
		}
	}
	return "…"
}

// Fit makes s exactly width cells wide: cut, or with spaces after it.
func Fit(s string, width int) string {
	s = Cut(s, width)
	return s + Spaces(width-Width(s))
}

// FitRight is Fit with the spaces before s.
func FitRight(s string, width int) string {
	s = Cut(s, width)
	return Spaces(width-Width(s)) + s
}

const spaces = "                                                                                                                                "

// Spaces returns n spaces; none if n is negative.
func Spaces(n int) string {
	if n <= 0 {
		return ""
	}
	if n <= len(spaces) {
		return spaces[:n]
	}
	return strings.Repeat(" ", n)
}

// Wrap breaks s at its line feeds and wherever a line would be wider than width.
func Wrap(s string, width int) []string {
	if width <= 0 {
		return nil
	}
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if Width(line) <= width {
			lines = append(lines, line)
			continue
		}
		lines = append(lines, strings.Split(ansi.Hardwrap(line, width, true), "\n")...)
	}
	return lines
}

// Words breaks s between words, so that no line is wider than width.
func Words(s string, width int) []string {
	if width <= 0 {
		return nil
	}
	return strings.Split(ansi.Wrap(s, width, " "), "\n")
}

// Block makes lines exactly height lines of exactly width cells.
func Block(lines []string, width, height int) []string {
	out := make([]string, max(height, 0))
	for i := range out {
		if i < len(lines) {
			out[i] = Fit(lines[i], width)
		} else {
			out[i] = Spaces(width)
		}
	}
	return out
}

// Beside puts two blocks of the same height next to each other.
func Beside(left []string, between string, right []string) []string {
	out := make([]string, min(len(left), len(right)))
	for i := range out {
		out[i] = left[i] + between + right[i]
	}
	return out
}
