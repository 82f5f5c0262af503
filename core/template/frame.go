package template

import (
	"fmt"
	"strconv"
)

// A frame is one rendering. It belongs to the goroutine that renders.
type frame struct {
	template *Template
	args     map[string]any
	names    Names // nil if there are none but those of args and the options
	out      []byte
	locals   []any // by slot; unbound before the first assignment
	globals  []any // by slot; unbound if nobody defines the name
	stack    []any // arguments of the calls that are under way

	at      *place // of the last step that runs code of others
	applies []int  // where in out the {% apply %} blocks begin that are under way
	depth   int    // of lambdas
	usage

	recording *recording // nil unless somebody wants to know what writes
}

// unbound stands for a name without a value; nil is None.
var unbound any = &struct{ name string }{"unbound"}

// raise ends the rendering, or goes to the next {% except %}, with an error of
// one of Python's classes.
func (f *frame) raise(at *place, class, format string, args ...any) {
	panic(newError(KindRuntime, at, class, fmt.Sprintf(format, args...)))
}

// raiseOf is raise with the values that are to blame.
func (f *frame) raiseOf(at *place, class string, values []any, format string, args ...any) {
	e := newError(KindRuntime, at, class, fmt.Sprintf(format, args...))
	for _, v := range values {
		e.Operands = append(e.Operands, Operand{typeName(v), shortRepr(v)})
	}
	panic(e)
}

// emit appends the text of v. The kinds that need no look at their type by
// reflection come first.
func (f *frame) emit(at *place, v any) {
	f.at = at
	switch v := v.(type) {
	case string:
		f.out = append(f.out, v...)
	case *string:
		if v == nil {
			f.out = append(f.out, "None"...)
		} else {
			f.out = append(f.out, *v...)
		}
	case int:
		f.out = strconv.AppendInt(f.out, int64(v), 10)
	default:
		f.out = appendText(f.out, v)
	}
	f.checkOutput(at)
}
