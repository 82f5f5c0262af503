// Package web answers HTTP requests: applications, routes, and the handlers that
// one writes.
//
// An application is built once from its routes; what does not fit together is
// reported then. From then on any goroutine may use its methods. Handlers belong
// to one request and to one owner at a time, see RequestHandler.
//
//   - Application, Settings, Route: what is served
//   - RequestHandler: what a handler embeds; the interfaces of overrides.go: what it may override
//   - HTTPError, Finish: how a handler ends in another way than by returning
//   - StaticFileHandler, RedirectHandler, ErrorHandler: handlers that are ready
package web

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/routing"
	"github.com/tornado-dev/tornado/core/template"
	"github.com/tornado-dev/tornado/core/trace"
)

// An Application is a set of routes and what they share. It is the delegate of
// the servers that serve it.
type Application struct {
	// Set when it is built and never changed.
	settings  Settings
	signing   Signing // without a key if the settings have none
	router    router
	routes    []*route       // of all routers
	mounted   []*Application // by Mount
	names     map[string]*route
	notFound  *route
	forbidden *route
	asterisk  *route           // answers OPTIONS for all of the server
	loader    *template.Loader // nil without templates
	reloads   bool             // forget all templates before each use
	uiModules map[string]ModuleType
	uiMethods map[string]uiMethod
	static    *staticFiles // nil without StaticPath
	traced    trace.Hooks  // as they were when it was built

	delegates sync.Pool // of *delegate

	compression *compression // nil unless answers are compressed

	base       context.Context // what the contexts of all requests come from
	cancelBase context.CancelCauseFunc
	running    sync.WaitGroup // goroutines of methods
	drain      sync.Once
	draining   chan struct{}
	leaving    atomic.Bool // Drain was called

	toolsMu    sync.Mutex // guards what follows, but for reading tools
	toolRoutes []*route   // of AddDevelopmentRoutes
	tools      atomic.Pointer[routing.Table[*route]]
}

// A route is a Route of an application.
type route struct {
	app          *Application
	source       Route
	pattern      *routing.Pattern
	target       target
	name         string // of the type: "blog.StoryHandler"
	urlName      string
	init         func(Handler)
	overrides    overridden
	verbs        [numVerbs]verb
	allow        string // the Allow field
	file         string
	line         int
	otherwise    trace.Target // for a verb without a method
	builtIn      bool         // not written by the user
	development  bool         // of AddDevelopmentRoutes
	discardsBody bool

	fallback        httputil.HTTPServerConnectionDelegate // answers in place of a handler; nil for most
	static          *staticFiles                          // that a StaticFileHandler serves
	defaultFilename string                                // of its folders

	authenticated bool          // for those who are logged in alone
	timeout       time.Duration // zero means Settings.RequestTimeout, negative no limit
	slash         slashRule
	upgrade       any // what an Upgrader bound

	data   dataKind // how its handlers get their bodies
	before []hook   // called before Prepare
	cors   *corsPolicy
	extra  []extraVerb
}

// Draining returns a channel that is closed when a server of the application
// begins to drain, or to hand its connections to a newer program. Whoever keeps a
// client waiting should answer it then.
func (a *Application) Draining() <-chan struct{} { return a.draining }

// Drain tells everybody who waits for Draining, and connections that speak other
// protocols, that the program ends. Shutdown calls it; it is for programs whose server
// is another's: server.RegisterOnShutdown(app.Drain).
func (a *Application) Drain() {
	a.leave()
	a.beginDraining()
}

// leave says that the drain is for good: no newer program takes over.
func (a *Application) leave() {
	a.leaving.Store(true)
	for _, other := range a.mounted {
		other.leave()
	}
}

func (a *Application) beginDraining() {
	a.drain.Do(func() { close(a.draining) })
	for _, other := range a.mounted {
		other.beginDraining()
	}
}

// Routes lists the routes in the order in which they are tried.
func (a *Application) Routes() []trace.Route {
	list := make([]trace.Route, 0, len(a.routes))
	for _, r := range a.routes {
		list = append(list, trace.Route{Pattern: r.pattern.String(), Name: r.urlName, Handler: r.name,
			Methods: r.methods(false), File: r.file, Line: r.line})
	}
	return list
}

// ReverseURL is the path of the route with that name, see routing.Pattern.Reverse.
// It fails if there is no such route.
func (a *Application) ReverseURL(name string, args ...any) (string, error) {
	path, err, _ := a.reverse(name, args)
	return path, err
}

// find chooses what answers a request.
func (a *Application) find(request *httputil.HTTPServerRequest, m *routing.Match) *route {
	if allow := a.traced.AllowHost; allow != nil && !allow(request.Host) {
		return a.forbidden
	}
	if tools := a.tools.Load(); tools != nil {
		if r, ok := tools.Find(request.Path, m); ok {
			return r
		}
	}
	if r := a.router.find(request, m); r != nil {
		return r
	}
	if r := a.findByDefaultHost(request, m); r != nil {
		return r
	}
	if request.Path == "*" && request.Method == "OPTIONS" {
		return a.asterisk
	}
	return a.notFound
}

// AddDevelopmentRoutes adds routes that are tried before the application's own
// and are not among Routes. It is for tools that look after the application while
// it is written. Any goroutine may call it at any time; it fails as
// BuildApplication does.
func (a *Application) AddDevelopmentRoutes(routes ...Route) error {
	a.toolsMu.Lock()
	defer a.toolsMu.Unlock()
	var problems ConfigError
	table := new(routing.Table[*route])
	all := append(append([]*route(nil), a.toolRoutes...), problems.buildTools(a, routes)...)
	for _, r := range all {
		table.Add(r.pattern, r)
	}
	if err := problems.orNil(); err != nil {
		return err
	}
	a.toolRoutes = all
	a.tools.Store(table)
	return nil
}

func (e *ConfigError) buildTools(a *Application, routes []Route) (built []*route) {
	for _, r := range routes {
		if tool := e.build(a, r); tool != nil {
			tool.builtIn, tool.development = true, true
			built = append(built, tool)
		}
	}
	return built
}
