package httpclient

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/tornado-dev/tornado/core/httputil"
)

func isRedirect(code int) bool {
	switch code {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// secretFields are not sent to an origin for which they were not meant.
var secretFields = []string{"Authorization", "Cookie", "Cookie2", "Proxy-Authorization", "Host"}

// bodyFields describe a body, and go with it.
var bodyFields = []string{"Content-Length", "Content-Type", "Content-Encoding", "Content-Language", "Content-Location", "Content-Range"}

var errLocations = errors.New("redirect: there are two Location fields that differ")

// location is where an answer leads that has at least one Location.
func location(headers *httputil.HTTPHeaders) (string, error) {
	list := headers.GetList("Location")
	for _, other := range list[1:] {
		if other != list[0] {
			return "", errLocations // others might go to the other one
		}
	}
	return list[0], nil
}

// redirected is the hop to where an answer of status code leads.
//
// As in Tornado 303 makes a GET of everything but HEAD, 301 and 302 make one of a
// POST, and everything else is repeated as it was. Once the scheme, the host or the
// port has changed, Authorization, Cookie, the name and the password, and the
// client's certificate are gone, also on the way back. Credentials in location are
// not used.
func (h hop) redirected(code int, location string) (hop, error) {
	to, err := url.Parse(location)
	if err != nil {
		return h, fmt.Errorf("redirect: %w", withoutURL(err))
	}
	from := h.origin
	to = h.url.ResolveReference(to)
	if to.Fragment == "" { // RFC 9110 section 10.2.2
		to.Fragment, to.RawFragment = h.url.Fragment, h.url.RawFragment
	}
	h.headers = h.headers.Clone()
	if err := h.setURL(to); err != nil {
		return h, fmt.Errorf("redirect: %w", err)
	}
	if code == 303 && h.method != "HEAD" || h.method == "POST" && (code == 301 || code == 302) {
		h.method, h.hasBody = "GET", false
		h.drop(bodyFields)
	}
	h.authorization = "" // an answer to a challenge is for one target
	h.headers.Del("Host")
	if h.origin != from {
		h.foreign = true
		h.username, h.password = "", ""
		h.drop(secretFields)
	}
	return h, nil
}

func (h *hop) drop(names []string) {
	for _, name := range names {
		h.headers.Del(name)
	}
}
