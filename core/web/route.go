package web

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"runtime"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
)

// Handler is what every type is that embeds a RequestHandler.
type Handler interface{ requestHandler() *RequestHandler }

// A Route leads from a pattern to a type of handlers; URL makes one. What is wrong
// with it is reported when an application is built with it.
type Route struct {
	pattern string
	name    string
	target  target
	init    any          // a func(*T)
	folder  string       // that a StaticFileHandler serves
	fsys    fs.FS        // the same
	files   *staticFiles // the same, opened

	defaultFilename string // of its folders
	fallback        func(*Application) httputil.HTTPServerConnectionDelegate
	where           string // file:line of the call that made it

	authenticated bool
	slash         slashRule
	timeout       time.Duration
	stream        bool
	before        []hook
	cors          *CORSOptions
	extra         []extraMethod

	// Of a group, which has no pattern and no target.
	group   bool
	hosts   string // a regular expression; empty for all hosts
	inner   []Route
	mount   *Application  // answers what matches pattern
	inMount []RouteOption // for its routes
}

// A target makes and binds the handlers of one type.
type target struct {
	pointer reflect.Type // *T
	create  func() Handler
	bind    func(f any, parameters []reflect.Type) call        // nil if the signature is not one of the quick ones
	initOf  func(init any) (initialize func(Handler), ok bool) // ok false if init is for another type
}

// A RouteOption is a further argument of URL.
type RouteOption func(*Route)

// URL is a route: requests whose path matches pattern are answered by a T, which
// must embed RequestHandler and have a method for each verb that it knows. A new T
// is made for each request.
//
// The pattern is a regular expression over the whole path, see routing.Pattern.
// The values of its groups are the arguments of the verbs' methods.
func URL[T any, P interface {
	*T
	Handler
}](pattern string, options ...RouteOption) Route {
	route := Route{pattern: pattern, where: caller(), target: targetOf[T, P]()}
	for _, option := range options {
		option(&route)
	}
	return route
}

func targetOf[T any, P interface {
	*T
	Handler
}]() target {
	return target{
		pointer: reflect.TypeFor[P](),
		create:  func() Handler { return P(new(T)) },
		bind:    bind[P],
		initOf: func(init any) (func(Handler), bool) {
			f, ok := init.(func(*T))
			return func(h Handler) { f((*T)(h.(P))) }, ok
		},
	}
}

// caller is the file and line outside of this package's route functions that
// declared a route, for messages.
func caller() string {
	if _, file, line, ok := runtime.Caller(2); ok {
		return fmt.Sprintf("%s:%d", filepath.Base(file), line)
	}
	return ""
}

// Name gives a route a name, by which ReverseURL finds it. No two routes of an
// application may have the same.
func Name(name string) RouteOption {
	return func(r *Route) { r.name = name }
}

// Init sets fields of each handler of the route, before Initialize. It is how a
// handler comes by what it needs of the program. It runs on the loop.
func Init[T any](f func(h *T)) RouteOption {
	return func(r *Route) { r.init = f }
}

// Authenticated lets only those pass who are logged in: see
// RequestHandler.Authenticated, which is called before Prepare. The handler needs a
// method GetCurrentUser, and the application a LoginURL.
func Authenticated() RouteOption {
	return func(r *Route) { r.authenticated = true }
}

// Timeout is Settings.RequestTimeout for the handlers of one route. Negative means
// no limit: for answers that go on for as long as the client listens.
func Timeout(limit time.Duration) RouteOption {
	return func(r *Route) { r.timeout = limit }
}
