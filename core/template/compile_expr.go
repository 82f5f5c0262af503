package template

import (
	"cmp"
	"math/big"
)

// expr compiles an expression.
func (c *compiler) expr(e expr) eval {
	switch e := e.(type) {
	case *constExpr:
		v := e.value
		return func(*frame) any { return v }
	case *nameExpr:
		return c.name(e)
	case *attrExpr:
		base, at, cache := c.expr(e.base), c.place(e.pos()), &attrCache{name: e.name}
		if name, ok := e.base.(*nameExpr); ok {
			if slot, ok := c.slot(name.name); ok {
				return func(f *frame) any {
					v := f.locals[slot]
					if v == unbound {
						base(f) // tells so
					}
					return f.attribute(at, v, cache)
				}
			}
		}
		return func(f *frame) any { return f.attribute(at, base(f), cache) }
	case *indexExpr:
		base, index, at := c.expr(e.base), c.expr(e.index), c.place(e.pos())
		return func(f *frame) any {
			b := base(f)
			return f.index(at, b, index(f))
		}
	case *sliceExpr:
		low, high, step := c.optional(e.low), c.optional(e.high), c.optional(e.step)
		return func(f *frame) any { return sliceValue{settle(low(f)), settle(high(f)), settle(step(f))} }
	case *callExpr:
		return c.call(e)
	case *unaryExpr:
		return c.unary(e)
	case *binaryExpr:
		x, y, at, op := c.expr(e.x), c.expr(e.y), c.place(e.pos()), e.op
		return func(f *frame) any {
			v := x(f)
			return f.binary(at, op, v, y(f))
		}
	case *logicExpr:
		return c.logic(e)
	case *compareExpr:
		return c.compare(e)
	case *condExpr:
		condition, yes, no := c.expr(e.condition), c.expr(e.yes), c.expr(e.no)
		return func(f *frame) any {
			if truth(condition(f)) {
				return yes(f)
			}
			return no(f)
		}
	case *sequenceExpr:
		return c.sequence(e)
	case *dictExpr:
		return c.dict(e)
	case *comprehensionExpr:
		return c.comprehension(e)
	case *lambdaExpr:
		return c.lambda(e)
	case *walrusExpr:
		value := c.expr(e.value)
		slot, ok := c.slot(e.name)
		if !ok {
			panic(newError(KindParse, c.place(e.pos()), "", "':=' cannot be used here"))
		}
		return func(f *frame) any {
			v := settle(value(f))
			f.locals[slot] = v
			return v
		}
	case *formattedExpr:
		return c.formatted(e)
	case *starExpr:
		panic(newError(KindParse, c.place(e.pos()), "SyntaxError", "a starred expression cannot stand here"))
	}
	panic("template: unknown expression")
}

// optional compiles what may be absent.
func (c *compiler) optional(e expr) eval {
	if e == nil {
		return func(*frame) any { return nil }
	}
	return c.expr(e)
}

func (c *compiler) name(e *nameExpr) eval {
	at, name := c.place(e.pos()), e.name
	if slot, ok := c.slot(name); ok {
		return func(f *frame) any {
			v := f.locals[slot]
			if v == unbound {
				f.unassigned(at, name)
			}
			return v
		}
	}
	slot := c.global(name)
	return func(f *frame) any {
		v := f.globals[slot]
		if v == unbound {
			f.undefined(at, name)
		}
		return v
	}
}

// unassigned reports a local name without a value yet. That an argument of the
// same name is hidden surprises people, so it is said.
func (f *frame) unassigned(at *place, name string) {
	hint := ""
	if _, ok := f.args[name]; ok {
		hint = "; the template assigns to it, which hides the argument of that name"
	}
	f.raise(at, "UnboundLocalError", "name '%s' has no value yet%s", name, hint)
}

// condition compiles what is asked only whether it is true.
func (c *compiler) condition(e expr) func(*frame) bool {
	switch e := e.(type) {
	case *unaryExpr:
		if e.op == "not" {
			operand := c.condition(e.operand)
			return func(f *frame) bool { return !operand(f) }
		}
	case *logicExpr:
		x, y := c.condition(e.x), c.condition(e.y)
		if e.isAnd {
			return func(f *frame) bool { return x(f) && y(f) }
		}
		return func(f *frame) bool { return x(f) || y(f) }
	case *compareExpr:
		if len(e.links) == 1 {
			return c.comparison(e)
		}
	}
	value := c.expr(e)
	return func(f *frame) bool { return truth(value(f)) }
}

