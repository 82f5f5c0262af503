package template

import (
	"strings"
	"unicode/utf8"
)

// A parser reads one template. It panics with an *Error, which parseFile recovers.
type parser struct {
	scan       scanner
	file       *file
	whitespace string
	maxDepth   int
	depth      int
}

// parseFile parses src on its own.
func parseFile(src *source, o *Options) (f *file, err error) {
	defer func() {
		if e, ok := recover().(*Error); ok {
			f, err = nil, e
		} else if f == nil {
			panic("template: parser failed without an error")
		}
	}()
	for i, r := range src.text {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(src.text[i:]); n == 1 {
				panic(newError(KindParse, &place{src, i, nil}, "UnicodeDecodeError", "the template is not valid UTF-8"))
			}
		}
	}
	p := &parser{scan: scanner{src: src}, file: &file{src: src}, whitespace: o.Whitespace, maxDepth: o.MaxDepth}
	if p.whitespace == "" {
		p.whitespace = defaultWhitespace(src.name)
	}
	p.setAutoescape(o.Autoescape, 0)
	p.file.nodes, _ = p.nodes(enclosure{})
	return p.file, nil
}

// An enclosure is the block whose body is being read.
type enclosure struct {
	operator string // empty at the top
	open     int
	inLoop   bool
}

func (p *parser) fail(off int, message string) {
	panic(newError(KindParse, &place{p.scan.src, off, nil}, "ParseError", message))
}

// setAutoescape sets the function of the whole file. An empty name comes from a
// directive or an option without one and turns escaping off, as None does.
func (p *parser) setAutoescape(function string, off int) {
	p.file.autoescape = nil
	if function == "" || function == "None" {
		return
	}
	src := p.scan.src
	if off == 0 {
		// An option has no place in the template; errors point at its start.
		src = &source{name: p.scan.src.name, file: p.scan.src.file, text: function}
	}
	x := newExprParser(src, function, off, p.maxDepth)
	p.file.autoescape = x.test()
	x.end()
}

// nodes reads up to the tag that ends the enclosure or begins its next part, and
// gives that tag.
func (p *parser) nodes(in enclosure) (nodes []node, end directive) {
	if p.depth++; p.maxDepth > 0 && p.depth > p.maxDepth {
		p.fail(in.open, "blocks are nested too deeply")
	}
	defer func() { p.depth-- }()
	for {
		t := p.scan.next()
		switch t.kind {
		case tokenEOF:
			if in.operator != "" {
				p.fail(in.open, "Missing {% end %} block for "+in.operator)
			}
			return nodes, directive{}
		case tokenText:
			nodes = append(nodes, &textNode{leaf{offset(t.open)}, filterWhitespace(p.whitespace, t.text)})
		case tokenBrace:
			nodes = append(nodes, &textNode{leaf{offset(t.open)}, t.text})
		case tokenExpression:
			if t.text == "" {
				p.fail(t.end, "Empty expression")
			}
			nodes = append(nodes, p.output(t.text, t.off, t.open, false))
		case tokenBlock:
			d := p.directive(t)
			if p.ends(d, in) {
				return nodes, d
			}
			if n := p.node(d, in); n != nil {
				nodes = append(nodes, n)
			}
		}
	}
}

// A directive is a {% %} tag: an operator and, behind a space, its argument.
type directive struct {
	operator  string
	suffix    string
	open      int // of the tag
	off       int // of the operator
	suffixOff int
}

func (p *parser) directive(t token) directive {
	if t.text == "" {
		p.fail(t.open, "Empty block tag ({% %})")
	}
	operator, suffix, _ := strings.Cut(t.text, " ")
	trimmed := strings.TrimLeftFunc(suffix, isSpace)
	return directive{
		operator:  operator,
		suffix:    trimmed,
		open:      t.open,
		off:       t.off,
		suffixOff: t.off + len(t.text) - len(trimmed),
	}
}

// parts say which blocks a tag can divide.
var parts = map[string]struct{ parents, described string }{
	"else":    {"for if try while", "{'for', 'if', 'try', 'while'}"},
	"elif":    {"if", "{'if'}"},
	"except":  {"try", "{'try'}"},
	"finally": {"try", "{'try'}"},
}

// ends reports whether d ends or divides the enclosure.
func (p *parser) ends(d directive, in enclosure) bool {
	if d.operator == "end" {
		if in.operator == "" {
			p.fail(d.open, "Extra {% end %} block")
		}
		return true
	}
	part, ok := parts[d.operator]
	if !ok {
		return false
	}
	if in.operator == "" {
		p.fail(d.open, d.operator+" outside "+part.described+" block")
	}
	for _, parent := range strings.Fields(part.parents) {
		if parent == in.operator {
			return true
		}
	}
	p.fail(d.open, d.operator+" block cannot be attached to "+in.operator+" block")
	return false
}

