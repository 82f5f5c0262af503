package template

import (
	"slices"
	"time"
)

// A method is a method of one of Python's types. self is plain.
type method func(c *call, self any) any

// methodsOf gives the methods Python has for v; nil if it has none.
func methodsOf(v any) map[string]method {
	switch v.(type) {
	case string:
		return stringMethods
	case []byte:
		return bytesMethods
	case *list:
		return listMethods
	case *set:
		return setMethods
	case tuple, []any, rangeValue:
		return sequenceMethods
	case *dict:
		return dictMethods
	case map[string]any:
		return mappingMethods
	case nil, int, bool, float64, *builtin, *lambda, *view, *Error:
		return nil
	case time.Time, *time.Time:
		return timeMethods
	}
	if _, ok := mappingOf(v); ok {
		return mappingMethods
	}
	if _, ok := listItems(v); ok {
		return sequenceMethods
	}
	return nil
}

// pythonAttribute finds what Python's types have for attributes.
func (f *frame) pythonAttribute(at *place, base any, name string) (any, bool) {
	p := plain(base)
	if b, ok := p.(*builtin); ok {
		switch {
		case name == "__name__":
			return b.name, true
		case b.typ:
			if m, ok := typeMethods(b.name)[name]; ok {
				return unboundMethod(name, m), true
			}
		}
	}
	if name == "__class__" {
		return typeOf(p), true
	}
	if e, ok := p.(*Error); ok && name == "args" {
		return tuple{e.Message}, true
	}
	if m, ok := methodsOf(p)[name]; ok {
		return &builtin{name: name, fn: func(c *call) any { return m(c, p) }}, true
	}
	return nil, false
}

func typeMethods(name string) map[string]method {
	switch name {
	case "str":
		return stringMethods
	case "list":
		return listMethods
	case "dict":
		return dictMethods
	}
	return nil
}

// unboundMethod is str.lower, say: a function of the string and its arguments.
func unboundMethod(name string, m method) *builtin {
	return &builtin{name: name, fn: func(c *call) any {
		self := plain(c.arg(0))
		if _, ok := methodsOf(self)[name]; !ok {
			c.raise(c.at, "TypeError", "%s() does not apply to '%s'", name, typeName(self))
		}
		return m(&call{c.frame, c.at, name, c.args[1:], c.kwargs}, self)
	}}
}

var (
	sequenceMethods map[string]method
	listMethods     map[string]method
	setMethods      map[string]method
	mappingMethods  map[string]method
	dictMethods     map[string]method
	timeMethods     map[string]method
)

func init() {
	sequenceMethods = map[string]method{
		"index": func(c *call, self any) any {
			for i, v := range c.items(c.at, self) {
				if equal(v, c.arg(0)) {
					return i
				}
			}
			c.raise(c.at, "ValueError", "%s is not in list", appendRepr(nil, plain(c.arg(0))))
			return nil
		},
		"count": func(c *call, self any) any {
			n := 0
			for _, v := range c.items(c.at, self) {
				if equal(v, c.arg(0)) {
					n++
				}
			}
			return n
		},
		"copy": func(c *call, self any) any { return &list{c.items(c.at, self)} },
	}
	for _, name := range []string{"append", "extend", "insert", "pop", "remove", "sort", "reverse", "clear"} {
		sequenceMethods[name] = func(c *call, self any) any {
			if _, ok := self.(tuple); ok {
				c.raise(c.at, "AttributeError", "'tuple' object has no attribute '%s'", name)
			}
			c.refuseChange(c.at, self)
			c.raise(c.at, "AttributeError", "'%s' object has no attribute '%s'", typeName(self), name)
			return nil
		}
	}
	listMethods = map[string]method{
		"append": func(c *call, self any) any {
			l := self.(*list)
			c.charge(c.at, 1)
			l.items = append(l.items, settle(c.arg(0)))
			return nil
		},
		"extend": func(c *call, self any) any {
			l := self.(*list)
			l.items = append(l.items, c.items(c.at, c.arg(0))...)
			return nil
		},
		"insert": func(c *call, self any) any {
			l := self.(*list)
			i := c.intArg(0)
			if i < 0 {
				i += len(l.items)
			}
			c.charge(c.at, 1)
			l.items = slices.Insert(l.items, min(max(i, 0), len(l.items)), settle(c.arg(1)))
			return nil
		},
		"pop": func(c *call, self any) any {
			l := self.(*list)
			if len(l.items) == 0 {
				c.raise(c.at, "IndexError", "pop from empty list")
			}
			i := c.position(c.at, "pop", c.option(0, "index", -1), len(l.items))
			v := l.items[i]
			l.items = slices.Delete(l.items, i, i+1)
			return v
		},
		"remove": func(c *call, self any) any {
			l := self.(*list)
			i := slices.IndexFunc(l.items, func(v any) bool { return equal(v, c.arg(0)) })
			if i < 0 {
				c.raise(c.at, "ValueError", "list.remove(x): x not in list")
			}
			l.items = slices.Delete(l.items, i, i+1)
			return nil
		},
		"sort":    func(c *call, self any) any { c.sort(self.(*list).items); return nil },
		"reverse": func(c *call, self any) any { slices.Reverse(self.(*list).items); return nil },
		"clear":   func(c *call, self any) any { self.(*list).items = nil; return nil },
		"index":   sequenceMethods["index"],
		"count":   sequenceMethods["count"],
		"copy":    sequenceMethods["copy"],
	}
}

