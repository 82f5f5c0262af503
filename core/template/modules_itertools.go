package template

import "slices"

func itertoolsValues() map[string]any {
	chain := class("chain(*iterables)", func(c *call) any { return chained(c, c.args) }, map[string]func(*call) any{
		"from_iterable(iterable)": func(c *call) any { return chained(c, c.items(c.at, c.arg(0))) },
	})
	return map[string]any{"chain": chain}
}

// lazily makes a generator of a call; each element counts against the limits.
func (c *call) lazily(pull func() (any, bool)) *generator {
	f, at := c.frame, c.at
	return &generator{c.name, func() (any, bool) {
		f.charge(at, 1)
		return pull()
	}}
}

func chained(c *call, iterables []any) *generator {
	f, at, left := c.frame, c.at, settleAll(iterables)
	var it iterator
	return c.lazily(func() (any, bool) {
		for {
			if v, ok := it.next(); ok {
				return settle(v), true
			}
			if len(left) == 0 {
				return nil, false
			}
			it, left = f.iterate(at, left[0]), left[1:]
		}
	})
}

var itertoolsFunctions = map[string]func(*call) any{
	"count(start=0, step=1)": func(c *call) any {
		var n, step any = settle(c.option(0, "start", 0)), settle(c.option(1, "step", 1))
		f, at := c.frame, c.at
		return c.lazily(func() (any, bool) {
			v := n
			n = f.binary(at, "+", n, step)
			return v, true
		})
	},
	"cycle(iterable)": func(c *call) any {
		items, i := c.items(c.at, c.arg(0)), -1
		return c.lazily(func() (any, bool) {
			if len(items) == 0 {
				return nil, false
			}
			i = (i + 1) % len(items)
			return items[i], true
		})
	},
	"repeat(object, times=)": func(c *call) any {
		v, left := settle(c.arg(0)), maxInt
		if times := c.option(1, "times", nil); times != nil {
			left = c.int(times)
		}
		return c.lazily(func() (any, bool) {
			left--
			return v, left >= 0
		})
	},
	"islice(iterable, start, stop=, step=1)":  islice,
	"zip_longest(*iterables, fillvalue=None)": zipLongest,
	"takewhile(predicate, iterable)": func(c *call) any {
		fn, it, done := settle(c.arg(0)), c.iterate(c.at, c.arg(1)), false
		f, at := c.frame, c.at
		return c.lazily(func() (any, bool) {
			v, ok := it.next()
			done = done || !ok || !truth(f.call(at, fn, []any{v}, nil))
			return settle(v), !done
		})
	},
	"dropwhile(predicate, iterable)": func(c *call) any {
		fn, it, begun := settle(c.arg(0)), c.iterate(c.at, c.arg(1)), false
		f, at := c.frame, c.at
		return c.lazily(func() (any, bool) {
			for {
				v, ok := it.next()
				f.charge(at, 1)
				if begun = begun || !ok || !truth(f.call(at, fn, []any{v}, nil)); begun {
					return settle(v), ok
				}
			}
		})
	},
	"filterfalse(predicate, iterable)": func(c *call) any {
		fn, it := settle(c.arg(0)), c.iterate(c.at, c.arg(1))
		f, at := c.frame, c.at
		return c.lazily(func() (any, bool) {
			for {
				v, ok := it.next()
				f.charge(at, 1)
				if !ok || fn == nil && !truth(v) || fn != nil && !truth(f.call(at, fn, []any{v}, nil)) {
					return settle(v), ok
				}
			}
		})
	},
	"starmap(function, iterable)": func(c *call) any {
		fn, it := settle(c.arg(0)), c.iterate(c.at, c.arg(1))
		f, at := c.frame, c.at
		return c.lazily(func() (any, bool) {
			v, ok := it.next()
			if !ok {
				return nil, false
			}
			return settle(f.call(at, fn, f.items(at, v), nil)), true
		})
	},
	"accumulate(iterable, func=None)": func(c *call) any {
		it, fn := c.iterate(c.at, c.arg(0)), settle(c.option(1, "func", nil))
		var total any = unbound
		f, at := c.frame, c.at
		return c.lazily(func() (any, bool) {
			v, ok := it.next()
			switch {
			case !ok:
				return nil, false
			case total == unbound:
				total = settle(v)
			case fn == nil:
				total = f.binary(at, "+", total, v)
			default:
				total = settle(f.call(at, fn, []any{total, v}, nil))
			}
			return total, true
		})
	},
	"pairwise(iterable)": func(c *call) any {
		items := c.items(c.at, c.arg(0))
		i := 0
		return c.lazily(func() (any, bool) {
			if i++; i >= len(items) {
				return nil, false
			}
			return tuple{items[i-1], items[i]}, true
		})
	},
	"groupby(iterable, key=None)": groupBy,
	"product(*iterables)": func(c *call) any {
		rows := []any{tuple{}}
		for _, arg := range c.args {
			items := c.items(c.at, arg)
			c.charge(c.at, len(rows))
			c.charge(c.at, len(rows)*len(items))
			longer := make([]any, 0, len(rows)*len(items))
			for _, row := range rows {
				for _, item := range items {
					longer = append(longer, append(slices.Clone(row.(tuple)), item))
				}
			}
			rows = longer
		}
		return generate(c.name, rows)
	},
	"combinations(iterable, r)": func(c *call) any {
		return c.choose(func(chosen []int, i int) bool { return len(chosen) == 0 || chosen[len(chosen)-1] < i })
	},
	"permutations(iterable, r=None)": func(c *call) any {
		return c.choose(func(chosen []int, i int) bool { return !slices.Contains(chosen, i) })
	},
}

