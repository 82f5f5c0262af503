package template

import (
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

// A member is what a name means for a type: a field, a method, or neither.
type member struct {
	typ    reflect.Type
	word   unsafe.Pointer // of typ, in what an attrCache remembers
	index  []int          // of a field
	method int            // of a method, else -1
	auto   bool           // the method takes no arguments, so that its name alone calls it
	direct directKind
	offset uintptr // of a direct field

	pointer bool // the method belongs to pointers to the type
}

// bind gives the method of base. One that belongs to pointers gets a pointer to a
// copy, since base cannot be pointed to.
func (m *member) bind(base any) reflect.Value {
	rv := reflect.ValueOf(base)
	if m.pointer {
		p := reflect.New(rv.Type())
		p.Elem().Set(rv)
		rv = p
	}
	return rv.Method(m.method)
}

// members finds members by name. One is made for each type and kept.
type members map[string]member

var memberCache sync.Map // reflect.Type to members

func membersOf(t reflect.Type) members {
	if m, ok := memberCache.Load(t); ok {
		return m.(members)
	}
	m := members{}
	m.addMethods(t, t)
	if t.Kind() == reflect.Struct {
		m.addMethods(reflect.PointerTo(t), t)
	}
	st := t
	if st.Kind() == reflect.Pointer {
		st = st.Elem()
	}
	if st.Kind() == reflect.Struct {
		for _, field := range reflect.VisibleFields(st) {
			if field.IsExported() && reachable(st, field.Index) {
				direct, offset := directField(t, field.Index)
				m.add(field.Name, member{typ: t, index: field.Index, method: -1, direct: direct, offset: offset})
			}
		}
	}
	for _, name := range timeNames[elem(t)] {
		delete(m, "~"+foldName(name))
	}
	actual, _ := memberCache.LoadOrStore(t, m)
	return actual.(members)
}

// addMethods enters the methods of t for values of type of, which is t, or what t
// points to.
func (m members) addMethods(t, of reflect.Type) {
	for i := range t.NumMethod() {
		method := t.Method(i)
		if _, ok := m[method.Name]; ok {
			continue
		}
		takes := method.Type.NumIn()
		if t.Kind() != reflect.Interface {
			takes-- // the receiver
		}
		m.add(method.Name, member{typ: of, method: i, auto: takes == 0 && method.Type.NumOut() > 0, pointer: t != of})
	}
}

// elem is t, or what it points to.
func elem(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// reachable reports whether no unexported pointer stands on the way to a field:
// reflection refuses to follow those.
func reachable(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		field := t.Field(i)
		t = field.Type
		if t.Kind() == reflect.Pointer {
			if !field.IsExported() {
				return false
			}
			t = t.Elem()
		}
	}
	return true
}

// add enters a member under its name and under its name in lower case without
// underscores, by which created_at finds CreatedAt.
func (m members) add(name string, mem member) {
	m[name] = mem
	folded := "~" + foldName(name)
	if _, ok := m[folded]; !ok {
		m[folded] = mem
	}
}

func foldName(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", ""))
}

func (m members) find(name string) (member, bool) {
	if mem, ok := m[name]; ok {
		return mem, true
	}
	mem, ok := m["~"+foldName(name)]
	return mem, ok
}

// names lists the members as templates write them.
func (m members) names() []string {
	var list []string
	for name := range m {
		if !strings.HasPrefix(name, "~") {
			list = append(list, snakeCase(name))
		}
	}
	return list
}

func snakeCase(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		lower := strings.ToLower(string(r))
		isUpper := lower != string(r)
		if isUpper && i > 0 {
			before := strings.ToLower(string(runes[i-1])) == string(runes[i-1])
			after := i+1 < len(runes) && strings.ToLower(string(runes[i+1])) == string(runes[i+1])
			if before || after {
				b.WriteByte('_')
			}
		}
		b.WriteString(lower)
	}
	return b.String()
}

// An attrCache remembers the member found last at one place in a template, which
// is nearly always the one sought next.
type attrCache struct {
	name string
	last atomic.Pointer[member]
}

func (c *attrCache) find(t reflect.Type) (*member, bool) {
	if m := c.last.Load(); m != nil && m.typ == t {
		return m, true
	}
	m, ok := membersOf(t).find(c.name)
	if !ok {
		return nil, false
	}
	m.typ, m.word = t, typeWordOf(t)
	c.last.Store(&m)
	return &m, true
}

// attribute evaluates base.name where no call follows: a field, a key of a map, or
// a method, which is called if it takes no arguments.
func (f *frame) attribute(at *place, base any, c *attrCache) any {
	if m, ok := base.(map[string]any); ok {
		if v, ok := m[c.name]; ok {
			return v
		}
	}
	if base == nil {
		f.noAttribute(at, base, c.name)
	}
	if m := c.last.Load(); m != nil && m.word == typeWord(base) {
		if m.direct != notDirect {
			if v, ok := m.direct.read(base, m.offset); ok {
				return v
			}
		}
		return f.member(at, base, m)
	}
	t := reflect.TypeOf(base)
	if a, ok := base.(Attributer); ok {
		return f.attributeOf(at, a, c.name)
	}
	if isObject(t) {
		if v, ok := f.moreAttribute(at, base, c.name); ok {
			return v
		}
		if m, ok := c.find(t); ok {
			return f.member(at, base, m)
		}
	}
	if m, ok := mappingOf(base); ok {
		if v, ok := m.get(c.name); ok {
			return v
		}
	}
	if v, ok := f.pythonAttribute(at, base, c.name); ok {
		return v
	}
	if v, ok := f.behindPointers(at, base, c); ok {
		return v
	}
	f.noAttribute(at, base, c.name)
	return nil
}

