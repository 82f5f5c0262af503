package inspector

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Filter says which records to show. It is the same language for lists, search
// and export, and for every kind of record. The zero Filter shows everything; a
// Filter never changes and may be used from any goroutine.
//
// Words separated by spaces must all match. A bare word is sought, in any case of
// letters, in what a row shows: method, URI, handler and status of a request;
// addresses, state, handler and error of a connection; kind, message and places
// of an error; level, logger and message of a log. Otherwise:
//
//	"two words"          sought as it stands; \" and \\ inside
//	-term  !term         what does not match
//	a or b  ( a b )      either; grouping. "and" may be written, too
//	method:get,post      a comma means either
//	status:404  5xx  >=400  400-403
//	path:/story*         the whole path, without the query; * is anything
//	handler:Story        contains; with a * the whole name
//	time:>100ms          duration, or age of what is not over; also <, <=, =; without, >=
//	                     (before < and > the colon may be left out: time>100ms)
//	size:>10k            bytes of the answer's body, or sent on a connection; k, M, G
//	ip:127.0.0.1  10.0.0.0/8  10.*
//	header:name=value    of request or answer; =value may be left out, and may be a part
//	body:text            of request or answer
//	is:error             answered with 500 or above, cut off, or with an Error
//	is:slow              took at least SlowRequest
//	is:held              waited at least HeldRequest in the queue
//	is:inflight  is:replay  is:gone
//	level:error  level:>=warning  logger:tornado.access
//	kind:panic  file:blog.go  request:17  build:>3
//
// A term that has no meaning for a kind of record does not match it.
type Filter struct {
	text string
	root node
}

// A FilterError says what is wrong with the text of a filter, and where.
type FilterError struct {
	Column  int // of the first rune that is wrong, counted from 1
	Message string
}

func (e *FilterError) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Message) }

// maxFilterDepth bounds how deep parentheses and negations may be nested.
const maxFilterDepth = 64

// ParseFilter reads a filter; an error is a *FilterError.
func ParseFilter(text string) (Filter, error) {
	p := filterParser{text: text}
	root, err := p.parse()
	if err != nil {
		return Filter{}, err
	}
	return Filter{strings.TrimSpace(text), root}, nil
}

// Empty reports whether f has no terms and so matches everything.
func (f Filter) Empty() bool { return f.root == nil }

// String is the text f was made of.
func (f Filter) String() string { return f.text }

// Match reports whether f shows r.
func (f Filter) Match(r *Request) bool { return f.root == nil || f.root.request(r) }

// MatchConnection reports whether f shows c.
func (f Filter) MatchConnection(c *Connection) bool { return f.root == nil || f.root.connection(c) }

// MatchError reports whether f shows e.
func (f Filter) MatchError(e *Error) bool { return f.root == nil || f.root.error(e) }

// MatchLog reports whether f shows l.
func (f Filter) MatchLog(l *Log) bool { return f.root == nil || f.root.log(l) }

// A node of a filter answers for each kind of record.
type node interface {
	request(*Request) bool
	connection(*Connection) bool
	error(*Error) bool
	log(*Log) bool
}

// A term is a node made of functions; a nil function matches nothing.
type term struct {
	onRequest    func(*Request) bool
	onConnection func(*Connection) bool
	onError      func(*Error) bool
	onLog        func(*Log) bool
}

func (t *term) request(r *Request) bool       { return t.onRequest != nil && t.onRequest(r) }
func (t *term) connection(c *Connection) bool { return t.onConnection != nil && t.onConnection(c) }
func (t *term) error(e *Error) bool           { return t.onError != nil && t.onError(e) }
func (t *term) log(l *Log) bool               { return t.onLog != nil && t.onLog(l) }

type not struct{ node }

func (n not) request(r *Request) bool       { return !n.node.request(r) }
func (n not) connection(c *Connection) bool { return !n.node.connection(c) }
func (n not) error(e *Error) bool           { return !n.node.error(e) }
func (n not) log(l *Log) bool               { return !n.node.log(l) }

// combined is all of its nodes, or any of them.
type combined struct {
	nodes []node
	any   bool
}

func (c combined) request(r *Request) bool {
	for _, n := range c.nodes {
		if n.request(r) == c.any {
			return c.any
		}
	}
	return !c.any
}

func (c combined) connection(x *Connection) bool {
	for _, n := range c.nodes {
		if n.connection(x) == c.any {
			return c.any
		}
	}
	return !c.any
}

func (c combined) error(e *Error) bool {
	for _, n := range c.nodes {
		if n.error(e) == c.any {
			return c.any
		}
	}
	return !c.any
}

func (c combined) log(l *Log) bool {
	for _, n := range c.nodes {
		if n.log(l) == c.any {
			return c.any
		}
	}
	return !c.any
}

func combine(nodes []node, any bool) node {
	if len(nodes) == 1 {
		return nodes[0]
	}
	return combined{nodes, any}
}

// A filterParser reads a filter by recursive descent.
type filterParser struct {
	text  string
	at    int // in bytes
	depth int
	open  int // parentheses
}

func (p *filterParser) fail(at int, format string, args ...any) error {
	return &FilterError{utf8.RuneCountInString(p.text[:at]) + 1, fmt.Sprintf(format, args...)}
}

func (p *filterParser) parse() (node, error) {
	if p.skipSpace(); p.at == len(p.text) {
		return nil, nil
	}
	root, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if p.at < len(p.text) {
		return nil, p.fail(p.at, "this ) closes nothing; quote it to search for it")
	}
	return root, nil
}

