package locale

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Message is a text that a source file wants translated.
type Message struct {
	Context string // of pgettext
	Text    string
	Plural  string // empty if there is one form only
	Line    int    // from 1
}

// ExtractTemplate lists the texts that a template wants translated: what stands as
// literals in calls of _, translate and pgettext, within the marks of the template
// language. A text that is put together while the template runs cannot be found.
func ExtractTemplate(source string) []Message {
	var list []Message
	line := 1
	for source != "" {
		open := strings.IndexByte(source, '{')
		if open < 0 || open+1 == len(source) {
			break
		}
		line += strings.Count(source[:open], "\n")
		closing := closingMarks[source[open+1]]
		if closing == "" || strings.HasPrefix(source[open+2:], "!") {
			source = source[open+1:]
			continue
		}
		source = source[open+2:]
		end := strings.Index(source, closing)
		if end < 0 {
			break
		}
		code := source[:end]
		if closing != "#}" && !isComment(code) {
			list = appendMessages(list, code, line, "#")
		}
		line += strings.Count(code, "\n")
		source = source[end+2:]
	}
	return list
}

var closingMarks = map[byte]string{'{': "}}", '%': "%}", '#': "#}"}

func isComment(code string) bool { return strings.HasPrefix(strings.TrimSpace(code), "comment") }

// ExtractGo lists the texts that a Go file wants translated: literals in calls of
// Translate, TranslatePlural, PGettext, PGettextPlural and _.
func ExtractGo(source string) []Message { return appendMessages(nil, source, 1, "//") }

// shapes say what the literals of a call are.
var shapes = map[string]struct{ context, plural bool }{
	"_":               {false, true},
	"translate":       {false, true},
	"Translate":       {false, true},
	"TranslatePlural": {false, true},
	"pgettext":        {true, true},
	"PGettext":        {true, true},
	"PGettextPlural":  {true, true},
}

// appendMessages finds the calls in code, whose first line has the number line.
// comment begins a comment up to the end of a line.
func appendMessages(list []Message, code string, line int, comment string) []Message {
	s := codeScanner{rest: code, line: line, comment: comment}
	for s.rest != "" {
		name, ok := s.name()
		if _, known := shapes[name]; !ok || !known || !s.punctuation('(') {
			continue
		}
		begin := s.line
		var literals []string
		for {
			text, ok := s.literal()
			if !ok {
				break
			}
			literals = append(literals, text)
			if !s.punctuation(',') {
				break
			}
		}
		if m, ok := newMessage(name, literals); ok {
			m.Line = begin
			list = append(list, m)
		}
	}
	return list
}

func newMessage(name string, literals []string) (m Message, ok bool) {
	if shapes[name].context {
		if len(literals) < 2 {
			return m, false
		}
		m.Context, literals = literals[0], literals[1:]
	}
	if len(literals) == 0 {
		return m, false
	}
	m.Text = literals[0]
	if len(literals) > 1 {
		m.Plural = literals[1]
	}
	return m, true
}

// A codeScanner reads as much of Python's and of Go's grammar as tells names,
// literals and comments apart.
type codeScanner struct {
	rest    string
	line    int
	comment string
}

func (s *codeScanner) advance(n int) {
	s.line += strings.Count(s.rest[:n], "\n")
	s.rest = s.rest[n:]
}

// blanks skips white space and comments.
func (s *codeScanner) blanks() {
	for {
		s.advance(len(s.rest) - len(strings.TrimLeftFunc(s.rest, unicode.IsSpace)))
		end := "\n"
		switch {
		case s.comment == "//" && strings.HasPrefix(s.rest, "/*"):
			end = "*/"
		case !strings.HasPrefix(s.rest, s.comment):
			return
		}
		n := strings.Index(s.rest, end)
		if n < 0 {
			n = len(s.rest) - len(end)
		}
		s.advance(max(n, 0) + len(end))
	}
}

func (s *codeScanner) punctuation(c byte) bool {
	s.blanks()
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// name reads a name; where none is next, it skips what is.
func (s *codeScanner) name() (string, bool) {
	s.blanks()
	n := strings.IndexFunc(s.rest, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if n < 0 {
		n = len(s.rest)
	}
	if n > 0 {
		name := s.rest[:n]
		s.rest = s.rest[n:]
		return name, true
	}
	if _, ok := s.literal(); !ok && s.rest != "" {
		_, n := utf8.DecodeRuneInString(s.rest)
		s.advance(n)
	}
	return "", false
}

// literal reads a string, or several that Python joins because nothing but blanks
// stands between them.
func (s *codeScanner) literal() (string, bool) {
	var b strings.Builder
	for pieces := 0; ; pieces++ {
		s.blanks()
		text, n, ok := stringLiteral(s.rest)
		if !ok {
			return b.String(), pieces > 0
		}
		b.WriteString(text)
		s.advance(n)
	}
}

// stringLiteral reads the string that code begins with; n is its length there.
func stringLiteral(code string) (text string, n int, ok bool) {
	if code == "" || !strings.ContainsRune("\"'`", rune(code[0])) {
		return "", 0, false
	}
	quote := code[:1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(code, triple) {
		quote = triple
	}
	var b strings.Builder
	for i := len(quote); i < len(code); {
		switch {
		case strings.HasPrefix(code[i:], quote):
			return b.String(), i + len(quote), true
		case code[i] == '\\' && quote != "`" && i+1 < len(code):
			i += unescape(&b, code[i:])
		case code[i] == '\n' && len(quote) == 1 && quote != "`":
			return "", 0, false
		default:
			b.WriteByte(code[i])
			i++
		}
	}
	return "", 0, false
}

// unescape writes what the escape that code begins with stands for, and gives its
// length. Escapes that are not the same in Python and Go stay as they are.
func unescape(b *strings.Builder, code string) int {
	switch c := code[1]; c {
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'r':
		b.WriteByte('\r')
	case '\\', '"', '\'':
		b.WriteByte(c)
	case '\n':
	default:
		b.WriteString(code[:2])
	}
	return 2
}
