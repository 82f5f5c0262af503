package template

import (
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/core/escape"
)

// builtins are the names every template knows: helpers of the framework, and the
// functions of Python that templates use.
var builtins map[string]any

var builtinXHTMLEscape = &builtin{name: "xhtml_escape", fn: func(c *call) any { return escape.XHTMLEscape(c.text(0)) }}

func init() {
	// The functions refer to builtins themselves, so this cannot be its initial value.
	builtins = map[string]any{
		"escape":       builtinXHTMLEscape,
		"xhtml_escape": builtinXHTMLEscape,
	}
	functions := map[string]func(*call) any{
		"url_escape":  func(c *call) any { return escape.URLEscape(c.text(0), truth(c.option(1, "plus", true))) },
		"json_encode": jsonEncode,
		"squeeze":     func(c *call) any { return escape.Squeeze(c.text(0)) },
		"linkify":     linkify,

		"len":   builtinLen,
		"repr":  func(c *call) any { return string(appendRepr(nil, c.arg(0))) },
		"abs":   builtinAbs,
		"round": builtinRound,
		"divmod": func(c *call) any {
			return tuple{c.binary(c.at, "//", c.arg(0), c.arg(1)), c.binary(c.at, "%", c.arg(0), c.arg(1))}
		},
		"pow": func(c *call) any { return c.binary(c.at, "**", c.arg(0), c.arg(1)) },
		"sum": builtinSum,
		"min": func(c *call) any { return extreme(c, -1) },
		"max": func(c *call) any { return extreme(c, 1) },
		"any": func(c *call) any { return slices.ContainsFunc(c.items(c.at, c.arg(0)), truth) },
		"all": func(c *call) any {
			return !slices.ContainsFunc(c.items(c.at, c.arg(0)), func(v any) bool { return !truth(v) })
		},
		"sorted":     builtinSorted,
		"reversed":   builtinReversed,
		"enumerate":  builtinEnumerate,
		"zip":        builtinZip,
		"map":        builtinMap,
		"filter":     builtinFilter,
		"iter":       func(c *call) any { return &view{"iterator", c.items(c.at, c.arg(0))} },
		"next":       builtinNext,
		"isinstance": builtinIsinstance,
		"hasattr":    builtinHasattr,
		"getattr":    builtinGetattr,
		"callable":   func(c *call) any { return isCallable(c.arg(0)) },
		"hex":        func(c *call) any { return c.inBase(16, "0x") },
		"oct":        func(c *call) any { return c.inBase(8, "0o") },
		"bin":        func(c *call) any { return c.inBase(2, "0b") },
		"chr":        func(c *call) any { return string(rune(c.intArg(0))) },
		"ord":        builtinOrd,
		"format":     func(c *call) any { return c.formatValue(c.at, c.arg(0), c.textOption(1, "format_spec", "")) },
		"hash":       func(c *call) any { c.raise(c.at, "TypeError", "hash is not available in templates"); return nil },
	}
	for name, fn := range functions {
		builtins[name] = &builtin{name: name, fn: fn}
	}
	types := map[string]func(*call) any{
		"str":   func(c *call) any { return string(appendText(nil, c.option(0, "object", ""))) },
		"int":   builtinInt,
		"float": builtinFloat,
		"bool":  func(c *call) any { return truth(c.option(0, "x", false)) },
		"bytes": func(c *call) any { return []byte(c.textOption(0, "source", "")) },
		"list":  func(c *call) any { return &list{c.items(c.at, c.option(0, "iterable", tuple(nil)))} },
		"tuple": func(c *call) any { return tuple(c.items(c.at, c.option(0, "iterable", tuple(nil)))) },
		"set":   builtinSet,
		"dict":  builtinDict,
		"range": builtinRange,
		"slice": builtinSlice,
		"type":  func(c *call) any { return typeOf(c.arg(0)) },
	}
	for name, fn := range types {
		builtins[name] = &builtin{name: name, fn: fn, typ: true}
	}
	for name := range exceptionParents {
		builtins[name] = &builtin{name: name, fn: newException, typ: true}
	}
}

// arg gives a positional argument.
func (c *call) arg(i int) any {
	if i >= len(c.args) {
		c.raise(c.at, "TypeError", "%s() needs at least %d arguments, %d given", c.name, i+1, len(c.args))
	}
	return c.args[i]
}

// option gives an argument by position or name.
func (c *call) option(i int, name string, def any) any {
	if i >= 0 && i < len(c.args) {
		return c.args[i]
	}
	for _, k := range c.kwargs {
		if k.name == name {
			return k.value
		}
	}
	return def
}

