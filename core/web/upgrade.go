package web

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/routing"
	"github.com/tornado-dev/tornado/core/trace"
)

// An Upgrader is a handler that answers GET by going on in another protocol, as
// websocket.WebSocketHandler does. It is for packages that speak such a protocol;
// their users embed what they make.
type Upgrader interface {
	Handler

	// BindUpgrade is called once for each route when an application is built, on a
	// handler that never gets a request.
	BindUpgrade(b *UpgradeBinder)

	// Upgrade is called on the loop, where Get would be.
	Upgrade(u Upgrade) error
}

// An UpgradeBinder is where an Upgrader finds out what its type can do.
type UpgradeBinder struct {
	// Binding is kept for the handlers of the route; see Upgrade.Binding.
	Binding any

	shown    reflect.Method // see Show
	handler  Handler
	target   target
	pattern  *routing.Pattern
	problems *ConfigError
	where    string
}

// Handler is a handler of the route's type.
func (b *UpgradeBinder) Handler() Handler { return b.handler }

// Type is the handler's type, a pointer.
func (b *UpgradeBinder) Type() reflect.Type { return b.target.pointer }

// Show names the method that stands for the handler in lists of routes and in
// errors.
func (b *UpgradeBinder) Show(method reflect.Method) { b.shown = method }

// Problem reports a mistake in the program, for which no application is made.
func (b *UpgradeBinder) Problem(format string, args ...any) {
	b.problems.add(b.where, format, args...)
}

// Bind makes a method callable that takes the values of the pattern's groups, as
// those for verbs do. What does not fit is a Problem.
func (b *UpgradeBinder) Bind(method reflect.Method) UpgradeMethod {
	v, err := bindVerb(b.target, method, b.pattern)
	if err != nil {
		b.Problem("%v", err)
		return UpgradeMethod{}
	}
	m := UpgradeMethod{call: v.call, async: v.async}
	for i := method.Type.NumIn() - b.pattern.Groups(); i < method.Type.NumIn(); i++ {
		m.parameters = append(m.parameters, method.Type.In(i))
	}
	return m
}

// An UpgradeMethod is a method that was bound.
type UpgradeMethod struct {
	call       call
	async      bool
	parameters []reflect.Type
}

// Async reports whether the method takes a context, and so may wait.
func (m *UpgradeMethod) Async() bool { return m.async }

// bindUpgrade gives an Upgrader a method for GET, and returns how many it has got.
func (e *ConfigError) bindUpgrade(r Route, built *route) int {
	handler, ok := r.target.create().(Upgrader)
	if !ok {
		return 0
	}
	if built.verbs[verbGet].call != nil {
		e.add(r.where, "%s.Get would never be called: GET is how its connections are upgraded", built.name)
	}
	b := &UpgradeBinder{handler: handler, target: r.target, pattern: built.pattern, problems: e, where: r.where}
	handler.BindUpgrade(b)
	built.upgrade = b.Binding
	built.verbs[verbGet] = b.verb(built)
	return 1
}

// verb is what stands where Get would.
func (b *UpgradeBinder) verb(built *route) verb {
	v := verb{name: built.name, call: func(h Handler, _ context.Context, _ *routing.Match) error {
		return h.(Upgrader).Upgrade(Upgrade{h.requestHandler()})
	}}
	if f := b.shown.Func; f.IsValid() {
		v.name += "." + b.shown.Name
		pc := runtime.FuncForPC(f.Pointer())
		v.file, v.line = pc.FileLine(pc.Entry())
		built.file, built.line = v.file, v.line
	}
	v.traced = trace.Target{Handler: v.name, Pattern: built.pattern.String()}
	return v
}

// An Upgrade is what another protocol needs of the handler whose connection it
// takes, during the request and afterwards.
type Upgrade struct{ h *RequestHandler }

// Binding is what BindUpgrade left for the handlers of this route.
func (u Upgrade) Binding() any { return u.h.route.upgrade }

// Handler is the handler itself.
func (u Upgrade) Handler() Handler { return u.h.self }

// Arguments reads the values of the pattern's groups for a method, which can then
// be called later. It fails, to be returned from Upgrade, if one is no value of its
// parameter's type.
func (u Upgrade) Arguments(m *UpgradeMethod) (call func(ctx context.Context) error, err error) {
	match := u.h.match
	for i, parameter := range m.parameters {
		if match.Took(i) && !parse(reflect.New(parameter).Elem(), match.Value(i)) {
			return nil, errNoSuchValue
		}
	}
	self := u.h.self
	return func(ctx context.Context) error { return m.call(self, ctx, &match) }, nil
}

