package web

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/tornado-dev/tornado/core/template"
)

// A uiMethod is a function of Settings.UIMethods.
type uiMethod struct {
	name  string
	f     reflect.Value
	first reflect.Type // the parameter that takes the handler
	bound reflect.Type // f without that parameter
}

// checkMethods builds the table of UI methods.
func (e *ConfigError) checkMethods(a *Application) {
	a.uiMethods = make(map[string]uiMethod, len(a.settings.UIMethods))
	for name, f := range a.settings.UIMethods {
		where := fmt.Sprintf("Settings.UIMethods[%q]", name)
		t := reflect.TypeOf(f)
		switch {
		case !isName(name):
			e.add(where, "a template could not write this name: use letters, digits and underscores")
		case slices.Contains(ownTemplateNames, name):
			e.add(where, "every template has something else of this name, see web.RequestHandler.RenderString")
		case t == nil || t.Kind() != reflect.Func || t.NumIn() == 0 || !takesHandler(t):
			e.add(where, "a %T is no function whose first parameter takes a handler: func(h *web.RequestHandler, ...)", f)
		default:
			a.uiMethods[name] = uiMethod{name, reflect.ValueOf(f), t.In(0), withoutFirst(t)}
		}
	}
}

var handlerType = reflect.TypeFor[Handler]()

// takesHandler reports whether the first parameter of a function is RequestHandler,
// a type that embeds it, or an interface that such a type may have.
func takesHandler(t reflect.Type) bool {
	first := t.In(0)
	if t.IsVariadic() && t.NumIn() == 1 {
		return false
	}
	return first.Implements(handlerType) || first.Kind() == reflect.Interface
}

// withoutFirst is the type of the function with the first argument given.
func withoutFirst(t reflect.Type) reflect.Type {
	var in, out []reflect.Type
	for i := 1; i < t.NumIn(); i++ {
		in = append(in, t.In(i))
	}
	for i := range t.NumOut() {
		out = append(out, t.Out(i))
	}
	return reflect.FuncOf(in, out, t.IsVariadic())
}

// of is the method as a function that knows its handler.
func (m uiMethod) of(h *RequestHandler) any {
	self := reflect.ValueOf(h.self)
	switch {
	case self.Type().AssignableTo(m.first):
	case m.first == reflect.TypeFor[*RequestHandler]():
		self = reflect.ValueOf(h)
	default:
		return func(template.Kwargs, ...any) (string, error) {
			return "", fmt.Errorf("web: the UI method %s is for %s, and not for %s", m.name, m.first, self.Type())
		}
	}
	call := m.f.Call
	if m.bound.IsVariadic() {
		call = m.f.CallSlice
	}
	return reflect.MakeFunc(m.bound, func(args []reflect.Value) []reflect.Value {
		return call(append([]reflect.Value{self}, args...))
	}).Interface()
}
