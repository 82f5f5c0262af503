package template

import (
	"iter"
	"reflect"
	"unicode/utf8"
)

// An iterator walks over a value. It is kept on the stack, so that a loop over
// what is in memory allocates nothing.
type iterator struct {
	items   []any
	strings []string
	text    string
	rng     rangeValue
	rv      reflect.Value // a slice or array
	source  *generator
	first   any     // a pointer to the first of several structs
	size    uintptr // of each
	kind    iteratorKind
	i, n    int
}

type iteratorKind uint8

const (
	iterateItems iteratorKind = iota
	iterateStrings
	iterateText
	iterateRange
	iterateSlice
	iterateStructs
	iterateGenerator // without n
)

// newIterator gives an iterator over v; ok is false if v cannot be iterated. Maps
// give their keys, strings their characters.
func newIterator(v any) (it iterator, ok bool) {
	switch v := v.(type) {
	case []any:
		return iterator{items: v, n: len(v)}, true
	case *list:
		return iterator{items: v.items, n: len(v.items)}, true
	case tuple:
		return iterator{items: v, n: len(v)}, true
	case []string:
		return iterator{kind: iterateStrings, strings: v, n: len(v)}, true
	case string:
		return iterator{kind: iterateText, text: v, n: len(v)}, true
	case rangeValue:
		return iterator{kind: iterateRange, rng: v, n: v.len()}, true
	case *view:
		return iterator{items: v.items, n: len(v.items)}, true
	case *set:
		return iterator{items: v.keys, n: len(v.keys)}, true
	case *generator:
		return iterator{kind: iterateGenerator, source: v}, true
	}
	return newOtherIterator(v)
}

func newOtherIterator(v any) (it iterator, ok bool) {
	v = plain(v)
	switch v := v.(type) {
	case nil, int, bool, float64:
		return it, false
	case string:
		return iterator{kind: iterateText, text: v, n: len(v)}, true
	case []byte:
		items := make([]any, len(v))
		for i, c := range v {
			items[i] = int(c)
		}
		return iterator{items: items, n: len(items)}, true
	}
	if m, ok := mappingOf(v); ok {
		keys, _ := m.pairs()
		return iterator{items: keys, n: len(keys)}, true
	}
	rv := indirect(reflect.ValueOf(v))
	switch rv.Kind() {
	case reflect.Slice:
		if elem := rv.Type().Elem(); elem.Kind() == reflect.Struct && rv.Len() > 0 {
			return iterator{kind: iterateStructs, first: rv.Index(0).Addr().Interface(), size: elem.Size(), n: rv.Len()}, true
		}
		return iterator{kind: iterateSlice, rv: rv, n: rv.Len()}, true
	case reflect.Array:
		return iterator{kind: iterateSlice, rv: rv, n: rv.Len()}, true
	}
	return it, false
}

func (it *iterator) next() (any, bool) {
	if it.i >= it.n {
		if it.kind == iterateGenerator {
			return it.source.pull()
		}
		return nil, false
	}
	i := it.i
	it.i++
	switch it.kind {
	case iterateStrings:
		return &it.strings[i], true
	case iterateText:
		_, n := utf8.DecodeRuneInString(it.text[i:])
		it.i = i + n
		return it.text[i : i+n], true
	case iterateRange:
		return it.rng.at(i), true
	case iterateStructs:
		return following(it.first, i, it.size), true
	case iterateSlice:
		return fromReflect(it.rv.Index(i)), true
	}
	return it.items[i], true
}

// iterate gives an iterator over v.
func (f *frame) iterate(at *place, v any) iterator {
	it, ok := newIterator(v)
	if !ok {
		items, ok := f.sequence(at, v)
		if !ok {
			f.raise(at, "TypeError", "'%s' object is not iterable", typeName(v))
		}
		it = iterator{items: items, n: len(items)}
	}
	return it
}

// items gives what v iterates over, as a slice of its own.
func (f *frame) items(at *place, v any) []any {
	it := f.iterate(at, v)
	f.charge(at, it.n)
	out := make([]any, 0, it.n)
	for {
		v, ok := it.next()
		if !ok {
			return out
		}
		if it.kind == iterateGenerator {
			f.charge(at, 1)
		}
		out = append(out, settle(v))
	}
}

// sequence reads what goSequence gives.
func (f *frame) sequence(at *place, v any) (items []any, ok bool) {
	seq, ok := f.goSequence(at, v)
	if !ok {
		return nil, false
	}
	for x := range seq {
		f.charge(at, 1)
		items = append(items, x)
	}
	return items, true
}

// goSequence is a Go iterator function, or what the method All of v gives: of what is
// a dict for templates the keys. It may be endless.
func (f *frame) goSequence(at *place, v any) (seq iter.Seq[any], ok bool) {
	rv, isDict := reflect.ValueOf(v), false
	if all, ok := methodWithoutArguments(v, "All"); ok {
		f.at = at
		rv = all.Call(nil)[0]
		_, _, isDict = keyMethod(v, "Get")
	}
	if rv.Kind() != reflect.Func || rv.IsNil() {
		return nil, false
	}
	f.at = at
	switch t := rv.Type(); {
	case t.CanSeq():
		return func(yield func(any) bool) {
			rv.Seq()(func(x reflect.Value) bool { return yield(fromReflect(x)) })
		}, true
	case t.CanSeq2():
		return func(yield func(any) bool) {
			rv.Seq2()(func(x, y reflect.Value) bool {
				if isDict {
					return yield(fromReflect(x))
				}
				return yield(tuple{fromReflect(x), fromReflect(y)})
			})
		}, true
	}
	return nil, false
}

// listItems gives the elements of a list or of a slice of the program.
func listItems(v any) ([]any, bool) {
	switch v := v.(type) {
	case *list:
		return v.items, true
	case []any:
		return v, true
	case nil, string, []byte, int, tuple, *dict, map[string]any, *set, *view, *generator:
		return nil, false
	}
	rv := indirect(reflect.ValueOf(v))
	if rv.Kind() != reflect.Slice && rv.Kind() != reflect.Array {
		return nil, false
	}
	items := make([]any, rv.Len())
	for i := range items {
		items[i] = fromReflect(rv.Index(i))
	}
	return items, true
}

// length is what len gives; ok is false for what has none.
func length(v any) (int, bool) {
	switch v := plain(v).(type) {
	case nil:
		return 0, false
	case string:
		return utf8.RuneCountInString(v), true
	case []byte:
		return len(v), true
	case tuple:
		return len(v), true
	case rangeValue:
		return v.len(), true
	case *list:
		return len(v.items), true
	case *view:
		return len(v.items), true
	case *set:
		return len(v.keys), true
	case *dict:
		return len(v.keys), true
	default:
		rv := indirect(reflect.ValueOf(v))
		switch rv.Kind() {
		case reflect.Slice, reflect.Array, reflect.Map:
			return rv.Len(), true
		}
		if method, ok := methodWithoutArguments(v, "Len"); ok && method.Type().Out(0) == reflect.TypeFor[int]() {
			return method.Interface().(func() int)(), true
		}
	}
	return 0, false
}

// methodWithoutArguments finds a method of a value of the program that takes nothing
// and gives one result. Go's containers have Len and All.
func methodWithoutArguments(v any, name string) (method reflect.Value, ok bool) {
	if v == nil || !isObject(reflect.TypeOf(v)) {
		return method, false
	}
	m, ok := membersOf(reflect.TypeOf(v))[name]
	if !ok || !m.auto {
		return method, false
	}
	method = m.bind(v)
	return method, method.Type().NumOut() == 1
}
