package locale

import (
	"strconv"
	"strings"
)

// List writes parts as an enumeration, "A, B and C". "%(commas)s and %(last)s" goes
// through the translations; in Persian the word for "and" stands between all.
func (l *Locale) List(parts []string) string {
	switch len(parts) {
	case 0:
		return ""
	case 1:
		return parts[0]
	}
	comma := ", "
	if strings.HasPrefix(l.Code, "fa") {
		comma = " و "
	}
	last := len(parts) - 1
	return Format(l.Translate("%(commas)s and %(last)s"), map[string]any{
		"commas": strings.Join(parts[:last], comma),
		"last":   parts[last],
	})
}

// FriendlyNumber writes value with a comma between thousands, if the locale is en
// or en_US, and else as it is.
func (l *Locale) FriendlyNumber(value int64) string {
	digits := strconv.FormatInt(value, 10)
	if l.Code != "en" && l.Code != "en_US" {
		return digits
	}
	digits, negative := strings.CutPrefix(digits, "-")
	head := (len(digits)-1)%3 + 1
	var b strings.Builder
	if negative {
		b.WriteByte('-')
	}
	b.WriteString(digits[:head])
	for i := head; i < len(digits); i += 3 {
		b.WriteByte(',')
		b.WriteString(digits[i : i+3])
	}
	return b.String()
}