func init() {
	setMethods = map[string]method{
		"add": func(c *call, self any) any {
			c.charge(c.at, 1)
			c.putKey(c.at, &self.(*set).dict, c.arg(0), nil)
			return nil
		},
		"discard":      func(c *call, self any) any { self.(*set).remove(c.arg(0)); return nil },
		"union":        func(c *call, self any) any { return c.combineWith("|", self) },
		"intersection": func(c *call, self any) any { return c.combineWith("&", self) },
		"difference":   func(c *call, self any) any { return c.combineWith("-", self) },
	}
}

func init() {
	mappingMethods = map[string]method{
		"keys": func(c *call, self any) any {
			keys, _ := c.pairs(self)
			return &view{"dict_keys", keys}
		},
		"values": func(c *call, self any) any {
			_, values := c.pairs(self)
			return &view{"dict_values", values}
		},
		"items": func(c *call, self any) any {
			keys, values := c.pairs(self)
			items := make([]any, len(keys))
			for i := range keys {
				items[i] = tuple{keys[i], values[i]}
			}
			return &view{"dict_items", items}
		},
		"get": func(c *call, self any) any {
			m, _ := mappingOf(self)
			if v, ok := m.get(c.arg(0)); ok {
				return v
			}
			return c.option(1, "default", nil)
		},
		"copy": func(c *call, self any) any {
			d := newDict()
			c.update(d, self)
			return d
		},
	}
	for _, name := range []string{"pop", "update", "setdefault", "clear"} {
		mappingMethods[name] = func(c *call, self any) any { c.refuseChange(c.at, self); return nil }
	}
	dictMethods = map[string]method{
		"pop": func(c *call, self any) any {
			if v, ok := self.(*dict).remove(c.arg(0)); ok {
				return v
			}
			if len(c.args) > 1 {
				return c.args[1]
			}
			c.raise(c.at, "KeyError", "%s", appendRepr(nil, plain(c.args[0])))
			return nil
		},
		"update": func(c *call, self any) any {
			d := self.(*dict)
			if len(c.args) > 0 {
				c.update(d, c.args[0])
			}
			for _, k := range c.kwargs {
				d.put(k.name, settle(k.value))
			}
			return nil
		},
		"setdefault": func(c *call, self any) any {
			d := self.(*dict)
			if v, ok := d.get(c.arg(0)); ok {
				return v
			}
			v := settle(c.option(1, "default", nil))
			c.charge(c.at, 1)
			c.putKey(c.at, d, c.args[0], v)
			return v
		},
		"clear": func(c *call, self any) any { *self.(*dict) = *newDict(); return nil },
	}
	for _, name := range []string{"keys", "values", "items", "get", "copy"} {
		dictMethods[name] = mappingMethods[name]
	}
	timeMethods = map[string]method{
		"strftime": func(c *call, self any) any {
			t, _ := asTime(self)
			return strftime(t, c.text(0))
		},
		"isoformat": func(c *call, self any) any {
			t, _ := asTime(self)
			return t.Format(time.RFC3339Nano)
		},
	}
}

func (c *call) pairs(self any) (keys, values []any) {
	m, _ := mappingOf(self)
	c.charge(c.at, m.len())
	keys, values = m.pairs()
	return slices.Clone(keys), slices.Clone(values)
}

func (c *call) combineWith(op string, self any) any {
	other := &set{*newDict()}
	for _, v := range c.items(c.at, c.arg(0)) {
		c.putKey(c.at, &other.dict, v, nil)
	}
	v, _ := c.combine(op, self, other)
	return v
}
