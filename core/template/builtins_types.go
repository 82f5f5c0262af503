package template

import (
	"reflect"
	"strings"
)

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

// shortName is the name of a class without the package it is in.
func shortName(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

func builtinIsinstance(c *call) any {
	v := c.arg(0)
	classes, ok := c.arg(1).(tuple)
	if !ok {
		classes = tuple{c.arg(1)}
	}
	for _, class := range classes {
		b, ok := class.(*builtin)
		if !ok || !b.typ {
			c.raise(c.at, "TypeError", "isinstance() arg 2 must be a type or a tuple of types")
		}
		if isInstance(v, b) {
			return true
		}
	}
	return false
}

func isInstance(v any, class *builtin) bool {
	name := typeName(v)
	switch {
	case class.name == "object", class.name == name, class.name == "int" && name == "bool":
		return true
	case class.name == "date" && name == "datetime", class.name == "dict" && (name == "Counter" || name == "defaultdict"):
		return true
	}
	return isSubclass(name, class.name)
}

func isCallable(v any) bool {
	switch v.(type) {
	case nil:
		return false
	case *builtin, *lambda:
		return true
	}
	return pointed(v).Kind() == reflect.Func
}

func builtinBytes(c *call) any {
	v := plain(c.option(0, "source", ""))
	if s, ok := asString(v); ok {
		return []byte(s)
	}
	if n, ok := v.(int); ok {
		if n < 0 {
			c.raise(c.at, "ValueError", "negative count")
		}
		c.chargeBytes(c.at, n)
		return make([]byte, n)
	}
	var b []byte
	for _, item := range c.items(c.at, v) {
		n := c.int(item)
		if n < 0 || n > 255 {
			c.raise(c.at, "ValueError", "bytes must be in range(0, 256)")
		}
		b = append(b, byte(n))
	}
	return b
}
