package httputil

import (
	"strconv"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
)

// An HTTPServerRequest is a request as a handler sees it. It belongs to whoever
// owns the handler at the moment.
//
// Whoever makes one fills in the fields, or lets Init do it; there is nothing
// behind them but what the methods keep. Arguments, cookies and files are read
// from Query, Headers and Body when they are first asked for.
type HTTPServerRequest struct {
	Method  string
	URI     string // as sent
	Path    string // of URI, still percent-encoded; see SetURI
	Query   string // of URI, without the question mark
	Version string // "HTTP/1.1"
	Headers HTTPHeaders

	// Body is the whole body, when it has been read. A handler that receives the
	// body in pieces finds it empty.
	Body []byte

	RemoteIP string
	Protocol string // "http" or "https"

	// Host is the Host field, or the authority of an absolute URI, which wins
	// (RFC 9112 section 3.2.2); NoHost if a request of HTTP/1.0 has neither.
	Host string

	Started time.Time     // when the head had been read
	Took    time.Duration // from then until the answer was finished; zero before

	Connection HTTPConnection // where the answer goes

	// Trace is what listeners are told of the request: nil while nobody listens, and
	// again when the answer is finished. TraceID, its ID, stays.
	Trace   *trace.Request
	TraceID uint64

	parsed *parsedRequest // made by the first method that needs it
}

// parsedRequest is what has been made of a request's octets.
type parsedRequest struct {
	query, body, all map[string][]string
	files            map[string][]HTTPFile
	cookies          map[string]string
	bodyParsed       bool
	bodyErr          error
	trailers         HTTPHeaders
}

// Init fills in a request from its start line and fields, as a server does. It
// fails with an HTTPInputError if there is no Host although the version is 1.1,
// more than one, or a bad one.
func (r *HTTPServerRequest) Init(line RequestStartLine, headers HTTPHeaders) error {
	*r = HTTPServerRequest{Method: line.Method, Version: line.Version, Headers: headers, Protocol: "http", Started: time.Now()}
	hosts := headers.GetList("Host")
	switch {
	case len(hosts) > 1:
		return Malformed("%d Host fields", len(hosts))
	case len(hosts) == 0 && line.Version == "HTTP/1.1":
		return Malformed("no Host field")
	case len(hosts) == 0:
		r.Host = NoHost
	default:
		r.Host = hosts[0]
	}
	r.SetURI(line.Path)
	if !ValidHost(r.Host) {
		return Malformed("invalid Host %q", excerpt(r.Host))
	}
	return nil
}

// NoHost is the host of a request that names none, which only HTTP/1.0 allows.
const NoHost = "127.0.0.1"

// SetURI sets URI, Path and Query from a request target. Of an absolute one
// ("http://example.com/a?b") Host is set too, and Path begins after the
// authority.
func (r *HTTPServerRequest) SetURI(target string) {
	r.URI = target
	if target == "" || target[0] != '/' {
		if authority, rest, ok := CutAuthority(target); ok {
			r.Host, target = authority, rest
		}
	}
	r.Path, r.Query = splitQuery(target)
}

// CutAuthority splits an absolute HTTP URI into its authority and what follows
// it, which is at least "/" then. ok is false for all other targets.
func CutAuthority(target string) (authority, rest string, ok bool) {
	scheme, rest, ok := strings.Cut(target, "://")
	if !ok || !EqualFold(scheme, "http") && !EqualFold(scheme, "https") {
		return "", target, false
	}
	end := strings.IndexAny(rest, "/?")
	switch {
	case end < 0:
		return rest, "/", true
	case rest[end] == '?':
		return rest[:end], "/" + rest[end:], true
	}
	return rest[:end], rest[end:], true
}

func splitQuery(target string) (path, query string) {
	if i := strings.IndexByte(target, '?'); i >= 0 {
		return target[:i], target[i+1:]
	}
	return target, ""
}

// HostName is Host in small letters and without its port.
func (r *HTTPServerRequest) HostName() string {
	name, _ := SplitHostAndPort(strings.ToLower(r.Host))
	return name
}

// FullURL is the address the client asked for.
func (r *HTTPServerRequest) FullURL() string {
	if r.URI == "" || r.URI[0] != '/' {
		if _, rest, ok := CutAuthority(r.URI); ok {
			return r.Protocol + "://" + r.Host + rest
		}
	}
	return r.Protocol + "://" + r.Host + r.URI
}

