package template

import "time"

func datetimeClasses() map[string]any {
	return map[string]any{
		"date": class("date(year, month, day)", func(c *call) any {
			return c.validDate(newDate(c.intArg(0), c.intArg(1), c.intArg(2)).Time, c.intArg(1), c.intArg(2), func(t time.Time) any { return date{t} })
		}, map[string]func(*call) any{
			"today()":                  func(*call) any { return today() },
			"fromisoformat(s)":         func(c *call) any { return date{c.strptime(c.text(0), "%Y-%m-%d")} },
			"fromtimestamp(timestamp)": func(c *call) any { t := c.fromTimestamp(); return newDate(t.Year(), int(t.Month()), t.Day()) },
		}),
		"datetime": class("datetime(year, month, day, hour=0, minute=0, second=0, microsecond=0, tzinfo=None)", newDatetime,
			map[string]func(*call) any{
				"now(tz=None)":                      func(c *call) any { return c.inZone(time.Now(), c.option(0, "tz", nil)) },
				"today()":                           func(*call) any { return datetime{time.Now(), false} },
				"utcnow()":                          func(*call) any { return datetime{time.Now().UTC(), false} },
				"fromtimestamp(timestamp, tz=None)": func(c *call) any { return c.inZone(c.fromTimestamp(), c.option(1, "tz", nil)) },
				"utcfromtimestamp(timestamp)":       func(c *call) any { return datetime{c.fromTimestamp().UTC(), false} },
				"strptime(s, format)":               func(c *call) any { return datetime{c.strptime(c.text(0), c.text(1)), false} },
				"fromisoformat(s)":                  fromISO,
				"combine(date, time)": func(c *call) any {
					day, t := c.timeArg(0), c.timeArg(1)
					return datetime{time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC), false}
				},
			}),
		"time": class("time(hour=0, minute=0, second=0, microsecond=0)", func(c *call) any {
			part := func(i int, name string, below int) int {
				n := c.int(c.option(i, name, 0))
				if n < 0 || n >= below {
					c.raise(c.at, "ValueError", "%s must be in 0..%d", name, below-1)
				}
				return n
			}
			return newClock(part(0, "hour", 24), part(1, "minute", 60), part(2, "second", 60), part(3, "microsecond", 1e6))
		}, nil),
		"timedelta": class("timedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)", newTimedelta, nil),
		"timezone":  &module{"timezone", map[string]any{"utc": "UTC"}},
		"UTC":       "UTC",
	}
}

func today() date {
	now := time.Now()
	return newDate(now.Year(), int(now.Month()), now.Day())
}

// validDate refuses the 30th of February, which time.Date moves on.
func (c *call) validDate(t time.Time, month, day int, wrap func(time.Time) any) any {
	if int(t.Month()) != month || t.Day() != day {
		c.raise(c.at, "ValueError", "there is no day %d in month %d", day, month)
	}
	return wrap(t)
}

func newDatetime(c *call) any {
	part := func(i int, name string) int { return c.int(c.option(i, name, 0)) }
	t := time.Date(c.intArg(0), time.Month(c.intArg(1)), c.intArg(2), part(3, "hour"), part(4, "minute"), part(5, "second"),
		1000*part(6, "microsecond"), time.UTC)
	zoned := c.option(7, "tzinfo", nil) != nil
	return c.validDate(t, c.intArg(1), c.intArg(2), func(t time.Time) any { return datetime{t, zoned} })
}

// inZone gives t in UTC if a zone is asked for, else in local time.
func (c *call) inZone(t time.Time, zone any) any {
	if zone != nil {
		return datetime{t.UTC(), true}
	}
	return datetime{t.Local(), false}
}

func (c *call) fromTimestamp() time.Time { return time.UnixMicro(int64(c.floatArg(0) * 1e6)) }

