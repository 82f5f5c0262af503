package template

import "strings"

type tokenKind uint8

const (
	tokenEOF        tokenKind = iota
	tokenText                 // literal text
	tokenBrace                // an opening token that was escaped, {{! {%! {#!
	tokenExpression           // {{ ... }}
	tokenBlock                // {% ... %}
)

// A token is one piece of a template.
type token struct {
	kind tokenKind
	text string // what stands between the braces, without blanks around it
	open int    // offset of the opening brace, or of the text
	off  int    // offset of text
	end  int    // offset past the text, where the closing brace is
}

// A scanner cuts a template into tokens. Comments are dropped.
type scanner struct {
	src *source
	pos int
}

func (s *scanner) next() token {
	for {
		rest := s.src.text[s.pos:]
		n := openingBrace(rest)
		if n != 0 {
			t := token{tokenText, rest[:n], s.pos, s.pos, s.pos + n}
			s.pos += n
			return t
		}
		if rest == "" {
			return token{tokenEOF, "", s.pos, s.pos, s.pos}
		}
		if strings.HasPrefix(rest[2:], "!") {
			t := token{tokenBrace, rest[:2], s.pos, s.pos, s.pos + 2}
			s.pos += 3
			return t
		}
		switch rest[1] {
		case '#':
			s.enclosed(tokenEOF, "#}", "Missing end comment #}")
		case '{':
			return s.enclosed(tokenExpression, "}}", "Missing end expression }}")
		default:
			return s.enclosed(tokenBlock, "%}", "Missing end block %}")
		}
	}
}

// openingBrace finds the first opening token in s; where more than two braces
// stand in a row, the innermost two are meant. It gives len(s) if there is none.
func openingBrace(s string) int {
	for i := 0; ; i++ {
		n := strings.IndexByte(s[i:], '{')
		if i += n; n < 0 || i+1 == len(s) {
			return len(s)
		}
		switch s[i+1] {
		case '%', '#':
			return i
		case '{':
			if i+2 == len(s) || s[i+2] != '{' {
				return i
			}
		}
	}
}

// enclosed reads up to closing.
func (s *scanner) enclosed(kind tokenKind, closing, missing string) token {
	open := s.pos
	begin := open + 2
	n := strings.Index(s.src.text[begin:], closing)
	if n < 0 {
		panic(newError(KindParse, &place{s.src, open, nil}, "", missing))
	}
	s.pos = begin + n + len(closing)
	text := s.src.text[begin : begin+n]
	trimmed := strings.TrimLeftFunc(text, isSpace)
	off := begin + len(text) - len(trimmed)
	trimmed = strings.TrimRightFunc(trimmed, isSpace)
	return token{kind, trimmed, open, off, begin + n}
}