// RequestTime is how long the request took, or has taken so far.
func (r *HTTPServerRequest) RequestTime() time.Duration {
	if r.Took != 0 {
		return r.Took
	}
	return time.Since(r.Started)
}

// String tells who asked for what. Fields and body stay out of it, since it ends
// up in logs.
func (r *HTTPServerRequest) String() string {
	var b strings.Builder
	b.WriteString("HTTPServerRequest(")
	for i, part := range [...][2]string{{"protocol", r.Protocol}, {"host", r.Host}, {"method", r.Method},
		{"uri", r.URI}, {"version", r.Version}, {"remote_ip", r.RemoteIP}} {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(part[0] + "=" + strconv.Quote(part[1]))
	}
	b.WriteByte(')')
	return b.String()
}

// Arguments are those of the query and then those of the body, by name. The maps
// and lists of this and the next two belong to the request; values are as sent,
// percent-decoded and nothing else, and need not be UTF-8.
func (r *HTTPServerRequest) Arguments() map[string][]string {
	p := r.lazy()
	if p.all == nil {
		query, body := r.QueryArguments(), r.BodyArguments()
		if len(body) == 0 {
			p.all = query
			return query
		}
		p.all = make(map[string][]string, len(query)+len(body))
		for name, values := range query {
			p.all[name] = append([]string(nil), values...)
		}
		for name, values := range body {
			p.all[name] = append(p.all[name], values...)
		}
	}
	return p.all
}

// QueryArguments are the arguments of the query.
func (r *HTTPServerRequest) QueryArguments() map[string][]string {
	p := r.lazy()
	if p.query == nil {
		p.query = ParseQSBytes(r.Query)
	}
	return p.query
}

// BodyArguments are the arguments of a form in the body; none if the body could
// not be parsed, which ParseBody tells.
func (r *HTTPServerRequest) BodyArguments() map[string][]string {
	_ = r.ParseBody() // who wants to know asks ParseBody, which remembers
	return r.parsed.body
}

// Files are the uploaded files, by the name of the form's field.
func (r *HTTPServerRequest) Files() map[string][]HTTPFile {
	_ = r.ParseBody()
	return r.parsed.files
}

// Cookies are the cookies that the client sent, those whose name is a token; of
// several with one name the last counts.
func (r *HTTPServerRequest) Cookies() map[string]string {
	p := r.lazy()
	if p.cookies == nil {
		p.cookies = map[string]string{}
		for _, value := range r.Headers.GetList("Cookie") {
			for name, value := range ParseCookie(value) {
				if validCookieName(name) {
					p.cookies[name] = value
				}
			}
		}
	}
	return p.cookies
}

// ParseBody reads the arguments and files of the body if its Content-Type is that
// of a form, within the default limits of ParseBodyConfig. It fails with an
// HTTPInputError if the body is malformed or beyond a limit. It works once;
// called again it returns the same.
func (r *HTTPServerRequest) ParseBody() error { return r.ParseBodyWith(ParseBodyConfig{}) }

// ParseBodyWith is ParseBody within other limits.
func (r *HTTPServerRequest) ParseBodyWith(config ParseBodyConfig) error {
	p := r.lazy()
	if p.bodyParsed {
		return p.bodyErr
	}
	p.bodyParsed = true
	form, err := ParseBodyArguments(r.Headers.Get("Content-Type"), r.Body, &r.Headers, config)
	p.body, p.files, p.bodyErr = form.Arguments, form.Files, err
	return err
}

// Trailers are the fields that followed a chunked body, those that may: see
// ValidTrailer. They are known when the body has been read whole; whether anybody
// vouches for them is for the application to say, as with the headers.
func (r *HTTPServerRequest) Trailers() *HTTPHeaders { return &r.lazy().trailers }

// SetTrailers is for those who make requests.
func (r *HTTPServerRequest) SetTrailers(trailers HTTPHeaders) { r.lazy().trailers = trailers }

func (r *HTTPServerRequest) lazy() *parsedRequest {
	if r.parsed == nil {
		r.parsed = &parsedRequest{}
	}
	return r.parsed
}
