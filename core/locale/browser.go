package locale

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// GetBrowserLocale gives the closest locale to what a browser asks for in its
// Accept-Language header (RFC 9110, section 12.5.4). The languages are tried in
// the order of their weights, and of the header where those are equal. A weight
// of zero, below zero, or that is no number takes a language out; one that is not
// the first parameter does not count. defaultCode is for a header that is absent
// or names no language at all; with one that only names languages there are not,
// the result is the default locale.
func (t *Translations) GetBrowserLocale(acceptLanguage, defaultCode string) *Locale {
	type wish struct {
		code   string
		weight float64
	}
	var wishes []wish
	for entry := range strings.SplitSeq(acceptLanguage, ",") {
		code, parameters, _ := strings.Cut(strings.TrimSpace(entry), ";")
		first, _, _ := strings.Cut(parameters, ";")
		if weight := weight(strings.TrimSpace(first)); code != "" && weight > 0 {
			wishes = append(wishes, wish{code, weight})
		}
	}
	if len(wishes) == 0 {
		return t.Get(defaultCode)
	}
	slices.SortStableFunc(wishes, func(a, b wish) int { return cmp.Compare(b.weight, a.weight) })
	s := t.locales()
	for _, w := range wishes {
		if l := s.closest(w.code); l != nil {
			return l
		}
	}
	return s.byCode[s.defaultCode]
}

func weight(parameter string) float64 {
	text, ok := strings.CutPrefix(parameter, "q=")
	if !ok {
		return 1
	}
	q, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return q
}
