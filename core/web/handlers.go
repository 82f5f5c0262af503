package web

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
)

// An ErrorHandler answers every request with the page of one status. It is what
// answers paths that no route matches.
type ErrorHandler struct {
	RequestHandler
	StatusCode int // zero means 404
}

// Prepare ends the request.
func (h *ErrorHandler) Prepare() error {
	if h.StatusCode == 0 {
		return HTTPError{StatusCode: 404}
	}
	return HTTPError{StatusCode: h.StatusCode}
}

// A RedirectHandler sends GET and HEAD elsewhere; make its route with Redirect.
type RedirectHandler struct {
	RequestHandler
	URL       string // where "{0}", "{1}" or "{name}" stand for the pattern's groups
	Temporary bool   // 302 in place of 301
}

// Redirect is a route that sends clients from the paths that match pattern to
// url, with status 301. "{0}" in url stands for the first group, and so on, "{id}"
// for the group of that name; the arguments of the query are kept.
func Redirect(pattern, url string, options ...RouteOption) Route {
	route := URL[RedirectHandler](pattern, append(options, Init(func(h *RedirectHandler) { h.URL = url }))...)
	route.where = caller()
	return route
}

// Prepare sends the client on. It stands in the place of Get, since the number of
// groups is the pattern's to say.
func (h *RedirectHandler) Prepare() error {
	if m := h.Request.Method; m != "GET" && m != "HEAD" {
		h.SetHeader("Allow", "GET, HEAD")
		return HTTPError{StatusCode: 405}
	}
	target := h.URL
	names := h.route.pattern.Names()
	for i, value := range h.PathArgs() {
		escaped := (&url.URL{Path: "/" + value}).EscapedPath()[1:]
		target = strings.ReplaceAll(target, fmt.Sprintf("{%d}", i), escaped)
		if names[i] != "" {
			target = strings.ReplaceAll(target, "{"+names[i]+"}", escaped)
		}
	}
	if strings.HasPrefix(h.URL, "/") {
		target = singleSlash(target)
	}
	target = withQuery(target, h.Request.Query)
	h.Redirect(target, !h.Temporary)
	return nil
}

// withQuery adds a query to a URL, before its fragment.
func withQuery(target, query string) string {
	if query == "" {
		return target
	}
	target, fragment, hasFragment := strings.Cut(target, "#")
	separator := "?"
	if strings.Contains(target, "?") {
		separator = "&"
	}
	target += separator + query
	if hasFragment {
		target += "#" + fragment
	}
	return target
}

// singleSlash makes one of the slashes (of either kind, as browsers take them) at
// the beginning of a path: "//host" would be another server.
func singleSlash(path string) string {
	return "/" + strings.TrimLeft(path, `/\`)
}

// forbiddenHost answers requests for hosts that the development supervisor does
// not know: a hostile page can let its own name point here.
type forbiddenHost struct{ RequestHandler }

// Prepare ends the request.
func (h *forbiddenHost) Prepare() {
	h.SetStatus(403)
	h.SetHeader("Content-Type", textContentType)
	name := h.Request.HostName()
	if !httputil.ValidHost(name) {
		name = "NAME"
	}
	h.Finish(fmt.Sprintf("The host %q is not allowed in development.\nIf it is yours, start tornado-dev with --allow-host %s\n", name, name))
}
