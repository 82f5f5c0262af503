package routing

import (
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A segment is a literal, or a run of characters of one class. Most patterns are
// a few segments of which each run ends where its class does, so that they can
// be matched from left to right without ever going back.
type segment struct {
	literal string

	class    *class // nil for a literal
	min, max int    // of characters; max -1 is no limit
	capture  bool
	last     string // the literal that ends the pattern after this run, which may contain it
}

// A class is a set of characters: some of ASCII, and all or none of the others.
type class struct {
	ascii [utf8.RuneSelf]bool
	high  bool
}

func (c *class) has(b byte) bool {
	if b < utf8.RuneSelf {
		return c.ascii[b]
	}
	return c.high
}

// segmentsOf turns the parts of a pattern into segments. It returns nil for a
// pattern that needs more than a walk from left to right.
func segmentsOf(parts []*syntax.Regexp) []segment {
	segments := make([]segment, 0, len(parts))
	for i, part := range parts {
		if part.Op == syntax.OpLiteral {
			if part.Flags&syntax.FoldCase != 0 {
				return nil
			}
			segments = append(segments, segment{literal: string(part.Rune)})
			continue
		}
		run, ok := runOf(part)
		if !ok {
			return nil
		}
		switch {
		case i+1 == len(parts):
		case parts[i+1].Op != syntax.OpLiteral || parts[i+1].Flags&syntax.FoldCase != 0:
			return nil
		case i+2 == len(parts):
			// Whatever the run contains, the pattern ends with this literal.
			run.last = string(parts[i+1].Rune)
			return append(segments, run)
		case run.class.has(string(parts[i+1].Rune)[0]):
			return nil
		}
		segments = append(segments, run)
	}
	return segments
}

// runOf reads a class with a repetition, in a group or not: [0-9]+, (.*), (\d{4}).
func runOf(part *syntax.Regexp) (run segment, ok bool) {
	if part.Op == syntax.OpCapture {
		run.capture = true
		part = part.Sub[0]
	}
	if part.Flags&syntax.NonGreedy != 0 {
		return run, false
	}
	run.min, run.max = 1, 1
	switch part.Op {
	case syntax.OpStar:
		run.min, run.max = 0, -1
	case syntax.OpPlus:
		run.max = -1
	case syntax.OpRepeat:
		run.min, run.max = part.Min, part.Max
	default:
		run.class = classOf(part)
		return run, run.class != nil
	}
	run.class = classOf(part.Sub[0])
	return run, run.class != nil
}

// classOf returns the class an expression for one character stands for; nil if
// it is none, or cuts through the characters above ASCII.
func classOf(part *syntax.Regexp) *class {
	var ranges []rune
	switch part.Op {
	case syntax.OpCharClass:
		ranges = part.Rune
	case syntax.OpAnyChar:
		ranges = []rune{0, unicode.MaxRune}
	case syntax.OpAnyCharNotNL:
		ranges = []rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune}
	case syntax.OpLiteral:
		if len(part.Rune) != 1 || part.Flags&syntax.FoldCase != 0 {
			return nil
		}
		ranges = []rune{part.Rune[0], part.Rune[0]}
	default:
		return nil
	}
	c := new(class)
	for i := 0; i < len(ranges); i += 2 {
		low, high := ranges[i], ranges[i+1]
		for r := low; r <= high && r < utf8.RuneSelf; r++ {
			c.ascii[r] = true
		}
		if high < utf8.RuneSelf {
			continue
		}
		if low > utf8.RuneSelf || high != unicode.MaxRune {
			return nil
		}
		c.high = true
	}
	return c
}

// matchSegments walks path from left to right.
func matchSegments(segments []segment, path string, m *Match) bool {
	rest := path
	for i := range segments {
		s := &segments[i]
		if s.class == nil {
			if !strings.HasPrefix(rest, s.literal) {
				return false
			}
			rest = rest[len(s.literal):]
			continue
		}
		end := len(rest)
		if s.last != "" {
			if end -= len(s.last); end < 0 || rest[end:] != s.last {
				return false
			}
		}
		n := 0
		for n < end && s.class.has(rest[n]) {
			n++
		}
		if (s.last != "" && n != end) || !s.fits(rest[:n]) {
			return false
		}
		if s.capture {
			m.add(rest[:n])
		}
		rest = rest[n+len(s.last):]
	}
	return rest == ""
}

// fits reports whether run has as many characters as the segment asks for.
func (s *segment) fits(run string) bool {
	if s.max < 0 && s.min <= 1 {
		return len(run) >= s.min
	}
	n := utf8.RuneCountInString(run)
	return n >= s.min && (s.max < 0 || n <= s.max)
}
