package web

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/tornado-dev/tornado/core/routing"
	"github.com/tornado-dev/tornado/core/trace"
)

// A ConfigError lists all that is wrong with an application's settings and routes.
type ConfigError struct {
	Problems []string // each with the place in the source, where it is known
}

func (e *ConfigError) Error() string {
	if len(e.Problems) == 1 {
		return "web: " + e.Problems[0]
	}
	return fmt.Sprintf("web: %s (and %d more)\n  %s", e.Problems[0], len(e.Problems)-1, strings.Join(e.Problems[1:], "\n  "))
}

func (e *ConfigError) add(where, format string, args ...any) {
	problem := fmt.Sprintf(format, args...)
	if where != "" {
		problem = where + ": " + problem
	}
	e.Problems = append(e.Problems, problem)
}

func (e *ConfigError) orNil() error {
	if len(e.Problems) == 0 {
		return nil
	}
	return e
}

// NewApplication builds an application. It panics with a *ConfigError that lists
// every mistake: all of them are the program's own, and there is nothing to serve.
func NewApplication(settings Settings, routes ...Route) *Application {
	a, err := BuildApplication(settings, routes...)
	if err != nil {
		panic(err)
	}
	return a
}

// BuildApplication is NewApplication for programs whose settings or routes come
// from elsewhere: it returns the *ConfigError. These are mistakes: a pattern that
// is no regular expression, a method whose signature does not fit the pattern, a
// handler without any method for a verb, an overriding method with the wrong
// signature, two routes of one name, an Init for another type, a folder that is
// not there.
func BuildApplication(settings Settings, routes ...Route) (*Application, error) {
	a := &Application{settings: settings, names: map[string]*route{}, draining: make(chan struct{})}
	a.base, a.cancelBase = context.WithCancelCause(context.Background())
	a.delegates.New = func() any { return new(delegate) }
	if hooks := trace.Active(); hooks != nil {
		a.traced = *hooks
	}
	var problems ConfigError
	a.setDefaults()
	problems.checkSecurity(a)
	problems.checkRequestID(&a.settings)
	problems.checkModules(a)
	problems.checkMethods(a)
	a.openTemplates(&problems)
	routes = append(a.openStatic(&problems), routes...)
	a.router = problems.buildRouter(a, withOptions(routes, settings.RouteOptions))
	problems.checkCompression(a)
	delete(a.names, "")
	a.notFound = problems.buildIn(a, URL[ErrorHandler](`.*`, Init(func(h *ErrorHandler) { h.StatusCode = 404 })).With(settings.RouteOptions...))
	a.asterisk = problems.buildIn(a, URL[serverOptionsHandler](`\*`))
	a.forbidden = problems.buildIn(a, URL[forbiddenHost](`.*`))
	if settings.DefaultHandler.pattern != "" {
		a.notFound = problems.build(a, settings.DefaultHandler.With(settings.RouteOptions...))
	}
	if err := problems.orNil(); err != nil {
		a.close()
		return nil, err
	}
	a.announce()
	return a, nil
}

func (a *Application) setDefaults() {
	s := &a.settings
	if s.StaticURLPrefix == "" {
		s.StaticURLPrefix = "/static/"
	}
	if s.XSRFCookieName == "" {
		s.XSRFCookieName = defaultXSRFCookieName
	}
	if s.XSRFCookieVersion == 0 {
		s.XSRFCookieVersion = 2
	}
	a.signing = Signing{Secret: s.CookieSecret, Secrets: s.CookieSecrets, KeyVersion: s.KeyVersion, Now: s.Now}
	s.Sessions = s.Sessions.withDefaults()
	if s.ShutdownTimeout == 0 {
		s.ShutdownTimeout = defaultShutdownTimeout
	}
}

// close lets go of what an application that is not to be has opened.
func (a *Application) close() {
	if a.static != nil {
		a.static.close()
	}
}

// announce tells a listener of a new application.
func (a *Application) announce() {
	if created := a.traced.CacheCreated; created != nil {
		if t := a.translations(); len(t.Roots()) > 0 {
			created(catalogues{t})
		}
		if a.loader != nil {
			created(a.loader)
		}
		if a.static != nil {
			created(a.static)
		}
	}
	if created := a.traced.ApplicationCreated; created != nil {
		created(a)
	}
}

