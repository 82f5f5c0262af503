package template

import (
	"math/big"
	"reflect"
	"strconv"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// Kwargs receives the keyword arguments of a call: a Go function whose first
// parameter is of this type can be given them, others cannot.
type Kwargs map[string]any

type kwarg struct {
	name  string
	value any
}

// A builtin is a function of the language itself.
type builtin struct {
	name string
	fn   func(c *call) any
	typ  bool // it is a type too, as int is

	params  *parameters    // nil takes anything
	members map[string]any // what belongs to the type: datetime.now
}

func (b *builtin) isType() bool { return b.typ }

func (b *builtin) text() string {
	if b.typ {
		return "<class '" + b.name + "'>"
	}
	return "<built-in function " + b.name + ">"
}

// A call is one call of a builtin. Its arguments are valid until it returns.
type call struct {
	*frame
	at     *place
	name   string
	args   []any
	kwargs []kwarg
	params *parameters // nil if they are not known
}

// call evaluates fn(args).
func (f *frame) call(at *place, fn any, args []any, kwargs []kwarg) any {
	f.at = at
	switch fn := fn.(type) {
	case *builtin:
		return f.callBuiltin(at, fn, args, kwargs)
	case *lambda:
		return f.callLambda(at, fn, args, kwargs)
	case func(string) string:
		if len(args) == 1 && len(kwargs) == 0 {
			if s, ok := asString(plain(args[0])); ok {
				return fn(s)
			}
		}
	case func() string:
		if len(args) == 0 && len(kwargs) == 0 {
			return fn()
		}
	}
	rv := reflect.ValueOf(fn)
	if rv.Kind() == reflect.Pointer && !rv.IsNil() && rv.Elem().Kind() == reflect.Func {
		rv = rv.Elem() // a field that holds a function
	}
	if rv.Kind() == reflect.Func && rv.IsNil() {
		f.raise(at, "TypeError", "%s is nil and cannot be called", calleeName(at))
	}
	if rv.Kind() != reflect.Func {
		f.raiseOf(at, "TypeError", []any{fn}, "'%s' object is not callable", typeName(fn))
	}
	return f.callReflect(at, rv, args, kwargs)
}

func (f *frame) callBuiltin(at *place, b *builtin, args []any, kwargs []kwarg) any {
	c := call{frame: f, at: at, name: b.name, args: args, kwargs: kwargs}
	if b.params != nil {
		c.check(b.params)
	}
	return f.counted(at, b.fn(&c))
}

// A signature is what calls need to know about a type of functions.
type signature struct {
	in       []reflect.Type // without Kwargs and the variadic parameter
	variadic reflect.Type   // of one element, nil if there is none
	kwargs   bool
	fails    bool // the last result is an error
	results  int  // without the error

	options  reflect.Type // a struct at the end that holds keyword arguments; nil if there is none
	optional bool         // it may be left out
}

var (
	signatureCache sync.Map // reflect.Type to *signature
	errorType      = reflect.TypeFor[error]()
	kwargsType     = reflect.TypeFor[Kwargs]()
)

func signatureOf(t reflect.Type) *signature {
	if s, ok := signatureCache.Load(t); ok {
		return s.(*signature)
	}
	s := &signature{results: t.NumOut()}
	if s.results > 0 && t.Out(s.results-1) == errorType {
		s.fails = true
		s.results--
	}
	for i := range t.NumIn() {
		switch in := t.In(i); {
		case i == 0 && in == kwargsType:
			s.kwargs = true
		case t.IsVariadic() && i == t.NumIn()-1:
			s.variadic = in.Elem()
		default:
			s.in = append(s.in, in)
		}
	}
	s.options, s.optional = optionsOf(t)
	signatureCache.Store(t, s)
	return s
}

// callReflect calls a Go function. An error as its last result ends the rendering;
// several other results become a tuple.
func (f *frame) callReflect(at *place, fn reflect.Value, args []any, kwargs []kwarg) any {
	s := signatureOf(fn.Type())
	withOptions := s.takesOptions(args, kwargs)
	var options reflect.Value
	if withOptions {
		n := s.fixed()
		options = f.optionsValue(at, s, args[n:], kwargs)
		args, kwargs = append(args[:n:n], options.Interface()), nil
	}
	if len(kwargs) > 0 && !s.kwargs {
		f.raise(at, "TypeError", "%s takes no keyword arguments ('%s')", calleeName(at), kwargs[0].name)
	}
	if len(args) < len(s.in) || len(args) > len(s.in) && s.variadic == nil {
		f.raise(at, "TypeError", "%s takes %s, not %d", calleeName(at), s.arity(), len(args))
	}
	in := make([]reflect.Value, 0, len(args)+1)
	if s.kwargs {
		kw := make(Kwargs, len(kwargs))
		for _, k := range kwargs {
			f.checkNesting(at, k.value)
			kw[k.name] = export(k.value, 0)
		}
		in = append(in, reflect.ValueOf(kw))
	}
	for i, arg := range args {
		f.checkNesting(at, arg)
		t := s.variadic
		if i < len(s.in) {
			t = s.in[i]
		}
		v, ok := convert(arg, t)
		if !ok {
			f.raiseOf(at, "TypeError", []any{arg}, "argument %d of %s %s", i+1, calleeName(at), misfit(arg, t))
		}
		in = append(in, v)
	}
	f.at = at
	out := fn.Call(in)
	if s.fails {
		if err, _ := out[s.results].Interface().(error); err != nil {
			panic(f.returned(at, err))
		}
	}
	switch s.results {
	case 0:
		return nil
	case 1:
		return fromReflect(out[0])
	}
	results := make(tuple, s.results)
	for i := range results {
		results[i] = fromReflect(out[i])
	}
	return results
}

// calleeName is what the template calls, by its name there.
func calleeName(at *place) string {
	text := at.src.text[min(at.off, len(at.src.text)):]
	n := 0
	for n < len(text) {
		r, size := utf8.DecodeRuneInString(text[n:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		n += size
	}
	if n == 0 {
		return "the function"
	}
	return text[:n] + "()"
}

// arity says how many arguments there may be.
func (s *signature) arity() string {
	n, least := len(s.in), ""
	if s.variadic != nil {
		least = "at least "
	}
	if n == 1 {
		return least + "1 argument"
	}
	return least + strconv.Itoa(n) + " arguments"
}

// misfit says why v cannot be an argument of type t.
func misfit(v any, t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if n, ok := integer(v); ok {
			return "is " + n.String() + ", out of the range of " + t.String()
		}
	}
	return "must be " + parameterName(t) + ", not " + typeName(v)
}

func parameterName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "a bool"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if t.PkgPath() == "" && t.Name() == "int" {
			return "an int"
		}
		return "an int of type " + t.String()
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "of type " + t.String()
}

// convert makes v a value that Go code of type t takes.
func convert(v any, t reflect.Type) (reflect.Value, bool) {
	v = exportTime(v)
	if t.Kind() == reflect.Interface && t.NumMethod() == 0 {
		v = export(v, 0)
		if v == nil {
			return reflect.Zero(t), true
		}
		return reflect.ValueOf(v), true
	}
	if v == nil {
		switch t.Kind() {
		case reflect.Interface, reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func:
			return reflect.Zero(t), true
		}
		return reflect.Value{}, false
	}
	rv := reflect.ValueOf(v)
	if rv.Type().AssignableTo(t) {
		return rv, true
	}
	if rv.Kind() == reflect.Pointer && !rv.IsNil() && rv.Type().Elem().AssignableTo(t) {
		return rv.Elem(), true
	}
	if s := indirect(rv); s.Kind() == reflect.String && t.Kind() == reflect.String {
		return s.Convert(t), true
	}
	return convertPlain(plain(v), t)
}

func convertPlain(v any, t reflect.Type) (reflect.Value, bool) {
	out := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.String:
		s, ok := asString(v)
		out.SetString(s)
		return out, ok
	case reflect.Bool:
		b, ok := v.(bool)
		out.SetBool(b)
		return out, ok
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, ok := integer(v)
		if !ok || !n.IsInt64() || out.OverflowInt(n.Int64()) {
			return out, false
		}
		out.SetInt(n.Int64())
		return out, true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		n, ok := integer(v)
		if !ok || !n.IsUint64() || out.OverflowUint(n.Uint64()) {
			return out, false
		}
		out.SetUint(n.Uint64())
		return out, true
	case reflect.Float32, reflect.Float64:
		n, ok := number(v)
		if ok {
			out.SetFloat(toFloat(n))
		}
		return out, ok
	case reflect.Slice:
		return convertSlice(v, t, out)
	case reflect.Map:
		return convertMap(v, t, out)
	}
	return out, false
}

