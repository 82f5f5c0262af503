package web

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"strings"
)

// SetEtagHeader sets the Etag field to that of what has been written so far: what
// the handler's ComputeEtag says, or a hash of the bytes, in which a token against
// cross-site requests counts without its mask. After the headers were sent it does
// nothing.
//
// It is called by itself when an answer to GET or HEAD of status 200, which has no
// Etag yet, is finished without a Flush before. A client that has the page already
// is answered 304 then, without a body. Settings.NoEtag leaves that out.
func (h *RequestHandler) SetEtagHeader() {
	if h.wroteHeaders {
		return
	}
	if etag := h.computeEtag(); etag != "" {
		check(h.headers.Set("Etag", etag))
	}
}

func (h *RequestHandler) computeEtag() string {
	if h.route.overrides&hasComputeEtag != 0 {
		return h.self.(EtagComputer).ComputeEtag()
	}
	written := h.written()
	if h.xsrfText != "" {
		// The mask is another each time; the page that the client has is as good.
		written = bytes.ReplaceAll(written, []byte(h.xsrfText), h.rawXSRFToken().value)
	}
	sum := sha1.Sum(written) // a fingerprint, and no secret
	var quoted [2 + 2*sha1.Size]byte
	hex.Encode(quoted[1:], sum[:])
	quoted[0], quoted[len(quoted)-1] = '"', '"'
	return string(quoted[:])
}

// CheckEtagHeader reports whether the client has what the Etag field of the answer
// stands for: whether it is in the request's If-None-Match, compared weakly (RFC
// 9110 section 13.1.2).
func (h *RequestHandler) CheckEtagHeader() bool {
	etag := h.headers.Get("Etag")
	if etag == "" {
		return false
	}
	wanted := h.request.Headers.Get("If-None-Match")
	return wanted != "" && etagMatches(wanted, etag)
}

// useEtag makes a 304 of a finished answer that the client has already.
func (h *RequestHandler) useEtag() {
	if h.status != 200 || h.request.Method != "GET" && h.request.Method != "HEAD" {
		return
	}
	if !h.app.settings.NoEtag && !h.headers.Has("Etag") {
		h.SetEtagHeader()
	}
	if h.CheckEtagHeader() {
		h.status, h.reason = 304, ""
		if h.out != nil {
			h.out.bytes = h.out.bytes[:0]
		}
	}
}

// etagMatches compares an If-None-Match field with an entity tag, weakly: what
// stands between quotes counts. A field that is no list of entity tags matches
// nothing but what can be read as some.
func etagMatches(field, etag string) bool {
	if strings.HasPrefix(field, "*") {
		return true
	}
	etag = strings.TrimPrefix(etag, "W/")
	for {
		_, after, found := strings.Cut(field, `"`)
		tag, rest, closed := strings.Cut(after, `"`)
		if !found || !closed {
			return false
		}
		if len(etag) == len(tag)+2 && etag[1:len(etag)-1] == tag && etag[0] == '"' {
			return true
		}
		field = rest
	}
}
