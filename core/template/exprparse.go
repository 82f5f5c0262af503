package template

import "strings"

// maxExprNodes bounds one expression, whatever its shape.
const maxExprNodes = 10_000

// An exprParser turns the text of a tag into expressions. It panics with an
// *Error, which parse recovers.
type exprParser struct {
	scan  exprScanner
	tok   lexeme
	peek  *lexeme // the lexeme after tok, if it has been read
	depth int
	limit int
	count int
	binds []string // names assigned by :=
}

func newExprParser(src *source, text string, off, maxDepth int) *exprParser {
	p := &exprParser{scan: exprScanner{src: src, text: text, base: off}, limit: maxDepth}
	p.advance()
	return p
}

func (p *exprParser) advance() lexeme {
	l := p.tok
	if p.peek != nil {
		p.tok, p.peek = *p.peek, nil
	} else {
		p.tok = p.scan.next()
	}
	return l
}

func (p *exprParser) ahead() lexeme {
	if p.peek == nil {
		l := p.scan.next()
		p.peek = &l
	}
	return *p.peek
}

func (p *exprParser) fail(off int, message string) { p.scan.fail(off, message) }

// misplaced fails for what cannot stand at off.
func (p *exprParser) misplaced(off int, message string) { p.fail(off, message+p.scan.hint(off)) }

func (p *exprParser) accept(text string) bool {
	if p.tok.is(text) {
		p.advance()
		return true
	}
	return false
}

func (p *exprParser) expect(text string) {
	if !p.accept(text) {
		p.misplaced(p.tok.off, "expected "+quoted(text)+", found "+p.tok.describe())
	}
}

// comma reads a comma where the end of a list could stand as well.
func (p *exprParser) comma(closing string) {
	if !p.accept(",") {
		p.misplaced(p.tok.off, "expected ',' or "+quoted(closing)+", found "+p.tok.describe())
	}
}

func (p *exprParser) end() {
	if p.tok.kind != lexEnd {
		p.misplaced(p.tok.off, "unexpected "+p.tok.describe()+" in expression")
	}
}

func (p *exprParser) name() string {
	if p.tok.kind != lexName {
		p.fail(p.tok.off, "expected a name, found "+p.tok.describe())
	}
	return p.advance().text
}

// enter counts a level of nesting; leave takes it back.
func (p *exprParser) enter() {
	if p.depth++; p.limit > 0 && p.depth > p.limit {
		p.fail(p.tok.off, "expression is nested too deeply")
	}
}

func (p *exprParser) leave() { p.depth-- }

// at gives the offset of a new expression and counts it.
func (p *exprParser) at(off int) offset {
	if p.count++; p.count > maxExprNodes {
		p.fail(off, "expression is too long")
	}
	return offset(off)
}

// expressionList reads one expression, or several with commas, which make a tuple.
func (p *exprParser) expressionList() expr {
	off := p.tok.off
	first := p.starOrTest()
	if !p.tok.is(",") {
		p.noStar(first)
		return first
	}
	items := []expr{first}
	for p.accept(",") {
		if p.endsList() {
			break
		}
		items = append(items, p.starOrTest())
	}
	return &sequenceExpr{p.at(off), tupleKind, items}
}

func (p *exprParser) endsList() bool {
	return p.tok.kind == lexEnd || p.tok.is(")") || p.tok.is("]") || p.tok.is("}") || p.tok.is("=") || p.tok.is(";") ||
		p.tok.is("in")
}

func (p *exprParser) noStar(e expr) {
	if s, ok := e.(*starExpr); ok {
		p.fail(s.pos(), "a starred expression needs a list or tuple round it")
	}
}

func (p *exprParser) starOrTest() expr {
	if p.tok.is("*") {
		off := p.advance().off
		return &starExpr{p.at(off), p.binary(0)}
	}
	return p.test()
}

