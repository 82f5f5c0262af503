package template

import (
	"fmt"
	"strings"
	"time"
)

// strftimeLayouts are the directives of strftime that Go writes the same way.
var strftimeLayouts = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM", 'A': "Monday",
	'a': "Mon", 'B': "January", 'b': "Jan", 'h': "Jan", 'Z': "MST", 'z': "-0700", 'j': "002", 'F': "2006-01-02", 'T': "15:04:05",
	'c': "Mon Jan _2 15:04:05 2006", 'x': "01/02/06", 'X': "15:04:05", 'e': "_2", 'D': "01/02/06", 'R': "15:04", 'r': "03:04:05 PM",
	'f': "000000",
}

// strftime writes v, which is a time, as format says.
func (f *frame) strftime(v any, format string) string {
	f.chargeBytes(f.at, 16*len(format))
	t, _ := asTime(v)
	var b []byte
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b = append(b, format[i])
			continue
		}
		i++
		if (format[i] == 'Z' || format[i] == 'z') && isNaive(v) {
			continue
		}
		if format[i] == '-' && i+1 < len(format) { // without padding
			i++
			text := strings.TrimLeft(string(appendDirective(nil, t, format[i])), "0 ")
			if text == "" {
				text = "0"
			}
			b = append(b, text...)
			continue
		}
		b = appendDirective(b, t, format[i])
	}
	return string(b)
}

func appendDirective(b []byte, t time.Time, directive byte) []byte {
	switch directive {
	case 'f':
		return appendPadded(b, t.Nanosecond()/1000, 6)
	case 's':
		return appendPadded(b, int(t.Unix()), 0)
	case 'w':
		return appendPadded(b, int(t.Weekday()), 0)
	case 'u':
		return appendPadded(b, (int(t.Weekday())+6)%7+1, 0)
	case 'k':
		return fmt.Appendf(b, "%2d", t.Hour())
	case 'l':
		return fmt.Appendf(b, "%2d", (t.Hour()+11)%12+1)
	case 'P':
		return append(b, strings.ToLower(t.Format("PM"))...)
	case 'C':
		return appendPadded(b, t.Year()/100, 2)
	case 'U': // weeks that begin with Sunday
		return appendPadded(b, (t.YearDay()+6-int(t.Weekday()))/7, 2)
	case 'W': // with Monday
		return appendPadded(b, (t.YearDay()+6-(int(t.Weekday())+6)%7)/7, 2)
	case 'V', 'G':
		year, week := t.ISOWeek()
		if directive == 'G' {
			return appendPadded(b, year, 4)
		}
		return appendPadded(b, week, 2)
	case '%', 'n', 't':
		return append(b, map[byte]byte{'%': '%', 'n': '\n', 't': '\t'}[directive])
	}
	if layout := strftimeLayouts[directive]; layout != "" {
		return t.AppendFormat(b, layout)
	}
	return append(b, '%', directive)
}

// appendPadded writes n with zeros in front.
func appendPadded(b []byte, n, width int) []byte {
	text := string(appendText(nil, n))
	for i := len(text); i < width; i++ {
		b = append(b, '0')
	}
	return append(b, text...)
}

// strptime reads text as strftime would have written it.
func (c *call) strptime(text, format string) time.Time {
	var layout strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] == '%' && i+1 < len(format) {
			i++
			if format[i] != '%' {
				layout.WriteString(strftimeLayouts[format[i]])
				continue
			}
		}
		layout.WriteByte(format[i])
	}
	t, err := time.Parse(layout.String(), text)
	if err != nil {
		c.raise(c.at, "ValueError", "time data %s does not match format %s", quoted(text), quoted(format))
	}
	return t
}
