package template

import (
	"fmt"
	"reflect"
	"time"
)

// Days, times and durations. A time.Time and a time.Duration of the program have
// what Python's datetime and timedelta have, under the names Python gives it, and
// their Go methods under theirs: created.month is 2, created.Month() February.
type (
	// A date prints without a time.
	date struct{ time.Time }

	// A datetime is one that a template made; without a zone unless zoned.
	datetime struct {
		time.Time
		zoned bool
	}

	// A clock is a time of day, on a day that does not count.
	clock struct{ time.Time }

	// A duration is a timedelta.
	duration time.Duration
)

func newClock(hour, minute, second, microsecond int) clock {
	return clock{time.Date(1900, time.January, 1, hour, minute, second, 1000*microsecond, time.UTC)}
}

func (c clock) String() string { return isoformat(c.Time, " ", false)[len("1900-01-01 "):] }

func (d date) String() string { return d.Format(time.DateOnly) }

func (d datetime) String() string { return isoformat(d.Time, " ", d.zoned) }

// String writes "1 day, 2:03:04".
func (d duration) String() string {
	days, rest := d.split()
	text := time.Time{}.Add(rest).Format("15:04:05")
	if text[0] == '0' {
		text = text[1:]
	}
	if micro := rest % time.Second / time.Microsecond; micro != 0 {
		text += string(appendPadded([]byte{'.'}, int(micro), 6))
	}
	switch days {
	case 0:
		return text
	case 1, -1:
		return string(appendPadded(nil, days, 0)) + " day, " + text
	}
	return string(appendPadded(nil, days, 0)) + " days, " + text
}

// split gives days, which may be negative, and a rest that is not.
func (d duration) split() (days int, rest time.Duration) {
	const day = 24 * time.Hour
	days, rest = int(time.Duration(d)/day), time.Duration(d)%day
	if rest < 0 {
		days, rest = days-1, rest+day
	}
	return days, rest
}

func newDate(year, month, day int) date {
	return date{time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)}
}

// asTime takes what has a calendar day.
func asTime(v any) (time.Time, bool) {
	switch v := v.(type) {
	case time.Time:
		return v, true
	case *time.Time:
		if v != nil {
			return *v, true
		}
	case datetime:
		return v.Time, true
	case date:
		return v.Time, true
	case clock:
		return v.Time, true
	}
	return time.Time{}, false
}

func asDuration(v any) (time.Duration, bool) {
	switch v := v.(type) {
	case duration:
		return time.Duration(v), true
	case time.Duration:
		return v, true
	case *time.Duration:
		if v != nil {
			return *v, true
		}
	}
	return 0, false
}

// like gives t as the kind of value that model is.
func like(model any, t time.Time) any {
	switch m := model.(type) {
	case date:
		return date{t.Truncate(24 * time.Hour)}
	case datetime:
		return datetime{t, m.zoned}
	case clock:
		return clock{t}
	}
	return t
}

// binaryTime evaluates an operator one side of which is a time or a duration.
func (f *frame) binaryTime(at *place, op string, x, y any) (any, bool) {
	t, isTime := asTime(x)
	u, isTime2 := asTime(y)
	d, isDuration := asDuration(x)
	e, isDuration2 := asDuration(y)
	switch {
	case !isTime && !isTime2 && !isDuration && !isDuration2:
		return nil, false
	case isTime && isTime2 && op == "-":
		return f.between(at, t, u), true
	case isTime && isDuration2 && op == "+":
		return later(x, t, e, 1), true
	case isTime && isDuration2 && op == "-":
		return later(x, t, e, -1), true
	case isDuration && isTime2 && op == "+":
		return later(y, u, d, 1), true
	case isDuration && isDuration2:
		return f.binaryDurations(at, op, d, e)
	case isDuration:
		return f.scaleDuration(at, op, d, y)
	case isDuration2 && op == "*":
		return f.scaleDuration(at, op, e, x)
	}
	return nil, false
}

// between is t - u.
func (f *frame) between(at *place, t, u time.Time) duration {
	d := t.Sub(u)
	if !u.Add(d).Equal(t) {
		f.raise(at, "OverflowError", "the times are more than 292 years apart")
	}
	return duration(d)
}

// later gives t, which is of model's kind, after d, or before it if sign is -1. For
// a date the days of d count, and not the rest.
func later(model any, t time.Time, d time.Duration, sign int) any {
	if _, ok := model.(date); ok {
		days, _ := duration(d).split()
		return date{t.AddDate(0, 0, sign*days)}
	}
	return like(model, t.Add(time.Duration(sign)*d))
}