// test reads a conditional expression, a lambda, or name := value.
func (p *exprParser) test() expr {
	p.enter()
	defer p.leave()
	off := p.tok.off
	if p.tok.is("lambda") {
		return p.lambda()
	}
	if p.tok.kind == lexName && p.ahead().is(":=") {
		name := p.advance().text
		p.advance()
		p.binds = append(p.binds, name)
		return &walrusExpr{p.at(off), name, p.test()}
	}
	e := p.or()
	if !p.tok.is("if") {
		return e
	}
	p.advance()
	condition := p.or()
	p.expect("else")
	return &condExpr{p.at(off), condition, e, p.test()}
}

func (p *exprParser) lambda() expr {
	l := &lambdaExpr{offset: p.at(p.advance().off)}
	kind := anyParameter
	hasDefault := false
	for !p.tok.is(":") {
		off := p.tok.off
		q := parameter{kind: kind}
		switch {
		case kind == keywordsParameter:
			p.fail(off, "a parameter follows **"+l.params[len(l.params)-1].name)
		case p.accept("**"):
			kind = keywordsParameter
			q.kind, q.name = kind, p.name()
		case p.tok.is("*") && kind == anyParameter:
			p.advance()
			kind = namedParameter
			if p.accept(",") {
				continue
			}
			q.kind, q.name = listParameter, p.name()
		default:
			q.name = p.name()
			if p.accept("=") {
				q.def = p.test()
			} else if hasDefault && kind == anyParameter {
				p.fail(p.tok.off, "a parameter without default follows one with a default")
			}
			hasDefault = hasDefault || q.def != nil
		}
		for _, other := range l.params {
			if other.name == q.name {
				p.fail(off, "two parameters of the name "+quoted(q.name))
			}
		}
		l.params = append(l.params, q)
		if !p.accept(",") {
			break
		}
	}
	p.expect(":")
	outside := p.binds
	p.binds = nil
	l.body = p.test()
	l.bound, p.binds = p.binds, outside
	return l
}

func (p *exprParser) or() expr {
	e := p.and()
	for p.tok.is("or") {
		off := p.advance().off
		e = &logicExpr{p.at(off), false, e, p.and()}
	}
	return e
}

func (p *exprParser) and() expr {
	e := p.not()
	for p.tok.is("and") {
		off := p.advance().off
		e = &logicExpr{p.at(off), true, e, p.not()}
	}
	return e
}

func (p *exprParser) not() expr {
	if !p.tok.is("not") {
		return p.comparison()
	}
	p.enter()
	defer p.leave()
	off := p.advance().off
	return &unaryExpr{p.at(off), "not", p.not()}
}

func (p *exprParser) comparison() expr {
	first := p.binary(0)
	var links []comparison
	for {
		off := p.tok.off
		op := p.comparisonOperator()
		if op == "" {
			break
		}
		links = append(links, comparison{p.at(off), op, p.binary(0)})
	}
	if links == nil {
		return first
	}
	return &compareExpr{p.at(first.pos()), first, links}
}

func (p *exprParser) comparisonOperator() string {
	switch {
	case p.tok.is("not") && p.ahead().is("in"):
		p.advance()
		p.advance()
		return "not in"
	case p.tok.is("is"):
		p.advance()
		if p.accept("not") {
			return "is not"
		}
		return "is"
	case p.tok.is("in"), p.tok.is("=="), p.tok.is("!="), p.tok.is("<"), p.tok.is("<="), p.tok.is(">"), p.tok.is(">="):
		return p.advance().text
	}
	return ""
}

// binaryLevels are the arithmetic operators, loosest first.
var binaryLevels = [][]string{{"|"}, {"^"}, {"&"}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "//", "%"}}

func (p *exprParser) binary(level int) expr {
	if level == len(binaryLevels) {
		return p.unary()
	}
	e := p.binary(level + 1)
	for {
		op := p.operatorOf(level)
		if op == "" {
			return e
		}
		off := p.advance().off
		e = &binaryExpr{p.at(off), op, e, p.binary(level + 1)}
	}
}

