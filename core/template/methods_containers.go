package template

import "slices"

var (
	sequenceMethods  map[string]methodEntry
	listMethods      map[string]methodEntry
	frozenSetMethods map[string]methodEntry
	setMethods       map[string]methodEntry
	mappingMethods   map[string]methodEntry
	dictMethods      map[string]methodEntry
)

func init() {
	sequenceMethods = methodTable(map[string]method{
		"index(value, start=0, stop=None)": indexMethod,
		"count(value)": func(c *call, self any) any {
			n := 0
			for _, v := range c.items(c.at, self) {
				if c.same(c.at, v, c.arg(0)) {
					n++
				}
			}
			return n
		},
		"copy()": func(c *call, self any) any { return &list{c.items(c.at, self)} },
	})
	listMethods = methodTable(map[string]method{
		"append(object)": func(c *call, self any) any {
			l := self.(*list)
			c.charge(c.at, 1)
			l.items = append(l.items, settle(c.arg(0)))
			return nil
		},
		"extend(iterable)": func(c *call, self any) any {
			l := self.(*list)
			l.items = append(l.items, c.items(c.at, c.arg(0))...)
			return nil
		},
		"insert(index, object)": func(c *call, self any) any {
			l := self.(*list)
			i := c.intArg(0)
			if i < 0 {
				i += len(l.items)
			}
			c.work(c.at, 1+len(l.items)/64)
			l.items = slices.Insert(l.items, min(max(i, 0), len(l.items)), settle(c.arg(1)))
			return nil
		},
		"pop(index=-1)": func(c *call, self any) any {
			l := self.(*list)
			if len(l.items) == 0 {
				c.raise(c.at, "IndexError", "pop from empty list")
			}
			i := c.position(c.at, "pop", c.option(0, "index", -1), len(l.items))
			v := l.items[i]
			c.work(c.at, (len(l.items)-i)/64)
			l.items = slices.Delete(l.items, i, i+1)
			return v
		},
		"remove(value)": func(c *call, self any) any {
			l := self.(*list)
			c.work(c.at, len(l.items))
			i := slices.IndexFunc(l.items, func(v any) bool { return c.same(c.at, v, c.arg(0)) })
			if i < 0 {
				c.raise(c.at, "ValueError", "list.remove(x): x not in list")
			}
			l.items = slices.Delete(l.items, i, i+1)
			return nil
		},
		"sort(*, key=, reverse=)": func(c *call, self any) any {
			l := self.(*list)
			c.sort(l.items)
			return nil
		},
		"reverse()": func(c *call, self any) any {
			l := self.(*list)
			c.work(c.at, len(l.items))
			slices.Reverse(l.items)
			return nil
		},
		"clear()": func(c *call, self any) any { self.(*list).items = nil; return nil },
	})
	for name, m := range listMethods { // of sequences they say what is wrong
		sequenceMethods[name] = methodEntry{m.params, func(c *call, self any) any {
			if _, isTuple := self.(tuple); !isTuple {
				c.refuseChange(c.at, self)
			}
			c.raiseOf(c.at, "AttributeError", []any{self}, "'%s' object has no attribute '%s'", typeName(self), c.name)
			return nil
		}}
	}
	for _, name := range []string{"index", "count", "copy"} {
		listMethods[name] = sequenceMethods[name]
	}
}

func indexMethod(c *call, self any) any {
	items := c.items(c.at, self)
	r := c.sliceRange(c.at, sliceValue{low: c.option(1, "start", 0), high: c.option(2, "stop", nil)}, len(items))
	for i := r.start; i < r.stop; i++ {
		if c.same(c.at, items[i], c.arg(0)) {
			return i
		}
	}
	c.raiseOf(c.at, "ValueError", []any{c.arg(0)}, "%s is not in list", shortRepr(c.arg(0)))
	return nil
}

// operation makes a method of an operator of sets, for any iterables.
func operation(op string) method {
	return func(c *call, self any) any {
		result := &set{dict: *self.(*set).clone(), frozen: self.(*set).frozen}
		for _, other := range c.args {
			v, _ := c.combine(op, result, c.setOf(other))
			result = v.(*set)
		}
		return result
	}
}

// inPlace is the same, for methods that change the set.
func inPlace(op string) method {
	return func(c *call, self any) any {
		self.(*set).dict = operation(op)(c, self).(*set).dict
		return nil
	}
}

// setOf gives the elements of any iterable as a set.
func (c *call) setOf(v any) *set {
	if s, ok := v.(*set); ok {
		return s
	}
	s := &set{dict: *newDict()}
	for _, item := range c.items(c.at, v) {
		c.putKey(c.at, &s.dict, item, nil)
	}
	return s
}

