package template

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Kinds of Error.
const (
	KindParse   = "parse"   // the text of a template is not valid
	KindRuntime = "runtime" // rendering failed
	KindLoad    = "load"    // a template cannot be found, read or combined with others
)

// An Error says what is wrong with a template, where, and how one got there.
type Error struct {
	Kind    string
	Message string

	// Frames begin with the place itself; then follows who included or extended it,
	// and where. They are empty if no place is known.
	Frames []Frame

	// Operands are the values that are to blame, in the order in which they stand:
	// what has no such attribute, or both sides of an operator.
	Operands []Operand

	// Err is the cause: what a called function returned, a *PanicError with what
	// it panicked with, or what the file system said. It may be nil.
	Err error

	class string  // of Python's exceptions, which {% except %} names
	src   *source // of Frames[0]
}

// An Operand is a value that an error is about.
type Operand struct {
	Type  string // as type() in a template names it
	Value string // as repr() writes it, shortened
}

// shortRepr is repr for messages.
func shortRepr(v any) string {
	const most = 200
	var b []byte
	if s, ok := plain(v).(string); ok { // it may be very long
		v = s[:min(len(s), 4*most)]
	}
	b = appendInner(b, v, nesting{0, most})
	if runes := []rune(string(b)); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return string(b)
}

// A Frame is one step of the way through templates that led to an error.
type Frame struct {
	Relation string // "" for the place itself, else "included by", "extended by", "in a block of", "applied in", "called by"
	Name     string // of the template, as the program knows it
	File     string // absolute path, empty if it is no file
	Line     int    // from 1; 0 is unknown
	Column   int    // counted in runes from 1; 0 is unknown
	Source   string // the line
}

func (fr Frame) String() string {
	s := fr.File
	if s == "" {
		s = fr.Name
	}
	if fr.Line > 0 {
		s += ":" + strconv.Itoa(fr.Line) + ":" + strconv.Itoa(fr.Column)
	}
	return s
}

// Error reads "message at file:line:column".
func (e *Error) Error() string {
	if len(e.Frames) == 0 {
		return e.Message
	}
	return e.Message + " at " + e.Frames[0].String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// excerptContext is how many lines stand above and below the line of an error.
const excerptContext = 2

// Excerpt shows the line of the error between its neighbours, with a caret under
// the column, then the values that are to blame, and then the rest of the frames.
// It is empty if no line is known.
func (e *Error) Excerpt() string {
	if e.src == nil || len(e.Frames) == 0 || e.Frames[0].Line == 0 {
		return ""
	}
	at := e.Frames[0]
	width := len(strconv.Itoa(at.Line + excerptContext))
	var b strings.Builder
	for n := max(1, at.Line-excerptContext); n <= at.Line+excerptContext; n++ {
		text, ok := e.src.line(n)
		if !ok || n > at.Line && n == strings.Count(e.src.text, "\n")+1 && text == "" {
			break
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("%*d | %s", width, n, text), " \t") + "\n")
		if n == at.Line {
			fmt.Fprintf(&b, "%*s | %s^\n", width, "", blanks(text, at.Column-1))
		}
	}
	for _, o := range e.Operands {
		fmt.Fprintf(&b, "with %s of type %s\n", o.Value, o.Type)
	}
	for _, fr := range e.Frames[1:] {
		fmt.Fprintf(&b, "%s %s\n", fr.Relation, fr)
	}
	return b.String()
}

// blanks is as wide as the first n runes of text, tabs included.
func blanks(text string, n int) string {
	var b strings.Builder
	for _, r := range text {
		if n == 0 {
			break
		}
		n--
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}

// A PanicError holds what a Go function panicked with that a template called.
type PanicError struct {
	Value any
	Stack []byte // of the goroutine, as debug.Stack gives it
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap gives the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

func newError(kind string, at *place, class, message string) *Error {
	if at == nil {
		return &Error{Kind: kind, Message: message, class: class}
	}
	return &Error{Kind: kind, Message: message, Frames: at.frames(), class: class, src: at.src}
}

// suggestion proposes the candidate nearest to name, as the end of a message.
func suggestion(name string, candidates []string) string {
	best, bestDistance := "", max(1, len(name)/3)
	if len(name) < 3 || len(name) > maxSuggestion {
		return ""
	}
	for _, c := range candidates {
		if c == name || len(c) > maxSuggestion {
			continue
		}
		d := distance(strings.ToLower(name), strings.ToLower(c))
		if strings.HasPrefix(c, name) {
			d = min(d, bestDistance)
		}
		if d < bestDistance || d == bestDistance && (best == "" || c < best) {
			best, bestDistance = c, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean '" + best + "'?"
}

const maxSuggestion = 40 // bytes of a name that is compared with others

// distance is how many runes have to be inserted, removed, replaced or swapped
// with their neighbour to make b of a.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	rows := [3][]int{}
	for i := range rows {
		rows[i] = make([]int, len(t)+1)
	}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(s); i++ {
		older, old, row := rows[(i+2)%3], rows[i%3], rows[(i+1)%3]
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(old[j]+1, row[j-1]+1, old[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
	}
	return rows[(len(s)+1)%3][len(t)]
}

// quoted writes a name as Python's repr does.
func quoted(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	return string(appendReprString(nil, s))
}