func islice(c *call) any {
	it := c.iterate(c.at, c.arg(0))
	start, stop, step := 0, maxInt, 1
	bound := func(v any, def int) int {
		if v == nil {
			return def
		}
		return c.int(v)
	}
	if len(c.args) == 2 {
		stop = bound(c.args[1], stop)
	} else {
		start, stop, step = bound(c.arg(1), 0), bound(c.option(2, "stop", nil), stop), bound(c.option(3, "step", nil), 1)
	}
	if start < 0 || stop < 0 || step < 1 {
		c.raise(c.at, "ValueError", "islice() takes numbers that are not negative, and a step of at least one")
	}
	i, next := -1, start
	return c.lazily(func() (any, bool) {
		for next < stop {
			v, ok := it.next()
			if !ok {
				return nil, false
			}
			if i++; i == next {
				next += step
				return settle(v), true
			}
		}
		return nil, false
	})
}

func zipLongest(c *call) any {
	iterators, fill := c.iterators(0), settle(c.option(-1, "fillvalue", nil))
	return c.lazily(func() (any, bool) {
		items, any := make(tuple, len(iterators)), false
		for i := range iterators {
			v, ok := iterators[i].next()
			if items[i] = fill; ok {
				items[i], any = settle(v), true
			}
		}
		return items, any
	})
}

// groupBy gives a key and the list of the elements in a row that have it.
func groupBy(c *call) any {
	key := settle(c.option(1, "key", nil))
	var groups []any
	var last any = unbound
	for _, v := range c.items(c.at, c.arg(0)) {
		k := c.sortKey(key, v)
		if last == unbound || !c.same(c.at, last, k) {
			groups = append(groups, tuple{k, &list{}})
			last = k
		}
		l := groups[len(groups)-1].(tuple)[1].(*list)
		l.items = append(l.items, v)
	}
	return generate(c.name, groups)
}

// choose gives the ways to take r elements one after the other.
func (c *call) choose(may func(chosen []int, i int) bool) any {
	items := c.items(c.at, c.arg(0))
	r := len(items)
	if v := c.option(1, "r", nil); v != nil {
		r = c.int(v)
	}
	var rows []any
	var extend func(chosen []int)
	extend = func(chosen []int) {
		c.charge(c.at, 1+len(items))
		if len(chosen) == r {
			row := make(tuple, r)
			for i, k := range chosen {
				row[i] = items[k]
			}
			rows = append(rows, row)
			return
		}
		for i := range items {
			if may(chosen, i) {
				extend(append(chosen, i))
			}
		}
	}
	if 0 <= r && r <= len(items) {
		extend(make([]int, 0, r))
	}
	return generate(c.name, rows)
}