// comparison compiles a comparison of two values.
func (c *compiler) comparison(e *compareExpr) func(*frame) bool {
	first, op := c.expr(e.first), e.links[0].op
	at := c.place(e.links[0].y.pos())
	if k, ok := e.links[0].y.(*constExpr); ok {
		if n, ok := k.value.(int); ok && isOrdering(op) {
			return func(f *frame) bool {
				switch x := first(f).(type) {
				case int:
					return holds(op, cmp.Compare(x, n))
				case *int:
					if x != nil {
						return holds(op, cmp.Compare(*x, n))
					}
					return f.compare(at, op, x, n)
				default:
					return f.compare(at, op, x, n)
				}
			}
		}
	}
	y := c.expr(e.links[0].y)
	return func(f *frame) bool {
		x := first(f)
		return f.compare(at, op, x, y(f))
	}
}

func (c *compiler) unary(e *unaryExpr) eval {
	x, at, op := c.expr(e.operand), c.place(e.pos()), e.op
	if op == "not" {
		return func(f *frame) any { return !truth(x(f)) }
	}
	if k, ok := e.operand.(*constExpr); ok && op == "-" {
		switch v := k.value.(type) {
		case int:
			return func(*frame) any { return -v }
		case float64:
			var n any = -v
			return func(*frame) any { return n }
		case *big.Int:
			n := fromBig(new(big.Int).Neg(v))
			return func(*frame) any { return n }
		}
	}
	return func(f *frame) any { return f.unary(at, op, x(f)) }
}

func (c *compiler) logic(e *logicExpr) eval {
	x, y := c.expr(e.x), c.expr(e.y)
	if e.isAnd {
		return func(f *frame) any {
			if v := x(f); !truth(v) {
				return v
			}
			return y(f)
		}
	}
	return func(f *frame) any {
		if v := x(f); truth(v) {
			return v
		}
		return y(f)
	}
}

func (c *compiler) compare(e *compareExpr) eval {
	if len(e.links) == 1 {
		comparison := c.comparison(e)
		return func(f *frame) any { return comparison(f) }
	}
	first := c.expr(e.first)
	type link struct {
		op string
		y  eval
		at *place
	}
	links := make([]link, len(e.links))
	for i, l := range e.links {
		links[i] = link{l.op, c.expr(l.y), c.place(l.y.pos())}
	}
	return func(f *frame) any {
		x := first(f)
		for _, l := range links {
			y := l.y(f)
			if !f.compare(l.at, l.op, x, y) {
				return false
			}
			x = y
		}
		return true
	}
}

// An element is a part of a list or an argument; a spread one stands for its own
// elements.
type element struct {
	value  eval
	spread bool
	at     *place
}

func (c *compiler) elements(items []expr) []element {
	list := make([]element, len(items))
	for i, item := range items {
		if s, ok := item.(*starExpr); ok {
			list[i] = element{c.expr(s.value), true, c.place(s.pos())}
		} else {
			list[i] = element{c.expr(item), false, nil}
		}
	}
	return list
}

func (f *frame) gather(elements []element) []any {
	items := make([]any, 0, len(elements))
	for i := range elements {
		v := elements[i].value(f)
		if elements[i].spread {
			items = append(items, f.items(elements[i].at, v)...)
		} else {
			items = append(items, settle(v))
		}
	}
	return items
}

func (c *compiler) sequence(e *sequenceExpr) eval {
	elements, at := c.elements(e.items), c.place(e.pos())
	switch e.kind {
	case listKind:
		return func(f *frame) any { return &list{f.gather(elements)} }
	case setKind:
		return func(f *frame) any {
			s := &set{dict: *newDict()}
			for _, v := range f.gather(elements) {
				f.putKey(at, &s.dict, v, nil)
			}
			return s
		}
	}
	return func(f *frame) any { return tuple(f.gather(elements)) }
}

