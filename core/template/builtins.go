package template

import (
	"math/bits"
	"slices"

	"github.com/tornado-dev/tornado/core/escape"
)

// builtins are the names every template knows: helpers of the framework, and the
// functions of Python that templates use.
var builtins map[string]any

var builtinXHTMLEscape = &builtin{
	name: "xhtml_escape", params: &parameters{names: []string{"value"}, required: 1, positional: 1},
	fn: func(c *call) any { return escape.XHTMLEscape(c.text(0)) },
}

// The functions refer to builtins themselves, so this cannot be its initial value.
func init() {
	builtins = functionTable(map[string]func(*call) any{
		"url_escape(value, plus=True)":        func(c *call) any { return escape.URLEscape(c.text(0), truth(c.option(1, "plus", true))) },
		"json_encode(value)":                  jsonEncode,
		"squeeze(value)":                      func(c *call) any { return escape.Squeeze(c.text(0)) },
		linkifySignature:                      linkify,
		"globals()":                           builtinGlobals,
		"locals()":                            builtinLocals,
		"len(obj)":                            builtinLen,
		"repr(obj)":                           func(c *call) any { return string(appendRepr(nil, c.arg(0))) },
		"ascii(obj)":                          func(c *call) any { return asciiRepr(c.arg(0)) },
		"abs(x)":                              builtinAbs,
		"round(number, ndigits=None)":         builtinRound,
		"divmod(x, y)":                        builtinDivmod,
		"pow(base, exp, mod=None)":            builtinPow,
		"sum(iterable, start=0)":              builtinSum,
		"min(*args, key=, default=)":          func(c *call) any { return extreme(c, -1) },
		"max(*args, key=, default=)":          func(c *call) any { return extreme(c, 1) },
		"any(iterable)":                       func(c *call) any { return c.some(true) },
		"all(iterable)":                       func(c *call) any { return !c.some(false) },
		"sorted(iterable, *, key=, reverse=)": builtinSorted,
		"reversed(sequence)":                  builtinReversed,
		"enumerate(iterable, start=0)":        builtinEnumerate,
		"zip(*iterables, strict=False)":       builtinZip,
		"map(func, *iterables)":               builtinMap,
		"filter(function, iterable)":          builtinFilter,
		"iter(iterable)":                      builtinIter,
		"next(iterator, default=)":            builtinNext,
		"isinstance(obj, class_or_tuple)":     builtinIsinstance,
		"hasattr(obj, name)":                  builtinHasattr,
		"getattr(obj, name, default=)":        builtinGetattr,
		"dir(object)":                         builtinDir,
		"callable(obj)":                       func(c *call) any { return isCallable(c.arg(0)) },
		"hash(obj)":                           builtinHash,
		"hex(number)":                         func(c *call) any { return c.inBase(16, "0x") },
		"oct(number)":                         func(c *call) any { return c.inBase(8, "0o") },
		"bin(number)":                         func(c *call) any { return c.inBase(2, "0b") },
		"chr(i)":                              builtinChr,
		"ord(c)":                              builtinOrd,
		"format(value, format_spec='')":       func(c *call) any { return c.formatValue(c.at, c.arg(0), c.textOption(1, "format_spec", "")) },
	})
	builtins["escape"], builtins["xhtml_escape"] = builtinXHTMLEscape, builtinXHTMLEscape
	for name, fn := range functionTable(map[string]func(*call) any{
		"str(object='', encoding='', errors='')":   func(c *call) any { return string(appendText(nil, c.option(0, "object", ""))) },
		"int(x=0, base=10)":                        builtinInt,
		"float(x=0)":                               func(c *call) any { return c.toFloat(c.option(0, "x", 0.0)) },
		"bool(x=False)":                            func(c *call) any { return truth(c.option(0, "x", false)) },
		"bytes(source='', encoding='', errors='')": builtinBytes,
		"list(iterable=())":                        func(c *call) any { return &list{c.items(c.at, c.option(0, "iterable", tuple(nil)))} },
		"tuple(iterable=())":                       func(c *call) any { return tuple(c.items(c.at, c.option(0, "iterable", tuple(nil)))) },
		"set(iterable=())":                         builtinSet,
		"frozenset(iterable=())":                   builtinSet,
		"dict(iterable=(), **kwargs)":              builtinDict,
		"range(start, stop=, step=1)":              builtinRange,
		"slice(start, stop=, step=None)":           builtinSlice,
		"type(object)":                             func(c *call) any { return typeOf(c.arg(0)) },
		"object()":                                 func(*call) any { return &builtin{name: "object"} },
	}) {
		b := fn.(*builtin)
		b.typ = true
		builtins[name] = b
	}
	for old, name := range map[string]string{"xrange": "range", "unicode": "str", "basestring": "str", "long": "int", "unichr": "chr"} {
		builtins[old] = builtins[name] // of Python 2, for which many templates were written
	}
	for name := range exceptionParents {
		builtins[name] = &builtin{name: name, fn: newException, typ: true}
	}
}

const linkifySignature = "linkify(text, shorten=False, extra_params='', require_protocol=False, permitted_protocols=)"

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

// builtinGlobals gives the names the template was given, which templates ask
// whether there is one: globals().get("error").
func builtinGlobals(c *call) any {
	d := newDict()
	for _, names := range []map[string]any{c.template.options.Namespace, c.frame.args} {
		c.update(d, names)
	}
	return d
}

// builtinLocals gives the names that have been assigned to.
func builtinLocals(c *call) any {
	d := newDict()
	for i, v := range c.locals {
		if v != unbound {
			d.put(c.template.localNames[i], settle(v))
		}
	}
	return d
}

func builtinLen(c *call) any {
	v := c.arg(0)
	n, ok := length(v)
	c.chargeScan(c.at, n)
	if !ok {
		c.raiseOf(c.at, "TypeError", []any{v}, "object of type '%s' has no len()", typeName(v))
	}
	return n
}

// some reports whether an element is true, or one is false.
func (c *call) some(want bool) bool {
	it := c.iterate(c.at, c.arg(0))
	for {
		v, ok := it.next()
		if !ok {
			return false
		}
		c.charge(c.at, 1)
		if truth(v) == want {
			return true
		}
	}
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
	def := c.option(2, "default", unbound)
	if def == unbound {
		return c.attribute(c.at, c.arg(0), &attrCache{name: c.text(1)})
	}
	if v, ok := c.lookUp(c.arg(0), c.text(1)); ok {
		return v
	}
	return def
}

// builtinDir lists the attributes by name, for loops that print what a value has.
func builtinDir(c *call) any {
	names := attributeNames(c.arg(0))
	slices.Sort(names)
	l := &list{}
	for _, name := range slices.Compact(names) {
		l.items = append(l.items, name)
	}
	c.charge(c.at, len(l.items))
	return l
}

// sortKey is what v is ordered by.
func (c *call) sortKey(key, v any) any {
	if key == nil {
		return v
	}
	return c.apply(key, v)
}

func (c *call) order(x, y any) int {
	n, ok := c.ordered(c.at, "<", x, y)
	if !ok {
		c.raiseOf(c.at, "TypeError", []any{x, y}, "'<' not supported between instances of '%s' and '%s'", typeName(x), typeName(y))
	}
	return n
}

func (c *call) sort(items []any) {
	c.work(c.at, len(items)*bits.Len(uint(len(items)))/8)
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