func (f *frame) binaryDurations(at *place, op string, d, e time.Duration) (any, bool) {
	switch op {
	case "+":
		return duration(d + e), true
	case "-":
		return duration(d - e), true
	case "/":
		return f.binary(at, op, float64(d), float64(e)), true
	case "//":
		return f.binary(at, op, int(d), int(e)), true
	case "%":
		return duration(f.binary(at, op, int(d), int(e)).(int)), true
	}
	return nil, false
}

func (f *frame) scaleDuration(at *place, op string, d time.Duration, by any) (any, bool) {
	n, ok := number(by)
	if !ok || op != "*" && op != "/" && op != "//" {
		return nil, false
	}
	scaled, ok := number(f.binary(at, op, int(d), n))
	if big, isFloat := scaled.(float64); isFloat {
		return duration(time.Duration(big).Round(time.Microsecond)), ok
	}
	i, isInt := scaled.(int)
	if !isInt {
		f.raise(at, "OverflowError", "the duration is too long")
	}
	return duration(i), ok
}

func isoformat(t time.Time, separator string, zoned bool) string {
	layout := "2006-01-02" + separator + "15:04:05"
	if t.Nanosecond() >= 1000 {
		layout += ".000000"
	}
	if zoned {
		layout += "-07:00"
	}
	return t.Format(layout)
}

// appendTimeRepr writes datetime.date(2024, 2, 3).
func appendTimeRepr(dst []byte, v any) []byte {
	if d, ok := v.(duration); ok {
		days, rest := d.split()
		dst = append(dst, "datetime.timedelta("...)
		empty := len(dst)
		for _, part := range []struct {
			name string
			n    int
		}{{"days", days}, {"seconds", int(rest / time.Second)}, {"microseconds", int(rest % time.Second / time.Microsecond)}} {
			if part.n == 0 {
				continue
			}
			if len(dst) > empty {
				dst = append(dst, ", "...)
			}
			dst = fmt.Appendf(dst, "%s=%d", part.name, part.n)
		}
		if len(dst) == empty {
			dst = append(dst, '0')
		}
		return append(dst, ')')
	}
	t, _ := asTime(v)
	dst = fmt.Appendf(dst, "datetime.%s(", typeName(v))
	if _, isClock := v.(clock); !isClock {
		dst = fmt.Appendf(dst, "%d, %d, %d", t.Year(), t.Month(), t.Day())
		if _, isDate := v.(date); isDate {
			return append(dst, ')')
		}
		dst = append(dst, ", "...)
	}
	dst = fmt.Appendf(dst, "%d, %d", t.Hour(), t.Minute())
	if micro := t.Nanosecond() / 1000; t.Second() != 0 || micro != 0 {
		if dst = fmt.Appendf(dst, ", %d", t.Second()); micro != 0 {
			dst = fmt.Appendf(dst, ", %d", micro)
		}
	}
	return append(dst, ')')
}

// timeNames are the attributes of times and durations. They go before Go's methods
// when they are written as Python does.
var timeNames = map[reflect.Type][]string{
	reflect.TypeFor[time.Time](): {
		"year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "weekday", "date", "strftime", "replace",
	},
	reflect.TypeFor[time.Duration](): {"days", "seconds", "microseconds", "total_seconds"},
}

// timeAttribute finds an attribute of a time or duration that is no method.
func timeAttribute(v any, name string) (any, bool) {
	if d, ok := asDuration(v); ok {
		days, rest := duration(d).split()
		switch name {
		case "days":
			return days, true
		case "seconds":
			return int(rest / time.Second), true
		case "microseconds":
			return int(rest % time.Second / time.Microsecond), true
		}
		return nil, false
	}
	t, ok := asTime(v)
	if !ok {
		return nil, false
	}
	if _, isClock := v.(clock); !isClock {
		if v, ok := dayAttribute(t, name); ok {
			return v, true
		}
	}
	if _, isDate := v.(date); isDate {
		return nil, false
	}
	switch name {
	case "hour", "tm_hour":
		return t.Hour(), true
	case "minute", "tm_min":
		return t.Minute(), true
	case "second", "tm_sec":
		return t.Second(), true
	case "microsecond":
		return t.Nanosecond() / 1000, true
	case "tzinfo":
		if isNaive(v) {
			return nil, true
		}
		return t.Location().String(), true
	}
	return nil, false
}