func fromISO(c *call) any {
	text := c.text(0)
	for _, layout := range []string{"2006-01-02T15:04:05.999999Z07:00", "2006-01-02 15:04:05.999999Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return datetime{t, true}
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return datetime{t, false}
		}
	}
	c.raise(c.at, "ValueError", "Invalid isoformat string: %s", quoted(text))
	return nil
}

func newTimedelta(c *call) any {
	units := []time.Duration{24 * time.Hour, time.Second, time.Microsecond, time.Millisecond, time.Minute, time.Hour, 7 * 24 * time.Hour}
	total := 0.0
	for i, unit := range units {
		total += toFloat(c.number(c.option(i, c.params.names[i], 0))) * float64(unit)
	}
	if total > float64(1<<62) || total < -float64(1<<62) {
		c.raise(c.at, "OverflowError", "the duration is too long")
	}
	return duration(time.Duration(total).Round(time.Microsecond))
}

var timeFunctions = map[string]func(*call) any{
	"time()": func(*call) any { return float64(time.Now().UnixMicro()) / 1e6 },
	"strftime(format, t=None)": func(c *call) any {
		t := c.option(1, "t", nil)
		if _, ok := asTime(t); !ok {
			t = time.Now()
		}
		return c.strftime(t, c.text(0))
	},
	"mktime(t)": func(c *call) any { // takes t for local time
		t := c.timeArg(0)
		return float64(time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.Local).Unix())
	},
	"localtime(secs=None)": func(c *call) any { return c.moment().Local() },
	"gmtime(secs=None)":    func(c *call) any { return c.moment().UTC() },
}

// moment is the time given in seconds, or now.
func (c *call) moment() time.Time {
	if c.option(0, "secs", nil) == nil {
		return time.Now()
	}
	return time.UnixMicro(int64(toFloat(c.number(c.option(0, "secs", nil))) * 1e6))
}

func calendarValues() map[string]any {
	months, shortMonths := tuple{""}, tuple{""}
	for m := time.January; m <= time.December; m++ {
		months, shortMonths = append(months, m.String()), append(shortMonths, m.String()[:3])
	}
	var days, shortDays tuple
	for d := range 7 {
		name := time.Weekday((d + 1) % 7).String()
		days, shortDays = append(days, name), append(shortDays, name[:3])
	}
	return map[string]any{"month_name": months, "month_abbr": shortMonths, "day_name": days, "day_abbr": shortDays}
}

var calendarFunctions = map[string]func(*call) any{
	"timegm(tuple)": func(c *call) any { // takes it for UTC
		t := c.timeArg(0)
		return int(time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC).Unix())
	},
	"isleap(year)": func(c *call) any { return newDate(c.intArg(0), 2, 29).Month() == time.February },
	"monthcalendar(year, month)": func(c *call) any {
		year, month := c.yearAndMonth()
		before, days := (int(newDate(year, month, 1).Weekday())+6)%7, newDate(year, month+1, 0).Day()
		weeks := &list{}
		for first := 1 - before; first <= days; first += 7 {
			week := &list{}
			for day := first; day < first+7; day++ {
				if day < 1 || day > days {
					week.items = append(week.items, 0) // of another month
				} else {
					week.items = append(week.items, day)
				}
			}
			weeks.items = append(weeks.items, week)
		}
		return weeks
	},
	"monthrange(year, month)": func(c *call) any {
		year, month := c.yearAndMonth()
		return tuple{(int(newDate(year, month, 1).Weekday()) + 6) % 7, newDate(year, month+1, 0).Day()}
	},
}

func (c *call) timeArg(i int) time.Time {
	t, ok := asTime(c.arg(i))
	if !ok {
		c.raiseOf(c.at, "TypeError", []any{c.arg(i)}, "%s() needs a time, not %s", c.name, typeName(c.arg(i)))
	}
	return t
}

func (c *call) yearAndMonth() (year, month int) {
	year, month = c.intArg(0), c.intArg(1)
	if month < 1 || month > 12 {
		c.raise(c.at, "ValueError", "bad month number %d; must be 1-12", month)
	}
	return year, month
}