func (c *compiler) dict(e *dictExpr) eval {
	at := c.place(e.pos())
	keys, values := make([]eval, len(e.keys)), make([]eval, len(e.keys))
	for i := range e.keys {
		if e.keys[i] != nil {
			keys[i] = c.expr(e.keys[i])
		}
		values[i] = c.expr(e.values[i])
	}
	return func(f *frame) any {
		d := newDict()
		for i, key := range keys {
			if key != nil {
				k := key(f)
				f.putKey(at, d, k, settle(values[i](f)))
				continue
			}
			v := values[i](f)
			if _, ok := mappingOf(v); !ok {
				f.raise(at, "TypeError", "'%s' object is not a mapping", typeName(v))
			}
			(&call{frame: f, at: at}).update(d, v)
		}
		return d
	}
}

// call compiles a call. The arguments lie on the frame's stack, so that most calls
// allocate nothing.
func (c *compiler) call(e *callExpr) eval {
	at := c.place(e.pos())
	if a, ok := e.function.(*attrExpr); ok {
		at = c.place(a.pos())
	} else if n, ok := e.function.(*nameExpr); ok {
		at = c.place(n.pos())
	}
	var positional []element
	var named []argument
	var namedValues []eval
	for _, a := range e.args {
		if a.name != "" {
			named, namedValues = append(named, a), append(namedValues, c.expr(a.value))
			continue
		}
		if s, ok := a.value.(*starExpr); ok {
			positional = append(positional, element{c.expr(s.value), true, at})
		} else {
			positional = append(positional, element{c.expr(a.value), false, at})
		}
	}
	withArguments := func(f *frame, do func(f *frame, args []any, kwargs []kwarg) any) any {
		base := len(f.stack)
		for i := range positional {
			v := positional[i].value(f)
			if positional[i].spread {
				f.stack = append(f.stack, f.items(at, v)...)
			} else {
				f.stack = append(f.stack, v)
			}
		}
		end := len(f.stack)
		v := do(f, f.stack[base:end:end], f.keywords(at, named, namedValues))
		clear(f.stack[base:end])
		f.stack = f.stack[:base]
		return v
	}
	if a, ok := e.function.(*attrExpr); ok {
		object, cache := c.expr(a.base), &attrCache{name: a.name}
		if changing[a.name] {
			object = c.owned(a.base)
		}
		return func(f *frame) any {
			b := object(f)
			return withArguments(f, func(f *frame, args []any, kwargs []kwarg) any {
				return f.callMethod(at, b, cache, args, kwargs)
			})
		}
	}
	function := c.expr(e.function)
	return func(f *frame) any {
		fn := function(f)
		return withArguments(f, func(f *frame, args []any, kwargs []kwarg) any { return f.call(at, fn, args, kwargs) })
	}
}

func (f *frame) keywords(at *place, named []argument, values []eval) []kwarg {
	if len(named) == 0 {
		return nil
	}
	var kwargs []kwarg
	for i, a := range named {
		v := values[i](f)
		if a.name != "**" {
			kwargs = append(kwargs, kwarg{a.name, settle(v)})
			continue
		}
		m, ok := mappingOf(v)
		if !ok {
			f.raise(at, "TypeError", "argument after ** must be a mapping, not %s", typeName(v))
		}
		keys, vs := m.pairs()
		for j, k := range keys {
			kwargs = append(kwargs, kwarg{string(appendText(nil, k)), settle(vs[j])})
		}
	}
	return kwargs
}

func (c *compiler) formatted(e *formattedExpr) eval {
	type piece struct {
		text       string
		value      eval
		conversion byte
		spec       eval
	}
	pieces := make([]piece, len(e.parts))
	at := c.place(e.pos())
	for i, p := range e.parts {
		pieces[i] = piece{text: p.text, conversion: p.conversion}
		if p.value != nil {
			pieces[i].value = c.expr(p.value)
		}
		if p.spec != nil {
			pieces[i].spec = c.formatted(p.spec)
		}
	}
	return func(f *frame) any {
		var b []byte
		for i := range pieces {
			p := &pieces[i]
			if p.value == nil {
				b = append(b, p.text...)
				continue
			}
			v := convertForFormat(p.value(f), p.conversion)
			spec := ""
			if p.spec != nil {
				spec = p.spec(f).(string)
			}
			b = append(b, f.formatValue(at, v, spec)...)
		}
		f.chargeBytes(at, len(b))
		return string(b)
	}
}