var operatorNames = []string{
	"apply", "autoescape", "block", "break", "comment", "continue", "elif", "else", "end", "except", "extends", "finally",
	"for", "from", "if", "import", "include", "module", "raw", "set", "try", "while", "whitespace",
}

// node reads one directive and what it encloses; nil if nothing comes of it.
func (p *parser) node(d directive, in enclosure) node {
	at := offset(d.open)
	switch d.operator {
	case "comment":
		return nil
	case "extends":
		return &extendsNode{leaf{at}, p.path(d)}
	case "include":
		return &includeNode{leaf{at}, p.path(d)}
	case "import", "from":
		p.need(d, "import missing statement")
		return p.importStatement(d)
	case "set":
		p.need(d, "set missing statement")
		x := p.expr(d)
		statements, names := x.statements()
		return &setNode{at, statements, names}
	case "autoescape":
		p.setAutoescape(d.suffix, d.suffixOff)
		return nil
	case "whitespace":
		if !validWhitespace(d.suffix) {
			p.fail(d.suffixOff, "invalid whitespace mode "+d.suffix)
		}
		p.whitespace = d.suffix
		return nil
	case "raw":
		return p.output(d.suffix, d.suffixOff, d.open, true)
	case "module":
		return p.module(d)
	case "apply":
		return p.apply(d)
	case "block":
		p.need(d, "block missing name")
		body, _ := p.nodes(enclosure{"block", d.open, in.inLoop})
		return &blockNode{at, d.suffix, body}
	case "if":
		return p.ifBlock(d, in)
	case "for":
		return p.forBlock(d)
	case "while":
		return p.whileBlock(d)
	case "try":
		return p.tryBlock(d, in)
	case "break", "continue":
		if !in.inLoop {
			p.fail(d.open, d.operator+" outside {'for', 'while'} block")
		}
		p.bare(d)
		if d.operator == "break" {
			return &breakNode{leaf{at}}
		}
		return &continueNode{leaf{at}}
	}
	p.fail(d.open, "unknown operator: "+quoted(d.operator)+operatorHint(d.operator))
	return nil
}

func (p *parser) need(d directive, message string) {
	if d.suffix == "" {
		p.fail(d.open, message)
	}
}

// bare refuses an argument.
func (p *parser) bare(d directive) {
	if condition, ok := strings.CutPrefix(d.suffix, "if "); ok && d.operator == "else" {
		p.fail(d.suffixOff, "else takes no condition; write {% elif "+condition+" %}")
	}
	p.expr(d).end()
}

func (p *parser) path(d directive) string {
	name := strings.Trim(strings.Trim(d.suffix, `"`), "'")
	if name == "" {
		p.fail(d.open, d.operator+" missing file path")
	}
	return name
}

func (p *parser) expr(d directive) *exprParser {
	return newExprParser(p.scan.src, d.suffix, d.suffixOff, p.maxDepth)
}

func (p *parser) output(text string, off, open int, raw bool) node {
	x := newExprParser(p.scan.src, text, off, p.maxDepth)
	value := x.expressionList()
	x.end()
	return &outputNode{offset: offset(open), value: value, raw: raw, names: x.binds}
}

// module turns {% module Name(...) %} into raw output of _tt_modules.Name(...).
func (p *parser) module(d directive) node {
	x := p.expr(d)
	value := x.test()
	x.end()
	return &outputNode{
		offset: offset(d.open), value: inNamespace(value, "_tt_modules"), raw: true, names: x.binds, module: d.suffix,
	}
}

// inNamespace looks the name that begins e up in an object.
func inNamespace(e expr, object string) expr {
	switch e := e.(type) {
	case *nameExpr:
		return &attrExpr{e.offset, &nameExpr{e.offset, object}, e.name}
	case *attrExpr:
		return &attrExpr{e.offset, inNamespace(e.base, object), e.name}
	case *indexExpr:
		return &indexExpr{e.offset, inNamespace(e.base, object), e.index}
	case *callExpr:
		return &callExpr{e.offset, inNamespace(e.function, object), e.args}
	case *condExpr:
		return &condExpr{e.offset, e.condition, inNamespace(e.yes, object), e.no}
	case *binaryExpr:
		return &binaryExpr{e.offset, e.op, inNamespace(e.x, object), e.y}
	case *logicExpr:
		return &logicExpr{e.offset, e.isAnd, inNamespace(e.x, object), e.y}
	case *compareExpr:
		return &compareExpr{e.offset, inNamespace(e.first, object), e.links}
	}
	return e
}

