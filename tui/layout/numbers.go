package layout

import (
	"fmt"
	"strconv"
	"time"
)

// Duration writes d with three significant digits and its unit: "850µs",
// "12.3ms", "1.24s", "3m05s". Zero is "0".
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + Duration(-d)
	case d == 0:
		return "0"
	case d < time.Microsecond:
		return "<1µs"
	case d < 999500*time.Nanosecond:
		return three(float64(d)/1e3) + "µs"
	case d < 999500*time.Microsecond:
		return three(float64(d)/1e6) + "ms"
	case d < 59950*time.Millisecond:
		return three(float64(d)/1e9) + "s"
	}
	return Age(d)
}

func three(v float64) string {
	switch {
	case v < 9.995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 99.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// Age writes how long something has lasted, to the second: "8s", "3m05s",
// "2h10m", "4d03h".
func Age(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	switch {
	case s < 0:
		return "0s"
	case s < 60:
		return strconv.FormatInt(s, 10) + "s"
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < 86400:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	}
	return fmt.Sprintf("%dd%02dh", s/86400, s/3600%24)
}

// Seconds writes a running time to a tenth of a second: "1.2s".
func Seconds(d time.Duration) string {
	if d >= time.Minute {
		return Age(d)
	}
	return strconv.FormatFloat(max(d, 0).Seconds(), 'f', 1, 64) + "s"
}

// Bytes writes a number of bytes: "0 B", "512 B", "1.0 KiB", "64 KiB", "3.1 MiB".
func Bytes(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v, unit := float64(n)/1024, 0
	for v >= 1023.5 && unit < 3 {
		v, unit = v/1024, unit+1
	}
	digits := 1
	if v >= 9.95 {
		digits = 0
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + " " + [...]string{"KiB", "MiB", "GiB", "TiB"}[unit]
}

// Count writes n with a comma between thousands.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Rate writes a number of events in a second: "0", "0.5", "12", "1.2k", "10k".
func Rate(perSecond float64) string {
	switch {
	case perSecond <= 0:
		return "0"
	case perSecond < 9.95:
		s := strconv.FormatFloat(perSecond, 'f', 1, 64)
		if s[len(s)-2:] == ".0" {
			s = s[:len(s)-2]
		}
		return s
	case perSecond < 999.5:
		return strconv.FormatFloat(perSecond, 'f', 0, 64)
	case perSecond < 9950:
		return strconv.FormatFloat(perSecond/1000, 'f', 1, 64) + "k"
	case perSecond < 999500:
		return strconv.FormatFloat(perSecond/1000, 'f', 0, 64) + "k"
	}
	return strconv.FormatFloat(perSecond/1e6, 'f', 1, 64) + "M"
}

// Elapsed is the time from start until now, never negative: the two clocks may
// be those of different processes.
func Elapsed(start, now time.Time) time.Duration { return max(now.Sub(start), 0) }