func (p *exprParser) operatorOf(level int) string {
	for _, op := range binaryLevels[level] {
		if p.tok.is(op) {
			return op
		}
	}
	return ""
}

func (p *exprParser) unary() expr {
	if !p.tok.is("-") && !p.tok.is("+") && !p.tok.is("~") {
		return p.power()
	}
	p.enter()
	defer p.leave()
	op := p.advance()
	return &unaryExpr{p.at(op.off), op.text, p.unary()}
}

func (p *exprParser) power() expr {
	e := p.postfix()
	if !p.tok.is("**") {
		return e
	}
	p.enter()
	defer p.leave()
	off := p.advance().off
	return &binaryExpr{p.at(off), "**", e, p.unary()}
}

func (p *exprParser) postfix() expr {
	e := p.atom()
	for {
		off := p.tok.off
		switch {
		case p.accept("."):
			off = p.tok.off
			if p.tok.kind == lexKeyword {
				p.fail(off, quoted(p.tok.text)+" cannot be an attribute")
			}
			e = &attrExpr{p.at(off), e, p.name()}
		case p.accept("("):
			e = &callExpr{p.at(e.pos()), e, p.arguments()}
		case p.accept("["):
			e = &indexExpr{p.at(off), e, p.subscript()}
		default:
			return e
		}
	}
}

func (p *exprParser) arguments() []argument {
	p.enter()
	defer p.leave()
	var args []argument
	named := false
	for !p.tok.is(")") {
		a := argument{offset: p.at(p.tok.off)}
		switch {
		case p.accept("**"):
			a.name = "**"
			a.value = p.test()
		case p.tok.kind == lexName && p.ahead().is("="):
			a.name = p.advance().text
			p.advance()
			a.value = p.test()
		default:
			a.value = p.starOrTest()
			if p.tok.is("for") {
				a.value = p.comprehension(generatorKind, int(a.offset), nil, a.value)
			}
			if named {
				p.fail(int(a.offset), "a positional argument follows a keyword argument")
			}
		}
		named = named || a.name != ""
		args = append(args, a)
		if !p.tok.is(")") {
			p.comma(")")
		}
	}
	p.advance()
	return args
}

// subscript reads what stands between brackets behind a value.
func (p *exprParser) subscript() expr {
	p.enter()
	defer p.leave()
	off := p.tok.off
	var e expr
	if !p.tok.is(":") {
		if e = p.expressionList(); p.accept("]") {
			return e
		}
	}
	s := &sliceExpr{offset: p.at(off), low: e}
	p.expect(":")
	if !p.tok.is(":") && !p.tok.is("]") {
		s.high = p.test()
	}
	if p.accept(":") && !p.tok.is("]") {
		s.step = p.test()
	}
	p.expect("]")
	return s
}

func (p *exprParser) atom() expr {
	l := p.tok
	switch l.kind {
	case lexName:
		p.advance()
		return &nameExpr{p.at(l.off), l.text}
	case lexNumber:
		p.advance()
		return &constExpr{p.at(l.off), l.value}
	case lexString, lexFormatted:
		return p.strings()
	}
	switch {
	case p.accept("None"):
		return &constExpr{p.at(l.off), nil}
	case p.accept("True"):
		return &constExpr{p.at(l.off), true}
	case p.accept("False"):
		return &constExpr{p.at(l.off), false}
	case p.accept("("):
		return p.parenthesised(l.off)
	case p.accept("["):
		return p.list(l.off)
	case p.accept("{"):
		return p.braces(l.off)
	}
	if l.kind == lexEnd {
		p.misplaced(l.off, "the expression is incomplete")
	}
	p.misplaced(l.off, "unexpected "+l.describe()+" in expression")
	return nil
}

