package template

import (
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// Regular expressions are Go's, which take time in proportion to the text whatever
// the pattern; look-around and references back in a pattern are not in them.

var regexpValues = map[string]any{"I": 1, "IGNORECASE": 1, "M": 2, "MULTILINE": 2, "S": 4, "DOTALL": 4, "U": 0, "UNICODE": 0}

// A pattern is a compiled regular expression.
type pattern struct{ re *regexp.Regexp }

func (p *pattern) String() string { return "re.compile(" + quoted(p.re.String()) + ")" }

var (
	patternsMu sync.Mutex
	patterns   = map[string]*pattern{} // at most maxPatterns
)

const (
	maxPatterns      = 256
	maxPatternLength = 1000
)

// pattern gives the compiled form of an argument.
func (c *call) pattern(v any, flags int) *pattern {
	if p, ok := v.(*pattern); ok {
		return p
	}
	text, ok := asString(plain(v))
	if !ok || len(text) > maxPatternLength {
		c.raiseOf(c.at, "TypeError", []any{v}, "a regular expression must be a string of at most %d bytes", maxPatternLength)
	}
	prefix := ""
	for i, letter := range "ims" {
		if flags&(1<<i) != 0 {
			prefix += string(letter)
		}
	}
	if prefix != "" {
		prefix = "(?" + prefix + ")"
	}
	text = prefix + strings.ReplaceAll(text, `\Z`, `\z`)
	patternsMu.Lock()
	defer patternsMu.Unlock()
	if p, ok := patterns[text]; ok {
		return p
	}
	re, err := regexp.Compile(text)
	if err != nil {
		c.raiseOf(c.at, "ValueError", []any{v}, "%v", err)
	}
	if len(patterns) >= maxPatterns {
		clear(patterns)
	}
	patterns[text] = &pattern{re}
	return patterns[text]
}

// subject gives the regular expression in the first argument, and the text to
// search, by their places. Its length counts as work.
func (c *call) subject(text, flags int) (*regexp.Regexp, string) {
	s := c.text(text)
	c.work(c.at, len(s)>>3)
	return c.pattern(c.arg(0), c.int(c.option(flags, "flags", 0))).re, s
}

var patternMethods = map[string]methodEntry{}

// The methods of a pattern are the functions of the module without the pattern.
func init() {
	for signature := range regexpFunctions {
		name, params := parseParameters(signature)
		if name == "compile" || name == "escape" {
			continue
		}
		without := *params
		without.names, without.required, without.positional = params.names[1:], params.required-1, params.positional-1
		patternMethods[name] = methodEntry{&without, func(c *call, self any) any {
			return c.call(c.at, modules["re"].members[name], append([]any{self}, c.args...), c.kwargs)
		}}
	}
}

// A match is where a regular expression matched.
type match struct {
	re   *regexp.Regexp
	text string
	at   []int
}

func (m *match) String() string {
	return "<re.Match object; match=" + quoted(m.text[m.at[0]:m.at[1]]) + ">"
}

func newMatch(re *regexp.Regexp, text string, at []int) any {
	if at == nil {
		return nil
	}
	return &match{re, text, at}
}

// group gives a group, None if it took no part.
func (m *match) group(i int) any {
	if m.at[2*i] < 0 {
		return nil
	}
	return m.text[m.at[2*i]:m.at[2*i+1]]
}

// groupIndex finds a group by number or name.
func (c *call) groupIndex(m *match, key any) int {
	i, isInt := plain(key).(int)
	if name, ok := asString(plain(key)); ok {
		i, isInt = m.re.SubexpIndex(name), true
	}
	if !isInt || i < 0 || 2*i >= len(m.at) {
		c.raise(c.at, "IndexError", "no such group")
	}
	return i
}

func (m *match) groups() tuple {
	var list tuple
	for i := 1; 2*i < len(m.at); i++ {
		list = append(list, m.group(i))
	}
	return list
}

var matchMethods map[string]methodEntry

func init() {
	boundOf := func(c *call, m *match, i int) any {
		at := m.at[2*c.groupIndex(m, c.option(0, "group", 0))+i]
		if at < 0 {
			return -1 // the group took no part
		}
		return utf8.RuneCountInString(m.text[:at])
	}
	bound := func(i int) method {
		return func(c *call, self any) any { return boundOf(c, self.(*match), i) }
	}
	matchMethods = methodTable(map[string]method{
		"group(*groups)": func(c *call, self any) any {
			m := self.(*match)
			var list tuple
			for _, key := range c.args {
				list = append(list, m.group(c.groupIndex(m, key)))
			}
			switch len(list) {
			case 0:
				return m.group(0)
			case 1:
				return list[0]
			}
			return list
		},
		"groups()": func(_ *call, self any) any { return self.(*match).groups() },
		"groupdict()": func(_ *call, self any) any {
			m, d := self.(*match), newDict()
			for i, name := range m.re.SubexpNames() {
				if name != "" {
					d.put(name, m.group(i))
				}
			}
			return d
		},
		"start(group=0)": bound(0),
		"end(group=0)":   bound(1),
		"span(group=0)": func(c *call, self any) any {
			m := self.(*match)
			return tuple{boundOf(c, m, 0), boundOf(c, m, 1)}
		},
	})
}

// escapePattern puts a backslash before what means something in a pattern, also
// in a verbose one.
func escapePattern(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\t\n\v\f\r #$&()*+-.?[\\]^{|}~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

var regexpFunctions = map[string]func(*call) any{
	"compile(pattern, flags=0)":           func(c *call) any { return c.pattern(c.arg(0), c.int(c.option(1, "flags", 0))) },
	"escape(pattern)":                     func(c *call) any { return escapePattern(c.text(0)) },
	"search(pattern, string, flags=0)":    func(c *call) any { return c.anchored("", "") },
	"match(pattern, string, flags=0)":     func(c *call) any { return c.anchored(`\A(?:`, `)`) },
	"fullmatch(pattern, string, flags=0)": func(c *call) any { return c.anchored(`\A(?:`, `)\z`) },
	"findall(pattern, string, flags=0)":   regexpFindAll,
	"finditer(pattern, string, flags=0)": func(c *call) any {
		re, text := c.subject(1, 2)
		var items []any
		for _, at := range re.FindAllStringSubmatchIndex(text, -1) {
			items = append(items, newMatch(re, text, at))
		}
		return generate("iterator", items)
	},
	"split(pattern, string, maxsplit=0, flags=0)": func(c *call) any {
		re, text := c.subject(1, 3)
		n := c.int(c.option(2, "maxsplit", 0))
		if n <= 0 {
			n = -2
		}
		var items []any
		for _, part := range re.Split(text, n+1) {
			items = append(items, part)
		}
		c.charge(c.at, len(items))
		return &list{items}
	},
	"sub(pattern, repl, string, count=0, flags=0)": regexpSub,
}

func (c *call) anchored(before, after string) any {
	re, text := c.subject(1, 2)
	if before != "" {
		re = c.pattern(before+re.String()+after, 0).re
	}
	return newMatch(re, text, re.FindStringSubmatchIndex(text))
}

func regexpFindAll(c *call) any {
	re, text := c.subject(1, 2)
	var items []any
	for _, at := range re.FindAllStringSubmatchIndex(text, -1) {
		m := &match{re, text, at}
		groups := m.groups()
		for i, g := range groups {
			if g == nil {
				groups[i] = ""
			}
		}
		switch len(groups) {
		case 0:
			items = append(items, m.group(0))
		case 1:
			items = append(items, groups[0])
		default:
			items = append(items, groups)
		}
	}
	c.charge(c.at, len(items))
	return &list{items}
}

// regexpSub replaces by a text with \1 and \g<name> in it, or by what a function
// makes of the match.
func regexpSub(c *call) any {
	re, text := c.subject(2, 4)
	limit := c.int(c.option(3, "count", 0))
	if limit <= 0 {
		limit = -1
	}
	var b []byte
	end := 0
	for _, at := range re.FindAllStringSubmatchIndex(text, limit) {
		b = append(b, text[end:at[0]]...)
		end = at[1]
		m := &match{re, text, at}
		if repl, ok := asString(plain(c.arg(1))); ok {
			b = c.expand(b, m, repl)
		} else {
			b = appendText(b, c.apply(c.arg(1), m))
		}
		c.chargeBytes(c.at, len(b))
	}
	return string(append(b, text[end:]...))
}

// expand appends a replacement.
func (c *call) expand(b []byte, m *match, repl string) []byte {
	for i := 0; i < len(repl); i++ {
		if repl[i] != '\\' || i+1 == len(repl) {
			b = append(b, repl[i])
			continue
		}
		i++
		var key any
		switch next := repl[i]; {
		case '0' <= next && next <= '9':
			key = int(next - '0')
		case strings.HasPrefix(repl[i:], "g<") && strings.Contains(repl[i:], ">"):
			name := repl[i+2 : i+strings.IndexByte(repl[i:], '>')]
			i += len(name) + 2
			key = name
			if n, ok := parseInt(name, 10); ok {
				key = n
			}
		case next == 'n':
			b = append(b, '\n')
			continue
		default:
			b = append(b, next)
			continue
		}
		if v := m.group(c.groupIndex(m, key)); v != nil {
			b = appendText(b, v)
		}
	}
	return b
}
