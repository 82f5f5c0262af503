package template

import (
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	stringMethods map[string]methodEntry
	bytesMethods  map[string]methodEntry
)

// textMethod makes a method of a function of the string alone.
func textMethod(fn func(s string) any) method {
	return func(_ *call, self any) any { return fn(self.(string)) }
}

func init() {
	stringMethods = methodTable(map[string]method{
		"upper()":        textMethod(func(s string) any { return strings.ToUpper(sharpS.Replace(s)) }),
		"lower()":        textMethod(func(s string) any { return strings.ToLower(s) }),
		"casefold()":     textMethod(func(s string) any { return strings.ToLower(sharpS.Replace(s)) }),
		"capitalize()":   textMethod(func(s string) any { return capitalize(s) }),
		"title()":        textMethod(func(s string) any { return titleCase(s) }),
		"swapcase()":     textMethod(func(s string) any { return strings.Map(swapCase, sharpS.Replace(s)) }),
		"isalpha()":      textMethod(func(s string) any { return all(s, unicode.IsLetter) }),
		"isdigit()":      textMethod(func(s string) any { return all(s, isDigit) }),
		"isnumeric()":    textMethod(func(s string) any { return all(s, unicode.IsNumber) }),
		"isdecimal()":    textMethod(func(s string) any { return all(s, unicode.IsDigit) }),
		"isalnum()":      textMethod(func(s string) any { return all(s, isAlphanumeric) }),
		"isspace()":      textMethod(func(s string) any { return all(s, isSpace) }),
		"isascii()":      textMethod(func(s string) any { return isASCII(s) }),
		"isidentifier()": textMethod(func(s string) any { return s != "" && nameLen(s) == len(s) }),
		"isprintable()":  textMethod(func(s string) any { return s == "" || all(s, isPrintable) }),
		"isupper()":      textMethod(func(s string) any { return isCased(s, isUpper, isLower) }),
		"islower()":      textMethod(func(s string) any { return isCased(s, isLower, isUpper) }),
		"istitle()":      textMethod(func(s string) any { return s == titleCase(s) && strings.ToUpper(s) != strings.ToLower(s) }),

		"encode(encoding='utf-8', errors='strict')": textMethod(func(s string) any { return []byte(s) }),
		"splitlines(keepends=False)":                splitLinesMethod,
		"strip(chars=None)":                         func(c *call, self any) any { return strings.TrimFunc(self.(string), c.cutset()) },
		"lstrip(chars=None)":                        func(c *call, self any) any { return strings.TrimLeftFunc(self.(string), c.cutset()) },
		"rstrip(chars=None)":                        func(c *call, self any) any { return strings.TrimRightFunc(self.(string), c.cutset()) },
		"split(sep=None, maxsplit=-1)":              func(c *call, self any) any { return c.split(self.(string), false) },
		"rsplit(sep=None, maxsplit=-1)":             func(c *call, self any) any { return c.split(self.(string), true) },
		"partition(sep)":                            func(c *call, self any) any { return c.partition(self.(string), strings.Index) },
		"rpartition(sep)":                           func(c *call, self any) any { return c.partition(self.(string), strings.LastIndex) },
		"join(iterable)":                            joinMethod,
		"replace(old, new, count=-1)":               replaceMethod,
		"startswith(prefix, start=None, end=None)":  func(c *call, self any) any { return c.hasAffix(self.(string), strings.HasPrefix) },
		"endswith(suffix, start=None, end=None)":    func(c *call, self any) any { return c.hasAffix(self.(string), strings.HasSuffix) },
		"removeprefix(prefix)":                      func(c *call, self any) any { return strings.TrimPrefix(self.(string), c.text(0)) },
		"removesuffix(suffix)":                      func(c *call, self any) any { return strings.TrimSuffix(self.(string), c.text(0)) },
		"find(sub, start=None, end=None)":           func(c *call, self any) any { return c.find(self.(string), strings.Index) },
		"rfind(sub, start=None, end=None)":          func(c *call, self any) any { return c.find(self.(string), strings.LastIndex) },
		"index(sub, start=None, end=None)":          func(c *call, self any) any { return c.mustFind(self.(string), strings.Index) },
		"rindex(sub, start=None, end=None)":         func(c *call, self any) any { return c.mustFind(self.(string), strings.LastIndex) },
		"count(sub, start=None, end=None)":          countMethod,
		"ljust(width, fillchar=' ')":                func(c *call, self any) any { return c.pad(self.(string), '<') },
		"rjust(width, fillchar=' ')":                func(c *call, self any) any { return c.pad(self.(string), '>') },
		"center(width, fillchar=' ')":               centerMethod,
		"zfill(width)":                              zfillMethod,
		"expandtabs(tabsize=8)":                     expandTabsMethod,
		"translate(table)":                          translateMethod,
		"maketrans(x, y=None, z=None)":              func(c *call, _ any) any { return makeTranslation(c) },
		"format(*args, **kwargs)":                   func(c *call, self any) any { return c.formatString(self.(string)) },
		"format_map(mapping)":                       formatMapMethod,
	})
	bytesMethods = methodTable(map[string]method{
		"decode(encoding='utf-8', errors='strict')": func(_ *call, self any) any {
			return strings.ToValidUTF8(string(self.([]byte)), "\ufffd")
		},
		"hex()": func(_ *call, self any) any { return hex.EncodeToString(self.([]byte)) },
	})
	for name, m := range stringMethods {
		switch name {
		case "encode", "format", "format_map", "casefold", "maketrans", "isidentifier", "isprintable":
			continue
		}
		bytesMethods[name] = methodEntry{m.params, func(c *call, self any) any {
			return toBytes(m.fn(c, string(self.([]byte))))
		}}
	}
}

