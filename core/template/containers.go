package template

import (
	"bytes"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strconv"
)

// The containers that templates make. They live for one rendering and belong to
// its goroutine; Go functions get []any and map[string]any in their place.
type (
	list  struct{ items []any }
	tuple []any

	// A dict keeps the order in which keys came.
	dict struct {
		keys   []any
		values []any
		index  map[any]int // by hashKey; gone is removed

		class   string // Counter or defaultdict
		factory any    // makes what is missing; nil without
	}

	// A set keeps the order in which its elements came.
	set struct {
		dict
		frozen bool // a frozenset
	}

	// A view is what keys, values and items of a dict give.
	view struct {
		name  string
		items []any
	}

	rangeValue struct{ start, stop, step int }
)

func newDict() *dict { return &dict{index: map[any]int{}} }

func (d *dict) len() int { return len(d.keys) }

// clone gives a dict of its own, with the same keys and values.
func (d *dict) clone() *dict {
	c := *d
	c.keys, c.values, c.index = slices.Clone(d.keys), slices.Clone(d.values), maps.Clone(d.index)
	return &c
}

// within reports whether all elements of s are in other.
func (s *set) within(other *set) bool {
	for _, k := range s.keys {
		if _, ok := other.get(k); !ok {
			return false
		}
	}
	return true
}

// A structuralKey is the key of a tuple or of a value that Go cannot hash.
type structuralKey string

// maxTupleKey is how large the key of a tuple may be, in bytes.
const maxTupleKey = 1 << 16

// hashKey gives what equal values have in common; ok is false for what Python
// cannot hash.
func hashKey(v any) (key any, ok bool) {
	switch v := plain(v).(type) {
	case nil, string, int:
		return v, true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case float64:
		if v == float64(int(v)) {
			return int(v), true
		}
		return v, true
	case []byte:
		return string(v), true
	case *big.Int:
		return structuralKey(v.String()), true
	case *set:
		if !v.frozen {
			return nil, false
		}
		sorted := &set{dict: *v.clone()}
		slices.SortFunc(sorted.keys, func(a, b any) int {
			return bytes.Compare(appendRepr(nil, a), appendRepr(nil, b))
		})
		return structuralKey(appendRepr([]byte("frozen"), sorted)), true
	case *list, *dict, []any, map[string]any:
		return nil, false
	case tuple:
		b := []byte{'('}
		for _, item := range v {
			k, ok := hashKey(item)
			if !ok {
				return nil, false
			}
			text := appendRepr(nil, k)
			if len(b)+len(text) > maxTupleKey {
				return nil, false // tuples in tuples grow with the power of their depth
			}
			b = strconv.AppendInt(b, int64(len(text)), 10)
			b = append(append(b, ':'), text...)
		}
		return structuralKey(b), true
	default:
		if t := reflect.TypeOf(v); !t.Comparable() || !reflect.ValueOf(v).Comparable() {
			return nil, false
		}
		return v, true
	}
}

func (d *dict) get(key any) (any, bool) {
	k, ok := hashKey(key)
	if !ok {
		return nil, false
	}
	i, ok := d.index[k]
	if !ok {
		return nil, false
	}
	return d.values[i], true
}

// checkKey raises for what cannot be a key, and so is in no dict and no set.
func (f *frame) checkKey(at *place, key any) {
	if _, ok := hashKey(key); !ok {
		f.raiseOf(at, "TypeError", []any{key}, "unhashable type: '%s'", typeName(key))
	}
}

// put reports whether key can be a key.
func (d *dict) put(key, value any) bool {
	k, ok := hashKey(key)
	if !ok {
		return false
	}
	if i, ok := d.index[k]; ok {
		d.values[i] = value
		return true
	}
	d.index[k] = len(d.keys)
	d.keys = append(d.keys, settle(key))
	d.values = append(d.values, value)
	return true
}

func (d *dict) remove(key any) (any, bool) {
	k, ok := hashKey(key)
	if !ok {
		return nil, false
	}
	i, ok := d.index[k]
	if !ok {
		return nil, false
	}
	v := d.values[i]
	d.keys = append(d.keys[:i:i], d.keys[i+1:]...)
	d.values = append(d.values[:i:i], d.values[i+1:]...)
	delete(d.index, k)
	for k, j := range d.index {
		if j > i {
			d.index[k] = j - 1
		}
	}
	return v, true
}

func (r rangeValue) len() int {
	switch {
	case r.step > 0 && r.start < r.stop:
		return int((uint(r.stop)-uint(r.start)-1)/uint(r.step)) + 1
	case r.step < 0 && r.start > r.stop:
		return int((uint(r.start)-uint(r.stop)-1)/-uint(r.step)) + 1
	}
	return 0
}

func (r rangeValue) at(i int) int { return r.start + i*r.step }
