package template

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	stringMethods map[string]method
	bytesMethods  map[string]method
)

// textMethod makes a method of a function of the string alone.
func textMethod(fn func(s string) any) method {
	return func(_ *call, self any) any { return fn(self.(string)) }
}

func init() {
	stringMethods = map[string]method{
		"upper":      textMethod(func(s string) any { return strings.ToUpper(s) }),
		"lower":      textMethod(func(s string) any { return strings.ToLower(s) }),
		"casefold":   textMethod(func(s string) any { return strings.ToLower(s) }),
		"capitalize": textMethod(func(s string) any { return capitalize(s) }),
		"title":      textMethod(func(s string) any { return titleCase(s) }),
		"swapcase":   textMethod(func(s string) any { return strings.Map(swapCase, s) }),
		"isalpha":    textMethod(func(s string) any { return all(s, unicode.IsLetter) }),
		"isdigit":    textMethod(func(s string) any { return all(s, unicode.IsDigit) }),
		"isnumeric":  textMethod(func(s string) any { return all(s, unicode.IsNumber) }),
		"isdecimal":  textMethod(func(s string) any { return all(s, unicode.IsDigit) }),
		"isalnum": textMethod(func(s string) any {
			return all(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
		}),
		"isspace":    textMethod(func(s string) any { return all(s, isSpace) }),
		"isupper":    textMethod(func(s string) any { return s == strings.ToUpper(s) && s != strings.ToLower(s) }),
		"islower":    textMethod(func(s string) any { return s == strings.ToLower(s) && s != strings.ToUpper(s) }),
		"istitle":    textMethod(func(s string) any { return s == titleCase(s) && strings.ToUpper(s) != strings.ToLower(s) }),
		"encode":     textMethod(func(s string) any { return []byte(s) }),
		"splitlines": textMethod(func(s string) any { return splitLines(s) }),

		"strip":        func(c *call, self any) any { return strings.TrimFunc(self.(string), c.cutset()) },
		"lstrip":       func(c *call, self any) any { return strings.TrimLeftFunc(self.(string), c.cutset()) },
		"rstrip":       func(c *call, self any) any { return strings.TrimRightFunc(self.(string), c.cutset()) },
		"split":        func(c *call, self any) any { return c.split(self.(string), false) },
		"rsplit":       func(c *call, self any) any { return c.split(self.(string), true) },
		"partition":    func(c *call, self any) any { return c.partition(self.(string), strings.Index) },
		"rpartition":   func(c *call, self any) any { return c.partition(self.(string), strings.LastIndex) },
		"join":         joinMethod,
		"replace":      replaceMethod,
		"startswith":   func(c *call, self any) any { return c.hasAffix(self.(string), strings.HasPrefix) },
		"endswith":     func(c *call, self any) any { return c.hasAffix(self.(string), strings.HasSuffix) },
		"removeprefix": func(c *call, self any) any { return strings.TrimPrefix(self.(string), c.text(0)) },
		"removesuffix": func(c *call, self any) any { return strings.TrimSuffix(self.(string), c.text(0)) },
		"find":         func(c *call, self any) any { return c.find(self.(string), strings.Index) },
		"rfind":        func(c *call, self any) any { return c.find(self.(string), strings.LastIndex) },
		"index":        func(c *call, self any) any { return c.mustFind(self.(string), strings.Index) },
		"rindex":       func(c *call, self any) any { return c.mustFind(self.(string), strings.LastIndex) },
		"count":        func(c *call, self any) any { return strings.Count(self.(string), c.text(0)) },
		"ljust":        func(c *call, self any) any { return c.pad(self.(string), '<') },
		"rjust":        func(c *call, self any) any { return c.pad(self.(string), '>') },
		"center":       func(c *call, self any) any { return c.pad(self.(string), '^') },
		"zfill":        zfillMethod,
		"expandtabs":   expandTabsMethod,
		"translate":    translateMethod,
		"format":       func(c *call, self any) any { return c.formatString(self.(string)) },
	}
	bytesMethods = map[string]method{
		"decode": func(_ *call, self any) any { return strings.ToValidUTF8(string(self.([]byte)), "\ufffd") },
	}
}

func all(s string, is func(rune) bool) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !is(r) }) < 0
}

func capitalize(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:n]) + strings.ToLower(s[n:])
}

func titleCase(s string) string {
	inWord := false
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			inWord = false
			return r
		}
		if inWord {
			return unicode.ToLower(r)
		}
		inWord = true
		return unicode.ToTitle(r)
	}, s)
}

func swapCase(r rune) rune {
	if unicode.IsUpper(r) {
		return unicode.ToLower(r)
	}
	return unicode.ToUpper(r)
}

func splitLines(s string) any {
	var lines []any
	for len(s) > 0 {
		n := strings.IndexAny(s, "\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029")
		if n < 0 {
			lines = append(lines, s)
			break
		}
		lines = append(lines, s[:n])
		_, size := utf8.DecodeRuneInString(s[n:])
		if strings.HasPrefix(s[n:], "\r\n") {
			size = 2
		}
		s = s[n+size:]
	}
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
	if len(replacement) > 0 && times > c.maxOut/len(replacement) {
		c.chargeBytes(c.at, -1)
	}
	c.chargeBytes(c.at, len(s)+times*len(replacement))
	return strings.Replace(s, old, replacement, n)
}

func (c *call) hasAffix(s string, has func(s, affix string) bool) any {
	affixes, ok := c.arg(0).(tuple)
	if !ok {
		return has(s, c.text(0))
	}
	for _, a := range affixes {
		if affix, ok := asString(plain(a)); ok && has(s, affix) {
			return true
		}
	}
	return false
}

// find counts in characters, as Python does.
func (c *call) find(s string, index func(s, sub string) int) int {
	i := index(s, c.text(0))
	if i < 0 {
		return -1
	}
	return utf8.RuneCountInString(s[:i])
}

func (c *call) mustFind(s string, index func(s, sub string) int) any {
	i := c.find(s, index)
	if i < 0 {
		c.raise(c.at, "ValueError", "substring not found")
	}
	return i
}

func (c *call) pad(s string, align byte) any {
	fill, _ := utf8.DecodeRuneInString(c.textOption(1, "fillchar", " "))
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
