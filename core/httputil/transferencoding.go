package httputil

import "strings"

// IsTransferEncodingChunked reports whether the body of a message is chunked. It
// fails with an HTTPInputError for every Transfer-Encoding but "chunked" alone:
// of status 501 if there is another coding below it, of 400 if the body's end is
// not known by chunks, or the field is malformed or beside a Content-Length.
// Readers that disagree here take the body of one request for the next request.
func IsTransferEncodingChunked(h *HTTPHeaders) (bool, error) {
	if !h.Has("Transfer-Encoding") {
		return false, nil
	}
	if h.Has("Content-Length") {
		return false, Malformed("both Transfer-Encoding and Content-Length")
	}
	return true, CheckTransferEncoding(h.Get("Transfer-Encoding"))
}

// CheckTransferEncoding returns nil if value is "chunked", in any case, and else
// the error that IsTransferEncodingChunked describes.
func CheckTransferEncoding(value string) error {
	value = TrimSpace(value)
	if EqualFold(value, "chunked") {
		return nil
	}
	for rest, more := value, true; more; {
		var coding string
		coding, rest, more = strings.Cut(rest, ",")
		coding = TrimSpace(coding)
		// RFC 9112 section 6.3: what does not end in chunked is a 400, since nobody
		// knows where it ends.
		if !ValidToken(coding) || EqualFold(coding, "chunked") == more {
			return Malformed("malformed Transfer-Encoding %q", excerpt(value))
		}
	}
	return &HTTPInputError{StatusCode: 501, Message: "unsupported Transfer-Encoding " + excerpt(value)}
}
