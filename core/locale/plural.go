package locale

import (
	"fmt"
	"strconv"
	"strings"
)

// A pluralRule says which form of a message goes with a number of things.
type pluralRule struct {
	forms int
	which pluralExpr
}

// A pluralExpr computes a number from n, in C's arithmetic of unsigned numbers. It
// panics with errDivision if it divides by zero.
type pluralExpr func(n uint64) uint64

// germanic is the rule of catalogues that state none: one thing, or many.
var germanic = &pluralRule{2, func(n uint64) uint64 { return truth(n != 1) }}

// maxPluralExpr is how long an expression may be, in bytes; the longest of a real
// language has 120.
const maxPluralExpr = 1000

// form gives the form for count things. It reports false if the rule fails.
func (r *pluralRule) form(count int) (form int, ok bool) {
	defer func() {
		if err := recover(); err != nil && err != errDivision {
			panic(err)
		}
	}()
	n := uint64(count)
	if count < 0 {
		n = -n
	}
	which := r.which(n)
	return int(min(which, uint64(r.forms))), which < uint64(r.forms)
}

var errDivision = fmt.Errorf("the expression divides by zero")

// parsePluralForms reads the value of a Plural-Forms header,
// "nplurals=2; plural=n != 1;".
func parsePluralForms(header string) (*pluralRule, error) {
	forms, expression := -1, ""
	for part := range strings.SplitSeq(header, ";") {
		name, value, _ := strings.Cut(part, "=")
		switch strings.TrimSpace(name) {
		case "nplurals":
			n, err := strconv.Atoi(strings.TrimSpace(value))
			if err != nil || n < 1 || n > 100 {
				return nil, fmt.Errorf("nplurals=%q is no number of forms", value)
			}
			forms = n
		case "plural":
			expression = value
		}
	}
	if forms < 0 || expression == "" {
		return nil, fmt.Errorf("%q lacks nplurals or plural", header)
	}
	which, err := parsePlural(expression)
	if err != nil {
		return nil, err
	}
	return &pluralRule{forms, which}, nil
}

// parsePlural reads an expression of n, numbers, ?:, || && == != < <= > >= + - * /
// % and !, as in C.
func parsePlural(text string) (e pluralExpr, err error) {
	if len(text) > maxPluralExpr {
		return nil, fmt.Errorf("a plural expression of %d bytes is too long", len(text))
	}
	p := pluralParser{rest: text}
	defer func() {
		if message, ok := recover().(pluralSyntax); ok {
			e, err = nil, fmt.Errorf("plural=%s: %s", text, string(message))
		}
	}()
	e = p.conditional()
	if p.blanks(); p.rest != "" {
		p.fail()
	}
	return e, nil
}

// A pluralParser descends recursively; the length of the text bounds its depth. It
// panics with a pluralSyntax.
type pluralParser struct{ rest string }

type pluralSyntax string

func (p *pluralParser) fail() {
	if p.rest == "" {
		panic(pluralSyntax("it ends too early"))
	}
	panic(pluralSyntax(fmt.Sprintf("%q is not understood", p.rest)))
}

func (p *pluralParser) blanks() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

func (p *pluralParser) accept(token string) bool {
	p.blanks()
	rest, ok := strings.CutPrefix(p.rest, token)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *pluralParser) expect(token string) {
	if !p.accept(token) {
		p.fail()
	}
}

func (p *pluralParser) conditional() pluralExpr {
	condition := p.binary(0)
	if !p.accept("?") {
		return condition
	}
	yes := p.conditional()
	p.expect(":")
	no := p.conditional()
	return func(n uint64) uint64 {
		if condition(n) != 0 {
			return yes(n)
		}
		return no(n)
	}
}

type pluralOperator struct {
	token string
	apply func(a, b pluralExpr) pluralExpr
}

// pluralOperators are the binary operators, those that bind loosest first. Of two
// on one level, one that begins like the other comes before it.
var pluralOperators = [][]pluralOperator{
	{{"||", func(a, b pluralExpr) pluralExpr {
		return func(n uint64) uint64 { return truth(a(n) != 0 || b(n) != 0) }
	}}},
	{{"&&", func(a, b pluralExpr) pluralExpr {
		return func(n uint64) uint64 { return truth(a(n) != 0 && b(n) != 0) }
	}}},
	{
		{"==", strict(func(a, b uint64) uint64 { return truth(a == b) })},
		{"!=", strict(func(a, b uint64) uint64 { return truth(a != b) })},
	},
	{
		{"<=", strict(func(a, b uint64) uint64 { return truth(a <= b) })},
		{">=", strict(func(a, b uint64) uint64 { return truth(a >= b) })},
		{"<", strict(func(a, b uint64) uint64 { return truth(a < b) })},
		{">", strict(func(a, b uint64) uint64 { return truth(a > b) })},
	},
	{
		{"+", strict(func(a, b uint64) uint64 { return a + b })},
		{"-", strict(func(a, b uint64) uint64 { return a - b })},
	},
	{
		{"*", strict(func(a, b uint64) uint64 { return a * b })},
		{"/", strict(func(a, b uint64) uint64 { return a / divisor(b) })},
		{"%", strict(func(a, b uint64) uint64 { return a % divisor(b) })},
	},
}

// strict is an operator that needs both sides.
func strict(f func(a, b uint64) uint64) func(a, b pluralExpr) pluralExpr {
	return func(a, b pluralExpr) pluralExpr {
		return func(n uint64) uint64 { return f(a(n), b(n)) }
	}
}

func divisor(n uint64) uint64 {
	if n == 0 {
		panic(errDivision)
	}
	return n
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func (p *pluralParser) binary(level int) pluralExpr {
	if level == len(pluralOperators) {
		return p.unary()
	}
	left := p.binary(level + 1)
	for {
		operator, ok := p.operator(level)
		if !ok {
			return left
		}
		left = operator.apply(left, p.binary(level+1))
	}
}

func (p *pluralParser) operator(level int) (pluralOperator, bool) {
	for _, operator := range pluralOperators[level] {
		if p.accept(operator.token) {
			return operator, true
		}
	}
	return pluralOperator{}, false
}

func (p *pluralParser) unary() pluralExpr {
	switch {
	case p.accept("!"):
		operand := p.unary()
		return func(n uint64) uint64 { return truth(operand(n) == 0) }
	case p.accept("("):
		inner := p.conditional()
		p.expect(")")
		return inner
	case p.accept("n"):
		return func(n uint64) uint64 { return n }
	}
	digits := len(p.rest) - len(strings.TrimLeft(p.rest, "0123456789"))
	number, err := strconv.ParseUint(p.rest[:digits], 10, 32)
	if err != nil {
		p.fail()
	}
	p.rest = p.rest[digits:]
	return func(uint64) uint64 { return number }
}
