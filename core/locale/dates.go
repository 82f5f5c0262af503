package locale

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

var monthNames = [12]string{
	"January", "February", "March", "April", "May", "June",
	"July", "August", "September", "October", "November", "December",
}

var weekdayNames = [7]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

// FormatDateOptions say how FormatDate writes. The zero value writes "2 minutes
// ago", "yesterday at 4:26 am", or the date.
type FormatDateOptions struct {
	// GMTOffset is where the reader is, in minutes west of Greenwich, as browsers
	// give it by getTimezoneOffset. Location, if it is set, counts instead. With
	// neither, a date is shown in its own location, as package time does.
	GMTOffset int
	Location  *time.Location

	// Absolute leaves out "2 minutes ago" and "yesterday"; it is what Tornado calls
	// relative=False. Shorter leaves the time out where there is a date. FullFormat
	// writes the whole date in any case.
	Absolute   bool
	Shorter    bool
	FullFormat bool

	// Now is what the time is; zero means that the clock is asked.
	Now time.Time
}

// location is where a date of the location own is shown.
func (o *FormatDateOptions) location(own *time.Location) *time.Location {
	switch {
	case o.Location != nil:
		return o.Location
	case o.GMTOffset != 0:
		return time.FixedZone("", -60*o.GMTOffset)
	}
	return own
}

const (
	day = 24 * time.Hour

	// soon is how far in the future a date may lie that still counts as now: clocks
	// differ.
	soon = time.Minute

	secondsBelow  = 50 * time.Second
	minutesBelow  = 50 * time.Minute
	weekdaysBelow = 5 * day
	yearlessBelow = 334 * day // later the month alone could be taken for that of this year
)

// FormatDate writes when date is, as seen from now: "2 minutes ago", "4:26 am",
// "yesterday at 4:26 am", "Monday at 4:26 am", "August 9 at 4:26 am" or "September
// 14, 2018 at 4:26 am". Each of these patterns, with its %(...)s, goes through the
// translations, and so do the names of months and weekdays. A date in the future
// is written in full, unless it is nearly now.
func (l *Locale) FormatDate(date time.Time, o FormatDateOptions) string {
	now := o.Now
	if now.IsZero() {
		now = time.Now()
	}
	if date.After(now) {
		if !o.Absolute && date.Sub(now) < soon {
			date = now
		} else {
			o.FullFormat = true
		}
	}
	age := now.Sub(date)
	if age < day && !o.Absolute && !o.FullFormat {
		return l.ago(age)
	}
	location := o.location(date.Location())
	local := date.In(location)
	return Format(l.Translate(o.pattern(age, local, now.In(location))), map[string]any{
		"month_name": l.months[local.Month()-1],
		"weekday":    l.weekday(local),
		"day":        strconv.Itoa(local.Day()),
		"year":       strconv.Itoa(local.Year()),
		"time":       l.clock(local),
	})
}

// ago writes an age below a day. Halves are rounded to the even number.
func (l *Locale) ago(age time.Duration) string {
	name, one, many := "hours", "1 hour ago", "%(hours)d hours ago"
	n := int(math.RoundToEven(age.Truncate(time.Second).Hours()))
	switch {
	case age < secondsBelow:
		name, one, many = "seconds", "1 second ago", "%(seconds)d seconds ago"
		n = int(age / time.Second)
	case age < minutesBelow:
		name, one, many = "minutes", "1 minute ago", "%(minutes)d minutes ago"
		n = int(math.RoundToEven(age.Truncate(time.Second).Minutes()))
	}
	return Format(l.TranslatePlural(one, many, n), map[string]any{name: n})
}

func (o *FormatDateOptions) pattern(age time.Duration, local, now time.Time) string {
	pattern := "%(month_name)s %(day)s, %(year)s"
	switch {
	case o.FullFormat:
	case age < day:
		return "%(time)s"
	case age < 2*day && !o.Absolute && local.Day() == now.Add(-day).Day():
		pattern = "yesterday"
	case age < weekdaysBelow:
		pattern = "%(weekday)s"
	case age < yearlessBelow:
		pattern = "%(month_name)s %(day)s"
	}
	if !o.Shorter {
		pattern += " at %(time)s"
	}
	return pattern
}

func (l *Locale) weekday(t time.Time) string { return l.weekdays[(int(t.Weekday())+6)%7] }

// clock writes the time of day: with twelve hours in American English and in
// simplified Chinese, which has its own words for the halves of the day.
func (l *Locale) clock(t time.Time) string {
	twelve := (t.Hour()+11)%12 + 1
	afternoon := t.Hour() >= 12
	switch l.Code {
	case "en", "en_US":
		return fmt.Sprintf("%d:%02d %s", twelve, t.Minute(), pick(afternoon, "pm", "am"))
	case "zh_CN":
		return fmt.Sprintf("%s%d:%02d", pick(afternoon, "下午", "上午"), twelve, t.Minute())
	}
	return fmt.Sprintf("%d:%02d", t.Hour(), t.Minute())
}

func pick(condition bool, yes, no string) string {
	if condition {
		return yes
	}
	return no
}

// FormatDay writes the day of date, "Monday, January 22" or, if dow is false,
// "January 22". gmtOffset is in minutes west of Greenwich; zero means the location of
// date.
func (l *Locale) FormatDay(date time.Time, gmtOffset int, dow bool) string {
	o := FormatDateOptions{GMTOffset: gmtOffset}
	local := date.In(o.location(date.Location()))
	return Format(l.Translate(pick(dow, "%(weekday)s, %(month_name)s %(day)s", "%(month_name)s %(day)s")), map[string]any{
		"month_name": l.months[local.Month()-1],
		"weekday":    l.weekday(local),
		"day":        strconv.Itoa(local.Day()),
	})
}
