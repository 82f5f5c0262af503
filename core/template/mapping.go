package template

import (
	"reflect"
	"slices"
	"strings"
)

// A mapping is a dict of the template or a map of the program. Maps of the program
// are read in the order of their keys, and never written: other goroutines may
// hold them too.
type mapping interface {
	get(key any) (any, bool)
	len() int
	pairs() (keys, values []any)
}

type (
	stringMap  map[string]any
	textMap    map[string]string
	reflectMap struct{ rv reflect.Value }
)

func mappingOf(v any) (mapping, bool) {
	switch v := v.(type) {
	case *dict:
		return v, true
	case map[string]any:
		return stringMap(v), true
	case map[string]string:
		return textMap(v), true
	case nil, string, int, *list, tuple, []any, *set, *view, *generator, *builtin, *lambda:
		return nil, false
	}
	rv := indirect(reflect.ValueOf(v))
	if rv.Kind() != reflect.Map {
		return nil, false
	}
	return reflectMap{rv}, true
}

func (d *dict) pairs() (keys, values []any) { return d.keys, d.values }

func (m stringMap) get(key any) (any, bool) {
	s, ok := asString(plain(key))
	if !ok {
		return nil, false
	}
	v, ok := m[s]
	return v, ok
}

func (m stringMap) len() int { return len(m) }

func (m stringMap) pairs() (keys, values []any) {
	names := make([]string, 0, len(m))
	for k := range m {
		names = append(names, k)
	}
	slices.Sort(names)
	for _, k := range names {
		keys, values = append(keys, k), append(values, m[k])
	}
	return keys, values
}

func (m textMap) get(key any) (any, bool) {
	s, ok := asString(plain(key))
	if !ok {
		return nil, false
	}
	v, ok := m[s]
	return v, ok
}

func (m textMap) len() int { return len(m) }

func (m textMap) pairs() (keys, values []any) { return sortedPairs(reflect.ValueOf(m)) }

func (m reflectMap) get(key any) (any, bool) {
	k, ok := convert(key, m.rv.Type().Key())
	if !ok || !k.Comparable() {
		return nil, false
	}
	v := m.rv.MapIndex(k)
	if !v.IsValid() {
		return nil, false
	}
	return fromReflect(v), true
}

func (m reflectMap) len() int { return m.rv.Len() }

func (m reflectMap) pairs() (keys, values []any) { return sortedPairs(m.rv) }

// sortedPairs reads a map of the program in the order of its keys.
func sortedPairs(rv reflect.Value) (keys, values []any) {
	type pair struct {
		key, value any
		text       string
	}
	list := make([]pair, 0, rv.Len())
	for it := rv.MapRange(); it.Next(); {
		k := fromReflect(it.Key())
		list = append(list, pair{k, fromReflect(it.Value()), string(appendText(nil, k))})
	}
	slices.SortFunc(list, func(a, b pair) int {
		if c, ok := order(a.key, b.key); ok && c != 2 {
			return c
		}
		return strings.Compare(a.text, b.text)
	})
	for _, p := range list {
		keys, values = append(keys, p.key), append(values, p.value)
	}
	return keys, values
}
