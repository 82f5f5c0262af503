package web

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/core/routing"
)

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// errNoSuchValue ends a request whose path has the right shape, but a value that
// no argument can have, such as a number that is too large: it names nothing.
var errNoSuchValue = HTTPError{StatusCode: 404}

// bindVerb makes a call of a verb's method. It fails if the method's signature
// does not fit the pattern.
func bindVerb(t target, method reflect.Method, pattern *routing.Pattern) (v verb, err error) {
	signature := method.Type
	var parameters []reflect.Type
	for i := 1; i < signature.NumIn(); i++ {
		if in := signature.In(i); i == 1 && in == contextType {
			v.async = true
		} else {
			parameters = append(parameters, in)
		}
	}
	fits := len(parameters) == pattern.Groups() && !signature.IsVariadic() &&
		(signature.NumOut() == 0 || signature.NumOut() == 1 && signature.Out(0) == errorType)
	for _, p := range parameters {
		fits = fits && canParse(p)
	}
	if !fits {
		return v, fmt.Errorf("%s.%s%s does not fit the pattern `%s`, which has %s; write %s",
			t.pointer.Elem(), method.Name, parameterList(signature), pattern, groupCount(pattern.Groups()),
			suggestion(t, method, pattern, v.async, parameters))
	}
	if v.call = t.bind(method.Func.Interface(), parameters); v.call == nil {
		v.call = bindByReflection(method.Func, v.async, parameters)
	}
	return v, nil
}

func groupCount(n int) string {
	switch n {
	case 0:
		return "no groups"
	case 1:
		return "1 group"
	}
	return strconv.Itoa(n) + " groups"
}

func parameterList(signature reflect.Type) string {
	_, list, _ := strings.Cut(signature.String(), "(")
	if _, rest, ok := strings.Cut(list, ", "); ok && signature.NumIn() > 1 {
		return "(" + rest
	}
	_, rest, _ := strings.Cut(list, ")")
	return "()" + rest
}

// suggestion is a signature that would fit, as near as possible to the one that
// was written.
func suggestion(t target, method reflect.Method, pattern *routing.Pattern, async bool, parameters []reflect.Type) string {
	var list []string
	if async {
		list = append(list, "ctx context.Context")
	}
	for i, name := range pattern.Names() {
		if name == "" {
			name = "arg" + strconv.Itoa(i+1)
		}
		kind := "string"
		if i < len(parameters) && canParse(parameters[i]) {
			kind = parameters[i].String()
		}
		list = append(list, name+" "+kind)
	}
	return fmt.Sprintf("func (h *%s) %s(%s) error", t.pointer.Elem().Name(), method.Name, strings.Join(list, ", "))
}

// bind makes a call of a method without reflection, for the signatures that most
// methods have: no argument or one, with context or without. Else it returns nil.
func bind[P Handler](f any, parameters []reflect.Type) call {
	if len(parameters) == 0 {
		return bindNone[P](f)
	}
	if len(parameters) > 1 {
		return nil
	}
	switch parameters[0] {
	case reflect.TypeFor[string]():
		return bindOne[P](f, func(s string) (string, error) { return s, nil })
	case reflect.TypeFor[int]():
		return bindOne[P](f, strconv.Atoi)
	case reflect.TypeFor[int64]():
		return bindOne[P](f, func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) })
	}
	return nil
}

func bindNone[P Handler](f any) call {
	switch f := f.(type) {
	case func(P):
		return func(h Handler, _ context.Context, _ *routing.Match) error { f(h.(P)); return nil }
	case func(P) error:
		return func(h Handler, _ context.Context, _ *routing.Match) error { return f(h.(P)) }
	case func(P, context.Context):
		return func(h Handler, ctx context.Context, _ *routing.Match) error { f(h.(P), ctx); return nil }
	case func(P, context.Context) error:
		return func(h Handler, ctx context.Context, _ *routing.Match) error { return f(h.(P), ctx) }
	}
	return nil
}

func bindOne[P Handler, A any](f any, parse func(string) (A, error)) call {
	var run func(h Handler, ctx context.Context, a A) error
	switch f := f.(type) {
	case func(P, A):
		run = func(h Handler, _ context.Context, a A) error { f(h.(P), a); return nil }
	case func(P, A) error:
		run = func(h Handler, _ context.Context, a A) error { return f(h.(P), a) }
	case func(P, context.Context, A):
		run = func(h Handler, ctx context.Context, a A) error { f(h.(P), ctx, a); return nil }
	case func(P, context.Context, A) error:
		run = func(h Handler, ctx context.Context, a A) error { return f(h.(P), ctx, a) }
	default:
		return nil
	}
	return func(h Handler, ctx context.Context, m *routing.Match) error {
		var a A // the zero value for a group that took no part
		if m.Took(0) {
			var err error
			if a, err = parse(m.Value(0)); err != nil {
				return errNoSuchValue
			}
		}
		return run(h, ctx, a)
	}
}

// bindByReflection makes a call of a method with any signature.
func bindByReflection(f reflect.Value, async bool, parameters []reflect.Type) call {
	return func(h Handler, ctx context.Context, m *routing.Match) error {
		in := append(make([]reflect.Value, 0, 2+len(parameters)), reflect.ValueOf(h))
		if async {
			in = append(in, reflect.ValueOf(ctx))
		}
		for i, parameter := range parameters {
			value := reflect.New(parameter).Elem()
			if m.Took(i) && !parse(value, m.Value(i)) {
				return errNoSuchValue
			}
			in = append(in, value)
		}
		if out := f.Call(in); len(out) == 1 && !out[0].IsNil() {
			return out[0].Interface().(error)
		}
		return nil
	}
}

// canParse reports whether parse can fill a value of type t.
func canParse(t reflect.Type) bool {
	switch k := t.Kind(); {
	case k == reflect.String, k == reflect.Bool, k == reflect.Float64, k == reflect.Float32:
		return true
	default:
		return reflect.Int <= k && k <= reflect.Int64 || reflect.Uint <= k && k <= reflect.Uint64
	}
}

// parse fills a value from text; it reports false for a text that is none of the
// type's values.
func parse(value reflect.Value, text string) bool {
	switch {
	case value.Kind() == reflect.String:
		value.SetString(text)
	case value.Kind() == reflect.Bool:
		b, err := strconv.ParseBool(text)
		value.SetBool(b)
		return err == nil
	case value.CanInt():
		n, err := strconv.ParseInt(text, 10, value.Type().Bits())
		value.SetInt(n)
		return err == nil
	case value.CanUint():
		n, err := strconv.ParseUint(text, 10, value.Type().Bits())
		value.SetUint(n)
		return err == nil
	case value.CanFloat():
		x, err := strconv.ParseFloat(text, value.Type().Bits())
		value.SetFloat(x)
		return err == nil
	}
	return true
}