func integer(v any) (*big.Int, bool) {
	n, ok := number(v)
	if !ok {
		return nil, false
	}
	b := toBig(n)
	return b, b != nil
}

func convertSlice(v any, t reflect.Type, out reflect.Value) (reflect.Value, bool) {
	if s, ok := v.(string); ok && t.Elem().Kind() == reflect.Uint8 {
		out.SetBytes([]byte(s))
		return out, true
	}
	items, ok := listItems(v)
	if !ok {
		switch v := v.(type) {
		case tuple:
			items = v
		case *view:
			items = v.items
		case *generator:
			items = v.rest()
		case *set:
			items = v.keys
		default:
			return out, false
		}
	}
	out.Set(reflect.MakeSlice(t, len(items), len(items)))
	for i, item := range items {
		e, ok := convert(item, t.Elem())
		if !ok {
			return out, false
		}
		out.Index(i).Set(e)
	}
	return out, true
}

func convertMap(v any, t reflect.Type, out reflect.Value) (reflect.Value, bool) {
	m, ok := mappingOf(v)
	if !ok {
		return out, false
	}
	out.Set(reflect.MakeMapWithSize(t, m.len()))
	keys, values := m.pairs()
	for i := range keys {
		k, ok := convert(keys[i], t.Key())
		e, ok2 := convert(values[i], t.Elem())
		if !ok || !ok2 || !k.Comparable() {
			return out, false
		}
		out.SetMapIndex(k, e)
	}
	return out, true
}

