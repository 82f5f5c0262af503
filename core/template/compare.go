package template

import (
	"bytes"
	"cmp"
	"math/big"
	"reflect"
	"strings"
)

// compare evaluates one link of a comparison.
func (f *frame) compare(at *place, op string, x, y any) bool {
	switch op {
	case "==":
		return f.same(at, x, y)
	case "!=":
		return !f.same(at, x, y)
	case "in":
		return f.contains(at, y, x)
	case "not in":
		return !f.contains(at, y, x)
	case "is":
		return identical(x, y)
	case "is not":
		return !identical(x, y)
	}
	if a, ok := plain(x).(*set); ok {
		if b, ok := plain(y).(*set); ok {
			return f.compareSets(at, op, a, b)
		}
	}
	c, ok := f.ordered(at, op, x, y)
	if !ok {
		f.raiseOf(at, "TypeError", []any{x, y}, "'%s' not supported between instances of '%s' and '%s'", op, typeName(x), typeName(y))
	}
	return holds(op, c)
}

// isOrdering tells the operators apart that numbers alone decide.
func isOrdering(op string) bool {
	switch op {
	case "==", "!=", "<", "<=", ">", ">=":
		return true
	}
	return false
}

// holds reports whether a comparison is true of what is less (-1), equal (0),
// greater (1) or none of these (2).
func holds(op string, c int) bool {
	switch op {
	case "<":
		return c == -1
	case "<=":
		return c == -1 || c == 0
	case ">":
		return c == 1
	case ">=":
		return c == 1 || c == 0
	case "==":
		return c == 0
	}
	return c != 0
}

// compareSets orders sets by what they contain.
func (f *frame) compareSets(at *place, op string, a, b *set) bool {
	f.work(at, a.len()+b.len())
	switch op {
	case "<":
		return a.len() < b.len() && a.within(b)
	case "<=":
		return a.within(b)
	case ">":
		return b.len() < a.len() && b.within(a)
	}
	return b.within(a)
}

// same is Python's ==, and counts the work of it. What is nested too deeply counts
// as different.
func (f *frame) same(at *place, x, y any) bool {
	switch a := x.(type) {
	case string:
		if b, ok := y.(string); ok {
			return a == b
		}
	case int:
		if b, ok := y.(int); ok {
			return a == b
		}
	}
	budget := nestedBudget{left: maxComparisons}
	is := budget.equal(x, y, 0)
	f.work(at, maxComparisons-budget.left)
	return is
}

// ordered is order, and counts the work of it.
func (f *frame) ordered(at *place, op string, x, y any) (c int, ok bool) {
	budget := nestedBudget{left: maxComparisons}
	c, ok = budget.order(x, y, 0)
	f.work(at, maxComparisons-budget.left)
	return c, ok
}

// identical is Python's "is", as far as it can be told of Go values: the same
// None, True or False, the same object, or equal numbers and strings of one type.
func identical(x, y any) bool {
	x, y = plain(x), plain(y)
	if x == nil || y == nil {
		return x == nil && y == nil
	}
	tx := reflect.TypeOf(x)
	if tx != reflect.TypeOf(y) {
		return false
	}
	switch tx.Kind() {
	case reflect.Slice, reflect.Map, reflect.Func:
		rx, ry := reflect.ValueOf(x), reflect.ValueOf(y)
		return rx.Pointer() == ry.Pointer() && (tx.Kind() == reflect.Func || rx.Len() == ry.Len())
	}
	return reflect.ValueOf(x).Comparable() && x == y
}

// maxComparisons bounds the work of comparing two containers.
const maxComparisons = 1 << 20

// A nestedBudget counts the steps of a walk through containers.
type nestedBudget struct{ left int }

// spent counts a step at some depth, and reports whether it is one too many.
func (b *nestedBudget) spent(depth int) bool {
	b.left--
	return b.left < 0 || depth > maxReprDepth
}

func (budget *nestedBudget) equal(x, y any, depth int) bool {
	if a, ok := asDuration(x); ok {
		b, ok := asDuration(y)
		return ok && a == b
	}
	x, y = plain(x), plain(y)
	if a, ok := number(x); ok {
		b, ok := number(y)
		return ok && orderNumbers(a, b) == 0
	}
	if budget.spent(depth) {
		return false
	}
	switch a := x.(type) {
	case nil:
		return y == nil
	case string:
		switch b := y.(type) {
		case string:
			return a == b
		case []byte:
			return a == string(b)
		}
		return false
	case []byte:
		switch b := y.(type) {
		case string:
			return string(a) == b
		case []byte:
			return bytes.Equal(a, b)
		}
		return false
	case tuple:
		b, ok := y.(tuple)
		return ok && budget.equalItems(a, b, depth)
	case *view:
		b, ok := y.(*view)
		if !ok || a.name == "dict_values" || a.name != b.name {
			return x == y
		}
		return budget.equalItems(a.items, b.items, depth)
	case rangeValue, *builtin, *lambda, *generator:
		return x == y
	}
	if y == nil {
		return false
	}
	return budget.equalContainers(x, y, depth)
}

func (budget *nestedBudget) equalItems(a, b []any, depth int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !budget.equal(a[i], b[i], depth+1) {
			return false
		}
	}
	return true
}