// dayAttribute finds an attribute of a day; those with tm_ are of what gmtime and
// timetuple give.
func dayAttribute(t time.Time, name string) (any, bool) {
	switch name {
	case "year", "tm_year":
		return t.Year(), true
	case "month", "tm_mon":
		return int(t.Month()), true
	case "day", "tm_mday":
		return t.Day(), true
	case "tm_wday":
		return (int(t.Weekday()) + 6) % 7, true
	case "tm_yday":
		return t.YearDay(), true
	}
	return nil, false
}

// isNaive reports whether v tells no zone.
func isNaive(v any) bool {
	switch v := v.(type) {
	case date, clock:
		return true
	case datetime:
		return !v.zoned
	}
	return false
}

var (
	timeMethods     map[string]methodEntry
	durationMethods map[string]methodEntry
)

func init() {
	timeMethod := func(fn func(c *call, t time.Time) any) method {
		return func(c *call, self any) any {
			t, _ := asTime(self)
			return fn(c, t)
		}
	}
	timeMethods = methodTable(map[string]method{
		"strftime(format)":                    func(c *call, self any) any { return c.strftime(self, c.text(0)) },
		"isoformat(sep='T', timespec='auto')": isoformatMethod,
		"weekday()":                           timeMethod(func(_ *call, t time.Time) any { return (int(t.Weekday()) + 6) % 7 }),
		"isoweekday()":                        timeMethod(func(_ *call, t time.Time) any { return (int(t.Weekday())+6)%7 + 1 }),
		"toordinal()":                         timeMethod(func(_ *call, t time.Time) any { return ordinal(t) }),
		"isocalendar()": timeMethod(func(_ *call, t time.Time) any {
			year, week := t.ISOWeek()
			return tuple{year, week, (int(t.Weekday())+6)%7 + 1}
		}),
		"time()": timeMethod(func(_ *call, t time.Time) any {
			return newClock(t.Hour(), t.Minute(), t.Second(), t.Nanosecond()/1000)
		}),
		"timetuple()": timeMethod(func(_ *call, t time.Time) any { return t }),
		"date()":      timeMethod(func(_ *call, t time.Time) any { return newDate(t.Year(), int(t.Month()), t.Day()) }),
		"timestamp()": timeMethod(func(_ *call, t time.Time) any { return float64(t.UnixMicro()) / 1e6 }),
		"ctime()":     timeMethod(func(_ *call, t time.Time) any { return t.Format(time.ANSIC) }),
		"replace(year=, month=, day=, hour=, minute=, second=, microsecond=, tzinfo=)": replaceTimeMethod,
	})
	durationMethods = methodTable(map[string]method{
		"total_seconds()": func(_ *call, self any) any {
			d, _ := asDuration(self)
			return float64(d/time.Microsecond) / 1e6
		},
	})
}

// ordinal counts days; the first of January of the year 1 is 1.
func ordinal(t time.Time) int {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return int((day.Unix()-newDate(1, 1, 1).Unix())/(24*60*60)) + 1
}

func isoformatMethod(c *call, self any) any {
	t, _ := asTime(self)
	switch d := self.(type) {
	case date:
		return d.String()
	case clock:
		return d.String()
	}
	layout, ok := timespecs[c.textOption(1, "timespec", "auto")]
	if !ok {
		c.raise(c.at, "ValueError", "Unknown timespec value")
	}
	if layout == "" {
		return isoformat(t, c.textOption(0, "sep", "T"), !isNaive(self))
	}
	if !isNaive(self) {
		layout += "-07:00"
	}
	return t.Format("2006-01-02") + c.textOption(0, "sep", "T") + t.Format(layout)
}

// timespecs say how exact isoformat is.
var timespecs = map[string]string{
	"auto": "", "hours": "15", "minutes": "15:04", "seconds": "15:04:05", "milliseconds": "15:04:05.000", "microseconds": "15:04:05.000000",
}

func replaceTimeMethod(c *call, self any) any {
	t, _ := asTime(self)
	part := func(i int, name string, now int) int { return c.int(c.option(i, name, now)) }
	month, day := part(1, "month", int(t.Month())), part(2, "day", t.Day())
	replaced := time.Date(part(0, "year", t.Year()), time.Month(month), day,
		part(3, "hour", t.Hour()), part(4, "minute", t.Minute()), part(5, "second", t.Second()),
		1000*part(6, "microsecond", t.Nanosecond()/1000), t.Location())
	zone := c.option(7, "tzinfo", unbound)
	return c.validDate(replaced, month, day, func(t time.Time) any {
		if zone != unbound {
			return datetime{t, zone != nil}
		}
		return like(self, t)
	})
}
