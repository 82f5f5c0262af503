package template

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Hints end the messages about what people write who think in another language.

// hint says what to write in place of what stands at off, which cannot be understood
// there.
func (s *exprScanner) hint(off int) string {
	i := off - s.base
	here, since := s.text[i:], s.text[max(0, i-1):] // an operator of two characters is understood up to its second one
	begins := func(operator string) bool {
		return strings.HasPrefix(here, operator) || i > 0 && strings.HasPrefix(since, operator)
	}
	r, _ := utf8.DecodeRuneInString(here)
	switch {
	case here == "" && strings.HasSuffix(s.text, "++"):
		return "; write {% set x += 1 %}"
	case here == "" && strings.Count(s.text, "{") > strings.Count(s.text, "}") && strings.HasPrefix(s.src.text[off:], "}"):
		return "; the first '}}' ends the tag, so write '} }' inside"
	case begins("&&"):
		return "; write 'and'"
	case begins("||"):
		return "; write 'or'"
	case begins("->"), begins("::"):
		return "; write '.'"
	case r == '=':
		return "; '==' compares"
	case r == '!':
		return "; write 'not'"
	case r == '?':
		return "; write 'a if condition else b'"
	case strings.ContainsRune("“”„‘’", r):
		return "; text stands between ' or \""
	case r == '$', r == '@':
		return "; names stand without it"
	}
	return ""
}

// operatorHint proposes a directive for an unknown one.
func operatorHint(operator string) string {
	if strings.HasPrefix(operator, "end") {
		return "; every block ends with {% end %}"
	}
	if known, ok := map[string]string{
		"catch": "except", "foreach": "for", "unless": "if not", "let": "set", "var": "set", "assign": "set", "elseif": "elif", "use": "import",
	}[operator]; ok {
		return "; did you mean '" + known + "'?"
	}
	return suggestion(operator, operatorNames)
}

// nameHint proposes another name, or another way to write what stands at the place.
func nameHint(at *place, name string, candidates []string) string {
	if known, ok := map[string]string{
		"true": "True", "false": "False", "none": "None", "null": "None", "nil": "None", "undefined": "None",
	}[name]; ok {
		return "; did you mean '" + known + "'?"
	}
	before := strings.TrimRight(at.src.text[:min(at.off, len(at.src.text))], " ")
	switch {
	case name == "_tt_modules":
		return "; modules are for the pages that a handler renders"
	case strings.HasSuffix(before, "|"):
		return "; there are no filters: write " + name + "(...)"
	}
	return suggestion(name, candidates)
}

// attributeHint proposes what base has, or how Python does what the name asks for.
func attributeHint(base any, name string) string {
	if s := suggestion(name, attributeNames(base)); s != "" {
		return s
	}
	if m, ok := base.(*module); ok {
		for _, member := range slices.Sorted(maps.Keys(m.members)) {
			if b, ok := m.members[member].(*builtin); ok && b.members[name] != nil {
				return "; did you mean '" + m.name + "." + member + "." + name + "'?"
			}
		}
	}
	_, isContainer := length(base)
	written, ok := map[string]string{
		"length": "len(x)", "size": "len(x)", "len": "len(x)", "first": "x[0]", "last": "x[-1]", "push": "x.append(y)",
		"contains": "y in x", "includes": "y in x", "trim": "x.strip()", "to_upper": "x.upper()", "to_lower": "x.lower()",
		"toUpperCase": "x.upper()", "toLowerCase": "x.lower()", "substring": "x[1:2]", "substr": "x[1:2]",
	}[name]
	if isContainer && ok {
		return "; write " + written
	}
	return ""
}