// text gives an argument that must be a string.
func (c *call) text(i int) string {
	s, ok := asString(plain(c.arg(i)))
	if !ok {
		c.raise(c.at, "TypeError", "%s() needs a string, not %s", c.name, typeName(c.args[i]))
	}
	return s
}

func (c *call) textOption(i int, name, def string) string {
	v := plain(c.option(i, name, def))
	s, ok := asString(v)
	if !ok {
		c.raise(c.at, "TypeError", "%s() needs a string, not %s", c.name, typeName(v))
	}
	return s
}

func (c *call) int(v any) int {
	n, ok := number(v)
	i, isInt := n.(int)
	if !ok || !isInt {
		c.raise(c.at, "TypeError", "'%s' object cannot be interpreted as an integer", typeName(v))
	}
	return i
}

func (c *call) intArg(i int) int { return c.int(c.arg(i)) }

func (c *call) number(v any) any {
	n, ok := number(v)
	if !ok {
		c.raise(c.at, "TypeError", "%s() needs a number, not %s", c.name, typeName(v))
	}
	return n
}

// apply calls fn, as a key function or for map and filter.
func (c *call) apply(fn any, args ...any) any { return settle(c.frame.call(c.at, fn, args, nil)) }

func linkify(c *call) any {
	o := escape.LinkifyOptions{
		Shorten:         truth(c.option(1, "shorten", false)),
		RequireProtocol: truth(c.option(3, "require_protocol", false)),
	}
	switch params := plain(c.option(2, "extra_params", "")).(type) {
	case string:
		o.ExtraParams = params
	default:
		o.ExtraParamsFunc = func(href string) string { return string(appendText(nil, c.apply(params, href))) }
	}
	if protocols := c.option(4, "permitted_protocols", nil); protocols != nil {
		o.PermittedProtocols = []string{}
		for _, p := range c.items(c.at, protocols) {
			o.PermittedProtocols = append(o.PermittedProtocols, string(appendText(nil, p)))
		}
	}
	return escape.Linkify(c.text(0), o)
}

func builtinLen(c *call) any {
	v := c.arg(0)
	n, ok := length(v)
	if !ok {
		c.raise(c.at, "TypeError", "object of type '%s' has no len()", typeName(v))
	}
	return n
}

func builtinAbs(c *call) any {
	n := c.number(c.arg(0))
	if f, ok := n.(float64); ok {
		return math.Abs(f)
	}
	if toBig(n).Sign() < 0 {
		return c.unary(c.at, "-", n)
	}
	return n
}

func builtinRound(c *call) any {
	n := c.number(c.arg(0))
	digits := c.option(1, "ndigits", nil)
	f, isFloat := n.(float64)
	if digits == nil {
		if !isFloat {
			return n
		}
		return c.floatToInt(math.RoundToEven(f))
	}
	if !isFloat {
		return n
	}
	text := strconv.FormatFloat(f, 'f', min(max(c.int(digits), 0), 400), 64)
	rounded, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return f
	}
	return rounded
}

func (c *call) floatToInt(f float64) any {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		c.raise(c.at, "ValueError", "cannot convert float %s to integer", appendFloat(nil, f))
	}
	b, _ := big.NewFloat(f).Int(nil)
	return fromBig(b)
}

func builtinInt(c *call) any {
	v := plain(c.option(0, "x", 0))
	if s, ok := asString(v); ok {
		base := c.int(c.option(1, "base", 10))
		trimmed := strings.TrimFunc(s, isSpace)
		if base == 0 || 2 <= base && base <= 36 {
			if n, ok := parseInt(strings.ReplaceAll(trimmed, "_", ""), base); ok {
				return n
			}
		}
		c.raise(c.at, "ValueError", "invalid literal for int() with base %d: %s", base, quoted(s))
	}
	n := c.number(v)
	if f, ok := n.(float64); ok {
		return c.floatToInt(math.Trunc(f))
	}
	return n
}

func builtinFloat(c *call) any {
	v := plain(c.option(0, "x", 0.0))
	if s, ok := asString(v); ok {
		f, err := strconv.ParseFloat(strings.TrimFunc(s, isSpace), 64)
		if err != nil && !strings.Contains(err.Error(), "range") {
			c.raise(c.at, "ValueError", "could not convert string to float: %s", quoted(s))
		}
		return f
	}
	return toFloat(c.number(v))
}

func builtinSum(c *call) any {
	total := c.option(1, "start", 0)
	for _, v := range c.items(c.at, c.arg(0)) {
		total = c.binary(c.at, "+", total, v)
	}
	return total
}

