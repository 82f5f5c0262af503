package locale

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"time"
)

// ForTemplates is a locale as a template has it by the name of locale. Its methods
// take the keyword arguments that Tornado's take:
//
//	{{ _("1 story", "%(n)d stories", n) % {"n": n} }}
//	{{ locale.format_date(story.posted, gmt_offset=-60, relative=False) }}
//
// K is the type by which templates hand over keyword arguments, template.Kwargs;
// "_" is the method Translate. The fields and the other methods are those of
// Locale: locale.code, locale.rtl, locale.list(names).
type ForTemplates[K ~map[string]any] struct{ *Locale }

// Translate takes a text; or one for one thing, one for several and their number,
// the latter two also as plural_message and count.
func (t ForTemplates[K]) Translate(keywords K, message string, more ...any) (string, error) {
	plural, count, err := pluralArguments(keywords, more)
	if err != nil {
		return "", fmt.Errorf("translate: %w", err)
	}
	if plural == "" {
		return t.Locale.Translate(message), nil
	}
	return t.TranslatePlural(message, plural, count), nil
}

// PGettext is Translate with a context before the text.
func (t ForTemplates[K]) PGettext(keywords K, context, message string, more ...any) (string, error) {
	plural, count, err := pluralArguments(keywords, more)
	if err != nil {
		return "", fmt.Errorf("pgettext: %w", err)
	}
	if plural == "" {
		return t.Locale.PGettext(context, message), nil
	}
	return t.PGettextPlural(context, message, plural, count), nil
}

// pluralArguments gives an empty plural if there is none.
func pluralArguments[K ~map[string]any](keywords K, more []any) (plural string, count int, err error) {
	a := arguments{keywords: keywords, rest: more}
	plural, count = take(&a, "plural_message", ""), take(&a, "count", math.MinInt)
	if plural != "" && count == math.MinInt && a.err == nil {
		a.err = errors.New("a plural needs a count")
	}
	return plural, count, a.finish()
}

// FormatDate takes a time.Time or the seconds since 1970, and gmt_offset=0,
// relative=True, shorter=False, full_format=False.
func (t ForTemplates[K]) FormatDate(keywords K, date any, more ...any) (string, error) {
	when, err := asTime(date)
	if err != nil {
		return "", fmt.Errorf("format_date: %w", err)
	}
	a := arguments{keywords: keywords, rest: more}
	o := FormatDateOptions{
		GMTOffset:  take(&a, "gmt_offset", 0),
		Absolute:   !take(&a, "relative", true),
		Shorter:    take(&a, "shorter", false),
		FullFormat: take(&a, "full_format", false),
	}
	if err := a.finish(); err != nil {
		return "", fmt.Errorf("format_date: %w", err)
	}
	return t.Locale.FormatDate(when, o), nil
}

// FormatDay takes a time.Time or the seconds since 1970, and gmt_offset=0, dow=True.
func (t ForTemplates[K]) FormatDay(keywords K, date any, more ...any) (string, error) {
	when, err := asTime(date)
	if err != nil {
		return "", fmt.Errorf("format_day: %w", err)
	}
	a := arguments{keywords: keywords, rest: more}
	gmtOffset, dow := take(&a, "gmt_offset", 0), take(&a, "dow", true)
	if err := a.finish(); err != nil {
		return "", fmt.Errorf("format_day: %w", err)
	}
	return t.Locale.FormatDay(when, gmtOffset, dow), nil
}

func asTime(date any) (time.Time, error) {
	switch date := date.(type) {
	case time.Time:
		return date, nil
	case *time.Time:
		if date != nil {
			return *date, nil
		}
	case int:
		return time.Unix(int64(date), 0).UTC(), nil
	case int64:
		return time.Unix(date, 0).UTC(), nil
	case float64:
		const limit = 1 << 38 // seconds; some eight thousand years
		if -limit < date && date < limit {
			return time.UnixMicro(int64(date * 1e6)).UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("a date is a time.Time or the seconds since 1970, not %T", date)
}

// arguments are those of a call in Python's way: in order, then by name.
type arguments struct {
	rest     []any
	keywords map[string]any
	known    []string
	err      error
}

// take gives the argument of that name, or def if there is none or it is None.
func take[T any](a *arguments, name string, def T) T {
	a.known = append(a.known, name)
	value, given := a.keywords[name]
	if len(a.rest) > 0 {
		if given && a.err == nil {
			a.err = fmt.Errorf("%s is given twice", name)
		}
		value, a.rest = a.rest[0], a.rest[1:]
	}
	if value == nil {
		return def
	}
	if number := reflect.ValueOf(value); number.CanInt() {
		value = int(number.Int())
	}
	typed, ok := value.(T)
	if !ok && a.err == nil {
		a.err = fmt.Errorf("%s cannot be %v", name, value)
	}
	return typed
}

// finish reports what is wrong with the arguments.
func (a *arguments) finish() error {
	if a.err != nil {
		return a.err
	}
	if len(a.rest) > 0 {
		return fmt.Errorf("there are %d arguments too many", len(a.rest))
	}
	for name := range a.keywords {
		if !slices.Contains(a.known, name) {
			return fmt.Errorf("there is no argument called %s", name)
		}
	}
	return nil
}