// checkNesting refuses a container that contains itself, which no Go function and
// no JSON could take.
func (f *frame) checkNesting(at *place, v any) {
	switch v.(type) {
	case *list, tuple, *dict, *set, *view:
		budget := nestedBudget{left: maxComparisons}
		if !budget.walk(v, 0) {
			f.raise(at, "ValueError", "the value contains itself, or is too large")
		}
	}
}

// walk reports whether all of v can be visited.
func (budget *nestedBudget) walk(v any, depth int) bool {
	if budget.spent(depth) {
		return false
	}
	var items []any
	switch v := v.(type) {
	case *list:
		items = v.items
	case tuple:
		items = v
	case []any:
		items = v
	case *set:
		items = v.keys
	case *view:
		items = v.items
	case *dict:
		items = v.values
	case map[string]any:
		for _, item := range v {
			if !budget.walk(item, depth+1) {
				return false
			}
		}
	}
	for _, item := range items {
		if !budget.walk(item, depth+1) {
			return false
		}
	}
	return true
}

// export gives v as the program would write it: lists, tuples and sets as []any,
// dicts as map[string]any or map[any]any.
func export(v any, depth int) any {
	if depth > maxReprDepth {
		return nil
	}
	switch v := v.(type) {
	case *list:
		return exportItems(v.items, depth)
	case tuple:
		return exportItems(v, depth)
	case *set:
		return exportItems(v.keys, depth)
	case *view:
		return exportItems(v.items, depth)
	case *generator:
		return exportItems(v.rest(), depth)
	case rangeValue:
		items := make([]any, min(v.len(), 1<<20))
		for i := range items {
			items[i] = v.at(i)
		}
		return items
	case *dict:
		return exportDict(v, depth)
	}
	return exportTime(settle(v))
}

// exportTime gives times and durations that a template made as Go has them.
func exportTime(v any) any {
	switch v := v.(type) {
	case date:
		return v.Time
	case datetime:
		return v.Time
	case clock:
		return v.Time
	case duration:
		return time.Duration(v)
	}
	return v
}

func exportItems(items []any, depth int) []any {
	out := make([]any, len(items))
	for i, item := range items {
		out[i] = export(item, depth+1)
	}
	return out
}

func exportDict(d *dict, depth int) any {
	named := make(map[string]any, len(d.keys))
	for i, k := range d.keys {
		s, ok := k.(string)
		if !ok {
			return exportAnyDict(d, depth)
		}
		named[s] = export(d.values[i], depth+1)
	}
	return named
}

func exportAnyDict(d *dict, depth int) any {
	out := make(map[any]any, len(d.keys))
	for i, k := range d.keys {
		if t, ok := k.(tuple); ok {
			k = string(appendRepr(nil, t)) // Go cannot hash a slice
		}
		out[k] = export(d.values[i], depth+1)
	}
	return out
}
