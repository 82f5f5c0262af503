package options

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// timeLayouts are those of ParseTime. A day, an hour and the like may have one
// digit where something stands between it and the next.
var timeLayouts = []string{
	"Mon Jan _2 15:4:5 2006",
	"2006-1-2 15:4:5",
	"2006-1-2 15:4",
	"2006-1-2T15:4",
	"20060102 15:4:5",
	"20060102 15:4",
	"2006-1-2",
	"20060102",
	"15:4:5",
	"15:4",
}

// ParseTime reads a date and a time in UTC: "2026-04-28 12:00:30", "2026-04-28
// 12:00", "2026-04-28T12:00", "20260428 12:00", "Tue Apr 28 12:00:30 2026"; a date
// alone; or a time of day alone, which is that of 1 January 1900.
func ParseTime(s string) (time.Time, error) {
	for _, layout := range timeLayouts {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if !strings.Contains(layout, "2006") {
			t = t.AddDate(1900, 0, 0)
		}
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%q is no date or time; write it like 2026-04-28 12:00", s)
}

var spanUnits = map[string]time.Duration{
	"us": time.Microsecond, "microseconds": time.Microsecond,
	"ms": time.Millisecond, "milliseconds": time.Millisecond,
	"": time.Second, "s": time.Second, "sec": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "days": 24 * time.Hour,
	"w": 7 * 24 * time.Hour, "weeks": 7 * 24 * time.Hour,
}

// ParseDuration reads a sum of times, each a number and a unit: "1h30m", "1h 30m",
// "1.5 hours", "-5m". The units are us, ms, s or sec, m or min, h, d, w, and
// microseconds, milliseconds, seconds, minutes, hours, days and weeks; without one
// it is seconds.
func ParseDuration(s string) (time.Duration, error) {
	var sum float64
	rest := strings.TrimSpace(s)
	if rest == "" {
		return 0, fmt.Errorf("%q is no duration; write it like 1h30m", s)
	}
	for rest != "" {
		n := numberLen(rest)
		number, err := strconv.ParseFloat(rest[:n], 64)
		if err != nil {
			return 0, fmt.Errorf("%q is no duration: %q is no number", s, rest)
		}
		rest = strings.TrimSpace(rest[n:])
		letters := len(rest) - len(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"))
		unit, ok := spanUnits[rest[:letters]]
		if !ok {
			return 0, fmt.Errorf("%q is no duration: there is no unit %q", s, rest[:letters])
		}
		sum += number * float64(unit)
		rest = strings.TrimSpace(rest[letters:])
	}
	if sum = math.Round(sum); math.IsNaN(sum) || math.Abs(sum) >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is longer than a duration can be, which is 292 years", s)
	}
	return time.Duration(sum), nil
}

// numberLen is the length of the number that s begins with: a sign, digits with a
// point, and an exponent.
func numberLen(s string) int {
	n := signLen(s)
	digits := digitsLen(s[n:])
	n += digits
	if strings.HasPrefix(s[n:], ".") {
		fraction := digitsLen(s[n+1:])
		if digits+fraction == 0 {
			return 0
		}
		n += 1 + fraction
	} else if digits == 0 {
		return 0
	}
	if strings.HasPrefix(s[n:], "e") || strings.HasPrefix(s[n:], "E") {
		sign := signLen(s[n+1:])
		if exponent := digitsLen(s[n+1+sign:]); exponent > 0 {
			n += 1 + sign + exponent
		}
	}
	return n
}

func signLen(s string) int {
	if strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") {
		return 1
	}
	return 0
}

func digitsLen(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }
