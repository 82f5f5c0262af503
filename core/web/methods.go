package web

import (
	"reflect"
	"runtime"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/trace"
)

// An extraMethod is what the route option Method was given.
type extraMethod struct {
	name string
	f    any
}

// An extraVerb is the same, bound.
type extraVerb struct {
	method string
	verb
}

// Method is a route option: a method for a verb beyond those that have names of
// their own (Get, Head, Post, Put, Patch, Delete, Options), as WebDAV has many:
//
//	web.URL[Folder](`/dav/(.*)`, web.Method("PROPFIND", (*Folder).Propfind))
//
// Its signature follows the rules of those. What has no method is answered 405, as
// with them, and Allow lists what has.
func Method(verb string, f any) RouteOption {
	return func(r *Route) { r.extra = append(r.extra[:len(r.extra):len(r.extra)], extraMethod{verb, f}) }
}

// bindExtraVerbs finds the methods of the option Method, and returns how many there
// are.
func (e *ConfigError) bindExtraVerbs(r Route, built *route) int {
	for _, m := range r.extra {
		if e.checkExtraMethod(r, built, m) {
			e.bindExtraVerb(r, built, m)
		}
	}
	return len(built.extra)
}

func (e *ConfigError) checkExtraMethod(r Route, built *route, m extraMethod) bool {
	before := len(e.Problems)
	f := reflect.ValueOf(m.f)
	switch {
	case verbOf(strings.ToUpper(m.name)) != verbUnknown:
		e.add(r.where, "web.Method(%q): %s has a name of its own; call the method %s",
			m.name, strings.ToUpper(m.name), methodNames[verbOf(strings.ToUpper(m.name))])
	case !httputil.ValidToken(m.name):
		e.add(r.where, "web.Method(%q): that cannot be a verb", m.name)
	case built.extraVerb(m.name) != nil:
		e.add(r.where, "web.Method(%q): there are two", m.name)
	case f.Kind() != reflect.Func || f.IsNil() || f.Type().NumIn() == 0 || f.Type().In(0) != r.target.pointer:
		name := r.target.pointer.Elem().Name()
		e.add(r.where, "web.Method(%q): a %T is no method of %s; write (*%s).%s", m.name, m.f, r.target.pointer.Elem(), name, methodLike(m.name))
	}
	return len(e.Problems) == before
}

// methodLike is how a method for a verb would be called.
func methodLike(verb string) string {
	return strings.ToUpper(verb[:1]) + strings.ToLower(verb[1:])
}

func (e *ConfigError) bindExtraVerb(r Route, built *route, m extraMethod) {
	f := reflect.ValueOf(m.f)
	method := reflect.Method{Name: methodLike(m.name), Type: f.Type(), Func: f}
	v, err := bindVerb(r.target, method, built.pattern)
	if err != nil {
		e.add(r.where, "%v", err)
		return
	}
	v.name = built.name + "." + method.Name
	if pc := runtime.FuncForPC(f.Pointer()); pc != nil {
		v.file, v.line = pc.FileLine(pc.Entry())
	}
	if built.file == "" {
		built.file, built.line = v.file, v.line
	}
	v.traced = trace.Target{Handler: v.name, Pattern: built.pattern.String()}
	built.extra = append(built.extra, extraVerb{m.name, v})
}

// extraVerb is the method for a verb without a name of its own; nil if there is
// none.
func (r *route) extraVerb(method string) *verb {
	for i := range r.extra {
		if r.extra[i].method == method {
			return &r.extra[i].verb
		}
	}
	return nil
}

// A serverOptionsHandler answers "OPTIONS *", which asks what the server can do at
// all (RFC 9110 section 9.3.7).
type serverOptionsHandler struct{ RequestHandler }

// Options lists the verbs that handlers can have methods for.
func (h *serverOptionsHandler) Options() {
	h.SetStatus(204)
	h.SetHeader("Allow", strings.Join(verbNames[:], ", "))
}
