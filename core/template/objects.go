package template

import "reflect"

// A value of the program with a method Get for a key, as headers and stores have,
// is a dict for templates: x["key"], x.get("key", default) and "key" in x. Whether
// there is such a key says a second result of Get, or a method Has. Without both
// there is every key, and a default takes the place of the zero value.

// lookUp asks base for key. known is false if base has no such method Get, or key is
// no text; sure is false if nothing told whether there is such a key.
func (f *frame) lookUp(at *place, base, key any) (value any, found, sure, known bool) {
	name, isText := asString(plain(key))
	if base == nil || !isText {
		return nil, false, false, false
	}
	get, results, ok := keyMethod(base, "Get")
	if !ok {
		return nil, false, false, false
	}
	value = f.callReflect(at, get, []any{name}, nil)
	if results == 2 {
		pair := value.(tuple)
		return pair[0], truth(pair[1]), true, true
	}
	if has, _, ok := keyMethod(base, "Has"); ok {
		return value, truth(f.callReflect(at, has, []any{name}, nil)), true, true
	}
	return value, true, false, true
}

// keyMethod finds the method Get or Has of base if it takes one text and gives one
// result, or a second one that is a bool, besides an error.
func keyMethod(base any, name string) (method reflect.Value, results int, ok bool) {
	t := reflect.TypeOf(base)
	if !isObject(t) {
		return method, 0, false
	}
	m, ok := membersOf(t)[name]
	if !ok || m.method < 0 {
		return method, 0, false
	}
	method = m.bind(base)
	s := signatureOf(method.Type())
	takesKey := len(s.in) == 1 && s.in[0].Kind() == reflect.String && !s.kwargs && s.variadic == nil
	gives := s.results == 1 || s.results == 2 && method.Type().Out(1).Kind() == reflect.Bool
	return method, s.results, takesKey && gives
}

// containsKey evaluates key in base.
func (f *frame) containsKey(at *place, base, key any) (has, known bool) {
	value, found, sure, known := f.lookUp(at, base, key)
	return found && (sure || truth(value)), known
}

// getKey evaluates base.get(key) and base.get(key, default); known is false where
// the method itself is to be called.
func (f *frame) getKey(at *place, base any, args []any) (value any, known bool) {
	if len(args) == 0 || len(args) > 2 {
		return nil, false
	}
	value, found, sure, known := f.lookUp(at, base, args[0])
	switch {
	case !known:
		return nil, false
	case len(args) == 2 && (!found || !sure && !truth(value)):
		return args[1], true
	case !found:
		return nil, true
	}
	return value, true
}
