// Package theme holds the workbench's colours: one accent, three states, and
// grey in three strengths.
//
// The zero Theme has no styling at all; that is what golden tests draw with. A
// Theme is a value and may be used from any goroutine.
//
//   - Style: what goes before and behind a piece of text
//   - Theme: the styles by what they mean
//   - ASCII: the same screen without a character above 127
package theme

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// A Style is put on text with On. It is a pair of ready escape sequences: a
// screen has some five hundred cells, and composing each anew would take longer
// than a frame.
type Style struct{ open, shut string }

// On returns text in the style. The text must not contain styles of its own:
// their end would end this one too.
func (s Style) On(text string) string {
	if s.open == "" || text == "" {
		return text
	}
	return s.open + text + s.shut
}

// A Theme names styles by meaning. What a style tells is always said by a
// letter or word as well, since colours may be off or look alike.
type Theme struct {
	Text   Style // the normal colour of the terminal
	Strong Style // the same, bold
	Dim    Style // second in importance: labels, units
	Faint  Style // rules, mended errors, closed connections
	Accent Style // what is chosen or can be pressed
	Good   Style
	Warn   Style
	Bad    Style
	Info   Style // redirections, notes

	Selected Style // the row under the cursor while the list has the focus
	Resting  Style // the row under the cursor while another part has it
	Tab      Style // the open tab
	Mark     Style // the line an excerpt is about
	Toast    Style
}

// New returns the theme for what r says about the terminal. With noColor only
// bold, faint and reverse are used.
func New(r *lipgloss.Renderer, noColor bool) Theme {
	if noColor {
		return attributes()
	}
	color := func(light, dark string) lipgloss.AdaptiveColor {
		return lipgloss.AdaptiveColor{Light: light, Dark: dark}
	}
	accent := color("#0B63B0", "#6CB6FF")
	dim := color("#5F6773", "#8B949E")
	faint := color("#A3ABB5", "#565E68")
	row := color("#DCE9F7", "#243447")
	rest := color("#ECEFF3", "#22272E")
	style := func() lipgloss.Style { return r.NewStyle() }
	return Theme{
		Strong:   from(style().Bold(true)),
		Dim:      from(style().Foreground(dim)),
		Faint:    from(style().Foreground(faint)),
		Accent:   from(style().Foreground(accent)),
		Good:     from(style().Foreground(color("#1A7F37", "#7CC77F"))),
		Warn:     from(style().Foreground(color("#9A6700", "#E0AF68"))),
		Bad:      from(style().Foreground(color("#C4242E", "#F47C7C"))),
		Info:     from(style().Foreground(color("#6A4FB3", "#B4A0F0"))),
		Selected: from(style().Background(row).Bold(true)),
		Resting:  from(style().Background(rest)),
		Tab:      from(style().Foreground(accent).Bold(true)),
		Mark:     from(style().Background(row)),
		Toast:    from(style().Foreground(accent).Bold(true)),
	}
}

// attributes is the theme of a terminal on which NO_COLOR is set.
func attributes() Theme {
	const shut = "\x1b[0m"
	bold, faint, reverse := Style{"\x1b[1m", shut}, Style{"\x1b[2m", shut}, Style{"\x1b[7m", shut}
	return Theme{
		Strong: bold, Dim: faint, Faint: faint,
		Accent: bold, Warn: bold, Bad: bold,
		Selected: reverse, Resting: bold, Tab: Style{"\x1b[1;4m", shut}, Mark: bold, Toast: bold,
	}
}

// from takes a lipgloss style apart into what precedes and what follows a text.
func from(s lipgloss.Style) Style {
	open, shut, found := strings.Cut(s.Render("x"), "x")
	if !found {
		return Style{}
	}
	return Style{open, shut}
}

// ofASCII gives for each character the workbench draws with, one of ASCII that
// is as wide.
var ofASCII = strings.NewReplacer(
	"…", "~", "│", "|", "─", "-", "┬", "+", "┴", "+", "▸", ">", "●", "*", "○", "o", "◌", ".", "·", ".",
	"↑", "^", "↓", "v", "←", "<", "→", ">", "↻", "@", "✓", "+", "✗", "x", "▌", "|", "µ", "u", "×", "x", "–", "-", "║", "|",
	"▁", "_", "▂", ".", "▃", ":", "▄", "-", "▅", "=", "▆", "+", "▇", "*", "█", "#", "▏", " ", "▎", ".", "▍", ":", "▋", "=", "▊", "+", "▉", "*",
)

// ASCII redraws a screen for a terminal that shows no more than ASCII. Text that
// came from outside keeps its own characters.
func ASCII(screen string) string { return ofASCII.Replace(screen) }
