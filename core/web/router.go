package web

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/routing"
)

// Host is a group of routes for the hosts whose names match a regular expression
// from end to end, in small letters and without the port:
//
//	web.Host(`(www\.)?example\.com`, web.URL[Home](`/`), ...)
//
// Like every route it is tried in its place; a request that matches none of its
// routes goes on to those after it.
func Host(pattern string, routes ...Route) Route {
	return Route{group: true, hosts: pattern, inner: routes, where: caller()}
}

// Group is a list of routes in the place of one.
func Group(routes ...Route) Route {
	return Route{group: true, inner: routes, where: caller()}
}

// Mount lets another application answer all requests whose path matches pattern,
// with its own routes, settings and error pages. It sees the whole path. Options that
// the mount is given by With, or by Settings.RouteOptions, are for its routes too.
func Mount(pattern string, app *Application) Route {
	return Route{group: true, pattern: pattern, mount: app, where: caller()}
}

// A router is a list of routes as they are tried: tables of neighbours that have
// nothing but a pattern, and groups.
type router struct{ sections []section }

type section struct {
	table *routing.Table[*route] // or one of these:

	hosts *regexp.Regexp // nil for all
	group router

	mountedAt *routing.Pattern
	mounted   *Application
	changed   map[*route]*route // those of the mounted application, with the options of the mount
}

// find returns the first route that matches a request; nil if there is none.
func (r *router) find(request *httputil.HTTPServerRequest, m *routing.Match) *route {
	for i := range r.sections {
		s := &r.sections[i]
		if s.table != nil {
			if found, ok := s.table.Find(request.Path, m); ok {
				return found
			}
			continue
		}
		if found := s.find(request, m); found != nil {
			return found
		}
	}
	return nil
}

func (s *section) find(request *httputil.HTTPServerRequest, m *routing.Match) *route {
	if s.mounted != nil {
		if !s.mountedAt.Match(request.Path, m) {
			return nil
		}
		found := s.mounted.find(request, m)
		if changed := s.changed[found]; changed != nil {
			return changed
		}
		return found
	}
	if s.hosts != nil && !s.hosts.MatchString(request.HostName()) {
		return nil
	}
	return s.group.find(request, m)
}

// findByDefaultHost finds a route as if the request was for DefaultHost. A proxy
// tells the host that was asked for, and there is no other then.
func (a *Application) findByDefaultHost(request *httputil.HTTPServerRequest, m *routing.Match) *route {
	if a.settings.DefaultHost == "" || request.Headers.Has("X-Real-Ip") {
		return nil
	}
	for i := range a.router.sections {
		s := &a.router.sections[i]
		if s.hosts == nil || !s.hosts.MatchString(a.settings.DefaultHost) {
			continue
		}
		if found := s.group.find(request, m); found != nil {
			return found
		}
	}
	return nil
}

// buildRouter builds routes, and enters them into the application's lists.
func (e *ConfigError) buildRouter(a *Application, routes []Route) (built router) {
	var table *routing.Table[*route] // of the neighbours so far
	for _, r := range routes {
		if r.group {
			if s, ok := e.buildGroup(a, r); ok {
				built.sections = append(built.sections, s)
				table = nil
			}
			continue
		}
		one := e.buildNamed(a, r)
		if one == nil {
			continue
		}
		if table == nil {
			table = new(routing.Table[*route])
			built.sections = append(built.sections, section{table: table})
		}
		table.Add(one.pattern, one)
	}
	return built
}

func (e *ConfigError) buildGroup(a *Application, r Route) (s section, ok bool) {
	if r.pattern != "" || r.mount != nil {
		return e.buildMount(a, r)
	}
	s.group = e.buildRouter(a, r.inner)
	if r.hosts == "" {
		return s, true
	}
	var err error
	if s.hosts, err = regexp.Compile(`\A(?:` + r.hosts + `)\z`); err != nil {
		e.add(r.where, "the hosts `%s`: %v", r.hosts, err)
	}
	return s, err == nil
}

func (e *ConfigError) buildMount(a *Application, r Route) (s section, ok bool) {
	if r.mount == nil {
		e.add(r.where, "Mount of `%s` has no application", r.pattern)
		return s, false
	}
	pattern, err := routing.Compile(r.pattern)
	if err != nil {
		e.add(r.where, "%s", strings.TrimPrefix(err.Error(), "routing: "))
		return s, false
	}
	a.mounted = append(a.mounted, r.mount)
	s = section{mountedAt: pattern, mounted: r.mount}
	if len(r.inMount) > 0 {
		s.changed = map[*route]*route{}
		e.changeRoutes(r.mount, r.inMount, s.changed)
	}
	return s, true
}

// changeRoutes builds the routes of an application, and of those that are mounted in
// it, anew with further options. The application keeps what it has: it may be
// mounted elsewhere, or serve by itself.
func (e *ConfigError) changeRoutes(a *Application, options []RouteOption, changed map[*route]*route) {
	for _, old := range a.everyRoute() {
		source := old.source.With(options...)
		if old.static != nil {
			source.files, source.folder, source.fsys = old.static, "", nil // they are open
		}
		built := e.build(old.app, source)
		if built == nil {
			continue
		}
		built.builtIn, built.discardsBody = old.builtIn, old.discardsBody
		if built.authenticated && !built.builtIn {
			e.checkAuthenticated(source, built, &old.app.settings)
		}
		changed[old] = built
	}
}

// everyRoute are the routes that find may give, but for those of development and of
// the protocol.
func (a *Application) everyRoute() []*route {
	return append(append([]*route{a.notFound}, a.routes...), a.router.mountedRoutes()...)
}

func (r *router) mountedRoutes() (list []*route) {
	for i := range r.sections {
		s := &r.sections[i]
		list = append(list, s.group.mountedRoutes()...)
		if s.mounted != nil {
			list = slices.AppendSeq(append(list, s.mounted.everyRoute()...), maps.Values(s.changed))
		}
	}
	return list
}

// buildNamed builds one route, and gives it its name.
func (e *ConfigError) buildNamed(a *Application, r Route) *route {
	built := e.build(a, r)
	if built == nil {
		return nil
	}
	if other := a.names[r.name]; other != nil && r.name != "" {
		e.add(r.where, "two routes have the name %q: `%s` and `%s`; ReverseURL could not tell them apart", r.name, other.pattern, r.pattern)
	}
	if built.authenticated {
		e.checkAuthenticated(r, built, &a.settings)
	}
	a.names[r.name] = built
	a.routes = append(a.routes, built)
	return built
}

// reverse makes a path of the route with that name, here or in an application that
// is mounted.
func (a *Application) reverse(name string, args []any) (path string, err error, found bool) {
	if r, ok := a.names[name]; ok {
		path, err = r.pattern.Reverse(args...)
		return path, err, true
	}
	for _, other := range a.mounted {
		if path, err, found = other.reverse(name, args); found {
			return path, err, true
		}
	}
	return "", fmt.Errorf("web: no route has the name %q; give it one with web.Name(%q)", name, name), false
}
