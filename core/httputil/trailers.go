package httputil

// ValidTrailer reports whether a field may follow a body as a trailer. RFC 9110
// section 6.5.1 rules out what is needed before the body is read: framing, routing,
// conditions and other modifiers of the request, authentication, what says how the
// content is to be understood, and what controls the answer.
func ValidTrailer(name string) bool {
	if !ValidToken(name) || len(name) > len("If-") && EqualFold(name[:len("If-")], "If-") {
		return false
	}
	return !notInTrailers[NormalizeName(name)]
}

var notInTrailers = map[string]bool{
	"Connection": true, "Content-Length": true, "Host": true, "Keep-Alive": true, "Max-Forwards": true,
	"Proxy-Connection": true, "Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true, "Via": true,
	"Forwarded": true, "X-Forwarded-For": true, "X-Forwarded-Host": true, "X-Forwarded-Proto": true, "X-Real-Ip": true, "X-Scheme": true,

	"Cache-Control": true, "Expect": true, "Pragma": true, "Range": true,
	"Authorization": true, "Cookie": true, "Proxy-Authenticate": true, "Proxy-Authorization": true, "Set-Cookie": true, "Www-Authenticate": true,
	"Content-Encoding": true, "Content-Range": true, "Content-Type": true,
	"Age": true, "Date": true, "Expires": true, "Location": true, "Retry-After": true, "Vary": true, "Warning": true,
}

// ValidTrailers are those of the fields that may be trailers.
func ValidTrailers(fields *HTTPHeaders) (valid HTTPHeaders) {
	for name, value := range fields.All() {
		if ValidTrailer(name) {
			_ = valid.Add(name, value) // it was the value of a field
		}
	}
	return valid
}

// A TrailerDelegate is an HTTPMessageDelegate that wants the fields which followed a
// chunked body, those that may.
type TrailerDelegate interface {
	// TrailersReceived is called before Finish, if there are any.
	TrailersReceived(trailers HTTPHeaders)
}

// A TrailerWriter is an HTTPConnection that can send fields behind the body of the
// answer.
type TrailerWriter interface {
	// SetTrailers gives these fields, before Finish. Those that may not be trailers
	// are left out, and all where nothing can follow the body: it has a
	// Content-Length, or the client speaks HTTP/1.0.
	SetTrailers(trailers *HTTPHeaders)
}
