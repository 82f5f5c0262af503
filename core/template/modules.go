package template

import (
	"slices"
	"strings"
)

// A module is what {% import %} gives. A module of the program is a map, a struct
// or any other value with attributes, and no module.
type module struct {
	name    string
	members map[string]any
}

// attribute finds a member, or a module inside this one: urllib.parse.
func (m *module) attribute(name string) (any, bool) {
	if name == "__name__" {
		return m.name, true
	}
	if v, ok := m.members[name]; ok {
		return v, true
	}
	inner, ok := modules[m.name+"."+name]
	return inner, ok
}

// modules are those of Python that templates can import, with the part of them
// that templates use. There is none that reaches files, processes or the network.
var modules map[string]*module

func init() {
	modules = map[string]*module{}
	add := func(name string, values map[string]any, functions map[string]func(*call) any) {
		m := &module{name, functionTable(functions)}
		for member, v := range values {
			m.members[member] = v
		}
		modules[name] = m
		if parent, _, ok := strings.Cut(name, "."); ok && modules[parent] == nil {
			modules[parent] = &module{parent, map[string]any{}}
		}
	}
	add("math", mathValues, mathFunctions)
	add("datetime", datetimeClasses(), nil)
	add("time", nil, timeFunctions)
	add("calendar", calendarValues(), calendarFunctions)
	add("random", nil, randomFunctions)
	add("json", nil, jsonFunctions)
	add("re", regexpValues, regexpFunctions)
	add("urllib.parse", nil, urlFunctions)
	add("itertools", itertoolsValues(), itertoolsFunctions)
	add("functools", nil, functoolsFunctions)
	add("operator", nil, operatorFunctions)
	add("collections", collectionsClasses(), nil)
	add("string", stringValues, stringFunctions)
	add("html", nil, htmlFunctions)
	add("hashlib", nil, hashlibFunctions)
	add("base64", nil, base64Functions)
	add("os.path", nil, pathFunctions)
	add("tornado.escape", escapeHelpers(), escapeFunctions)
	builtins["datetime"] = modules["datetime"]
}

// class makes a builtin that is a type, with class methods.
func class(signature string, fn func(*call) any, members map[string]func(*call) any) *builtin {
	name, params := parseParameters(signature)
	return &builtin{name: name, params: params, fn: fn, typ: true, members: functionTable(members)}
}

// findModule looks among the modules of the program first.
func (f *frame) findModule(at *place, name string) any {
	if v, ok := f.template.options.Modules[name]; ok {
		return v
	}
	if m, ok := modules[name]; ok {
		return m
	}
	f.raise(at, "ModuleNotFoundError", "No module named '%s' (Options.Modules adds those of the program)%s",
		name, suggestion(name, f.template.options.moduleNames()))
	return nil
}

func (o *Options) moduleNames() []string {
	var names []string
	for name := range modules {
		names = append(names, name)
	}
	for name := range o.Modules {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// importModule compiles {% import %} and {% from import %}.
func (c *compiler) importModule(n *importNode) exec {
	at := c.place(n.pos())
	steps := make([]func(*frame), len(n.items))
	for i, item := range n.items {
		slot, _ := c.slot(item.as)
		cache := &attrCache{name: item.name}
		switch {
		case n.from:
			steps[i] = func(f *frame) { f.locals[slot] = f.imported(at, n.module, cache) }
		default:
			steps[i] = func(f *frame) { f.locals[slot] = f.importTop(at, item) }
		}
	}
	return func(f *frame) signal {
		for _, step := range steps {
			step(f)
		}
		return signalNone
	}
}

// importTop is what {% import a.b %} binds: a, and with "as" b itself.
func (f *frame) importTop(at *place, item importItem) any {
	v := f.findModule(at, item.name)
	top, rest, dotted := strings.Cut(item.name, ".")
	if !dotted || item.as != top {
		return v
	}
	if m, ok := modules[top]; ok && f.template.options.Modules[item.name] == nil {
		return m
	}
	// A module of the program with dots in its name.
	for _, part := range slices.Backward(strings.Split(rest, ".")) {
		v = &module{top, map[string]any{part: v}}
	}
	return v
}

// imported is one name of {% from module import name %}.
func (f *frame) imported(at *place, name string, c *attrCache) any {
	m := f.findModule(at, name)
	v, ok := (&call{frame: f, at: at}).lookUp(m, c.name)
	if inner, isModule := f.template.options.Modules[name+"."+c.name]; !ok && isModule {
		return inner
	}
	if !ok {
		var names []string
		if own, isOwn := m.(*module); isOwn {
			for n := range own.members {
				names = append(names, n)
			}
		}
		f.raise(at, "ImportError", "cannot import name '%s' from '%s'%s", c.name, name, suggestion(c.name, names))
	}
	return v
}
