package template

import "slices"

// extreme gives the least (-1) or greatest (1) of its arguments or their elements.
func extreme(c *call, sign int) any {
	var items []any
	if len(c.args) == 1 {
		items = c.items(c.at, c.args[0])
	} else {
		c.arg(0)
		items = settleAll(c.args)
	}
	if len(items) == 0 {
		def := c.option(-1, "default", unbound)
		if def == unbound {
			c.raise(c.at, "ValueError", "%s() arg is an empty sequence", c.name)
		}
		return def
	}
	key := c.option(-1, "key", nil)
	best, bestKey := items[0], c.sortKey(key, items[0])
	for _, v := range items[1:] {
		k := c.sortKey(key, v)
		if c.order(k, bestKey) == sign {
			best, bestKey = v, k
		}
	}
	return best
}

func builtinReversed(c *call) any {
	v := plain(c.arg(0))
	switch v.(type) {
	case *set, *generator:
		c.raise(c.at, "TypeError", "'%s' object is not reversible", typeName(v))
	}
	items := c.items(c.at, v)
	slices.Reverse(items)
	return generate("reversed", items)
}

func builtinEnumerate(c *call) any {
	it := c.iterate(c.at, c.arg(0))
	i := c.int(c.option(1, "start", 0)) - 1
	return &generator{"enumerate", func() (any, bool) {
		v, ok := it.next()
		i++
		return tuple{i, settle(v)}, ok
	}}
}

// iterators gives one for each argument from the first on.
func (c *call) iterators(first int) []iterator {
	list := make([]iterator, 0, len(c.args))
	for _, arg := range c.args[min(first, len(c.args)):] {
		list = append(list, c.iterate(c.at, arg))
	}
	return list
}

// row takes one element of each iterator, until one has no more.
func row(iterators []iterator) (items []any, ok bool) {
	items = make([]any, len(iterators))
	for i := range iterators {
		v, ok := iterators[i].next()
		if !ok {
			return items[:i], false
		}
		items[i] = settle(v)
	}
	return items, len(items) > 0
}

func builtinZip(c *call) any {
	iterators, strict := c.iterators(0), truth(c.option(-1, "strict", false))
	f, at := c.frame, c.at
	return &generator{"zip", func() (any, bool) {
		items, ok := row(iterators)
		if !ok && strict {
			for i := len(items); i < len(iterators); i++ {
				if _, more := iterators[i].next(); more || len(items) > 0 {
					f.raise(at, "ValueError", "zip() argument %d is longer or shorter than argument 1", i+1)
				}
			}
		}
		return tuple(items), ok
	}}
}

func builtinMap(c *call) any {
	fn, iterators := settle(c.arg(0)), c.iterators(1)
	if len(iterators) == 0 {
		c.raise(c.at, "TypeError", "map() must have at least two arguments.")
	}
	f, at := c.frame, c.at
	return &generator{"map", func() (any, bool) {
		items, ok := row(iterators)
		if !ok {
			return nil, false
		}
		return settle(f.call(at, fn, items, nil)), true
	}}
}

func builtinFilter(c *call) any {
	fn, it := settle(c.arg(0)), c.iterate(c.at, c.arg(1))
	f, at := c.frame, c.at
	return &generator{"filter", func() (any, bool) {
		for {
			v, ok := it.next()
			if !ok {
				return nil, false
			}
			f.charge(at, 1)
			v = settle(v)
			if fn == nil && truth(v) || fn != nil && truth(f.call(at, fn, []any{v}, nil)) {
				return v, true
			}
		}
	}}
}

func builtinIter(c *call) any {
	if g, ok := c.arg(0).(*generator); ok {
		return g
	}
	it := c.iterate(c.at, c.arg(0))
	return &generator{"iterator", func() (any, bool) {
		v, ok := it.next()
		return settle(v), ok
	}}
}

func builtinNext(c *call) any {
	g, ok := c.arg(0).(*generator)
	if !ok {
		c.raiseOf(c.at, "TypeError", []any{c.arg(0)}, "'%s' object is not an iterator", typeName(c.arg(0)))
	}
	if v, ok := g.pull(); ok {
		return v
	}
	def := c.option(1, "default", unbound)
	if def == unbound {
		c.raise(c.at, "StopIteration", "the iterator has no more elements")
	}
	return def
}

func builtinSet(c *call) any {
	s := &set{dict: *newDict(), frozen: c.name == "frozenset"}
	for _, v := range c.items(c.at, c.option(0, "iterable", tuple(nil))) {
		c.putKey(c.at, &s.dict, v, nil)
	}
	return s
}

func (f *frame) putKey(at *place, d *dict, key, value any) {
	if !d.put(key, value) {
		f.checkKey(at, key)
	}
}

func builtinDict(c *call) any {
	d := newDict()
	if len(c.args) > 0 {
		c.update(d, c.args[0])
	}
	for _, k := range c.kwargs {
		d.put(k.name, settle(k.value))
	}
	return d
}

// update adds the pairs of a mapping, or of a sequence of pairs.
func (c *call) update(d *dict, v any) {
	if m, ok := mappingOf(v); ok {
		c.charge(c.at, m.len())
		keys, values := m.pairs()
		for i, k := range keys {
			c.putKey(c.at, d, k, settle(values[i]))
		}
		return
	}
	for i, item := range c.items(c.at, v) {
		pair := c.items(c.at, item)
		if len(pair) != 2 {
			c.raise(c.at, "ValueError", "dictionary update sequence element #%d has length %d; 2 is required", i, len(pair))
		}
		c.putKey(c.at, d, pair[0], pair[1])
	}
}

func builtinRange(c *call) any {
	r := rangeValue{step: 1}
	switch len(c.args) {
	case 0, 1:
		r.stop = c.intArg(0)
	default:
		r.start, r.stop, r.step = c.intArg(0), c.intArg(1), c.int(c.option(2, "step", 1))
	}
	if r.step == 0 {
		c.raise(c.at, "ValueError", "range() arg 3 must not be zero")
	}
	return r
}

func builtinSlice(c *call) any {
	if len(c.args) == 1 {
		return sliceValue{high: settle(c.args[0])}
	}
	return sliceValue{settle(c.arg(0)), settle(c.arg(1)), settle(c.option(2, "step", nil))}
}
