package template

import (
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"
)

// A sliceValue is low:high:step between brackets; nil stands for what is absent.
type sliceValue struct{ low, high, step any }

// index evaluates base[key].
func (f *frame) index(at *place, base, key any) any {
	switch b := base.(type) {
	case map[string]any:
		if k, ok := asString(key); ok {
			if v, ok := b[k]; ok {
				return v
			}
		}
	case []any:
		if i, ok := key.(int); ok && 0 <= i && i < len(b) {
			return b[i]
		}
	}
	base = plain(base)
	if s, ok := key.(sliceValue); ok {
		return f.slice(at, base, s)
	}
	if m, ok := mappingOf(base); ok {
		if v, ok := m.get(key); ok {
			return v
		}
		f.checkKey(at, key)
		if d, ok := base.(*dict); ok && d.factory != nil {
			return f.missing(at, d, key)
		}
		f.raiseOf(at, "KeyError", []any{base, key}, "%s%s", shortRepr(key), keySuggestion(m, key))
	}
	switch b := base.(type) {
	case string:
		f.chargeScan(at, len(b))
		if isASCII(b) {
			i := f.position(at, "string", key, len(b))
			return b[i : i+1]
		}
		runes := []rune(b)
		return string(runes[f.position(at, "string", key, len(runes))])
	case []byte:
		return int(b[f.position(at, "index", key, len(b))])
	case tuple:
		return b[f.position(at, "tuple", key, len(b))]
	case *list:
		return b.items[f.position(at, "list", key, len(b.items))]
	case rangeValue:
		return b.at(f.position(at, "range object", key, b.len()))
	case nil, *view, *generator, *set, *builtin, *lambda:
	default:
		rv := pointed(b)
		if rv.Kind() == reflect.Slice || rv.Kind() == reflect.Array {
			return fromReflect(rv.Index(f.position(at, "list", key, rv.Len())))
		}
	}
	value, found, _, known := f.lookUp(at, base, key)
	switch {
	case !known && hasMember(base, key):
		f.raise(at, "TypeError", "'%s' object is not subscriptable; write .%s", typeName(base), plain(key))
	case !known:
		f.raise(at, "TypeError", "'%s' object is not subscriptable", typeName(base))
	case !found:
		f.raiseOf(at, "KeyError", []any{base, key}, "%s", shortRepr(key))
	}
	return value
}

// hasMember reports whether key names a field or a method of base.
func hasMember(base, key any) bool {
	name, ok := asString(plain(key))
	if !ok || base == nil || !isObject(reflect.TypeOf(base)) {
		return false
	}
	_, ok = membersOf(reflect.TypeOf(base)).find(name)
	return ok
}

