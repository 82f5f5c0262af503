package template

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

type lexKind uint8

const (
	lexEnd lexKind = iota
	lexName
	lexKeyword
	lexNumber
	lexString
	lexFormatted // an f-string
	lexOperator
)

// A lexeme is one word of an expression.
type lexeme struct {
	kind  lexKind
	text  string // name, keyword or operator; the text of a formatted string
	off   int
	value any  // of a number or string
	raw   bool // of a formatted string: backslashes are literal
}

func (l lexeme) is(text string) bool {
	return (l.kind == lexKeyword || l.kind == lexOperator) && l.text == text
}

// describe names l in messages.
func (l lexeme) describe() string {
	switch l.kind {
	case lexEnd:
		return "the end of the expression"
	case lexString, lexFormatted:
		return "a string"
	case lexNumber:
		return "a number"
	}
	return quoted(l.text)
}

var keywords = map[string]bool{
	"and": true, "or": true, "not": true, "in": true, "is": true, "if": true, "else": true, "for": true, "lambda": true,
	"True": true, "False": true, "None": true, "del": true, "as": true, "import": true, "from": true, "elif": true,
	"while": true, "def": true, "class": true, "return": true, "try": true, "except": true, "finally": true,
	"with": true, "yield": true, "async": true, "await": true, "assert": true, "break": true, "continue": true,
	"global": true, "nonlocal": true, "pass": true, "raise": true,
}

// operators are those of more than one character, longest first.
var operators = []string{
	"**=", "//=", ">>=", "<<=", "**", "//", "==", "!=", "<=", ">=", "<<", ">>", ":=",
	"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
}

// An exprScanner cuts the text of an expression into lexemes.
type exprScanner struct {
	src  *source
	text string
	base int // offset of text in src
	pos  int
}

func (s *exprScanner) fail(off int, message string) {
	panic(newError(KindParse, &place{s.src, off, nil}, "SyntaxError", message))
}

func (s *exprScanner) next() lexeme {
	s.skipBlanks()
	start := s.pos
	off := s.base + start
	rest := s.text[start:]
	if rest == "" {
		return lexeme{kind: lexEnd, off: off}
	}
	c := rest[0]
	if '0' <= c && c <= '9' || c == '.' && len(rest) > 1 && '0' <= rest[1] && rest[1] <= '9' {
		return s.number()
	}
	if l, ok := s.str(); ok {
		return l
	}
	if n := nameLen(rest); n > 0 {
		s.pos += n
		kind := lexName
		if keywords[rest[:n]] {
			kind = lexKeyword
		}
		return lexeme{kind: kind, text: rest[:n], off: off}
	}
	for _, op := range operators {
		if strings.HasPrefix(rest, op) {
			s.pos += len(op)
			return lexeme{kind: lexOperator, text: op, off: off}
		}
	}
	if strings.IndexByte("+-*/%<>=()[]{},:;.&|^~", c) >= 0 {
		s.pos++
		return lexeme{kind: lexOperator, text: rest[:1], off: off}
	}
	r, _ := utf8.DecodeRuneInString(rest)
	s.fail(off, "unexpected character "+quoted(string(r))+" in expression"+s.hint(off))
	return lexeme{}
}

func (s *exprScanner) skipBlanks() {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '#':
			n := strings.IndexByte(s.text[s.pos:], '\n')
			if n < 0 {
				n = len(s.text) - s.pos
			}
			s.pos += n
		case c == ' ', c == '\t', c == '\n', c == '\r', c == '\f':
			s.pos++
		default:
			return
		}
	}
}

func nameLen(s string) int {
	for i, r := range s {
		if r == '_' || unicode.IsLetter(r) || i > 0 && (unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)) {
			continue
		}
		return i
	}
	return len(s)
}

func (s *exprScanner) number() lexeme {
	start := s.pos
	rest := s.text[start:]
	n, isFloat := 0, false
	if hasBasePrefix(rest) {
		n = 2
		for n < len(rest) && (isHexDigit(rest[n]) || rest[n] == '_') {
			n++
		}
	} else {
		n, isFloat = decimalLen(rest)
	}
	text := rest[:n]
	off := s.base + start
	if nameLen(rest[n:]) > 0 && !startsKeyword(rest[n:]) {
		s.fail(off, "invalid number "+quoted(text+rest[n:n+nameLen(rest[n:])]))
	}
	s.pos += n
	v, ok := parseNumber(text, isFloat)
	if !ok {
		s.fail(off, "invalid number "+quoted(text))
	}
	return lexeme{kind: lexNumber, off: off, value: v}
}

// decimalLen is the length of the number at the start of s.
func decimalLen(s string) (n int, isFloat bool) {
	for n < len(s) {
		switch c := s[n]; {
		case '0' <= c && c <= '9', c == '_':
		case c == '.':
			if isFloat {
				return n, true // of an attribute: 1.5.real
			}
			isFloat = true
		case c == 'e' || c == 'E':
			m := exponentLen(s[n:])
			return n + m, isFloat || m > 0
		default:
			return n, isFloat
		}
		n++
	}
	return n, isFloat
}