func (budget *nestedBudget) equalContainers(x, y any, depth int) bool {
	switch x.(type) {
	case *list, *dict, *set:
		if x == y {
			return true
		}
	}
	if a, ok := listItems(x); ok {
		b, ok := listItems(y)
		return ok && budget.equalItems(a, b, depth)
	}
	if a, ok := x.(*set); ok {
		b, ok := y.(*set)
		return ok && equalKeys(&a.dict, &b.dict)
	}
	if a, ok := mappingOf(x); ok {
		b, ok := mappingOf(y)
		return ok && budget.equalMappings(a, b, depth)
	}
	if a, ok := asTime(x); ok {
		b, ok := asTime(y)
		return ok && a.Equal(b)
	}
	if px, py := pointed(x), pointed(y); px.Type() == py.Type() && px.Comparable() {
		return px.Equal(py)
	}
	return false
}

func pointed(v any) reflect.Value {
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Pointer && !rv.IsNil() {
		return rv.Elem()
	}
	return rv
}

func equalKeys(a, b *dict) bool {
	if len(a.keys) != len(b.keys) {
		return false
	}
	for _, k := range a.keys {
		if _, ok := b.get(k); !ok {
			return false
		}
	}
	return true
}

func (budget *nestedBudget) equalMappings(a, b mapping, depth int) bool {
	keys, values := a.pairs()
	if len(keys) != b.len() {
		return false
	}
	for i, k := range keys {
		v, ok := b.get(k)
		if !ok || !budget.equal(values[i], v, depth+1) {
			return false
		}
	}
	return true
}

// order gives -1, 0 or 1, and 2 where a NaN makes all comparisons false. ok is
// false if x and y have no order.
func order(x, y any) (c int, ok bool) {
	budget := nestedBudget{left: maxComparisons}
	return budget.order(x, y, 0)
}

func (budget *nestedBudget) order(x, y any, depth int) (c int, ok bool) {
	if a, ok := asDuration(x); ok {
		b, ok := asDuration(y)
		return cmp.Compare(a, b), ok
	}
	x, y = plain(x), plain(y)
	if a, ok := number(x); ok {
		if b, ok := number(y); ok {
			return orderNumbers(a, b), true
		}
		return 0, false
	}
	if a, ok := asString(x); ok {
		if b, ok := asString(y); ok {
			return strings.Compare(a, b), true
		}
		return 0, false
	}
	if a, ok := asTime(x); ok {
		if b, ok := asTime(y); ok {
			return a.Compare(b), true
		}
		return 0, false
	}
	a, okA := x.(tuple)
	b, okB := y.(tuple)
	if okA != okB || budget.spent(depth) {
		return 0, false
	}
	if !okA {
		var ok bool
		if a, ok = listItemsTuple(x); !ok {
			return 0, false
		}
		if b, ok = listItemsTuple(y); !ok {
			return 0, false
		}
	}
	for i := 0; i < len(a) && i < len(b); i++ {
		if !budget.equal(a[i], b[i], depth+1) {
			return budget.order(a[i], b[i], depth+1)
		}
	}
	return orderNumbers(len(a), len(b)), true
}

func listItemsTuple(v any) (tuple, bool) {
	items, ok := listItems(v)
	return items, ok
}

func asString(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), true
	case *string:
		if v != nil {
			return *v, true
		}
	}
	return "", false
}

func orderNumbers(x, y any) int {
	if a, ok := x.(int); ok {
		if b, ok := y.(int); ok {
			switch {
			case a < b:
				return -1
			case a > b:
				return 1
			}
			return 0
		}
	}
	if a, b := toBig(x), toBig(y); a != nil && b != nil {
		return a.Cmp(b)
	}
	a, b := toFloat(x), toFloat(y)
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	}
	return 2
}

// contains evaluates "item in container".
func (f *frame) contains(at *place, container, item any) bool {
	container = plain(container)
	switch c := container.(type) {
	case string:
		s, ok := asString(plain(item))
		if !ok {
			f.raise(at, "TypeError", "'in <string>' requires string as left operand, not %s", typeName(item))
		}
		f.chargeScan(at, len(c))
		return strings.Contains(c, s)
	case []byte:
		if s, ok := asString(plain(item)); ok {
			return bytes.Contains(c, []byte(s))
		}
	case *set:
		_, ok := c.get(item)
		if !ok {
			f.checkKey(at, item)
		}
		return ok
	case rangeValue:
		n, ok := number(item)
		if i, isInt := n.(int); ok && isInt {
			k := new(big.Int).Sub(big.NewInt(int64(i)), big.NewInt(int64(c.start)))
			q, r := k.QuoRem(k, big.NewInt(int64(c.step)), new(big.Int))
			return r.Sign() == 0 && q.Sign() >= 0 && q.IsInt64() && q.Int64() < int64(c.len())
		}
		return false
	case []string:
		s, ok := asString(plain(item))
		for _, e := range c {
			if ok && e == s {
				return true
			}
		}
		return false
	}
	if m, ok := mappingOf(container); ok {
		_, ok := m.get(item)
		if !ok {
			f.checkKey(at, item)
		}
		return ok
	}
	it, ok := newIterator(container)
	if !ok {
		found, known := f.containsKey(at, container, item)
		if !known {
			f.raise(at, "TypeError", "argument of type '%s' is not iterable", typeName(container))
		}
		return found
	}
	for {
		v, ok := it.next()
		if !ok {
			return false
		}
		f.work(at, 1)
		if f.same(at, v, item) {
			return true
		}
	}
}