// extreme gives the least (-1) or greatest (1) of its arguments or their elements.
func extreme(c *call, sign int) any {
	var items []any
	if len(c.args) == 1 {
		items = c.items(c.at, c.args[0])
	} else {
		items = slices.Clone(c.args)
	}
	if len(items) == 0 {
		def := c.option(-1, "default", unbound)
		if def == unbound {
			c.raise(c.at, "ValueError", "%s() of an empty sequence", c.name)
		}
		return def
	}
	key := c.option(-1, "key", nil)
	best, bestKey := items[0], c.sortKey(key, items[0])
	for _, v := range items[1:] {
		k := c.sortKey(key, v)
		if c.order(k, bestKey) == sign {
			best, bestKey = v, k
		}
	}
	return best
}

func (c *call) sortKey(key, v any) any {
	if key == nil {
		return v
	}
	return c.apply(key, v)
}

func (c *call) order(x, y any) int {
	n, ok := order(x, y, 0)
	if !ok {
		c.raise(c.at, "TypeError", "'<' not supported between instances of '%s' and '%s'", typeName(x), typeName(y))
	}
	return n
}

func (c *call) sort(items []any) {
	key, reverse := c.option(-1, "key", nil), truth(c.option(-1, "reverse", false))
	type entry struct{ key, value any }
	entries := make([]entry, len(items))
	for i, v := range items {
		entries[i] = entry{c.sortKey(key, v), v}
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		n := c.order(a.key, b.key)
		if n == 2 {
			return 0
		}
		if reverse {
			return -n
		}
		return n
	})
	for i := range entries {
		items[i] = entries[i].value
	}
}

func builtinSorted(c *call) any {
	items := c.items(c.at, c.arg(0))
	c.sort(items)
	return &list{items}
}

func builtinReversed(c *call) any {
	items := c.items(c.at, c.arg(0))
	slices.Reverse(items)
	return &view{"reversed", items}
}

func builtinEnumerate(c *call) any {
	items := c.items(c.at, c.arg(0))
	start := c.int(c.option(1, "start", 0))
	for i, v := range items {
		items[i] = tuple{start + i, v}
	}
	return &view{"enumerate", items}
}

func builtinZip(c *call) any {
	columns := make([][]any, len(c.args))
	n := -1
	for i, arg := range c.args {
		columns[i] = c.items(c.at, arg)
		if n < 0 || len(columns[i]) < n {
			n = len(columns[i])
		}
	}
	rows := make([]any, max(n, 0))
	for i := range rows {
		row := make(tuple, len(columns))
		for j := range columns {
			row[j] = columns[j][i]
		}
		rows[i] = row
	}
	return &view{"zip", rows}
}

func builtinMap(c *call) any {
	items := c.items(c.at, c.arg(1))
	for i, v := range items {
		items[i] = c.apply(c.args[0], v)
	}
	return &view{"map", items}
}

func builtinFilter(c *call) any {
	var kept []any
	for _, v := range c.items(c.at, c.arg(1)) {
		keep := v
		if c.args[0] != nil {
			keep = c.apply(c.args[0], v)
		}
		if truth(keep) {
			kept = append(kept, v)
		}
	}
	return &view{"filter", kept}
}

func builtinNext(c *call) any {
	v, ok := c.arg(0).(*view)
	if !ok {
		c.raise(c.at, "TypeError", "'%s' object is not an iterator", typeName(c.args[0]))
	}
	if len(v.items) == 0 {
		if def := c.option(1, "default", unbound); def != unbound {
			return def
		}
		c.raise(c.at, "StopIteration", "the iterator is exhausted")
	}
	first := v.items[0]
	v.items = v.items[1:]
	return first
}

// typeOf gives the builtin that stands for the type of v.
func typeOf(v any) any {
	name := typeName(v)
	if b, ok := builtins[name].(*builtin); ok && b.typ {
		return b
	}
	return &builtin{name: name, typ: true, fn: func(c *call) any {
		c.raise(c.at, "TypeError", "cannot create '%s' instances", name)
		return nil
	}}
}

func builtinIsinstance(c *call) any {
	name := typeName(c.arg(0))
	classes, ok := c.arg(1).(tuple)
	if !ok {
		classes = tuple{c.args[1]}
	}
	for _, class := range classes {
		b, ok := class.(*builtin)
		if !ok || !b.typ {
			c.raise(c.at, "TypeError", "isinstance() arg 2 must be a type or a tuple of types")
		}
		if b.name == name || b.name == "int" && name == "bool" || isSubclass(name, b.name) {
			return true
		}
	}
	return false
}

// lookUp tries an attribute.
func (c *call) lookUp(base any, name string) (v any, ok bool) {
	defer func() {
		if e, isError := recover().(*Error); isError {
			if e.class != "AttributeError" {
				panic(e)
			}
			v, ok = nil, false
		}
	}()
	return c.attribute(c.at, base, &attrCache{name: name}), true
}