func (e *ConfigError) buildIn(a *Application, r Route) *route {
	built := e.build(a, r)
	if built != nil {
		built.builtIn, built.discardsBody = true, true
	}
	return built
}

// build turns a Route into a route; nil if something is wrong with it.
func (e *ConfigError) build(a *Application, r Route) *route {
	before := len(e.Problems)
	if r.target.pointer == nil {
		e.add(r.where, "a route without a handler; make routes with web.URL[Handler](pattern)")
		return nil
	}
	t := r.target.pointer
	built := &route{app: a, source: r, target: r.target, urlName: r.name, name: t.Elem().String(), authenticated: r.authenticated, timeout: r.timeout, slash: r.slash}
	pattern, err := routing.Compile(r.pattern)
	if err != nil {
		e.add(r.where, "%s", strings.TrimPrefix(err.Error(), "routing: "))
		return nil
	}
	built.pattern = pattern
	if !embedsByValue(t.Elem()) {
		e.add(r.where, "%s must embed web.RequestHandler itself, not a pointer to it", t.Elem())
		return nil
	}
	e.buildStatic(r, built)
	if r.fallback != nil {
		built.fallback = r.fallback(a)
	}
	if r.init != nil {
		init, ok := r.target.initOf(r.init)
		if !ok {
			e.add(r.where, "the Init of `%s` is a %T, but the handler is %s; write web.Init(func(h *%s) { ... })",
				r.pattern, r.init, t.Elem(), t.Elem().Name())
		}
		built.init = init
	}
	built.overrides = overridesOf(r.target.create())
	e.checkOverrides(r.where, t, built.overrides)
	e.checkRenderers(r.where, r.target.create())
	e.bindVerbs(r, built)
	e.bindData(r, built)
	built.before, built.cors = r.before, e.buildCORS(r, built)
	if len(e.Problems) > before {
		return nil
	}
	return built
}

// bindVerbs finds the verbs' methods.
func (e *ConfigError) bindVerbs(r Route, built *route) {
	t := r.target.pointer
	methods := 0
	for index := range numVerbs {
		method, ok := methodOf(t, index)
		if !ok {
			continue
		}
		methods++
		v, err := bindVerb(r.target, method, built.pattern)
		if err != nil {
			e.add(r.where, "%v", err)
			continue
		}
		v.name = built.name + "." + methodNames[index]
		if v.file, v.line = location(t, index); methods == 1 {
			built.file, built.line = v.file, v.line
		}
		v.traced = trace.Target{Handler: v.name, Pattern: built.pattern.String()}
		built.verbs[index] = v
	}
	methods += e.bindExtraVerbs(r, built)
	methods += e.bindUpgrade(r, built)
	built.otherwise = trace.Target{Handler: built.name, Pattern: built.pattern.String()}
	built.allow = strings.Join(built.methods(true), ", ")
	if methods == 0 && built.overrides&anyPrepare == 0 {
		e.add(r.where, "%s has no method for any verb, so that `%s` could only answer 405; give it one: func (h *%s) Get(%s) error",
			t.Elem(), r.pattern, t.Elem().Name(), exampleParameters(built.pattern))
	}
}

// methods are the verbs that have a method; with implied, also those that are
// answered without one.
func (r *route) methods(implied bool) []string {
	var list []string
	for index := range r.verbs {
		has := r.verbs[index].call != nil
		switch {
		case !implied || has:
		case index == verbHead:
			has = r.verbs[verbGet].call != nil
		case index == verbOptions:
			has = true
		}
		if has {
			list = append(list, verbNames[index])
		}
	}
	for i := range r.extra {
		list = append(list, r.extra[i].method)
	}
	return list
}

func exampleParameters(p *routing.Pattern) string {
	var list []string
	for i, name := range p.Names() {
		if name == "" {
			name = fmt.Sprintf("arg%d", i+1)
		}
		list = append(list, name+" string")
	}
	return strings.Join(list, ", ")
}

