package web

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/tornado-dev/tornado/core/escape"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/locale"
	"github.com/tornado-dev/tornado/core/template"
)

// A UIModule is a piece of a page that brings its style and its scripts along. It is
// embedded in a type that has a method Render:
//
//	type Entry struct{ web.UIModule }
//
//	func (m *Entry) Render(story *Story, full ...bool) (string, error) {
//		return m.RenderString("entry.html", web.Args{"story": story, "full": len(full) > 0 && full[0]})
//	}
//
// Templates print what Render returns, unescaped, with {% module Entry(story) %}. Its
// parameters are what it likes; it takes keyword arguments as any function of a
// template does, and returns a string or []byte, and an error if it can fail. What
// else belongs on a page with the module say the methods of the interfaces beside
// this type, JavaScriptFiles and its like. RequestHandler.Render asks them when the
// page is made.
//
// A request has one module of each name, made when a template first uses it. It has
// the owner of the handler.
type UIModule struct{ handler *RequestHandler }

func (m *UIModule) uiModule() *UIModule { return m }

// Handler is the handler whose page the module stands on.
func (m *UIModule) Handler() Handler { return m.handler.self }

// Request is RequestHandler.Request.
func (m *UIModule) Request() *httputil.HTTPServerRequest { return m.handler.Request }

// Locale is RequestHandler.Locale.
func (m *UIModule) Locale() *locale.Locale { return m.handler.Locale() }

// CurrentUser is RequestHandler.CurrentUser.
func (m *UIModule) CurrentUser() any { return m.handler.CurrentUser() }

// RenderString is RequestHandler.RenderString.
func (m *UIModule) RenderString(name string, args Args) (string, error) {
	page, err := m.handler.RenderString(name, args)
	return string(page), err
}

// What a UI module may have besides Render. Files are paths below
// Settings.StaticPath, unless they begin with a slash or with http: or https:.
// On each page the same file is linked once.
type (
	// A JavaScriptEmbedder has a script for the end of the page.
	JavaScriptEmbedder interface{ EmbeddedJavaScript() string }

	// A JavaScriptLinker has files with scripts for the end of the page.
	JavaScriptLinker interface{ JavaScriptFiles() []string }

	// A CSSEmbedder has style for the head of the page.
	CSSEmbedder interface{ EmbeddedCSS() string }

	// A CSSLinker has style sheets for the head of the page.
	CSSLinker interface{ CSSFiles() []string }

	// A HeadWriter has HTML for the end of the page's head.
	HeadWriter interface{ HTMLHead() string }

	// A BodyWriter has HTML for the end of the page's body.
	BodyWriter interface{ HTMLBody() string }
)

type anyUIModule interface{ uiModule() *UIModule }

// A ModuleType makes UI modules of one type; Module gives it.
type ModuleType struct {
	pointer reflect.Type
	render  int // index of the method
	create  func() anyUIModule
}

// Module is a type of UI modules for Settings.UIModules. T embeds UIModule. The
// functions, which may be left out, set fields of each new module, as Init does for
// handlers.
func Module[T any, P interface {
	*T
	anyUIModule
}](init ...func(m *T)) ModuleType {
	return ModuleType{pointer: reflect.TypeFor[P](), create: func() anyUIModule {
		m := new(T)
		for _, f := range init {
			f(m)
		}
		return P(m)
	}}
}

// checkModules builds the table of modules.
func (e *ConfigError) checkModules(a *Application) {
	a.uiModules = map[string]ModuleType{"Template": Module[templateModule]()}
	maps.Copy(a.uiModules, a.settings.UIModules)
	for name, m := range a.uiModules {
		where := fmt.Sprintf("Settings.UIModules[%q]", name)
		switch {
		case !isName(name):
			e.add(where, "a template could not write this name: use letters, digits and underscores")
		case m.create == nil:
			e.add(where, "this is no module; make one with web.Module[Type]()")
		default:
			m.render = e.checkModule(where, m.pointer)
			a.uiModules[name] = m
		}
	}
}

// isName reports whether a template can use a name.
func isName(name string) bool {
	for i, r := range name {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return name != ""
}

// checkModule finds the method Render, and others that would never be called.
func (e *ConfigError) checkModule(where string, t reflect.Type) (render int) {
	method, ok := t.MethodByName("Render")
	if !ok || !givesText(method.Type) {
		e.add(where, "%s needs a method Render that returns a string or []byte, and an error if it can fail", t.Elem())
	}
	m := reflect.New(t.Elem()).Interface()
	if m.(anyUIModule).uiModule() == nil {
		e.add(where, "%s must embed web.UIModule itself, not a pointer to it", t.Elem())
	}
	check := func(name string, has bool, want string) {
		if _, found := t.MethodByName(name); found && !has {
			e.add(where, "%s.%s would never be called: its signature must be %s() %s", t.Elem(), name, name, want)
		}
	}
	_, has := m.(JavaScriptEmbedder)
	check("EmbeddedJavaScript", has, "string")
	_, has = m.(JavaScriptLinker)
	check("JavaScriptFiles", has, "[]string")
	_, has = m.(CSSEmbedder)
	check("EmbeddedCSS", has, "string")
	_, has = m.(CSSLinker)
	check("CSSFiles", has, "[]string")
	_, has = m.(HeadWriter)
	check("HTMLHead", has, "string")
	_, has = m.(BodyWriter)
	check("HTMLBody", has, "string")
	return method.Index
}

// givesText reports whether what a function returns can stand in a page.
func givesText(f reflect.Type) bool {
	if f.NumOut() == 0 || f.NumOut() > 2 || f.NumOut() == 2 && f.Out(1) != reflect.TypeFor[error]() {
		return false
	}
	text := f.Out(0)
	return text.Kind() == reflect.String || text.Kind() == reflect.Slice && text.Elem().Kind() == reflect.Uint8
}

// activeModules are those of one request, in the order of their first use.
type activeModules []activeModule

type activeModule struct {
	name   string
	module anyUIModule
	render any // the method Render, bound to the module
}

// templateModules is how a template sees the modules.
type templateModules RequestHandler

// Attribute implements template.Attributer: it gives the function that a module's
// name stands for.
func (m *templateModules) Attribute(name string) (any, error) {
	h := (*RequestHandler)(m)
	for i := range h.modules {
		if h.modules[i].name == name {
			return h.modules[i].render, nil
		}
	}
	if t, ok := h.app.uiModules[name]; ok {
		return h.useModule(name, t), nil
	}
	switch name {
	case "linkify":
		return escape.Linkify, nil
	case "xsrf_form_html":
		return h.XSRFFormHTML, nil
	}
	names := append(slices.Collect(maps.Keys(h.app.uiModules)), "linkify", "xsrf_form_html")
	slices.Sort(names)
	return nil, fmt.Errorf("there is no UI module '%s'; Settings.UIModules and the built-in ones are %s", name, strings.Join(names, ", "))
}

func (h *RequestHandler) useModule(name string, t ModuleType) (render any) {
	module := t.create()
	module.uiModule().handler = h
	render = reflect.ValueOf(module).Method(t.render).Interface()
	h.remember()
	h.modules = append(h.modules, activeModule{name, module, render})
	return render
}

var _ template.Attributer = (*templateModules)(nil)