// sharpS is the one letter whose capital is two.
var sharpS = strings.NewReplacer("ß", "ss")

// toBytes makes bytes of the text in what a method of strings gave.
func toBytes(v any) any {
	switch v := v.(type) {
	case string:
		return []byte(v)
	case *list:
		for i := range v.items {
			v.items[i] = toBytes(v.items[i])
		}
	case tuple:
		for i := range v {
			v[i] = toBytes(v[i])
		}
	}
	return v
}

func isDigit(r rune) bool {
	return unicode.IsDigit(r) || strings.ContainsRune("²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", r)
}

func isAlphanumeric(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

func isPrintable(r rune) bool { return r == ' ' || unicode.IsPrint(r) }

func all(s string, is func(rune) bool) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !is(r) }) < 0
}

func isUpper(r rune) bool { return unicode.IsUpper(r) || unicode.Is(unicode.Other_Uppercase, r) }
func isLower(r rune) bool { return unicode.IsLower(r) || unicode.Is(unicode.Other_Lowercase, r) }

// isCased reports whether s has letters of one case, and none of the other or of
// title case.
func isCased(s string, one, other func(rune) bool) bool {
	return strings.ContainsFunc(s, one) && !strings.ContainsFunc(s, func(r rune) bool { return other(r) || unicode.IsTitle(r) })
}

func capitalize(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	head := sharpS.Replace(s[:n])
	r, m := utf8.DecodeRuneInString(head)
	if m == 0 {
		return ""
	}
	return string(unicode.ToTitle(r)) + strings.ToLower(head[m:]+s[n:])
}

func titleCase(s string) string {
	var b strings.Builder
	inWord := false
	for _, r := range s {
		switch {
		case inWord:
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteString(capitalize(string(r)))
		}
		inWord = unicode.IsLetter(r)
	}
	return b.String()
}

func swapCase(r rune) rune {
	if unicode.IsUpper(r) {
		return unicode.ToLower(r)
	}
	return unicode.ToUpper(r)
}

func splitLinesMethod(c *call, self any) any {
	s, keep := self.(string), truth(c.option(0, "keepends", false))
	var lines []any
	for len(s) > 0 {
		n := strings.IndexAny(s, "\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029")
		if n < 0 {
			lines = append(lines, s)
			break
		}
		_, size := utf8.DecodeRuneInString(s[n:])
		if strings.HasPrefix(s[n:], "\r\n") {
			size = 2
		}
		if keep {
			lines = append(lines, s[:n+size])
		} else {
			lines = append(lines, s[:n])
		}
		s = s[n+size:]
	}
	c.charge(c.at, len(lines))
	return &list{lines}
}

// cutset says what strip takes away.
func (c *call) cutset() func(rune) bool {
	chars := plain(c.option(0, "chars", nil))
	if chars == nil {
		return isSpace
	}
	set := c.textOption(0, "chars", "")
	return func(r rune) bool { return strings.ContainsRune(set, r) }
}