// moreAttribute asks a MoreAttributer; a nil pointer has no more than others.
func (f *frame) moreAttribute(at *place, base any, name string) (any, bool) {
	more, ok := base.(MoreAttributer)
	if !ok || reflect.ValueOf(base).Kind() == reflect.Pointer && reflect.ValueOf(base).IsNil() {
		return nil, false
	}
	f.at = at
	return more.TemplateAttribute(name)
}

// isObject reports whether values of type t can have fields or methods in Go.
func isObject(t reflect.Type) bool {
	isStruct := t.Kind() == reflect.Struct || t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct
	return (isStruct || t.NumMethod() > 0) && !ownTypes[t]
}

// ownTypes are those of the language, whose Go methods templates do not see.
var ownTypes = map[reflect.Type]bool{
	reflect.TypeFor[*list]():      true,
	reflect.TypeFor[tuple]():      true,
	reflect.TypeFor[*dict]():      true,
	reflect.TypeFor[*set]():       true,
	reflect.TypeFor[*view]():      true,
	reflect.TypeFor[rangeValue](): true,
	reflect.TypeFor[sliceValue](): true,
	reflect.TypeFor[*builtin]():   true,
	reflect.TypeFor[*lambda]():    true,
	reflect.TypeFor[*generator](): true,
	reflect.TypeFor[*module]():    true,
	reflect.TypeFor[*match]():     true,
	reflect.TypeFor[*pattern]():   true,
	reflect.TypeFor[date]():       true,
	reflect.TypeFor[clock]():      true,
	reflect.TypeFor[datetime]():   true,
	reflect.TypeFor[duration]():   true,
	reflect.TypeFor[*big.Int]():   true,
	reflect.TypeFor[*Error]():     true,
}

// member reads a field or a method of base.
func (f *frame) member(at *place, base any, m *member) any {
	f.at = at
	if m.method >= 0 {
		method := m.bind(base)
		if m.auto {
			return f.callReflect(at, method, nil, nil)
		}
		return method.Interface()
	}
	rv := reflect.ValueOf(base)
	if rv.Kind() == reflect.Pointer {
		if rv.IsNil() {
			f.raise(at, "AttributeError", "'NoneType' object has no attributes: it is a nil %s", rv.Type())
		}
		rv = rv.Elem()
	}
	if len(m.index) == 1 {
		return fromReflect(rv.Field(m.index[0]))
	}
	field, err := rv.FieldByIndexErr(m.index)
	if err != nil {
		return nil // embedded by a nil pointer
	}
	return fromReflect(field)
}

// behindPointers looks for the attribute in what a pointer to a pointer, or to an
// interface, points to.
func (f *frame) behindPointers(at *place, base any, c *attrCache) (any, bool) {
	rv := reflect.ValueOf(base)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return nil, false
	}
	switch rv.Elem().Kind() {
	case reflect.Pointer, reflect.Interface:
		if inner := fromReflect(rv.Elem()); inner != nil && inner != base {
			return f.attribute(at, inner, c), true
		}
	}
	return nil, false
}

func (f *frame) noAttribute(at *place, base any, name string) {
	f.raiseOf(at, "AttributeError", []any{base}, "'%s' object has no attribute '%s'%s", typeName(base), name, attributeHint(base, name))
}

// attributeNames lists what base.name finds, in no order; an Attributer tells
// nobody, and of a very long map the keys are left out.
func attributeNames(base any) []string {
	var names []string
	if base != nil {
		if t := reflect.TypeOf(base); isObject(t) {
			names = membersOf(t).names()
		}
		if m, ok := mappingOf(base); ok && m.len() < 1000 {
			keys, _ := m.pairs()
			for _, k := range keys {
				if s, ok := asString(k); ok {
					names = append(names, s)
				}
			}
		}
	}
	return slices.AppendSeq(names, maps.Keys(methodsOf(plain(base))))
}

// callMethod evaluates base.name(...). Python's methods of strings, lists and
// dicts come before the keys of a map, so that d.items() works whatever d holds.
func (f *frame) callMethod(at *place, base any, c *attrCache, args []any, kwargs []kwarg) any {
	if a, ok := base.(Attributer); ok {
		return f.call(at, f.attributeOf(at, a, c.name), args, kwargs)
	}
	if base != nil {
		if m := c.last.Load(); m != nil && m.word == typeWord(base) && c.name != "get" {
			return f.callMember(at, base, m, args, kwargs)
		}
		t := reflect.TypeOf(base)
		if isObject(t) {
			if v, ok := f.moreAttribute(at, base, c.name); ok {
				return f.call(at, v, args, kwargs)
			}
			if m, ok := c.find(t); ok {
				if c.name == "get" && len(kwargs) == 0 {
					if v, known := f.getKey(at, base, args); known {
						return v
					}
				}
				return f.callMember(at, base, m, args, kwargs)
			}
		}
		p := base
		if _, isDuration := asDuration(base); !isDuration {
			p = plain(base)
		}
		if m, ok := methodsOf(p)[c.name]; ok {
			return f.callMethodOf(at, c.name, m, p, args, kwargs)
		}
	}
	return f.call(at, f.attribute(at, base, c), args, kwargs)
}

func (f *frame) callMember(at *place, base any, m *member, args []any, kwargs []kwarg) any {
	if m.method < 0 {
		return f.call(at, f.member(at, base, m), args, kwargs)
	}
	return f.callReflect(at, m.bind(base), args, kwargs)
}
