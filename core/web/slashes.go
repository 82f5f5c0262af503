package web

import "strings"

// A slashRule says whether the canonical paths of a route end with a slash.
type slashRule uint8

const (
	anySlash slashRule = iota
	withSlash
	withoutSlash
)

// AddSlash sends GET and HEAD requests for a path without a slash at its end to
// the same with one, by a status of 301. Other verbs are answered 404 there. The
// pattern must match both: `/stories/?`.
func AddSlash() RouteOption {
	return func(r *Route) { r.slash = withSlash }
}

// RemoveSlash is AddSlash the other way round: it takes all slashes from the end
// of a path, but for "/" itself. The pattern must match both: `/stories/*`.
func RemoveSlash() RouteOption {
	return func(r *Route) { r.slash = withoutSlash }
}

// redirectSlash sends the client to the canonical path of the route if that is
// another. What is redirected begins with one slash alone: a browser takes
// "//host/" for another server.
func (h *RequestHandler) redirectSlash() error {
	path := h.Request.Path
	switch {
	case h.route.slash == withSlash && !strings.HasSuffix(path, "/"):
		path += "/"
	case h.route.slash == withoutSlash && path != "/" && strings.HasSuffix(path, "/"):
		path = strings.TrimRight(path, "/")
	default:
		return nil
	}
	if m := h.Request.Method; m != "GET" && m != "HEAD" {
		return HTTPError{StatusCode: 404}
	}
	path = singleSlash(path)
	if h.Request.Query != "" {
		path += "?" + h.Request.Query
	}
	h.Redirect(path, true)
	return Finish
}