func (c *call) split(s string, fromRight bool) any {
	limit := c.int(c.option(1, "maxsplit", -1))
	if limit < 0 {
		limit = maxInt - 1
	}
	separator := plain(c.option(0, "sep", nil))
	var parts []string
	switch {
	case separator == nil:
		parts = splitSpace(s, limit, fromRight)
	case c.textOption(0, "sep", "") == "":
		c.raise(c.at, "ValueError", "empty separator")
	case fromRight:
		parts = splitRight(s, c.textOption(0, "sep", ""), limit)
	default:
		parts = strings.SplitN(s, c.textOption(0, "sep", ""), limit+1)
	}
	c.charge(c.at, len(parts))
	items := make([]any, len(parts))
	for i, p := range parts {
		items[i] = p
	}
	return &list{items}
}

func splitSpace(s string, limit int, fromRight bool) []string {
	parts := strings.FieldsFunc(s, isSpace)
	if len(parts) <= limit {
		return parts
	}
	if fromRight {
		rest := s
		for range limit {
			rest = strings.TrimRightFunc(rest, isSpace)
			rest = rest[:strings.LastIndexFunc(rest, isSpace)]
		}
		return append([]string{strings.TrimRightFunc(rest, isSpace)}, parts[len(parts)-limit:]...)
	}
	rest := s
	for range limit {
		rest = strings.TrimLeftFunc(rest, isSpace)
		rest = rest[strings.IndexFunc(rest, isSpace):]
	}
	return append(parts[:limit:limit], strings.TrimLeftFunc(rest, isSpace))
}

func splitRight(s, sep string, limit int) []string {
	var parts []string
	for range limit {
		i := strings.LastIndex(s, sep)
		if i < 0 {
			break
		}
		parts = append(parts, s[i+len(sep):])
		s = s[:i]
	}
	parts = append(parts, s)
	slices.Reverse(parts)
	return parts
}

func (c *call) partition(s string, index func(s, sep string) int) any {
	sep := c.text(0)
	if sep == "" {
		c.raise(c.at, "ValueError", "empty separator")
	}
	i := index(s, sep)
	switch {
	case i >= 0:
		return tuple{s[:i], sep, s[i+len(sep):]}
	case c.name == "rpartition":
		return tuple{"", "", s}
	}
	return tuple{s, "", ""}
}

func joinMethod(c *call, self any) any {
	var b []byte
	for i, v := range c.items(c.at, c.arg(0)) {
		s, ok := asString(plain(v))
		if !ok {
			c.raise(c.at, "TypeError", "sequence item %d: expected str instance, %s found", i, typeName(v))
		}
		if i > 0 {
			b = append(b, self.(string)...)
		}
		b = append(b, s...)
		c.chargeBytes(c.at, len(b))
	}
	return string(b)
}

func replaceMethod(c *call, self any) any {
	s, old, replacement := self.(string), c.text(0), c.text(1)
	n := c.int(c.option(2, "count", -1))
	times := strings.Count(s, old)
	if n >= 0 {
		times = min(times, n)
	}
	if len(replacement) > 0 && times > c.template.options.MaxText/len(replacement) {
		c.chargeBytes(c.at, -1)
	}
	c.chargeBytes(c.at, len(s)+times*len(replacement))
	return strings.Replace(s, old, replacement, n)
}

// window is the part of s that a method looks at, from the argument after the
// first to the one behind that, and how many characters stand before it. ok is
// false if the part begins behind the end of s.
func (c *call) window(s string) (part string, before int, ok bool) {
	low, high := c.option(1, "start", nil), c.option(2, "end", nil)
	if low == nil && high == nil {
		return s, 0, true
	}
	n := utf8.RuneCountInString(s)
	r := c.sliceRange(c.at, sliceValue{low: low, high: high}, n)
	if i, isInt := plain(low).(int); isInt && i > n {
		return "", 0, false
	}
	runes := []rune(s)
	return string(runes[r.start:max(r.start, r.stop)]), r.start, true
}

func (c *call) hasAffix(s string, has func(s, affix string) bool) any {
	s, _, ok := c.window(s)
	affixes, several := c.arg(0).(tuple)
	if !several {
		return has(s, c.text(0)) && ok
	}
	for _, a := range affixes {
		if affix, isText := asString(plain(a)); isText && has(s, affix) {
			return ok
		}
	}
	return false
}

// find counts in characters, as Python does.
func (c *call) find(s string, index func(s, sub string) int) int {
	part, before, ok := c.window(s)
	i := index(part, c.text(0))
	if i < 0 || !ok {
		return -1
	}
	return before + utf8.RuneCountInString(part[:i])
}

func countMethod(c *call, self any) any {
	part, _, ok := c.window(self.(string))
	if !ok {
		return 0
	}
	return strings.Count(part, c.text(0))
}