// strings joins adjacent string literals.
func (p *exprParser) strings() expr {
	off := p.tok.off
	var parts []formattedPart
	plain := true
	var first any
	for n := 0; p.tok.kind == lexString || p.tok.kind == lexFormatted; n++ {
		l := p.advance()
		if l.kind == lexFormatted {
			plain = false
			parts = append(parts, p.formattedParts(l.text, l.off, l.raw)...)
			continue
		}
		if n == 0 {
			first = l.value
		}
		parts = append(parts, formattedPart{text: string(appendText(nil, l.value))})
	}
	if !plain {
		return &formattedExpr{p.at(off), parts}
	}
	if len(parts) == 1 {
		return &constExpr{p.at(off), first}
	}
	var b strings.Builder
	for _, part := range parts {
		b.WriteString(part.text)
	}
	if _, isBytes := first.([]byte); isBytes {
		return &constExpr{p.at(off), []byte(b.String())}
	}
	return &constExpr{p.at(off), b.String()}
}

func (p *exprParser) parenthesised(off int) expr {
	p.enter()
	defer p.leave()
	if p.accept(")") {
		return &sequenceExpr{p.at(off), tupleKind, nil}
	}
	e := p.starOrTest()
	if p.tok.is("for") {
		e = p.comprehension(generatorKind, off, nil, e)
		p.expect(")")
		return e
	}
	if p.accept(")") {
		p.noStar(e)
		return e
	}
	items := p.rest(e, ")")
	return &sequenceExpr{p.at(off), tupleKind, items}
}

// rest reads the items behind the first, up to closing.
func (p *exprParser) rest(first expr, closing string) []expr {
	items := []expr{first}
	for !p.tok.is(closing) {
		p.comma(closing)
		if !p.tok.is(closing) {
			items = append(items, p.starOrTest())
		}
	}
	p.advance()
	return items
}

func (p *exprParser) list(off int) expr {
	p.enter()
	defer p.leave()
	if p.accept("]") {
		return &sequenceExpr{p.at(off), listKind, nil}
	}
	e := p.starOrTest()
	if p.tok.is("for") {
		e = p.comprehension(listKind, off, nil, e)
		p.expect("]")
		return e
	}
	return &sequenceExpr{p.at(off), listKind, p.rest(e, "]")}
}

// braces reads a dict or a set.
func (p *exprParser) braces(off int) expr {
	p.enter()
	defer p.leave()
	if p.accept("}") {
		return &dictExpr{offset: p.at(off)}
	}
	if !p.tok.is("**") {
		first := p.starOrTest()
		if !p.tok.is(":") {
			if p.tok.is("for") {
				e := p.comprehension(setKind, off, nil, first)
				p.expect("}")
				return e
			}
			return &sequenceExpr{p.at(off), setKind, p.rest(first, "}")}
		}
		p.advance()
		value := p.test()
		if p.tok.is("for") {
			e := p.comprehension(dictKind, off, first, value)
			p.expect("}")
			return e
		}
		return p.dictRest(&dictExpr{p.at(off), []expr{first}, []expr{value}})
	}
	p.advance()
	return p.dictRest(&dictExpr{p.at(off), []expr{nil}, []expr{p.binary(0)}})
}

func (p *exprParser) dictRest(d *dictExpr) expr {
	for !p.accept("}") {
		p.comma("}")
		if p.accept("}") {
			break
		}
		if p.accept("**") {
			d.keys, d.values = append(d.keys, nil), append(d.values, p.binary(0))
			continue
		}
		key := p.test()
		p.expect(":")
		d.keys, d.values = append(d.keys, key), append(d.values, p.test())
	}
	return d
}

