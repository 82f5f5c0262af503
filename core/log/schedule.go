package log

import (
	"fmt"
	"strings"
	"time"
)

// A Schedule says when a log file begins anew. The zero value says never.
type Schedule struct {
	unit     string // in capitals: S, M, H, D, MIDNIGHT, W0 to W6
	interval int
}

// NewSchedule makes a schedule in Tornado's words: each interval seconds, minutes,
// hours or days for "S", "M", "H" and "D", counted from when the file began; each
// interval days at "midnight"; or on a weekday at midnight, "W0" for Monday to "W6"
// for Sunday. Case does not matter. Times are local.
func NewSchedule(when string, interval int) (Schedule, error) {
	unit := strings.ToUpper(when)
	if layouts[unit] == "" {
		return Schedule{}, fmt.Errorf("log: %q is no time to begin a file; take S, M, H, D, midnight or W0 to W6", when)
	}
	if interval < 1 || interval > 1_000_000 {
		return Schedule{}, fmt.Errorf("log: a file cannot begin every %d times %s", interval, when)
	}
	return Schedule{unit, interval}, nil
}

const daily = "2006-01-02"

// layouts are how the names of older files end, by unit.
var layouts = map[string]string{
	"S": "2006-01-02_15-04-05", "M": "2006-01-02_15-04", "H": "2006-01-02_15", "D": daily, "MIDNIGHT": daily,
	"W0": daily, "W1": daily, "W2": daily, "W3": daily, "W4": daily, "W5": daily, "W6": daily,
}

// next is when a file that began at t has to end; zero without a schedule.
func (s Schedule) next(t time.Time) time.Time {
	year, month, day := t.Date()
	n := s.interval
	switch s.unit {
	case "":
		return time.Time{}
	case "S":
		return t.Add(time.Duration(n) * time.Second)
	case "M":
		return t.Add(time.Duration(n) * time.Minute)
	case "H":
		return t.Add(time.Duration(n) * time.Hour)
	case "D":
		return t.AddDate(0, 0, n)
	case "MIDNIGHT":
		return time.Date(year, month, day+n, 0, 0, 0, 0, t.Location())
	}
	wanted := (int(s.unit[1]-'0') + 1) % 7 // Sunday is 0 for package time
	ahead := (wanted-int(t.Weekday())+6)%7 + 1
	return time.Date(year, month, day+ahead+7*(n-1), 0, 0, 0, 0, t.Location())
}
