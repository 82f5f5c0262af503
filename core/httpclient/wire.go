package httpclient

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
)

const formType = "application/x-www-form-urlencoded"

// wireHeaders are the fields that are sent. It fails if a part of them is not
// allowed in a field.
func (h *hop) wireHeaders() (fields httputil.HTTPHeaders, err error) {
	set := func(name, value string) {
		if failed := fields.Add(name, value); failed != nil && err == nil {
			err = failed
		}
	}
	if !h.headers.Has("Host") {
		set("Host", h.host) // first, RFC 9110 section 7.2
	}
	for name, value := range h.headers.All() {
		if name != "Content-Length" {
			set(name, value)
		}
	}
	if !h.headers.Has("User-Agent") {
		set("User-Agent", h.request.userAgent())
	}
	if h.decoders != nil && !h.headers.Has("Accept-Encoding") {
		set("Accept-Encoding", acceptEncoding(h.decoders))
	}
	if t := h.request.IfModifiedSince; !t.IsZero() && !h.headers.Has("If-Modified-Since") {
		set("If-Modified-Since", httputil.FormatTimestamp(t))
	}
	h.addBodyFields(set)
	h.addCredentials(set)
	return fields, err
}

func (h *hop) addBodyFields(set func(name, value string)) {
	r := h.request
	if !h.hasBody {
		// A server may wait for a length where a body is usual, RFC 9110 section 8.6.
		if takesBody(h.method) {
			set("Content-Length", "0")
		}
		return
	}
	if h.method == "POST" && !h.headers.Has("Content-Type") {
		set("Content-Type", formType)
	}
	switch {
	case r.BodyProducer == nil:
		set("Content-Length", strconv.Itoa(len(r.Body)))
	case h.headers.Has("Content-Length"):
		set("Content-Length", h.headers.Get("Content-Length"))
	default:
		set("Transfer-Encoding", "chunked")
	}
	if r.ExpectContinue && !h.unexpecting && !h.headers.Has("Expect") {
		set("Expect", "100-continue")
	}
}

func (h *hop) addCredentials(set func(name, value string)) {
	switch {
	case h.authorization != "":
		set("Authorization", h.authorization)
	case h.username != "" && h.request.AuthMode != Digest && !h.headers.Has("Authorization"):
		set("Authorization", basic(h.username, h.password))
	}
	if p := h.route.proxy; h.route.forward && p.Username != "" {
		set("Proxy-Authorization", basic(p.Username, p.Password))
	}
}

// acceptEncoding names the codings that can be taken off, those that everybody
// knows first.
func acceptEncoding[D any](decoders map[string]D) string {
	names := []string{"gzip", "deflate"}
	var others []string
	for name := range decoders {
		if name != "x-gzip" && !slices.Contains(names, name) {
			others = append(others, name)
		}
	}
	if others == nil {
		return "gzip, deflate"
	}
	slices.Sort(others)
	return strings.Join(append(names, others...), ", ")
}