// alternatives reads terms separated by "or".
func (p *filterParser) alternatives() (node, error) {
	var either []node
	for {
		all, err := p.conjunction()
		if err != nil {
			return nil, err
		}
		either = append(either, all)
		if !p.keyword("or") {
			return combine(either, true), nil
		}
	}
}

// conjunction reads terms one after the other.
func (p *filterParser) conjunction() (node, error) {
	var all []node
	for {
		p.skipSpace()
		start := p.at
		switch {
		case p.at == len(p.text) || p.text[p.at] == ')', p.peekKeyword("or"):
			if len(all) == 0 {
				return nil, p.fail(start, "a term is missing here")
			}
			return combine(all, false), nil
		case len(all) > 0 && p.keyword("and"):
			if p.skipSpace(); p.at == len(p.text) || p.text[p.at] == ')' || p.peekKeyword("or") {
				return nil, p.fail(p.at, "a term is missing after “and”")
			}
		}
		n, err := p.unary()
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
}

// unary reads a term, a negated one, or a group.
func (p *filterParser) unary() (node, error) {
	if p.depth++; p.depth > maxFilterDepth {
		return nil, p.fail(p.at, "this is nested too deep")
	}
	defer func() { p.depth-- }()
	start := p.at
	switch p.text[p.at] {
	case '-', '!':
		p.at++
		if p.at == len(p.text) || isSpaceAt(p.text, p.at) || p.text[p.at] == ')' {
			return nil, p.fail(start, "there is nothing to negate; quote %q to search for it", p.text[start:p.at])
		}
		n, err := p.unary()
		if err != nil {
			return nil, err
		}
		return not{n}, nil
	case '(':
		p.at++
		p.open++
		n, err := p.alternatives()
		if err != nil {
			return nil, err
		}
		if p.at == len(p.text) {
			return nil, p.fail(start, "this ( is not closed; quote it to search for it")
		}
		p.at++ // alternatives ends at a ) or at the end
		p.open--
		return n, nil
	}
	return p.term()
}

// term reads a word, or a key and its value.
func (p *filterParser) term() (node, error) {
	start := p.at
	key := p.key()
	valueAt := p.at
	value, quoted, err := p.word()
	if err != nil {
		return nil, err
	}
	if key == "" {
		return wordTerm(value), nil
	}
	build, known := filterTerms[strings.ToLower(key)]
	if !known {
		if strings.HasPrefix(value, "//") && !quoted {
			return wordTerm(key + ":" + value), nil // the beginning of a URL
		}
		return nil, p.fail(start, "there is no term %q; quote %q to search for it", key+":", key+":"+value)
	}
	if value == "" && !quoted {
		return nil, p.fail(valueAt, "%s: wants a value", key)
	}
	n, err := build(value)
	if err != nil {
		return nil, p.fail(valueAt, "%s: %v", key, err)
	}
	return n, nil
}

// key reads letters and the colon behind them. Before a comparison the colon may be
// missing (time>1s). Without either it reads nothing.
func (p *filterParser) key() string {
	for i := p.at; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == ':' && i > p.at:
			key := p.text[p.at:i]
			p.at = i + 1
			return key
		case (c == '<' || c == '>') && filterTerms[strings.ToLower(p.text[p.at:i])] != nil:
			key := p.text[p.at:i]
			p.at = i
			return key
		case (c|0x20) < 'a' || (c|0x20) > 'z':
			return ""
		}
	}
	return ""
}

// word reads up to a space, or to the parenthesis that closes a group. Quotes may
// be around all of it or a part.
func (p *filterParser) word() (value string, quoted bool, err error) {
	var b strings.Builder
	for p.at < len(p.text) && !isSpaceAt(p.text, p.at) {
		switch c := p.text[p.at]; {
		case c == '"':
			quoted = true
			if err := p.quoted(&b); err != nil {
				return "", true, err
			}
			continue
		case c == ')' && p.open > 0:
			return b.String(), quoted, nil
		default:
			b.WriteByte(c)
		}
		p.at++
	}
	return b.String(), quoted, nil
}

func (p *filterParser) quoted(b *strings.Builder) error {
	start := p.at
	for p.at++; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			return nil
		case c == '\\' && p.at+1 < len(p.text) && (p.text[p.at+1] == '"' || p.text[p.at+1] == '\\'):
			p.at++
			b.WriteByte(p.text[p.at])
		default:
			b.WriteByte(c)
		}
	}
	return p.fail(start, "this quote is not closed")
}

func (p *filterParser) keyword(word string) bool {
	if !p.peekKeyword(word) {
		return false
	}
	p.at += len(word)
	return true
}

// peekKeyword reports whether word stands here by itself.
func (p *filterParser) peekKeyword(word string) bool {
	p.skipSpace()
	end := p.at + len(word)
	if end > len(p.text) || !strings.EqualFold(p.text[p.at:end], word) {
		return false
	}
	return end == len(p.text) || isSpaceAt(p.text, end) || p.text[end] == '(' || p.text[end] == ')'
}

func (p *filterParser) skipSpace() {
	for p.at < len(p.text) && isSpaceAt(p.text, p.at) {
		_, size := utf8.DecodeRuneInString(p.text[p.at:])
		p.at += size
	}
}

func isSpaceAt(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return unicode.IsSpace(r)
}
