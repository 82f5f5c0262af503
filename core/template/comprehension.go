package template

import "slices"

// A comprehension is the loops of a list, set or dict made from another, or of a
// generator.
type comprehension struct {
	span
	clauses []loopClause
	key     eval // of a dict
	item    eval
}

// A loopClause is "for target in iter if ... if ...".
type loopClause struct {
	at     *place
	iter   eval
	assign func(*frame, any)
	ifs    []eval
}

func (c *compiler) comprehension(e *comprehensionExpr) eval {
	k := &comprehension{clauses: make([]loopClause, len(e.clauses)), span: span{first: c.locals}}
	// The first iterable belongs to the scope outside.
	k.clauses[0].iter = c.expr(e.clauses[0].iter)
	k.first = c.locals
	var names []string
	for i := range e.clauses {
		names = e.clauses[i].target.names(names)
	}
	c.push(names)
	for i := range e.clauses {
		clause, l := &e.clauses[i], &k.clauses[i]
		if i > 0 {
			l.iter = c.expr(clause.iter)
		}
		l.at, l.assign = c.place(clause.iter.pos()), c.target(&clause.target)
		for _, condition := range clause.ifs {
			l.ifs = append(l.ifs, c.expr(condition))
		}
	}
	k.item = c.expr(e.item)
	k.key = c.optional(e.key)
	c.pop()
	k.end = c.locals
	at := c.place(e.pos())
	switch e.kind {
	case generatorKind:
		return k.generator(c.outerLambda)
	case dictKind:
		return func(f *frame) any { return k.dict(f, at) }
	case setKind:
		return func(f *frame) any { return k.set(f, at) }
	}
	return func(f *frame) any {
		l := &list{}
		for r := k.start(f); r.next(f); {
			l.items = append(l.items, settle(k.item(f)))
		}
		return l
	}
}

func (k *comprehension) dict(f *frame, at *place) any {
	d := newDict()
	for r := k.start(f); r.next(f); {
		key := k.key(f)
		f.putKey(at, d, key, settle(k.item(f)))
	}
	return d
}

func (k *comprehension) set(f *frame, at *place) any {
	s := &set{dict: *newDict()}
	for r := k.start(f); r.next(f); {
		f.putKey(at, &s.dict, k.item(f), nil)
	}
	return s
}

// A loops is a comprehension under way: one iterator for each clause that has been
// entered.
type loops struct {
	of        *comprehension
	iterators []iterator
}

func (k *comprehension) start(f *frame) *loops {
	first := f.iterate(k.clauses[0].at, k.clauses[0].iter(f))
	return &loops{k, append(make([]iterator, 0, len(k.clauses)), first)}
}

// next assigns the next combination to the targets, if there is one.
func (r *loops) next(f *frame) bool {
	for len(r.iterators) > 0 {
		i := len(r.iterators) - 1
		clause := &r.of.clauses[i]
		v, ok := r.iterators[i].next()
		if !ok {
			r.iterators = r.iterators[:i]
			continue
		}
		f.charge(clause.at, 1)
		clause.assign(f, v)
		if slices.ContainsFunc(clause.ifs, func(condition eval) bool { return !truth(condition(f)) }) {
			continue
		}
		if i == len(r.of.clauses)-1 {
			return true
		}
		inner := &r.of.clauses[i+1]
		r.iterators = append(r.iterators, f.iterate(inner.at, inner.iter(f)))
	}
	return false
}

// generator compiles to loops that go on when an element is asked for. Between
// times the slots hold what they hold for others.
func (k *comprehension) generator(outer *span) eval {
	return func(f *frame) any {
		used, values := k.span, fresh(k.end-k.first)
		if outer != nil {
			used = *outer
			values = slices.Clone(f.locals[outer.first:outer.end])
		}
		r := k.start(f)
		return &generator{"generator", func() (any, bool) {
			f.exchange(used.first, values)
			defer f.exchange(used.first, values)
			if !r.next(f) {
				return nil, false
			}
			return settle(k.item(f)), true
		}}
	}
}

// A generator gives its elements once, one after the other, when they are asked
// for. It belongs to the rendering that made it.
type generator struct {
	name string
	pull func() (any, bool)
}

// generate makes a generator of what is known already.
func generate(name string, items []any) *generator {
	it := iterator{items: items, n: len(items)}
	return &generator{name, it.next}
}

// MarshalJSON writes what is left as a list.
func (g *generator) MarshalJSON() ([]byte, error) { return (&list{g.rest()}).MarshalJSON() }

// rest takes all that is left.
func (g *generator) rest() []any {
	var items []any
	for {
		v, ok := g.pull()
		if !ok {
			return items
		}
		items = append(items, v)
	}
}
