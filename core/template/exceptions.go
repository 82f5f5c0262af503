package template

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// exceptionParents is the part of Python's hierarchy of exceptions that templates
// can meet or catch.
var exceptionParents = map[string]string{
	"BaseException": "", "Exception": "BaseException",
	"ArithmeticError": "Exception", "ZeroDivisionError": "ArithmeticError", "OverflowError": "ArithmeticError",
	"LookupError": "Exception", "KeyError": "LookupError", "IndexError": "LookupError",
	"NameError": "Exception", "UnboundLocalError": "NameError", "AttributeError": "Exception", "TypeError": "Exception",
	"ValueError": "Exception", "UnicodeError": "ValueError", "UnicodeDecodeError": "UnicodeError",
	"RuntimeError": "Exception", "RecursionError": "RuntimeError", "NotImplementedError": "RuntimeError",
	"StopIteration": "Exception", "ImportError": "Exception", "ModuleNotFoundError": "ImportError",
	"AssertionError": "Exception", "EOFError": "Exception", "MemoryError": "Exception",
	"OSError": "Exception", "IOError": "OSError", "FileNotFoundError": "OSError", "FileExistsError": "OSError",
	"PermissionError": "OSError", "TimeoutError": "OSError", "ConnectionError": "OSError",
}

func isSubclass(class, ancestor string) bool {
	if ancestor == "IOError" {
		ancestor = "OSError" // two names of one class
	}
	for class != "" {
		if class == ancestor {
			return true
		}
		class = exceptionParents[class]
	}
	return false
}

// goErrors are the classes of errors that Go's standard library has names for.
var goErrors = []struct {
	err   error
	class string
}{
	{fs.ErrNotExist, "FileNotFoundError"}, {fs.ErrPermission, "PermissionError"}, {fs.ErrExist, "FileExistsError"},
	{context.DeadlineExceeded, "TimeoutError"}, {os.ErrDeadlineExceeded, "TimeoutError"}, {io.EOF, "EOFError"},
	{strconv.ErrSyntax, "ValueError"}, {strconv.ErrRange, "ValueError"}, {errors.ErrUnsupported, "NotImplementedError"},
}

// goErrorClass is the class by which {% except %} knows an error of the program.
func goErrorClass(err error) string {
	for _, known := range goErrors {
		if errors.Is(err, known.err) {
			return known.class
		}
	}
	return "Exception"
}

// className is the class {% except %} knows an error by.
func (e *Error) className() string {
	if e.class == "" {
		return "Exception"
	}
	return e.class
}

// typeName is what type() says: an error of the program has a type of its own.
func (e *Error) typeName() string {
	if e.Err != nil && e.className() == "Exception" {
		if name := pointed(e.Err).Type().Name(); name != "" {
			return name
		}
	}
	return e.className()
}

// newException makes an error for {% set raise ... %}.
func newException(c *call) any {
	var parts []string
	for _, arg := range c.args {
		parts = append(parts, string(appendText(nil, arg)))
	}
	return newError(KindRuntime, c.at, c.name, strings.Join(parts, ", "))
}

// raiseValue carries out {% set raise value %}.
func (f *frame) raiseValue(at *place, value any) {
	switch v := value.(type) {
	case *builtin:
		if v.typ && isSubclass(v.name, "BaseException") {
			f.raise(at, v.name, "%s", v.name)
		}
	case *Error:
		raised := *v
		raised.Frames, raised.src = at.frames(), at.src
		panic(&raised)
	case error:
		panic(f.returned(at, v))
	}
	f.raiseOf(at, "TypeError", []any{value}, "exceptions must derive from BaseException, not %s", typeName(value))
}

// returned is the error of a rendering in which a function of the program failed.
// If it failed because of another template, that one is where to look, and this
// place is how one got there.
func (f *frame) returned(at *place, err error) *Error {
	e := newError(KindRuntime, at, goErrorClass(err), err.Error())
	e.Err = err
	var inner *Error
	if !errors.As(err, &inner) || len(inner.Frames) == 0 {
		return e
	}
	way := e.Frames
	way[0].Relation = "called by"
	e.Kind, e.Message, e.Operands, e.class, e.src = inner.Kind, inner.Message, inner.Operands, inner.class, inner.src
	e.Frames = append(append([]Frame(nil), inner.Frames...), way...)
	return e
}
