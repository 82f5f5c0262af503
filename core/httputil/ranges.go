package httputil

import (
	"math"
	"strconv"
	"strings"
)

// A ByteRange is one range of a Range field, before the size of the resource is
// known.
type ByteRange struct {
	Start int64 // negative: so many of the last octets, and End has no meaning
	End   int64 // first octet that is not wanted; negative: up to the end
}

// ParseRequestRange reads a Range field. ok is false for what RFC 9110 section
// 14.2 says to ignore: another unit, several ranges, a malformed one, none. The
// numbers are digits only; one too large counts as the largest.
func ParseRequestRange(field string) (r ByteRange, ok bool) {
	unit, spec, _ := strings.Cut(TrimSpace(field), "=")
	first, last, ok := strings.Cut(TrimSpace(spec), "-")
	if !ok || !EqualFold(unit, "bytes") || !allOf(isDigit, first) || !allOf(isDigit, last) || first == "" && last == "" {
		return ByteRange{}, false
	}
	n := saturatingInt(last)
	switch {
	case first == "" && n == 0:
		return ByteRange{0, 0}, true // none of the last octets: cannot be satisfied
	case first == "":
		return ByteRange{-n, -1}, true
	case last == "":
		return ByteRange{saturatingInt(first), -1}, true
	case n < saturatingInt(first):
		return ByteRange{}, false
	}
	return ByteRange{saturatingInt(first), n + 1}, true
}

func saturatingInt(digits string) int64 {
	n, err := ParseInt(digits)
	if err != nil && digits != "" || n == math.MaxInt64 {
		return math.MaxInt64 - 1
	}
	return n
}

// Resolve turns r into offsets of a resource of size octets, start <= offset <
// end. ok is false if there is nothing of the range in it: the answer is 416.
func (r ByteRange) Resolve(size int64) (start, end int64, ok bool) {
	start, end = r.Start, r.End
	if start < 0 {
		start, end = max(size+start, 0), size
	}
	if end < 0 || end > size {
		end = size
	}
	return start, end, start < end
}

// ContentRange is the value of a Content-Range field for the octets from start up
// to, without, end; if there are none, that of an answer 416.
func ContentRange(start, end, size int64) string {
	if start >= end {
		return "bytes */" + strconv.FormatInt(size, 10)
	}
	return "bytes " + strconv.FormatInt(start, 10) + "-" + strconv.FormatInt(end-1, 10) + "/" + strconv.FormatInt(size, 10)
}