func (p *parser) apply(d directive) node {
	body, _ := p.nodes(enclosure{"apply", d.open, false})
	p.need(d, "apply missing method name")
	x := p.expr(d)
	function := x.test()
	x.end()
	return &applyNode{offset(d.open), function, body}
}

func (p *parser) ifBlock(d directive, in enclosure) node {
	n := &ifNode{offset: offset(d.open)}
	orElse := false
	for d.operator != "end" {
		if d.operator == "else" {
			p.bare(d)
		} else {
			x := p.expr(d)
			n.conditions = append(n.conditions, x.test())
			x.end()
			n.names = append(n.names, x.binds...)
		}
		if orElse {
			p.fail(d.open, d.operator+" after else")
		}
		orElse = d.operator == "else"
		var body []node
		body, d = p.nodes(enclosure{"if", int(n.offset), in.inLoop})
		n.branches = append(n.branches, body)
	}
	if !orElse {
		n.branches = append(n.branches, nil)
	}
	return n
}

func (p *parser) forBlock(d directive) node {
	n := &forNode{offset: offset(d.open)}
	x := p.expr(d)
	n.target = x.targetList()
	x.expect("in")
	n.iter = x.expressionList()
	x.end()
	n.names = append(n.target.names(nil), x.binds...)
	n.body, n.orElse = p.loop("for", d.open)
	return n
}

func (p *parser) whileBlock(d directive) node {
	n := &whileNode{offset: offset(d.open)}
	x := p.expr(d)
	n.condition = x.test()
	x.end()
	n.names = x.binds
	n.body, n.orElse = p.loop("while", d.open)
	return n
}

func (p *parser) loop(operator string, open int) (body, orElse []node) {
	in := enclosure{operator, open, true}
	body, d := p.nodes(in)
	if d.operator == "else" {
		p.bare(d)
		if orElse, d = p.nodes(in); d.operator != "end" {
			p.fail(d.open, d.operator+" after else")
		}
	}
	return body, orElse
}

func (p *parser) tryBlock(d directive, in enclosure) node {
	p.bare(d)
	n := &tryNode{offset: offset(d.open)}
	enclosed := enclosure{"try", d.open, in.inLoop}
	n.body, d = p.nodes(enclosed)
	for d.operator == "except" {
		if k := len(n.clauses); k > 0 && n.clauses[k-1].class == nil {
			p.fail(d.open, "an except without a class must be the last")
		}
		c := p.exceptClause(d)
		if c.name != "" {
			n.names = append(n.names, c.name)
		}
		c.body, d = p.nodes(enclosed)
		n.clauses = append(n.clauses, c)
	}
	if d.operator == "else" && n.clauses != nil {
		p.bare(d)
		n.orElse, d = p.nodes(enclosed)
	}
	hasFinally := d.operator == "finally"
	if hasFinally {
		p.bare(d)
		n.finally, d = p.nodes(enclosed)
	}
	if d.operator != "end" {
		p.fail(d.open, d.operator+" is out of order in try")
	}
	if n.clauses == nil && !hasFinally {
		p.fail(int(n.offset), "try without except or finally")
	}
	return n
}

func (p *parser) exceptClause(d directive) exceptClause {
	c := exceptClause{offset: offset(d.open)}
	x := p.expr(d)
	if x.tok.kind != lexEnd {
		c.class = x.test()
		if x.accept("as") {
			c.name = x.name()
		}
	}
	x.end()
	return c
}

// importStatement reads {% import a.b as c, d %} and {% from a.b import c as d, e %}.
func (p *parser) importStatement(d directive) node {
	n := &importNode{offset: offset(d.open), from: d.operator == "from"}
	x := p.expr(d)
	if n.from {
		n.module = dottedName(x)
		x.expect("import")
	}
	parenthesised := n.from && x.accept("(")
	for {
		var item importItem
		if n.from {
			item.name = x.name()
			item.as = item.name
		} else {
			item.name = dottedName(x)
			item.as, _, _ = strings.Cut(item.name, ".")
		}
		if x.accept("as") {
			item.as = x.name()
		}
		n.items = append(n.items, item)
		n.names = append(n.names, item.as)
		if !x.accept(",") || parenthesised && x.tok.is(")") {
			break
		}
	}
	if parenthesised {
		x.expect(")")
	}
	x.end()
	return n
}

func dottedName(x *exprParser) string {
	name := x.name()
	for x.accept(".") {
		name += "." + x.name()
	}
	return name
}
