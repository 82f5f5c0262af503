package httputil

import "time"

const (
	dayNames   = "SunMonTueWedThuFriSat"
	monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"
)

// FormatTimestamp writes a time as HTTP wants it, RFC 9110 section 5.6.7:
// "Sun, 06 Nov 1994 08:49:37 GMT".
func FormatTimestamp(t time.Time) string { return string(AppendTimestamp(nil, t)) }

// AppendTimestamp appends what FormatTimestamp returns.
func AppendTimestamp(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	weekday := int(t.Weekday()) * 3
	dst = append(dst, dayNames[weekday:weekday+3]...)
	dst = append(dst, ", "...)
	dst = append2(dst, day)
	dst = append(dst, ' ')
	m := (int(month) - 1) * 3
	dst = append(dst, monthNames[m:m+3]...)
	dst = append(dst, ' ')
	dst = append2(append2(dst, year/100%100), year%100)
	dst = append(dst, ' ')
	dst = append2(dst, hour)
	dst = append(dst, ':')
	dst = append2(dst, minute)
	dst = append(dst, ':')
	dst = append2(dst, second)
	return append(dst, " GMT"...)
}

func append2(dst []byte, n int) []byte {
	return append(dst, byte('0'+n/10), byte('0'+n%10))
}

// ParseTimestamp reads the three forms of RFC 9110 section 5.6.7: the one that
// FormatTimestamp writes and the two obsolete ones.
func ParseTimestamp(s string) (time.Time, error) {
	const imfFixdate = "Mon, 02 Jan 2006 15:04:05 GMT"
	for _, layout := range [...]string{imfFixdate, "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, Malformed("invalid date %q", excerpt(s))
}
