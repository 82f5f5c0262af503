package web

import (
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
)

// chooseCoding chooses the content coding of an answer from those that are there,
// the best first, by an Accept-Encoding field (RFC 9110 section 12.5.3). The empty
// string is no coding at all, which is right for a client that sends no such field
// and, since it beats no answer, for one that accepts nothing that there is.
//
// The highest quality wins; among equals, and against no coding that was not asked
// for, the first of the list. A quality of zero refuses, "*" means every coding
// that is not named, and an element that cannot be read is left out.
func chooseCoding(field string, available []string) string {
	best, bestQuality := "", -1
	identity, others := -1, 0 // qualities, in thousandths; not named
	for _, coding := range available {
		quality, named := 0, false
		quality, named, identity, others = qualityOf(field, coding)
		if !named {
			quality = others
		}
		if quality > 0 && quality > bestQuality {
			best, bestQuality = coding, quality
		}
	}
	if identity > bestQuality {
		return ""
	}
	return best
}

// qualityOf is the quality of a coding in an Accept-Encoding field, in thousandths,
// and those of "identity", -1 if it is not named, and of "*".
func qualityOf(field, coding string) (quality int, named bool, identity, others int) {
	identity = -1
	for element := range strings.SplitSeq(field, ",") {
		name, q, ok := parseElement(element)
		switch {
		case !ok:
		case sameCoding(name, coding):
			quality, named = max(quality, q), true
		case httputil.EqualFold(name, "identity"):
			identity = q
		case name == "*":
			others = q
		}
	}
	return quality, named, identity, others
}

// sameCoding reports whether a name in a field is that of a coding (RFC 9110
// section 8.4.1.3: x-gzip is gzip).
func sameCoding(name, coding string) bool {
	return httputil.EqualFold(name, coding) || coding == "gzip" && httputil.EqualFold(name, "x-gzip")
}

// parseElement reads "gzip" or "gzip;q=0.5".
func parseElement(element string) (name string, quality int, ok bool) {
	name, parameter, weighted := strings.Cut(element, ";")
	name = httputil.TrimSpace(name)
	if !httputil.ValidToken(name) {
		return "", 0, false
	}
	if !weighted {
		return name, 1000, true
	}
	key, value, _ := strings.Cut(parameter, "=")
	if !httputil.EqualFold(httputil.TrimSpace(key), "q") {
		return "", 0, false
	}
	quality, ok = parseQuality(httputil.TrimSpace(value))
	return name, quality, ok
}

// parseQuality reads a quality of RFC 9110 section 12.4.2, in thousandths.
func parseQuality(text string) (thousandths int, ok bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	if whole != "0" && whole != "1" || len(fraction) > 3 {
		return 0, false
	}
	fraction += "000"[len(fraction):]
	n, err := httputil.ParseInt(fraction)
	if err != nil || whole == "1" && n != 0 {
		return 0, false
	}
	if whole == "1" {
		return 1000, true
	}
	return int(n), true
}