func (c *call) mustFind(s string, index func(s, sub string) int) any {
	i := c.find(s, index)
	if i < 0 {
		c.raise(c.at, "ValueError", "substring not found")
	}
	return i
}

func (c *call) pad(s string, align byte) any {
	filling := c.textOption(1, "fillchar", " ")
	fill, n := utf8.DecodeRuneInString(filling)
	if n == 0 || n < len(filling) {
		c.raise(c.at, "TypeError", "the fill character must be exactly one character long")
	}
	width := c.intArg(0)
	c.chargeBytes(c.at, max(width, 0))
	return padText(s, width, fill, align)
}

// padText fills s up to width characters; align is where s then stands.
func padText(s string, width int, fill rune, align byte) string {
	missing := width - utf8.RuneCountInString(s)
	if missing <= 0 {
		return s
	}
	left := 0
	switch align {
	case '>':
		left = missing
	case '^':
		left = missing / 2
	}
	padding := string(fill)
	return strings.Repeat(padding, left) + s + strings.Repeat(padding, missing-left)
}

// centerMethod puts the odd blank where Python does: to the left if the width is
// odd.
func centerMethod(c *call, self any) any {
	s, width := self.(string), c.intArg(0)
	missing := width - utf8.RuneCountInString(s)
	if missing <= 0 {
		return s
	}
	right := missing - missing/2 - missing&width&1
	left := utf8.RuneCountInString(s) + missing - right
	c.args[0] = left
	padded := c.pad(s, '>').(string)
	c.args[0] = width
	return c.pad(padded, '<')
}

func zfillMethod(c *call, self any) any {
	s := self.(string)
	width := c.intArg(0)
	c.chargeBytes(c.at, max(width, 0))
	sign := ""
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		sign, s = s[:1], s[1:]
	}
	return sign + padText(s, width-len(sign), '0', '>')
}

func expandTabsMethod(c *call, self any) any {
	size := c.int(c.option(0, "tabsize", 8))
	var b strings.Builder
	column := 0
	for _, r := range self.(string) {
		switch {
		case r == '\t' && size > 0:
			n := size - column%size
			c.chargeBytes(c.at, b.Len()+n)
			b.WriteString(strings.Repeat(" ", n))
			column += n
		case r == '\t':
		default:
			b.WriteRune(r)
			column++
			if r == '\n' || r == '\r' {
				column = 0
			}
		}
	}
	return b.String()
}

// makeTranslation gives the table that translate takes.
func makeTranslation(c *call) any {
	table := newDict()
	if m, ok := mappingOf(c.arg(0)); ok {
		keys, values := m.pairs()
		for i, k := range keys {
			if s, isText := asString(plain(k)); isText {
				r, _ := utf8.DecodeRuneInString(s)
				k = int(r)
			}
			table.put(k, values[i])
		}
		return table
	}
	from, to := []rune(c.text(0)), []rune(c.textOption(1, "y", ""))
	if len(from) != len(to) {
		c.raise(c.at, "ValueError", "the first two maketrans arguments must have equal length")
	}
	for i, r := range from {
		table.put(int(r), int(to[i]))
	}
	if c.option(2, "z", nil) != nil {
		for _, r := range c.textOption(2, "z", "") {
			table.put(int(r), nil)
		}
	}
	return table
}

func formatMapMethod(c *call, self any) any {
	m, ok := mappingOf(c.arg(0))
	if !ok {
		c.raise(c.at, "TypeError", "format_map() needs a mapping, not %s", typeName(c.arg(0)))
	}
	keys, values := m.pairs()
	inner := call{frame: c.frame, at: c.at, name: c.name}
	for i, k := range keys {
		inner.kwargs = append(inner.kwargs, kwarg{string(appendText(nil, k)), values[i]})
	}
	return inner.formatString(self.(string))
}

func translateMethod(c *call, self any) any {
	m, ok := mappingOf(c.arg(0))
	if !ok {
		c.raise(c.at, "TypeError", "translate() needs a dict, not %s", typeName(c.args[0]))
	}
	var b []byte
	for _, r := range self.(string) {
		v, ok := m.get(int(r))
		switch code, isInt := plain(v).(int); {
		case !ok:
			b = utf8.AppendRune(b, r)
		case isInt:
			b = utf8.AppendRune(b, rune(code))
		case v != nil:
			b = appendText(b, v)
		}
		c.chargeBytes(c.at, len(b))
	}
	return string(b)
}
