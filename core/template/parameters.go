package template

import "strings"

// parameters are those of a function of the language, as Python writes them:
// "sorted(iterable, *, key=None, reverse=False)".
type parameters struct {
	names      []string
	required   int  // how many at the start have no default
	positional int  // how many may be given without their names
	variadic   bool // any number of others may follow
	keywords   bool // any other name may be given
}

// parseParameters splits a signature into the name and what stands in parentheses.
func parseParameters(signature string) (name string, p *parameters) {
	name, list, _ := strings.Cut(strings.TrimSuffix(signature, ")"), "(")
	p = &parameters{}
	byName := false
	for _, param := range strings.Split(list, ", ") {
		switch paramName, _, optional := strings.Cut(param, "="); {
		case param == "":
		case strings.HasPrefix(param, "**"):
			p.keywords = true
		case strings.HasPrefix(param, "*"):
			byName = true
			p.variadic = param != "*"
		default:
			p.names = append(p.names, paramName)
			if !byName {
				p.positional++
			}
			if !optional && !byName {
				p.required++
			}
		}
	}
	return name, p
}

// index gives the place of a parameter, or -1.
func (p *parameters) index(name string) int {
	for i, n := range p.names {
		if n == name {
			return i
		}
	}
	return -1
}

// check refuses arguments that do not fit.
func (c *call) check(p *parameters) {
	c.params = p
	if len(c.args) > p.positional && !p.variadic {
		c.raise(c.at, "TypeError", "%s() takes at most %d arguments (%d given)", c.name, p.positional, len(c.args))
	}
	for _, k := range c.kwargs {
		i := p.index(k.name)
		switch {
		case i < 0 && !p.keywords:
			c.raise(c.at, "TypeError", "%s() got an unexpected keyword argument '%s'%s", c.name, k.name, suggestion(k.name, p.names))
		case i >= 0 && i < p.positional && i < len(c.args):
			c.raise(c.at, "TypeError", "%s() got multiple values for argument '%s'", c.name, k.name)
		}
	}
	for i := len(c.args); i < p.required; i++ {
		c.arg(i)
	}
}

// keyword finds a keyword argument.
func (c *call) keyword(name string) (any, bool) {
	for _, k := range c.kwargs {
		if k.name == name {
			return k.value, true
		}
	}
	return nil, false
}

// arg gives a required argument, by position or name.
func (c *call) arg(i int) any {
	if i < len(c.args) {
		return c.args[i]
	}
	name := ""
	if c.params != nil && i < len(c.params.names) {
		name = c.params.names[i]
		if v, ok := c.keyword(name); ok {
			return v
		}
		name = ": '" + name + "'"
	}
	c.raise(c.at, "TypeError", "%s() misses argument %d%s", c.name, i+1, name)
	return nil
}

// option gives an argument by position, if i is not negative, or name.
func (c *call) option(i int, name string, def any) any {
	if i >= 0 && i < len(c.args) {
		return c.args[i]
	}
	if v, ok := c.keyword(name); ok {
		return v
	}
	return def
}

// text gives an argument that must be a string.
func (c *call) text(i int) string {
	v := c.arg(i)
	s, ok := asString(plain(v))
	if !ok {
		c.raiseOf(c.at, "TypeError", []any{v}, "%s() needs a string, not %s", c.name, typeName(v))
	}
	return s
}

func (c *call) textOption(i int, name, def string) string {
	v := plain(c.option(i, name, def))
	s, ok := asString(v)
	if !ok {
		c.raiseOf(c.at, "TypeError", []any{v}, "%s() needs a string, not %s", c.name, typeName(v))
	}
	return s
}

func (c *call) int(v any) int {
	n, ok := number(v)
	i, isInt := n.(int)
	if !ok || !isInt {
		c.raiseOf(c.at, "TypeError", []any{v}, "'%s' object cannot be interpreted as an integer", typeName(v))
	}
	return i
}

func (c *call) intArg(i int) int { return c.int(c.arg(i)) }

func (c *call) number(v any) any {
	n, ok := number(v)
	if !ok {
		c.raiseOf(c.at, "TypeError", []any{v}, "%s() needs a number, not %s", c.name, typeName(v))
	}
	return n
}

func (c *call) floatArg(i int) float64 { return toFloat(c.number(c.arg(i))) }

// apply calls fn, as a key function or for map and filter.
func (c *call) apply(fn any, args ...any) any { return settle(c.frame.call(c.at, fn, args, nil)) }

// A methodEntry is a method and what it takes.
type methodEntry struct {
	params *parameters
	fn     method
}

// methodTable gives methods by name, from a map by signature.
func methodTable(bySignature map[string]method) map[string]methodEntry {
	table := make(map[string]methodEntry, len(bySignature))
	for signature, fn := range bySignature {
		name, params := parseParameters(signature)
		table[name] = methodEntry{params, fn}
	}
	return table
}

// callMethodOf calls a method of one of Python's types.
func (f *frame) callMethodOf(at *place, name string, m methodEntry, self any, args []any, kwargs []kwarg) any {
	f.at = at
	c := call{frame: f, at: at, name: name, args: args, kwargs: kwargs}
	c.check(m.params)
	if s, ok := self.(string); ok {
		f.chargeScan(at, len(s))
	}
	return f.counted(at, m.fn(&c, self))
}

// counted charges for a text that a function of the language made.
func (f *frame) counted(at *place, v any) any {
	switch v := v.(type) {
	case string:
		f.chargeBytes(at, len(v))
	case []byte:
		f.chargeBytes(at, len(v))
	}
	return v
}

// functionTable gives functions of the language by name, from a map by signature.
func functionTable(bySignature map[string]func(*call) any) map[string]any {
	table := make(map[string]any, len(bySignature))
	for signature, fn := range bySignature {
		name, params := parseParameters(signature)
		table[name] = &builtin{name: name, params: params, fn: fn}
	}
	return table
}
