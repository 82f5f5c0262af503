package template

import (
	"math/big"
	"reflect"
)

// A method is a method of one of Python's types. self is plain.
type method func(c *call, self any) any

// methodsOf gives the methods Python has for v; nil if it has none.
func methodsOf(v any) map[string]methodEntry {
	switch v := v.(type) {
	case string:
		return stringMethods
	case []byte:
		return bytesMethods
	case int, *big.Int, bool:
		return intMethods
	case float64:
		return floatMethods
	case *list:
		return listMethods
	case *set:
		if v.frozen {
			return frozenSetMethods
		}
		return setMethods
	case tuple, []any, rangeValue:
		return sequenceMethods
	case *dict:
		return dictMethods
	case map[string]any:
		return mappingMethods
	case *match:
		return matchMethods
	case *pattern:
		return patternMethods
	case nil, *builtin, *lambda, *view, *generator, *module, *Error:
		return nil
	}
	if _, ok := asTime(v); ok {
		return timeMethods
	}
	if _, ok := asDuration(v); ok {
		return durationMethods
	}
	if _, ok := mappingOf(v); ok {
		return mappingMethods
	}
	if _, ok := listItems(v); ok {
		return sequenceMethods
	}
	return nil
}

// pythonAttribute finds what Python's types have for attributes.
func (f *frame) pythonAttribute(at *place, base any, name string) (any, bool) {
	if v, ok := timeAttribute(base, name); ok {
		return v, true
	}
	p := base
	if _, ok := asDuration(base); !ok {
		p = plain(base)
	}
	switch p := p.(type) {
	case *builtin:
		if v, ok := p.attribute(name); ok {
			return v, true
		}
	case *module:
		return p.attribute(name)
	case *Error:
		if name == "args" {
			return tuple{p.Message}, true
		}
		if p.Err != nil && isObject(reflect.TypeOf(p.Err)) {
			if m, ok := (&attrCache{name: name}).find(reflect.TypeOf(p.Err)); ok {
				return f.member(at, p.Err, m), true
			}
		}
	case int, *big.Int, float64:
		if v, ok := numberAttribute(p, name); ok {
			return v, true
		}
	}
	if name == "__class__" {
		return typeOf(p), true
	}
	if m, ok := methodsOf(p)[name]; ok {
		return &builtin{name: name, params: m.params, fn: func(c *call) any { return m.fn(c, p) }}, true
	}
	return nil, false
}

// attribute finds what belongs to a function or a class: dict.fromkeys, str.lower.
func (b *builtin) attribute(name string) (any, bool) {
	if name == "__name__" {
		return shortName(b.name), true
	}
	if v, ok := b.members[name]; ok {
		return v, true
	}
	if !b.typ {
		return nil, false
	}
	switch b.name + "." + name {
	case "dict.fromkeys":
		return fromKeys, true
	case "str.maketrans":
		return &builtin{name: name, params: stringMethods[name].params, fn: makeTranslation}, true
	}
	m, ok := typeMethods(b.name)[name]
	if !ok {
		return nil, false
	}
	return unboundMethod(name, m), true
}

func typeMethods(name string) map[string]methodEntry {
	switch name {
	case "str":
		return stringMethods
	case "bytes":
		return bytesMethods
	case "list":
		return listMethods
	case "dict":
		return dictMethods
	case "set":
		return setMethods
	case "int":
		return intMethods
	case "float":
		return floatMethods
	case "datetime", "date":
		return timeMethods
	case "timedelta":
		return durationMethods
	}
	return nil
}

// unboundMethod is str.lower, say: a function of the string and its arguments.
func unboundMethod(name string, m methodEntry) *builtin {
	return &builtin{name: name, fn: func(c *call) any {
		self := plain(c.arg(0))
		if _, ok := methodsOf(self)[name]; !ok {
			c.raise(c.at, "TypeError", "%s() does not apply to '%s'", name, typeName(self))
		}
		return c.callMethodOf(c.at, name, m, self, c.args[1:], c.kwargs)
	}}
}

var fromKeys = &builtin{
	name: "fromkeys", params: &parameters{names: []string{"iterable", "value"}, required: 1, positional: 2},
	fn: func(c *call) any {
		d := newDict()
		for _, k := range c.items(c.at, c.arg(0)) {
			c.putKey(c.at, d, k, settle(c.option(1, "value", nil)))
		}
		return d
	},
}