func builtinHasattr(c *call) any {
	_, ok := c.lookUp(c.arg(0), c.text(1))
	return ok
}

func builtinGetattr(c *call) any {
	if len(c.args) == 2 {
		return c.attribute(c.at, c.args[0], &attrCache{name: c.text(1)})
	}
	if v, ok := c.lookUp(c.arg(0), c.text(1)); ok {
		return v
	}
	return c.arg(2)
}

func isCallable(v any) bool {
	switch v.(type) {
	case nil:
		return false
	case *builtin, *lambda:
		return true
	}
	return reflect.TypeOf(v).Kind() == reflect.Func
}

func (c *call) inBase(base int, prefix string) string {
	b := toBig(c.number(c.arg(0)))
	if b == nil {
		c.raise(c.at, "TypeError", "'float' object cannot be interpreted as an integer")
	}
	sign := ""
	if b.Sign() < 0 {
		sign, b = "-", new(big.Int).Neg(b)
	}
	return sign + prefix + b.Text(base)
}

func builtinOrd(c *call) any {
	runes := []rune(c.text(0))
	if len(runes) != 1 {
		c.raise(c.at, "TypeError", "ord() expected a character, but string of length %d found", len(runes))
	}
	return int(runes[0])
}

func builtinSet(c *call) any {
	s := &set{*newDict()}
	for _, v := range c.items(c.at, c.option(0, "iterable", tuple(nil))) {
		c.putKey(c.at, &s.dict, v, nil)
	}
	return s
}

func (f *frame) putKey(at *place, d *dict, key, value any) {
	if !d.put(key, value) {
		f.raise(at, "TypeError", "unhashable type: '%s'", typeName(key))
	}
}

func builtinDict(c *call) any {
	d := newDict()
	if len(c.args) > 0 {
		c.update(d, c.args[0])
	}
	for _, k := range c.kwargs {
		d.put(k.name, settle(k.value))
	}
	return d
}

// update adds the pairs of a mapping, or of a sequence of pairs.
func (c *call) update(d *dict, v any) {
	if m, ok := mappingOf(v); ok {
		keys, values := m.pairs()
		for i, k := range keys {
			c.putKey(c.at, d, k, settle(values[i]))
		}
		return
	}
	for _, item := range c.items(c.at, v) {
		pair := c.items(c.at, item)
		if len(pair) != 2 {
			c.raise(c.at, "ValueError", "dictionary update sequence element has length %d; 2 is required", len(pair))
		}
		c.putKey(c.at, d, pair[0], pair[1])
	}
}

func builtinRange(c *call) any {
	r := rangeValue{step: 1}
	switch len(c.args) {
	case 1:
		r.stop = c.intArg(0)
	case 2, 3:
		r.start, r.stop = c.intArg(0), c.intArg(1)
		if len(c.args) == 3 {
			r.step = c.intArg(2)
		}
	default:
		c.raise(c.at, "TypeError", "range() takes 1 to 3 arguments, %d given", len(c.args))
	}
	if r.step == 0 {
		c.raise(c.at, "ValueError", "range() arg 3 must not be zero")
	}
	return r
}

func builtinSlice(c *call) any {
	switch len(c.args) {
	case 1:
		return sliceValue{high: settle(c.args[0])}
	case 2:
		return sliceValue{low: settle(c.args[0]), high: settle(c.args[1])}
	}
	return sliceValue{settle(c.arg(0)), settle(c.arg(1)), settle(c.arg(2))}
}

// exceptionParents is the part of Python's hierarchy of exceptions that templates
// can meet or catch.
var exceptionParents = map[string]string{
	"BaseException": "", "Exception": "BaseException", "ArithmeticError": "Exception", "ZeroDivisionError": "ArithmeticError",
	"OverflowError": "ArithmeticError", "LookupError": "Exception", "KeyError": "LookupError", "IndexError": "LookupError",
	"NameError": "Exception", "UnboundLocalError": "NameError", "AttributeError": "Exception", "TypeError": "Exception",
	"ValueError": "Exception", "RuntimeError": "Exception", "RecursionError": "RuntimeError", "StopIteration": "Exception",
	"ImportError": "Exception", "ModuleNotFoundError": "ImportError", "AssertionError": "Exception", "OSError": "Exception",
}

func isSubclass(class, ancestor string) bool {
	for class != "" {
		if class == ancestor {
			return true
		}
		class = exceptionParents[class]
	}
	return false
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

func newException(c *call) any {
	message := ""
	if len(c.args) > 0 {
		message = string(appendText(nil, c.args[0]))
	}
	return newError(KindRuntime, c.at, c.name, message)
}
