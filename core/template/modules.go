package template

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// modules are what {% import %} knows of Python's.
var modules map[string]map[string]any

func init() {
	functions := func(m map[string]any, list map[string]func(*call) any) map[string]any {
		for name, fn := range list {
			m[name] = &builtin{name: name, fn: fn}
		}
		return m
	}
	floatFunction := func(fn func(float64) float64) func(*call) any {
		return func(c *call) any { return fn(toFloat(c.number(c.arg(0)))) }
	}
	intFunction := func(fn func(float64) float64) func(*call) any {
		return func(c *call) any { return c.floatToInt(fn(toFloat(c.number(c.arg(0))))) }
	}
	helpers := map[string]any{}
	for _, name := range []string{"xhtml_escape", "url_escape", "json_encode", "squeeze", "linkify"} {
		helpers[name] = builtins[name]
	}
	modules = map[string]map[string]any{
		"math": functions(map[string]any{"pi": math.Pi, "e": math.E, "inf": math.Inf(1)}, map[string]func(*call) any{
			"floor": intFunction(math.Floor), "ceil": intFunction(math.Ceil), "trunc": intFunction(math.Trunc),
			"sqrt": floatFunction(math.Sqrt), "log": floatFunction(math.Log), "log10": floatFunction(math.Log10),
			"sin": floatFunction(math.Sin), "cos": floatFunction(math.Cos), "fabs": floatFunction(math.Abs),
		}),
		"datetime": functions(map[string]any{}, map[string]func(*call) any{
			"date":     func(c *call) any { return date(c.datePart(0, "year"), c.datePart(1, "month"), c.datePart(2, "day")) },
			"datetime": datetimeFunction,
		}),
		"tornado.escape": helpers,
	}
	builtins["datetime"] = modules["datetime"]
}

// A dateValue is a day; it prints without a time.
type dateValue struct{ time.Time }

func (d dateValue) String() string { return d.Format(time.DateOnly) }

func date(year, month, day int) dateValue {
	return dateValue{time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)}
}

func (c *call) datePart(i int, name string) int { return c.int(c.option(i, name, 0)) }

func datetimeFunction(c *call) any {
	return time.Date(c.datePart(0, "year"), time.Month(c.datePart(1, "month")), c.datePart(2, "day"),
		c.datePart(3, "hour"), c.datePart(4, "minute"), c.datePart(5, "second"), 0, time.UTC)
}

// strftimeLayouts are the directives of strftime that Go writes the same way.
var strftimeLayouts = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM", 'A': "Monday",
	'a': "Mon", 'B': "January", 'b': "Jan", 'Z': "MST", 'z': "-0700", 'j': "002", 'F': "2006-01-02", 'T': "15:04:05",
	'c': "Mon Jan _2 15:04:05 2006", 'x': "01/02/06", 'X': "15:04:05", 'e': "_2", 'D': "01/02/06", 'R': "15:04",
}

func strftime(t time.Time, format string) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		if format[i] == '-' && i+1 < len(format) { // without padding
			i++
			b.WriteString(strings.TrimLeft(t.Format(strftimeLayouts[format[i]]), "0 "))
			continue
		}
		switch layout := strftimeLayouts[format[i]]; {
		case layout != "":
			b.WriteString(t.Format(layout))
		case format[i] == 'f':
			b.WriteString(t.Format(".000000")[1:])
		case format[i] == 's':
			b.WriteString(strconv.FormatInt(t.Unix(), 10))
		case format[i] == '%':
			b.WriteByte('%')
		default:
			b.WriteString(format[i-1 : i+1])
		}
	}
	return b.String()
}
