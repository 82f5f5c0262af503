package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
)

// CORSOptions say which other sites' scripts may send requests to a route and read
// the answers (the CORS protocol of the Fetch standard). They protect nobody from
// requests that are sent without reading the answer; that is what XSRFCookies is
// for.
type CORSOptions struct {
	// Origins are the sites, each exactly as browsers write it: "https://example.com",
	// with the port if it is not the usual one. "*" means all.
	Origins []string

	// AllowOrigin is asked about an origin that is not among Origins. It runs on the
	// loop, or where an error page is written, and must not wait.
	AllowOrigin func(origin string) bool

	// Credentials lets browsers send cookies along, and so whoever is logged in act
	// through the other site. With "*" it is a mistake.
	Credentials bool

	// Methods are the verbs that may be used; empty means those for which the
	// handler has a method.
	Methods []string

	// Headers are fields that requests may have besides those that any site may send;
	// "Content-Type" must be among them for JSON. "*" means all.
	Headers []string

	// ExposeHeaders are fields of the answer that scripts may read besides the usual
	// ones.
	ExposeHeaders []string

	// MaxAge is how long a browser may remember what it is told. Zero leaves that to
	// the browser: five seconds.
	MaxAge time.Duration
}

// CORS is a route option: it lets scripts of other sites use the route. What a
// browser asks before it sends a request (an OPTIONS with an Origin and an
// Access-Control-Request-Method) is answered before anything of the handler is
// called but Initialize; it comes without cookies, so that no login could be
// checked. Error pages have the fields too, so that scripts can tell what went
// wrong. For all routes: Settings.RouteOptions.
func CORS(options CORSOptions) RouteOption {
	return func(r *Route) { r.cors = &options }
}

// A corsPolicy is CORSOptions as they are needed for each answer.
type corsPolicy struct {
	CORSOptions
	anyOrigin, anyHeader      bool
	methods, headers, exposed string
	maxAge                    string
}

// buildCORS checks the option CORS of a route; nil if there is none.
func (e *ConfigError) buildCORS(r Route, built *route) *corsPolicy {
	if r.cors == nil {
		return nil
	}
	p := &corsPolicy{CORSOptions: *r.cors, methods: strings.Join(r.cors.Methods, ", "),
		headers: strings.Join(r.cors.Headers, ", "), exposed: strings.Join(r.cors.ExposeHeaders, ", ")}
	for _, origin := range p.Origins {
		if p.anyOrigin = p.anyOrigin || origin == "*"; origin != "*" && !isOrigin(origin) {
			e.add(r.where, `web.CORS: %q is no origin; write it as browsers do, such as "https://example.com"`, origin)
		}
	}
	for _, name := range append(append(append([]string(nil), p.Methods...), p.Headers...), p.ExposeHeaders...) {
		if !httputil.ValidToken(name) {
			e.add(r.where, "web.CORS: %q is no name of a verb or a field", name)
		}
	}
	for _, name := range p.Headers {
		p.anyHeader = p.anyHeader || name == "*"
	}
	switch {
	case len(p.Origins) == 0 && p.AllowOrigin == nil:
		e.add(r.where, "web.CORS allows nobody: it needs Origins")
	case p.anyOrigin && p.Credentials:
		e.add(r.where, `web.CORS: Credentials for all sites ("*") would let any site act for whoever is logged in; list the Origins`)
	}
	if p.methods == "" {
		p.methods = built.allow
	}
	if p.MaxAge > 0 {
		p.maxAge = strconv.Itoa(int(p.MaxAge / time.Second))
	}
	return p
}

// isOrigin reports whether s is an origin as browsers serialise one. "null" is
// none: every page in a sandbox has it.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && u.Host != "" && u.Scheme+"://"+u.Host == s && strings.ToLower(s) == s
}

// allows reports whether an origin may read answers.
func (p *corsPolicy) allows(origin string) bool {
	if p.anyOrigin {
		return true
	}
	for _, one := range p.Origins {
		if one == origin {
			return true
		}
	}
	return p.AllowOrigin != nil && p.AllowOrigin(origin)
}

// allowOrigin gives the answer the fields that let the asking site read it.
func (h *RequestHandler) allowOrigin() {
	p := h.route.cors
	if !p.anyOrigin {
		h.addVary("Origin") // also when there is none: caches must not mix them up
	}
	origin := h.Request.Headers.Get("Origin")
	if origin == "" || !p.allows(origin) {
		return
	}
	if p.anyOrigin {
		origin = "*"
	}
	h.SetHeader("Access-Control-Allow-Origin", origin)
	if p.Credentials {
		h.SetHeader("Access-Control-Allow-Credentials", "true")
	}
	if p.exposed != "" {
		h.SetHeader("Access-Control-Expose-Headers", p.exposed)
	}
}

// isPreflight reports whether a browser asks for permission.
func isPreflight(r *httputil.HTTPServerRequest) bool {
	return r.Method == "OPTIONS" && r.Headers.Has("Origin") && r.Headers.Has("Access-Control-Request-Method")
}

// answerPreflight says what may be sent. A site that is not allowed is told
// nothing, which is a no.
func (h *RequestHandler) answerPreflight() error {
	p := h.route.cors
	h.SetStatus(204)
	h.SetHeader("Allow", h.route.allow)
	h.addVary("Access-Control-Request-Method")
	h.addVary("Access-Control-Request-Headers")
	h.ClearHeader("Access-Control-Expose-Headers") // for answers to the request itself
	if !p.allows(h.Request.Headers.Get("Origin")) {
		return Finish
	}
	h.SetHeader("Access-Control-Allow-Methods", p.methods)
	headers := p.headers
	if p.anyHeader {
		// "*" itself would not do: with credentials it is a field of that name.
		headers = h.Request.Headers.Get("Access-Control-Request-Headers")
	}
	if headers != "" {
		h.SetHeader("Access-Control-Allow-Headers", headers)
	}
	if p.maxAge != "" {
		h.SetHeader("Access-Control-Max-Age", p.maxAge)
	}
	return Finish
}