// checkOverrides finds methods that look like overriding something, and do not.
func (e *ConfigError) checkOverrides(where string, t reflect.Type, has overridden) {
	check := func(method reflect.Method, ok bool, bits overridden, want string) {
		if ok && has&bits == 0 {
			e.add(where, "%s.%s would never be called: its signature must be %s", t.Elem(), method.Name, want)
		}
	}
	e.checkShouted(where, t)
	method, ok := t.MethodByName("Initialize")
	check(method, ok, hasInitialize, "Initialize()")
	method, ok = t.MethodByName("Prepare")
	check(method, ok, anyPrepare, "Prepare(), Prepare() error or Prepare(ctx context.Context) error")
	method, ok = t.MethodByName("WriteError")
	check(method, ok, hasWriteError, "WriteError(status int, err error)")
	method, ok = t.MethodByName("OnFinish")
	check(method, ok, hasOnFinish, "OnFinish()")
	method, ok = t.MethodByName("OnConnectionClose")
	check(method, ok, hasOnConnectionClose, "OnConnectionClose()")
	method, ok = t.MethodByName("SetDefaultHeaders")
	check(method, ok, hasSetDefaultHeaders, "SetDefaultHeaders()")
	method, ok = t.MethodByName("GetCurrentUser")
	check(method, ok, hasGetCurrentUser, "GetCurrentUser() any")
	method, ok = t.MethodByName("CheckXSRFCookie")
	check(method, ok, hasCheckXSRFCookie, "CheckXSRFCookie() error")
	method, ok = t.MethodByName("ComputeEtag")
	check(method, ok, hasComputeEtag, "ComputeEtag() string")
	method, ok = t.MethodByName("DecodeArgument")
	check(method, ok, hasDecodeArgument, "DecodeArgument(value, name string) string")
	method, ok = t.MethodByName("GetUserLocale")
	check(method, ok, hasGetUserLocale, "GetUserLocale() *locale.Locale")
	method, ok = t.MethodByName("GetTemplateNamespace")
	check(method, ok, hasGetTemplateNamespace, "GetTemplateNamespace() web.Args")
	method, ok = t.MethodByName("RequestSummary")
	check(method, ok, hasRequestSummary, "RequestSummary() string")
}

// checkShouted finds methods with the name that HTTP has for a verb.
func (e *ConfigError) checkShouted(where string, t reflect.Type) {
	check := func(method reflect.Method, ok bool) {
		if ok {
			e.add(where, "%s.%s would never be called: call it %s", t.Elem(), method.Name, methodNames[verbOf(method.Name)])
		}
	}
	// Constants, for the reason that methodOf gives.
	check(t.MethodByName("GET"))
	check(t.MethodByName("HEAD"))
	check(t.MethodByName("POST"))
	check(t.MethodByName("PUT"))
	check(t.MethodByName("PATCH"))
	check(t.MethodByName("DELETE"))
	check(t.MethodByName("OPTIONS"))
}

// embedsByValue reports whether t embeds RequestHandler on a way without
// pointers, so that a new t is ready for use.
func embedsByValue(t reflect.Type) bool {
	if t == reflect.TypeFor[RequestHandler]() {
		return true
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		if field := t.Field(i); field.Anonymous && embedsByValue(field.Type) {
			return true
		}
	}
	return false
}

// openFolder opens a folder of files that are served; nil if there is none.
func (e *ConfigError) openFolder(where, setting, path string) *staticFiles {
	if !e.checkFolder(where, setting, path) {
		return nil
	}
	files, err := newStaticFiles(path)
	if err != nil {
		e.add(where, "%s: %v", setting, err)
	}
	return files
}

// checkFolder reports a setting that names no folder.
func (e *ConfigError) checkFolder(where, setting, path string) bool {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return true
	}
	why := "that is not a folder"
	if err != nil {
		why = "there is none"
	}
	here, _ := os.Getwd() // only to help; without it the message is shorter
	e.add(where, "%s is %q, but %s (seen from %s)", setting, path, why, here)
	return false
}