var functoolsFunctions = map[string]func(*call) any{
	"reduce(function, iterable, initial=)": func(c *call) any {
		total := c.option(2, "initial", unbound)
		for _, v := range c.items(c.at, c.arg(1)) {
			if total == unbound {
				total = v
			} else {
				total = c.apply(c.arg(0), total, v)
			}
		}
		if total == unbound {
			c.raise(c.at, "TypeError", "reduce() of empty iterable with no initial value")
		}
		return total
	},
	"partial(func, *args, **keywords)": func(c *call) any {
		fn, args, kwargs := settle(c.arg(0)), settleAll(c.args[1:]), slices.Clone(c.kwargs)
		return &builtin{name: "partial", fn: func(c *call) any {
			return c.frame.call(c.at, fn, append(slices.Clone(args), c.args...), append(slices.Clone(kwargs), c.kwargs...))
		}}
	},
}

var operatorFunctions = map[string]func(*call) any{
	"itemgetter(*items)": func(c *call) any {
		return getter(c, func(f *frame, at *place, v, key any) any { return f.index(at, v, key) })
	},
	"attrgetter(*attrs)": func(c *call) any {
		return getter(c, func(f *frame, at *place, v, path any) any {
			return (&call{frame: f, at: at}).formatPath(v, "."+string(appendText(nil, path)))
		})
	},
	"add(a, b)": func(c *call) any { return c.binary(c.at, "+", c.arg(0), c.arg(1)) },
	"sub(a, b)": func(c *call) any { return c.binary(c.at, "-", c.arg(0), c.arg(1)) },
	"mul(a, b)": func(c *call) any { return c.binary(c.at, "*", c.arg(0), c.arg(1)) },
}

// getter makes a function that takes parts out of its argument.
func getter(c *call, get func(f *frame, at *place, v, key any) any) any {
	c.arg(0)
	keys := settleAll(c.args)
	return &builtin{name: c.name, fn: func(c *call) any {
		parts := make(tuple, len(keys))
		for i, key := range keys {
			parts[i] = settle(get(c.frame, c.at, c.arg(0), key))
		}
		if len(parts) == 1 {
			return parts[0]
		}
		return parts
	}}
}

func collectionsClasses() map[string]any {
	return map[string]any{
		"OrderedDict": builtins["dict"],
		"Counter": class("Counter(iterable=())", func(c *call) any {
			d := newDict()
			d.class, d.factory = "Counter", &builtin{name: "int", fn: func(*call) any { return 0 }}
			if _, ok := mappingOf(c.option(0, "iterable", nil)); ok {
				c.update(d, c.arg(0))
				return d
			}
			for _, v := range c.items(c.at, c.option(0, "iterable", tuple(nil))) {
				n, _ := d.get(v)
				count, _ := n.(int)
				c.putKey(c.at, d, v, count+1)
			}
			return d
		}, nil),
		"defaultdict": class("defaultdict(default_factory=None, iterable=(), **kwargs)", func(c *call) any {
			d := newDict()
			d.class, d.factory = "defaultdict", settle(c.option(0, "default_factory", nil))
			c.update(d, c.option(1, "iterable", tuple(nil)))
			return d
		}, nil),
	}
}

// mostCommon is a method of Counter: the pairs with the greatest values first.
func mostCommon(c *call, self any) any {
	d := self.(*dict)
	items := make([]any, d.len())
	for i := range items {
		items[i] = tuple{d.keys[i], d.values[i]}
	}
	c.charge(c.at, len(items))
	slices.SortStableFunc(items, func(a, b any) int { return c.order(b.(tuple)[1], a.(tuple)[1]) })
	if n := c.option(0, "n", nil); n != nil {
		items = items[:min(max(c.int(n), 0), len(items))]
	}
	return &list{items}
}
