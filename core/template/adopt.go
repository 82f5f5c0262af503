package template

import "reflect"

// The lists and maps of the program are never changed: other goroutines may hold
// them too. Where a template changes one, as Tornado's may, it gets a copy, which
// takes the place of the original under the name, or in the container, by which
// the template reached it, until the rendering ends.

// changing are the methods of Python that change a list or a dict.
var changing = map[string]bool{
	"append": true, "extend": true, "insert": true, "pop": true, "remove": true, "sort": true, "reverse": true, "clear": true,
	"update": true, "setdefault": true, "popitem": true,
}

// owned compiles e, the value of which is about to be changed.
func (c *compiler) owned(e expr) eval {
	at := c.place(e.pos())
	switch e := e.(type) {
	case *nameExpr:
		value := c.expr(e)
		slot, local := c.slot(e.name)
		global := 0
		if !local {
			global = c.global(e.name)
		}
		return func(f *frame) any {
			own, copied := f.adopt(at, value(f))
			if copied && local {
				f.locals[slot] = own
			} else if copied {
				f.globals[global] = own
			}
			return own
		}
	case *indexExpr:
		if _, isSlice := e.index.(*sliceExpr); isSlice {
			break
		}
		base, index := c.owned(e.base), c.expr(e.index)
		return func(f *frame) any {
			b, key := base(f), settle(index(f))
			own, copied := f.adopt(at, f.index(at, b, key))
			if copied {
				f.setIndex(at, b, key, own)
			}
			return own
		}
	case *attrExpr:
		base, cache := c.owned(e.base), &attrCache{name: e.name}
		return func(f *frame) any {
			b := base(f)
			v := f.attribute(at, b, cache)
			d, ok := b.(*dict)
			if !ok {
				return v // a field: there is no place for a copy
			}
			own, copied := f.adopt(at, v)
			if copied {
				d.put(e.name, own)
			}
			return own
		}
	}
	return c.expr(e)
}

// adopt gives a copy of a list or map of the program.
func (f *frame) adopt(at *place, v any) (own any, copied bool) {
	switch v.(type) {
	case nil, *list, *dict, *set, tuple, string, []byte, *view, *generator:
		return v, false
	}
	if isObject(reflect.TypeOf(v)) {
		return v, false
	}
	if m, ok := mappingOf(v); ok {
		f.charge(at, m.len())
		d := newDict()
		(&call{frame: f, at: at}).update(d, v)
		return d, true
	}
	if _, isBytes := plain(v).([]byte); isBytes {
		return v, false
	}
	if items, ok := listItems(v); ok {
		f.charge(at, len(items))
		return &list{settleAll(items)}, true
	}
	return v, false
}