// missing is what a defaultdict or a Counter gives for a key it does not have.
func (f *frame) missing(at *place, d *dict, key any) any {
	v := settle(f.call(at, d.factory, nil, nil))
	if d.class == "defaultdict" {
		f.charge(at, 1)
		f.putKey(at, d, key, v)
	}
	return v
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func keySuggestion(m mapping, key any) string {
	name, ok := asString(plain(key))
	if !ok || m.len() > 1000 {
		return ""
	}
	keys, _ := m.pairs()
	var names []string
	for _, k := range keys {
		if s, ok := asString(k); ok {
			names = append(names, s)
		}
	}
	return suggestion(name, names)
}

// position turns an index, which may count from the end, into one from 0 to n-1.
func (f *frame) position(at *place, what string, key any, n int) int {
	k, ok := number(key)
	i, isInt := k.(int)
	if !ok || !isInt {
		if _, isBig := k.(*big.Int); !isBig {
			f.raise(at, "TypeError", "%s indices must be integers or slices, not %s", what, typeName(key))
		}
		i = n
	}
	if i < 0 {
		i += n
	}
	if i < 0 || i >= n {
		f.raise(at, "IndexError", "%s index out of range", what)
	}
	return i
}

func (f *frame) slice(at *place, base any, s sliceValue) any {
	switch b := base.(type) {
	case string:
		f.chargeScan(at, len(b))
		if isASCII(b) {
			if r := f.sliceRange(at, s, len(b)); r.step == 1 {
				return b[r.start:max(r.start, r.stop)]
			}
		}
		runes := []rune(b)
		r := f.sliceRange(at, s, len(runes))
		out := make([]rune, r.len())
		for i := range out {
			out[i] = runes[r.at(i)]
		}
		return string(out)
	case []byte:
		r := f.sliceRange(at, s, len(b))
		out := make([]byte, r.len())
		for i := range out {
			out[i] = b[r.at(i)]
		}
		return out
	case tuple:
		return tuple(pick(b, f.sliceRange(at, s, len(b))))
	case rangeValue:
		r := f.sliceRange(at, s, b.len())
		return rangeValue{b.at(r.start), b.at(r.stop), b.step * r.step}
	}
	items, ok := listItems(base)
	if !ok {
		f.raise(at, "TypeError", "'%s' object cannot be sliced", typeName(base))
	}
	f.charge(at, len(items))
	return &list{pick(items, f.sliceRange(at, s, len(items)))}
}

func pick(items []any, r rangeValue) []any {
	out := make([]any, r.len())
	for i := range out {
		out[i] = settle(items[r.at(i)])
	}
	return out
}

// sliceRange gives the indices a slice of n elements takes.
func (f *frame) sliceRange(at *place, s sliceValue, n int) rangeValue {
	r := rangeValue{step: f.sliceNumber(at, s.step, 1)}
	if r.step == 0 {
		f.raise(at, "ValueError", "slice step cannot be zero")
	}
	lowest, highest := 0, n
	r.start, r.stop = 0, n
	if r.step < 0 {
		lowest, highest = -1, n-1
		r.start, r.stop = n-1, -1
	}
	bound := func(v any, def int) int {
		if v == nil {
			return def
		}
		i := f.sliceNumber(at, v, 0)
		if i < 0 {
			i = max(i+n, lowest)
		}
		return min(i, highest)
	}
	r.start, r.stop = bound(s.low, r.start), bound(s.high, r.stop)
	return r
}

func (f *frame) sliceNumber(at *place, v any, def int) int {
	if v == nil {
		return def
	}
	n, _ := number(v)
	switch n := n.(type) {
	case int:
		return n
	case *big.Int:
		return n.Sign() << (strconv.IntSize - 2) // past any end
	}
	f.raise(at, "TypeError", "slice indices must be integers or None, not %s", typeName(v))
	return 0
}

// setIndex assigns to base[key].
func (f *frame) setIndex(at *place, base, key, value any) {
	switch b := base.(type) {
	case *list:
		if s, ok := key.(sliceValue); ok {
			f.setSlice(at, b, s, value)
			return
		}
		b.items[f.position(at, "list", key, len(b.items))] = value
	case *dict:
		f.putKey(at, b, key, value)
	default:
		f.refuseChange(at, base)
		f.raise(at, "TypeError", "'%s' object does not support item assignment", typeName(base))
	}
}

// setSlice puts what value holds in the place of a part of l.
func (f *frame) setSlice(at *place, l *list, s sliceValue, value any) {
	items := f.items(at, value)
	r := f.sliceRange(at, s, len(l.items))
	if r.step == 1 {
		f.charge(at, len(l.items)+len(items))
		l.items = slices.Concat(l.items[:r.start], items, l.items[max(r.start, r.stop):])
		return
	}
	if len(items) != r.len() {
		f.raise(at, "ValueError", "attempt to assign sequence of size %d to extended slice of size %d", len(items), r.len())
	}
	for i, item := range items {
		l.items[r.at(i)] = item
	}
}

// deleteSlice takes a part out of l.
func (f *frame) deleteSlice(at *place, l *list, s sliceValue) {
	gone := make([]bool, len(l.items))
	r := f.sliceRange(at, s, len(l.items))
	for i := range r.len() {
		gone[r.at(i)] = true
	}
	f.charge(at, len(l.items))
	var left []any
	for i, item := range l.items {
		if !gone[i] {
			left = append(left, item)
		}
	}
	l.items = left
}

// deleteIndex evaluates del base[key].
func (f *frame) deleteIndex(at *place, base, key any) {
	switch b := base.(type) {
	case *list:
		if s, ok := key.(sliceValue); ok {
			f.deleteSlice(at, b, s)
			return
		}
		i := f.position(at, "list", key, len(b.items))
		b.items = append(b.items[:i:i], b.items[i+1:]...)
	case *dict:
		if _, ok := b.remove(key); !ok {
			f.raise(at, "KeyError", "%s", appendRepr(nil, plain(key)))
		}
	default:
		f.refuseChange(at, base)
		f.raise(at, "TypeError", "'%s' object does not support item deletion", typeName(base))
	}
}

// refuseChange explains why a slice, map or struct of the program stays as it is.
func (f *frame) refuseChange(at *place, base any) {
	if base == nil {
		return
	}
	switch pointed(base).Kind() {
	case reflect.Struct:
		f.raise(at, "TypeError", "a template cannot change the program's %s", typeName(base))
	case reflect.Slice, reflect.Map, reflect.Array:
		if _, ok := base.(tuple); !ok {
			f.raise(at, "TypeError", "a template cannot change the program's %s; copy it with list() or dict() first", typeName(base))
		}
	}
}