func hasBasePrefix(s string) bool {
	return len(s) > 2 && s[0] == '0' && strings.IndexByte("xXoObB", s[1]) >= 0
}

func isHexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func exponentLen(s string) int {
	n := 1
	if n < len(s) && (s[n] == '+' || s[n] == '-') {
		n++
	}
	digits := n
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	if n == digits {
		return 0
	}
	return n
}

// startsKeyword allows "1if x else 2", as Python does.
func startsKeyword(s string) bool { return keywords[s[:nameLen(s)]] }

func parseNumber(text string, isFloat bool) (any, bool) {
	if strings.HasSuffix(text, "_") || strings.Contains(text, "__") {
		return nil, false
	}
	text = strings.ReplaceAll(text, "_", "")
	if isFloat {
		if strings.Count(text, ".") > 1 {
			return nil, false
		}
		// Out of range is infinity, as in Python.
		f, err := strconv.ParseFloat(text, 64)
		return f, err == nil || strings.Contains(err.Error(), "range")
	}
	base := 10
	if hasBasePrefix(text) {
		base = 0
	} else if len(text) > 1 && strings.Trim(text, "0") != "" && text[0] == '0' {
		return nil, false // 08: neither octal nor decimal
	}
	return parseInt(text, base)
}

// str reads a string literal, if one begins here.
func (s *exprScanner) str() (lexeme, bool) {
	rest := s.text[s.pos:]
	n := 0
	for n < len(rest) && n < 2 && strings.IndexByte("rRbBuUfF", rest[n]) >= 0 {
		n++
	}
	if n == len(rest) || rest[n] != '\'' && rest[n] != '"' {
		return lexeme{}, false
	}
	prefix := strings.ToLower(rest[:n])
	raw, formatted := strings.Contains(prefix, "r"), strings.Contains(prefix, "f")
	off := s.base + s.pos
	quote := rest[n : n+1]
	if strings.HasPrefix(rest[n:], quote+quote+quote) {
		quote = rest[n : n+3]
	}
	begin := n + len(quote)
	end := begin
	for !strings.HasPrefix(rest[end:], quote) {
		if end < len(rest) && rest[end] == '\\' {
			end++
		}
		if end >= len(rest) || len(quote) == 1 && rest[end] == '\n' && rest[end-1] != '\\' {
			s.fail(off, "unterminated string")
		}
		end++
	}
	body := rest[begin:end]
	s.pos += end + len(quote)
	if formatted {
		return lexeme{kind: lexFormatted, text: body, off: off + begin, raw: raw}, true
	}
	value := body
	if !raw {
		value = s.unescape(body, off+begin)
	}
	if strings.Contains(prefix, "b") {
		return lexeme{kind: lexString, off: off, value: []byte(value)}, true
	}
	return lexeme{kind: lexString, off: off, value: value}, true
}

var simpleEscapes = map[byte]string{
	'\n': "", '\\': "\\", '\'': "'", '"': "\"", 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

// unescape replaces the backslash sequences of a literal; off is where it begins.
func (s *exprScanner) unescape(body string, off int) string {
	if strings.IndexByte(body, '\\') < 0 {
		return body
	}
	var b strings.Builder
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' || i+1 == len(body) {
			b.WriteByte(body[i])
			continue
		}
		c := body[i+1]
		if text, ok := simpleEscapes[c]; ok {
			b.WriteString(text)
			i++
			continue
		}
		digits, base, skip := escapeDigits(body[i+1:])
		if digits == 0 {
			b.WriteByte('\\') // an unknown sequence stays as it is
			continue
		}
		if digits < 0 {
			s.fail(off+i, "incomplete escape sequence in string")
		}
		r, err := strconv.ParseUint(body[i+1+skip:i+1+skip+digits], base, 32)
		if err != nil || r > unicode.MaxRune {
			s.fail(off+i, "invalid escape sequence in string")
		}
		b.WriteRune(rune(r))
		i += skip + digits
	}
	return b.String()
}

// escapeDigits says how a numeric escape sequence, without its backslash, is
// written: how many digits of what base, after how many other characters. It
// gives -1 digits for one cut short and 0 for what is no such sequence.
func escapeDigits(s string) (digits, base, skip int) {
	want := 0
	switch s[0] {
	case 'x':
		want = 2
	case 'u':
		want = 4
	case 'U':
		want = 8
	case '0', '1', '2', '3', '4', '5', '6', '7':
		n := 1
		for n < 3 && n < len(s) && '0' <= s[n] && s[n] <= '7' {
			n++
		}
		return n, 8, 0
	default:
		return 0, 0, 0
	}
	if len(s) < 1+want {
		return -1, 0, 0
	}
	return want, 16, 1
}
