package template

import (
	"reflect"
	"strings"
)

// A Go function has no keyword arguments. It can take them as a Kwargs in front,
// or as a struct at the end, of which they are the fields: what Python writes as
// format_date(day, full_format=True) calls
//
//	func FormatDate(day time.Time, o DateOptions) string
//
// Arguments by position beyond the others fill the fields in their order. A struct
// whose type's name ends in Options may be left out.

// optionsOf finds that struct among the parameters of t.
func optionsOf(t reflect.Type) (options reflect.Type, optional bool) {
	if t.NumIn() == 0 {
		return nil, false
	}
	last := t.In(t.NumIn() - 1)
	if t.IsVariadic() {
		last = last.Elem()
	}
	s := elem(last)
	if s.Kind() != reflect.Struct {
		return nil, false
	}
	for i := range s.NumField() {
		if s.Field(i).IsExported() {
			return last, t.IsVariadic() || strings.HasSuffix(s.Name(), "Options")
		}
	}
	return nil, false
}

// takesOptions reports whether the arguments of a call are to be put into the
// struct at the end.
func (s *signature) takesOptions(args []any, kwargs []kwarg) bool {
	if s.options == nil {
		return false
	}
	n := s.fixed()
	if len(args) < n {
		return false
	}
	if len(kwargs) > 0 {
		return true
	}
	if len(args) == n {
		return s.optional && s.variadic == nil
	}
	return s.optional && !isOptions(args[n], s.options)
}

// fixed is how many parameters stand before the options.
func (s *signature) fixed() int {
	if s.variadic != nil {
		return len(s.in)
	}
	return len(s.in) - 1
}

func isOptions(v any, t reflect.Type) bool {
	return v != nil && elem(reflect.TypeOf(v)) == elem(t)
}

// optionsValue makes the struct.
func (f *frame) optionsValue(at *place, s *signature, args []any, kwargs []kwarg) reflect.Value {
	p := reflect.New(elem(s.options))
	m := membersOf(p.Type())
	set := func(field reflect.Value, name string, v any) {
		f.checkNesting(at, v)
		converted, ok := convert(v, field.Type())
		if !ok {
			f.raiseOf(at, "TypeError", []any{v}, "argument '%s' must be %s, not %s", name, parameterName(field.Type()), typeName(v))
		}
		field.Set(converted)
	}
	next := 0
	for _, arg := range args {
		for next < p.Elem().NumField() && !p.Elem().Type().Field(next).IsExported() {
			next++
		}
		if next == p.Elem().NumField() {
			f.raise(at, "TypeError", "%s takes at most %d arguments, not %d", calleeName(at), s.fixed()+next, s.fixed()+len(args))
		}
		set(p.Elem().Field(next), p.Elem().Type().Field(next).Name, arg)
		next++
	}
	for _, k := range kwargs {
		found, ok := m.find(k.name)
		if !ok || found.method >= 0 {
			f.raise(at, "TypeError", "%s has no keyword argument '%s'%s", calleeName(at), k.name, suggestion(k.name, m.names()))
		}
		set(p.Elem().FieldByIndex(found.index), k.name, k.value)
	}
	if s.options.Kind() == reflect.Pointer {
		return p
	}
	return p.Elem()
}