func init() {
	frozenSetMethods = methodTable(map[string]method{
		"union(*others)":              operation("|"),
		"intersection(*others)":       operation("&"),
		"difference(*others)":         operation("-"),
		"symmetric_difference(other)": operation("^"),
		"issubset(other)":             func(c *call, self any) any { return self.(*set).within(c.setOf(c.arg(0))) },
		"issuperset(other)":           func(c *call, self any) any { return c.setOf(c.arg(0)).within(self.(*set)) },
		"isdisjoint(other)": func(c *call, self any) any {
			shared, _ := c.combine("&", self, c.setOf(c.arg(0)))
			return !truth(shared)
		},
		"copy()": func(c *call, self any) any {
			s := self.(*set)
			c.charge(c.at, s.len())
			return &set{*s.clone(), s.frozen}
		},
	})
	setMethods = methodTable(map[string]method{
		"add(elem)": func(c *call, self any) any {
			c.charge(c.at, 1)
			c.putKey(c.at, &self.(*set).dict, c.arg(0), nil)
			return nil
		},
		"discard(elem)": func(c *call, self any) any { c.removeKey(&self.(*set).dict, c.arg(0)); return nil },
		"remove(elem)": func(c *call, self any) any {
			if _, ok := c.removeKey(&self.(*set).dict, c.arg(0)); !ok {
				c.raise(c.at, "KeyError", "%s", shortRepr(c.arg(0)))
			}
			return nil
		},
		"pop()": func(c *call, self any) any {
			s := self.(*set)
			if s.len() == 0 {
				c.raise(c.at, "KeyError", "pop from an empty set")
			}
			first := s.keys[0]
			c.removeKey(&s.dict, first)
			return first
		},
		"clear()":                            func(_ *call, self any) any { self.(*set).dict = *newDict(); return nil },
		"update(*others)":                    inPlace("|"),
		"intersection_update(*others)":       inPlace("&"),
		"difference_update(*others)":         inPlace("-"),
		"symmetric_difference_update(other)": inPlace("^"),
	})
	for name, m := range frozenSetMethods {
		setMethods[name] = m
	}
}

// removeKey takes a key out, which moves those behind it.
func (c *call) removeKey(d *dict, key any) (any, bool) {
	c.work(c.at, 1+d.len()/64)
	return d.remove(key)
}

func init() {
	mappingMethods = methodTable(map[string]method{
		"keys()": func(c *call, self any) any {
			keys, _ := c.pairs(self)
			return &view{"dict_keys", keys}
		},
		"values()": func(c *call, self any) any {
			_, values := c.pairs(self)
			return &view{"dict_values", values}
		},
		"items()": func(c *call, self any) any {
			keys, values := c.pairs(self)
			items := make([]any, len(keys))
			for i := range keys {
				items[i] = tuple{keys[i], values[i]}
			}
			return &view{"dict_items", items}
		},
		"get(key, default=None)": func(c *call, self any) any {
			m, _ := mappingOf(self)
			if v, ok := m.get(c.arg(0)); ok {
				return v
			}
			c.checkKey(c.at, c.arg(0))
			return c.option(1, "default", nil)
		},
		"copy()": func(c *call, self any) any {
			d := newDict()
			if own, ok := self.(*dict); ok {
				d.class, d.factory = own.class, own.factory
			}
			c.update(d, self)
			return d
		},
	})
	for _, name := range []string{"iteritems", "iterkeys", "itervalues"} { // of Python 2
		mappingMethods[name] = mappingMethods[name[len("iter"):]]
	}
	mappingMethods["has_key"] = methodTable(map[string]method{ // likewise
		"has_key(key)": func(c *call, self any) any { return c.contains(c.at, self, c.arg(0)) },
	})["has_key"]
	dictMethods = methodTable(map[string]method{
		"pop(key, default=)": func(c *call, self any) any {
			if v, ok := c.removeKey(self.(*dict), c.arg(0)); ok {
				return v
			}
			def := c.option(1, "default", unbound)
			if def == unbound {
				c.raise(c.at, "KeyError", "%s", shortRepr(c.arg(0)))
			}
			return def
		},
		"popitem()": func(c *call, self any) any {
			d := self.(*dict)
			if d.len() == 0 {
				c.raise(c.at, "KeyError", "popitem(): dictionary is empty")
			}
			key := d.keys[len(d.keys)-1]
			v, _ := d.remove(key)
			return tuple{key, v}
		},
		"update(other=None, **kwargs)": func(c *call, self any) any {
			d := self.(*dict)
			if len(c.args) > 0 {
				c.update(d, c.args[0])
			}
			for _, k := range c.kwargs {
				d.put(k.name, settle(k.value))
			}
			return nil
		},
		"setdefault(key, default=None)": func(c *call, self any) any {
			d := self.(*dict)
			if v, ok := d.get(c.arg(0)); ok {
				return v
			}
			v := settle(c.option(1, "default", nil))
			c.charge(c.at, 1)
			c.putKey(c.at, d, c.arg(0), v)
			return v
		},
		"clear()": func(c *call, self any) any {
			d := self.(*dict)
			*d = dict{index: map[any]int{}, class: d.class, factory: d.factory}
			return nil
		},
		"most_common(n=None)": mostCommon,
	})
	for name, m := range dictMethods { // of maps of the program they say what is wrong
		mappingMethods[name] = methodEntry{m.params, func(c *call, self any) any {
			c.refuseChange(c.at, self)
			return nil
		}}
	}
	delete(mappingMethods, "most_common")
	for name, m := range mappingMethods {
		if _, ok := dictMethods[name]; !ok {
			dictMethods[name] = m
		}
	}
}

func (c *call) pairs(self any) (keys, values []any) {
	m, _ := mappingOf(self)
	c.charge(c.at, m.len())
	keys, values = m.pairs()
	return slices.Clone(keys), slices.Clone(values)
}