func (p *exprParser) comprehension(kind sequenceKind, off int, key, item expr) expr {
	c := &comprehensionExpr{offset: p.at(off), kind: kind, key: key, item: item}
	for p.accept("for") {
		var clause comprehensionClause
		clause.target = p.targetList()
		p.expect("in")
		clause.iter = p.or()
		for p.accept("if") {
			clause.ifs = append(clause.ifs, p.or())
		}
		c.clauses = append(c.clauses, clause)
	}
	return c
}

// targetList reads what {% for %} and comprehensions assign to.
func (p *exprParser) targetList() target {
	off := p.tok.off
	first := p.targetItem()
	if !p.tok.is(",") {
		if first.star {
			p.fail(off, "a starred target needs others beside it")
		}
		return first
	}
	t := target{offset: offset(off), items: []target{first}}
	for p.accept(",") {
		if p.endsList() {
			break
		}
		t.items = append(t.items, p.targetItem())
	}
	p.oneStar(&t)
	return t
}

func (p *exprParser) targetItem() target {
	star := p.accept("*")
	t := p.asTarget(p.postfix())
	t.star = star
	return t
}

// asTarget turns an expression that stands before "=" or "in" into a target.
func (p *exprParser) asTarget(e expr) target {
	t := target{offset: offset(e.pos())}
	switch e := e.(type) {
	case *nameExpr:
		t.name = e.name
		return t
	case *indexExpr:
		t.base, t.index = e.base, e.index
		return t
	case *attrExpr:
		t.base, t.attr = e.base, e.name
		return t
	case *starExpr:
		t = p.asTarget(e.value)
		t.star = true
		return t
	case *sequenceExpr:
		if e.kind != setKind {
			t.items = make([]target, len(e.items))
			for i, item := range e.items {
				t.items[i] = p.asTarget(item)
			}
			p.oneStar(&t)
			return t
		}
	}
	p.fail(e.pos(), "cannot assign to this expression")
	return t
}

func (p *exprParser) oneStar(t *target) {
	stars := 0
	for i := range t.items {
		if t.items[i].star {
			stars++
		}
	}
	if stars > 1 {
		p.fail(int(t.offset), "more than one starred target")
	}
}

// statements reads the text of {% set %}: assignments and expressions between
// semicolons.
func (p *exprParser) statements() (list []statement, names []string) {
	for p.tok.kind != lexEnd {
		s := p.statement()
		list = append(list, s)
		for i := range s.targets {
			names = s.targets[i].names(names)
		}
		if !p.accept(";") {
			break
		}
	}
	p.end()
	return list, append(names, p.binds...)
}

func (p *exprParser) statement() statement {
	off := p.tok.off
	if p.accept("del") {
		t := p.asTarget(p.expressionList())
		return statement{offset: p.at(off), targets: []target{t}, kind: statementDel}
	}
	if p.accept("pass") {
		return statement{offset: p.at(off), kind: statementPass}
	}
	if p.accept("raise") {
		return statement{offset: p.at(off), kind: statementRaise, value: p.test()}
	}
	if p.accept("assert") {
		s := statement{offset: p.at(off), kind: statementAssert, value: p.test()}
		if p.accept(",") {
			s.message = p.test()
		}
		return s
	}
	value := p.expressionList()
	s := statement{offset: p.at(off)}
	if op := p.tok; op.kind == lexOperator && len(op.text) > 1 && strings.HasSuffix(op.text, "=") && binaryOperator(op.text[:len(op.text)-1]) {
		p.advance()
		t := p.asTarget(value)
		if t.items != nil {
			p.fail(off, "cannot assign to several targets with "+quoted(op.text))
		}
		s.targets, s.op, s.value = []target{t}, op.text[:len(op.text)-1], p.expressionList()
		return s
	}
	for p.accept("=") {
		s.targets = append(s.targets, p.asTarget(value))
		value = p.expressionList()
	}
	s.value = value
	return s
}

func binaryOperator(op string) bool {
	for _, level := range binaryLevels {
		for _, o := range level {
			if o == op {
				return true
			}
		}
	}
	return op == "**"
}
