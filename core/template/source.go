package template

import (
	"strings"
	"unicode/utf8"
)

// A source is the text of one template file.
type source struct {
	name string // as the program knows it
	file string // absolute path, empty if it is no file
	text string
}

// identity is what a changed file is known by.
func (s *source) identity() string {
	if s.file != "" {
		return s.file
	}
	return s.name
}

// position gives the line and the column, counted in runes, of a byte offset;
// both begin with 1.
func (s *source) position(off int) (line, column int) {
	before := s.text[:min(off, len(s.text))] // an expression of the options may be longer than the text
	line = strings.Count(before, "\n") + 1
	column = utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return line, column
}

// line gives line n without its end, counted from 1; ok is false past the end.
func (s *source) line(n int) (text string, ok bool) {
	rest := s.text
	for ; n > 1; n-- {
		i := strings.IndexByte(rest, '\n')
		if i < 0 {
			return "", false
		}
		rest = rest[i+1:]
	}
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	return strings.TrimSuffix(rest, "\r"), true
}

// A place is a position in a template together with the way that led there. It
// is made when a template is compiled, so that an error costs nothing until it
// happens.
type place struct {
	src *source
	off int
	via *via // nil in the template that was asked for
}

// A via is one step on the way to a place: what led there, and where that stands.
type via struct {
	relation string
	at       place
}

func (p *place) frames() []Frame {
	var frames []Frame
	relation := ""
	for {
		line, column := p.src.position(p.off)
		text, _ := p.src.line(line)
		frames = append(frames, Frame{relation, p.src.name, p.src.file, line, column, text})
		if p.via == nil {
			return frames
		}
		relation, p = p.via.relation, &p.via.at
	}
}
