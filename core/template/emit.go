package template

import (
	"bytes"
	"strconv"

	"github.com/tornado-dev/tornado/core/escape"
)

// emitXHTML appends the text of v, escaped.
func (f *frame) emitXHTML(at *place, v any) {
	f.at = at
	switch v := v.(type) {
	case string:
		f.out = escape.AppendXHTML(f.out, v)
	case *string:
		if v == nil {
			f.out = append(f.out, "None"...)
		} else {
			f.out = escape.AppendXHTML(f.out, *v)
		}
	case int:
		f.out = strconv.AppendInt(f.out, int64(v), 10)
	case *int:
		if v == nil {
			f.out = append(f.out, "None"...)
		} else {
			f.out = strconv.AppendInt(f.out, int64(*v), 10)
		}
	case []byte:
		f.out = escape.AppendXHTML(f.out, v)
	default:
		start := len(f.out)
		f.out = appendText(f.out, v)
		if bytes.ContainsAny(f.out[start:], `&<>"'`) {
			text := string(f.out[start:])
			f.out = escape.AppendXHTML(f.out[:start], text)
		}
	}
	f.checkOutput(at)
}

// emitThrough appends what fn makes of the text of v. As in the original what
// escapes is given bytes, which tells functions that take both what comes to be
// written apart from values: json_encode refuses them.
func (f *frame) emitThrough(at *place, fn, v any) {
	f.at = at
	text := appendText(nil, v)
	if _, ok := fn.(*builtin); ok {
		f.emitText(at, f.callOne(at, fn, text))
		return
	}
	f.emitText(at, f.callOne(at, fn, string(text)))
}

// emitText appends what a function gave that makes text of text.
func (f *frame) emitText(at *place, v any) {
	s, ok := asString(plain(v))
	if !ok {
		f.raise(at, "TypeError", "the function must give text, not %s", typeName(v))
	}
	f.out = append(f.out, s...)
	f.checkOutput(at)
}

func (f *frame) callOne(at *place, fn, arg any) any {
	base := len(f.stack)
	f.stack = append(f.stack, arg)
	v := f.call(at, fn, f.stack[base:base+1:base+1], nil)
	f.stack = f.stack[:base]
	return v
}

// undefined reports a name nobody defines.
func (f *frame) undefined(at *place, name string) {
	var candidates []string
	for k := range f.args {
		candidates = append(candidates, k)
	}
	if f.names != nil {
		candidates = append(candidates, f.names.TemplateNames()...)
	}
	for k := range f.template.options.Namespace {
		candidates = append(candidates, k)
	}
	for k := range builtins {
		candidates = append(candidates, k)
	}
	for i, v := range f.locals {
		if v != unbound {
			candidates = append(candidates, f.template.localNames[i])
		}
	}
	f.raise(at, "NameError", "name '%s' is not defined%s", name, nameHint(at, name, candidates))
}
