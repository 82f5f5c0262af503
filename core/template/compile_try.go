package template

import (
	"errors"
	"runtime/debug"
	"strings"
)

// A clause is a compiled {% except %}.
type clause struct {
	class eval // nil catches everything
	at    *place
	slot  int // of the error's name, or -1
	body  exec
}

func (c *compiler) tryNode(n *tryNode, linkedBodies [][]linked) exec {
	bodies := c.bodies(linkedBodies)
	body, orElse, finally := bodies[0], bodies[len(bodies)-2], bodies[len(bodies)-1]
	clauses := make([]clause, len(n.clauses))
	for i, k := range n.clauses {
		cl := clause{at: c.place(k.pos()), slot: -1, body: bodies[1+i]}
		if k.class != nil {
			cl.class = c.expr(k.class)
		}
		if k.name != "" {
			cl.slot, _ = c.slot(k.name)
		}
		clauses[i] = cl
	}
	return func(f *frame) signal {
		var s signal
		err := f.attempt(func() { s = body(f) })
		switch {
		case err == nil && s == signalNone:
			err = f.attempt(func() { s = orElse(f) })
		case err != nil:
			err = f.handle(err, clauses, &s)
		}
		if end := finally(f); end != signalNone {
			return end // as in Python, this drops the error
		}
		if err != nil {
			panic(err)
		}
		return s
	}
}

// handle runs the clause that catches err, and gives the error that is left.
func (f *frame) handle(err *Error, clauses []clause, s *signal) *Error {
	for i := range clauses {
		cl := &clauses[i]
		caught := cl.class == nil
		if left := f.attempt(func() { caught = caught || f.catches(cl.at, cl.class(f), err) }); left != nil {
			return left
		}
		if !caught {
			continue
		}
		if cl.slot >= 0 {
			f.locals[cl.slot] = err
		}
		left := f.attempt(func() { *s = cl.body(f) })
		if cl.slot >= 0 {
			f.locals[cl.slot] = unbound
		}
		return left
	}
	return err
}

// catches reports whether class, one of Python's or a tuple of them, takes err. An
// error of the program is known by the name of its Go type as well.
func (f *frame) catches(at *place, class any, err *Error) bool {
	classes, ok := class.(tuple)
	if !ok {
		classes = tuple{class}
	}
	for _, k := range classes {
		if known, isError := k.(error); isError && err.Err != nil {
			if errors.Is(err.Err, known) { // a sentinel that the program has given the template
				return true
			}
			continue
		}
		b, ok := k.(*builtin)
		if !ok || !b.typ {
			f.raise(at, "TypeError", "except needs a class of errors, not '%s'", typeName(k))
		}
		if isSubclass(err.className(), b.name) {
			return true
		}
		for cause := err.Err; cause != nil; cause = errors.Unwrap(cause) {
			if pointed(cause).Type().Name() == b.name {
				return true
			}
		}
	}
	return false
}

// costOfError is how many iterations an error counts that is caught: it takes as
// long.
const costOfError = 20

// attempt runs do and gives the error it ends with, with the frame as it was but
// for what has been written outside of {% apply %}. Limits cannot be caught.
func (f *frame) attempt(do func()) (err *Error) {
	applies, stack, depth := len(f.applies), len(f.stack), f.depth
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		err = f.asError(r)
		if err.class == "LimitError" {
			panic(err)
		}
		f.work(f.at, costOfError)
		if len(f.applies) > applies {
			f.out = f.out[:f.applies[applies]]
			f.applies = f.applies[:applies]
		}
		clear(f.stack[stack:])
		f.stack, f.depth = f.stack[:stack], depth
	}()
	do()
	return nil
}

// uncaught is what the program gets of e. As in Python, the message of a KeyError
// is the key, which alone tells nobody what is wrong.
func (e *Error) uncaught() *Error {
	if e.class == "KeyError" && len(e.Operands) == 2 && !strings.HasPrefix(e.Message, noKey) {
		e.Message = noKey + e.Message
	}
	return e
}

const noKey = "there is no key "

// asError turns what was recovered into an error at the place where the code of
// others was called.
func (f *frame) asError(r any) *Error {
	if e, ok := r.(*Error); ok {
		return e
	}
	p := &PanicError{Value: r, Stack: debug.Stack()}
	at := f.at
	if at == nil {
		at = &place{src: f.template.file.src}
	}
	e := newError(KindRuntime, at, "Exception", p.Error())
	e.Err = p
	return e
}