// To answers 101 with the header fields that were set, and gives the connection
// away, see http1connection.ServerConnection.Upgrade. The handler's answer is
// finished then. It belongs to the loop.
func (u Upgrade) To(consumer func(*iostream.IOStream) iostream.Consumer) error {
	h := u.h
	connection, ok := h.connection.(interface {
		Upgrade(func(*iostream.IOStream) iostream.Consumer) error
	})
	if !ok {
		return fmt.Errorf("web: a %T cannot be upgraded", h.connection)
	}
	h.status, h.reason = 101, ""
	h.dropBody()
	if err := h.writeHeaders(nil); err != nil {
		h.wroteHeaders = false // nothing was sent: it can be answered otherwise
		return err
	}
	if err := connection.Upgrade(consumer); err != nil {
		return err
	}
	h.finished = true
	return nil
}

// hopFields are those whose work is done when the connection has been upgraded.
var hopFields = []string{"Connection", "Upgrade", "Host", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions"}

// ShrinkRequest keeps of the request what may still be asked for, in one string:
// its fields without those of the handshake. l is the connection's loop, which is all
// that is left of the connection.
func (u Upgrade) ShrinkRequest(l *ioloop.IOLoop) {
	r := &u.h.request
	text := keptText(r)
	cut := func(n int) (part string) {
		part, text = text[:n], text[n:]
		return part
	}
	shrunk := httputil.HTTPServerRequest{Method: "GET", Version: "HTTP/1.1", RemoteIP: cut(len(r.RemoteIP)),
		Protocol: r.Protocol, Started: r.Started, Took: r.Took, Connection: away{l}, Trace: r.Trace, TraceID: r.TraceID}
	if held, ok := r.Connection.(Holder); ok {
		shrunk.Connection = heldAway{away{l}, held}
	}
	shrunk.SetURI(cut(len(r.URI)))
	shrunk.Host = cut(len(r.Host))
	shrunk.Headers = httputil.ParsedHeaders(text)
	*r = shrunk
}

// keptText is what is kept of a request, without any room to spare.
func keptText(r *httputil.HTTPServerRequest) string {
	kept := make([]byte, 0, 1<<10)
	kept = append(kept, r.RemoteIP...)
	kept = append(kept, r.URI...)
	kept = append(kept, r.Host...)
	for name, value := range r.Headers.All() {
		if !contains(hopFields, name) {
			kept = append(append(append(append(kept, name...), ": "...), value...), "\r\n"...)
		}
	}
	return string(kept)
}

// away is what a request has for a connection that speaks another protocol by now:
// nothing can be answered.
type away struct{ loop *ioloop.IOLoop }

var errAway = errors.New("web: the connection was upgraded, and takes no answer")

func (away) WriteHeaders(httputil.ResponseStartLine, *httputil.HTTPHeaders, []byte) error {
	return errAway
}
func (away) Write([]byte) error          { return errAway }
func (away) Finish() error               { return errAway }
func (away) Abort(error)                 {}
func (away) NotifyDrained(f func(error)) { f(errAway) }
func (away) SetMaxBodySize(int64)        {}
func (a away) AddCallback(f func())      { a.loop.AddCallback(f) }

// A Holder is a connection whose loop ends with it, and so must know who is yet to
// come back: until release is called it goes on. Hold is called on the loop.
type Holder interface{ Hold() (release func()) }

// heldAway is away for such a connection.
type heldAway struct {
	away
	Holder
}

func contains(names []string, name string) bool {
	for _, one := range names {
		if httputil.EqualFold(one, name) {
			return true
		}
	}
	return false
}

// Go runs f in a goroutine, which Application.Shutdown waits for. It belongs to the
// loop, which does not end before f has.
func (u Upgrade) Go(f func()) {
	app := u.h.app
	release := func() {}
	if c, ok := u.h.request.Connection.(Holder); ok {
		release = c.Hold()
	}
	app.running.Add(1)
	go func() { // Application.wait waits for it
		defer app.running.Done()
		defer release()
		f()
	}()
}

// User is who was found out to send the request, before its answer is finished;
// known is false if nobody asked.
func (u Upgrade) User() (user any, known bool) { return u.h.currentUser, u.h.userKnown }

// Context is what contexts of the connection's methods come from.
func (u Upgrade) Context() context.Context { return u.h.app.base }

// Leaving reports whether the application ends for good: it is not replaced by a
// newer one.
func (u Upgrade) Leaving() bool { return u.h.app.leaving.Load() }

// Catch makes a panic the error of the function that defers it. Functions of the
// package that the Binding is of do not count as the user's.
func (u Upgrade) Catch(err *error) {
	if value := recover(); value != nil {
		*err = &panicError{value: value, stack: u.ownFrames(trace.Stack(1))}
	}
}

// ownFrames cuts off a stack what is below the user's method.
func (u Upgrade) ownFrames(stack []trace.Frame) []trace.Frame {
	protocol := reflect.Indirect(reflect.ValueOf(u.Binding())).Type().PkgPath() + "."
	for i := 1; i < len(stack); i++ {
		if strings.HasPrefix(stack[i].Function, protocol) && !strings.HasPrefix(stack[i-1].Function, protocol) {
			return stack[:i]
		}
	}
	return stack
}

// Report logs an error of the user's code and tells a listener of it.
func (u Upgrade) Report(err error) { u.h.report(err, 0) }
