package template

import "slices"

// A lambda is a function that a template makes.
type lambda struct {
	frame    *frame
	code     *lambdaCode
	defaults []any // by parameter; unbound for one that is required
	captured []any // the slots of code.outer, as they were
}

// lambdaCode is what all lambdas of one expression share.
type lambdaCode struct {
	span
	params []parameter
	slots  []int // of params
	outer  *span // of the outermost lambda round it; nil if there is none
	body   eval
}

// A span is the slots that a lambda, or a comprehension, has for itself: its
// parameters and what is assigned to inside of it. A call of a lambda begins with
// fresh ones and puts the others back, so that it may call itself.
type span struct{ first, end int }

// enclosing is the span of the outermost lambda round the place that is being
// compiled. Its end is known when all has been compiled.
func (c *compiler) enclosing(own *span) (outer *span, leave func()) {
	if c.outerLambda != nil {
		return c.outerLambda, func() {}
	}
	c.outerLambda = own
	return nil, func() { c.outerLambda = nil }
}

func (c *compiler) lambda(e *lambdaExpr) eval {
	defaults := make([]eval, len(e.params))
	names := slices.Clone(e.bound)
	for i, p := range e.params {
		if p.def != nil {
			defaults[i] = c.expr(p.def)
		}
		names = append(names, p.name)
	}
	code := &lambdaCode{params: e.params, span: span{first: c.locals}}
	outer, leave := c.enclosing(&code.span)
	code.outer = outer
	s := c.push(names)
	code.body = c.expr(e.body)
	c.pop()
	leave()
	code.end = c.locals
	for _, p := range e.params {
		code.slots = append(code.slots, s.slots[p.name])
	}
	at := c.place(e.pos())
	return func(f *frame) any {
		l := &lambda{frame: f, code: code, defaults: make([]any, len(defaults))}
		for i, d := range defaults {
			if l.defaults[i] = unbound; d != nil {
				l.defaults[i] = settle(d(f))
			}
		}
		if outer != nil {
			f.charge(at, outer.end-outer.first)
			l.captured = slices.Clone(f.locals[outer.first:outer.end])
		}
		return l
	}
}

// exchange swaps the slots from first on with values.
func (f *frame) exchange(first int, values []any) {
	for i := range values {
		f.locals[first+i], values[i] = values[i], f.locals[first+i]
	}
}

// fresh gives slots without values.
func fresh(n int) []any {
	values := make([]any, n)
	for i := range values {
		values[i] = unbound
	}
	return values
}

func (f *frame) callLambda(at *place, fn *lambda, args []any, kwargs []kwarg) any {
	if fn.frame != f {
		f.raise(at, "RuntimeError", "a lambda cannot be called after its template has ended")
	}
	if f.depth++; f.depth > f.template.options.MaxDepth*maxLambdaDepth {
		f.raise(at, "RecursionError", "maximum recursion depth exceeded: lambdas call each other too deeply")
	}
	used := fn.code.span
	values := slices.Clone(fn.captured)
	if values == nil {
		values = fresh(used.end - used.first)
	} else {
		used = *fn.code.outer
	}
	f.charge(at, 1+len(values)/4)
	fn.bind(f, at, args, kwargs, func(slot int, v any) { values[slot-used.first] = v })
	f.exchange(used.first, values)
	v := settle(fn.code.body(f))
	f.exchange(used.first, values)
	f.depth--
	return v
}

// maxLambdaDepth is how deep lambdas may call each other for each level that
// templates may nest.
const maxLambdaDepth = 2

// bind assigns the arguments of a call to the parameters.
func (fn *lambda) bind(f *frame, at *place, args []any, kwargs []kwarg, assign func(slot int, v any)) {
	taken := make([]bool, len(kwargs))
	named := func(name string) any {
		for i, k := range kwargs {
			if k.name == name && !taken[i] {
				taken[i] = true
				return k.value
			}
		}
		return unbound
	}
	rest := args
	for i, p := range fn.code.params {
		var v any
		switch p.kind {
		case listParameter:
			v, rest = tuple(settleAll(rest)), nil
		case keywordsParameter:
			d := newDict()
			for j, k := range kwargs {
				if !taken[j] {
					d.put(k.name, k.value)
					taken[j] = true
				}
			}
			v = d
		default:
			if p.kind == anyParameter && len(rest) > 0 {
				v, rest = settle(rest[0]), rest[1:]
			} else if v = named(p.name); v == unbound {
				v = fn.defaults[i]
			}
			if v == unbound {
				f.raise(at, "TypeError", "<lambda>() missing a required argument: '%s'", p.name)
			}
		}
		assign(fn.code.slots[i], v)
	}
	if len(rest) > 0 {
		f.raise(at, "TypeError", "<lambda>() takes %d positional arguments but %d were given", len(args)-len(rest), len(args))
	}
	for i, k := range kwargs {
		if !taken[i] {
			f.raise(at, "TypeError", "<lambda>() got an unexpected keyword argument '%s'", k.name)
		}
	}
}

func settleAll(items []any) []any {
	out := make([]any, len(items))
	for i, v := range items {
		out[i] = settle(v)
	}
	return out
}
