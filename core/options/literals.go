package options

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A configScanner reads a file of options.
type configScanner struct {
	rest  string
	line  int
	depth int // of lists
}

// maxNesting is how deep lists may stand in lists; no option takes more than one.
const maxNesting = 10

// assignment reads the next line that says something; key is empty if there is
// none. line is where it begins, or where the error is.
func (s *configScanner) assignment() (key string, value any, line int, err error) {
	s.blanks(true)
	line = s.line
	if s.rest == "" {
		return "", nil, line, nil
	}
	key = s.name()
	if key == "" {
		return "", nil, line, fmt.Errorf("%s is no name of an option", s.excerpt())
	}
	s.blanks(false)
	if !s.accept("=") {
		return key, nil, line, errors.New("an equals sign and a value must follow the name")
	}
	s.blanks(false)
	if value, err = s.value(); err != nil {
		return key, nil, s.line, err
	}
	s.blanks(false)
	if s.rest != "" && s.rest[0] != '\n' {
		return key, nil, s.line, fmt.Errorf("%s stands behind the value", s.excerpt())
	}
	return key, value, line, nil
}

// blanks skips blanks and remarks, and line ends too if lines is set.
func (s *configScanner) blanks(lines bool) {
	for {
		s.rest = strings.TrimLeft(s.rest, " \t\r\f")
		switch {
		case strings.HasPrefix(s.rest, "#"):
			n := strings.IndexByte(s.rest, '\n')
			if n < 0 {
				n = len(s.rest)
			}
			s.rest = s.rest[n:]
		case lines && strings.HasPrefix(s.rest, "\n"):
			s.advance(1)
		default:
			return
		}
	}
}

func (s *configScanner) advance(n int) {
	s.line += strings.Count(s.rest[:n], "\n")
	s.rest = s.rest[n:]
}

func (s *configScanner) accept(token string) bool {
	rest, ok := strings.CutPrefix(s.rest, token)
	if ok {
		s.rest = rest
	}
	return ok
}

// excerpt shows what comes next.
func (s *configScanner) excerpt() string {
	text, _, _ := strings.Cut(s.rest, "\n")
	if text == "" {
		return "the end of the line"
	}
	if runes := []rune(text); len(runes) > 20 {
		text = string(runes[:20]) + "..."
	}
	return strconv.Quote(text)
}

func (s *configScanner) name() string {
	n := strings.IndexFunc(s.rest, func(r rune) bool {
		return r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	if n < 0 {
		n = len(s.rest)
	}
	name := s.rest[:n]
	if first, _ := utf8.DecodeRuneInString(name); first == '-' || unicode.IsDigit(first) {
		return ""
	}
	s.rest = s.rest[n:]
	return name
}

// value reads a nil, bool, int64, float64, string or []any.
func (s *configScanner) value() (any, error) {
	if s.rest == "" {
		return nil, errors.New("the value is missing")
	}
	switch c := s.rest[0]; {
	case c == '[':
		return s.list()
	case c == '"' || c == '\'':
		return s.text()
	case strings.IndexByte("+-.0123456789", c) >= 0:
		return s.number()
	}
	at := *s
	switch s.name() {
	case "True", "true":
		return true, nil
	case "False", "false":
		return false, nil
	case "None":
		return nil, nil
	}
	return nil, fmt.Errorf("%s is no value; text stands in quotes", at.excerpt())
}

func (s *configScanner) list() (any, error) {
	s.rest = s.rest[1:]
	if s.depth++; s.depth > maxNesting {
		return nil, errors.New("lists stand too deep in lists")
	}
	list := []any{}
	for {
		s.blanks(true)
		if s.accept("]") {
			s.depth--
			return list, nil
		}
		item, err := s.value()
		if err != nil {
			return nil, err
		}
		list = append(list, item)
		s.blanks(true)
		if !s.accept(",") && !strings.HasPrefix(s.rest, "]") {
			return nil, fmt.Errorf("%s stands in a list where a comma or a bracket is due", s.excerpt())
		}
	}
}

func (s *configScanner) number() (any, error) {
	n := strings.IndexFunc(s.rest, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("+-._", r)
	})
	if n < 0 {
		n = len(s.rest)
	}
	text := s.rest[:n]
	s.rest = s.rest[n:]
	digits := strings.TrimLeft(text, "+-")
	if len(digits) > 1 && digits[0] == '0' && digitsLen(digits[:2]) == 2 && !strings.ContainsAny(digits, ".eE") {
		return nil, fmt.Errorf("%s begins with a zero; write 0o for octal", text)
	}
	if i, err := strconv.ParseInt(text, 0, 64); err == nil {
		return i, nil
	}
	if f, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64); err == nil && strings.ContainsAny(text, ".eE") {
		return f, nil
	}
	return nil, fmt.Errorf("%s is no number", strconv.Quote(text))
}

func (s *configScanner) text() (any, error) {
	quote := s.rest[:1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s.rest, triple) {
		quote = triple
	}
	s.rest = s.rest[len(quote):]
	var b strings.Builder
	for {
		n := strings.IndexAny(s.rest, quote[:1]+"\\\n")
		if n < 0 {
			return nil, errors.New("the quote is not closed")
		}
		b.WriteString(s.rest[:n])
		s.rest = s.rest[n:]
		switch {
		case s.accept(quote):
			return b.String(), nil
		case s.rest[0] == '\\':
			if err := s.escape(&b); err != nil {
				return nil, err
			}
		case s.rest[0] == '\n' && len(quote) == 1:
			return nil, errors.New("the quote is not closed on its line")
		default:
			b.WriteByte(s.rest[0])
			s.advance(1)
		}
	}
}

var simpleEscapes = map[byte]string{
	'\n': "", '\\': `\`, '\'': "'", '"': `"`, 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

var hexEscapes = map[byte]int{'x': 2, 'u': 4, 'U': 8}

// escape reads what begins with a backslash. An escape that Python does not know
// stays as it is, as there.
func (s *configScanner) escape(b *strings.Builder) error {
	if len(s.rest) < 2 {
		return errors.New("the quote is not closed")
	}
	c := s.rest[1]
	if text, ok := simpleEscapes[c]; ok {
		b.WriteString(text)
		s.advance(2)
		return nil
	}
	digits, ok := hexEscapes[c]
	if !ok {
		b.WriteByte('\\')
		s.advance(1)
		return nil
	}
	if len(s.rest) < 2+digits {
		return fmt.Errorf(`\%c needs %d digits`, c, digits)
	}
	code, err := strconv.ParseUint(s.rest[2:2+digits], 16, 32)
	if err != nil || !utf8.ValidRune(rune(code)) {
		return fmt.Errorf("%s stands for no character", strconv.Quote(s.rest[:2+digits]))
	}
	b.WriteRune(rune(code))
	s.advance(2 + digits)
	return nil
}
