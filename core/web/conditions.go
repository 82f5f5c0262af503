package web

import (
	"strings"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
)

// validators are what tells one state of a file from another.
type validators struct {
	etag     string    // empty if there is none
	modified time.Time // zero if it is not known
}

// decide says what to answer to a request for the file: 412, 304, 416, 206 with the
// parts that are wanted, or 200. The order is that of RFC 9110 section 13.2.2.
func (v *validators) decide(headers *httputil.HTTPHeaders, size int64) (status int, parts []span) {
	if headers.Has("If-Match") {
		if !v.isStrongly(headers.Get("If-Match")) {
			return 412, nil
		}
	} else if since, ok := timeOf(headers.Get("If-Unmodified-Since")); ok && v.changedSince(since) {
		return 412, nil
	}
	if headers.Has("If-None-Match") {
		if etagMatches(headers.Get("If-None-Match"), v.etag) {
			return 304, nil
		}
	} else if since, ok := timeOf(headers.Get("If-Modified-Since")); ok && !v.modified.IsZero() && !v.changedSince(since) {
		return 304, nil
	}
	if !headers.Has("Range") {
		return 200, nil
	}
	ranges, ok := parseRanges(headers.Get("Range"))
	if !ok || !v.isTheSame(headers.Get("If-Range")) {
		return 200, nil
	}
	parts = resolveRanges(ranges, size)
	switch {
	case len(parts) == 0:
		return 416, nil
	case parts[0] == span{0, size}:
		return 200, nil
	}
	return 206, parts
}

// timeOf reads the time of a condition. Most requests have none, and should not pay
// for finding out that it is not a date.
func timeOf(field string) (t time.Time, ok bool) {
	if field == "" {
		return t, false
	}
	t, err := httputil.ParseTimestamp(field)
	return t, err == nil
}

// changedSince reports whether the file was changed after a time, to the second.
func (v *validators) changedSince(t time.Time) bool {
	return v.modified.Truncate(time.Second).After(t)
}

// isTheSame reports whether a client's part is of the file as it is now (RFC 9110
// section 13.1.5). A weak entity tag is none to build on.
func (v *validators) isTheSame(ifRange string) bool {
	if ifRange == "" || ifRange == v.etag && v.etag[0] == '"' {
		return true
	}
	t, err := httputil.ParseTimestamp(ifRange)
	return err == nil && !v.modified.IsZero() && t.Equal(v.modified.Truncate(time.Second))
}

// isStrongly reports whether the file's entity tag is in an If-Match field, compared
// strongly (RFC 9110 section 13.1.1).
func (v *validators) isStrongly(field string) bool {
	if field = httputil.TrimSpace(field); field == "*" {
		return true
	}
	for field != "" && v.etag != "" && v.etag[0] == '"' {
		before, after, found := strings.Cut(field, `"`)
		tag, rest, closed := strings.Cut(after, `"`)
		if !found || !closed {
			return false
		}
		if tag == v.etag[1:len(v.etag)-1] && !strings.HasSuffix(before, "W/") {
			return true
		}
		field = rest
	}
	return false
}
