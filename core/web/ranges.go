package web

import (
	"cmp"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
)

// maxRanges is how many ranges one request may ask for. With more the whole file
// is the answer (RFC 9110 section 14.2 allows it), so that nobody is made to serve
// a file octet by octet.
const maxRanges = 16

// A span is a part of a file: the octets from start up to, without, end.
type span struct{ start, end int64 }

func (s span) length() int64 { return s.end - s.start }

// parseRanges reads a Range field. ok is false for what RFC 9110 section 14.2 says
// to ignore: another unit, a malformed range, none, too many.
func parseRanges(field string) (ranges []httputil.ByteRange, ok bool) {
	unit, list, ok := strings.Cut(field, "=")
	if !ok || !httputil.EqualFold(httputil.TrimSpace(unit), "bytes") || strings.Count(list, ",") >= maxRanges {
		return nil, false
	}
	for one := range strings.SplitSeq(list, ",") {
		if one = httputil.TrimSpace(one); one == "" {
			continue // an empty element of a list (RFC 9110 section 5.6.1)
		}
		r, ok := httputil.ParseRequestRange("bytes=" + one)
		if !ok {
			return nil, false
		}
		ranges = append(ranges, r)
	}
	return ranges, len(ranges) > 0
}

// resolveRanges are the parts of a file of that size, in ascending order. Parts
// that overlap or touch become one, so that no octet is sent twice. Ranges with
// nothing in them are left out; if that leaves none the answer is 416.
func resolveRanges(ranges []httputil.ByteRange, size int64) []span {
	var parts []span
	for _, r := range ranges {
		if start, end, ok := r.Resolve(size); ok {
			parts = append(parts, span{start, end})
		}
	}
	slices.SortFunc(parts, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	merged := parts[:0]
	for _, p := range parts {
		if n := len(merged); n > 0 && p.start <= merged[n-1].end {
			merged[n-1].end = max(merged[n-1].end, p.end)
			continue
		}
		merged = append(merged, p)
	}
	return merged
}

// A multipartBody is an answer of several parts (RFC 9110 section 14.6).
type multipartBody struct {
	boundary    string
	contentType string // of the file
	size        int64  // of the file
	parts       []span
}

func newMultipartBody(contentType string, size int64, parts []span) *multipartBody {
	return &multipartBody{rand.Text(), contentType, size, parts}
}

// ContentType is that of the answer.
func (m *multipartBody) ContentType() string { return "multipart/byteranges; boundary=" + m.boundary }

// Head is what precedes a part.
func (m *multipartBody) Head(part span) string {
	return "\r\n--" + m.boundary + "\r\nContent-Type: " + m.contentType +
		"\r\nContent-Range: " + httputil.ContentRange(part.start, part.end, m.size) + "\r\n\r\n"
}

// End is what follows the last part.
func (m *multipartBody) End() string { return "\r\n--" + m.boundary + "--\r\n" }

// Length is that of the whole body.
func (m *multipartBody) Length() int64 {
	n := int64(len(m.End()))
	for _, part := range m.parts {
		n += int64(len(m.Head(part))) + part.length()
	}
	return n
}

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }
