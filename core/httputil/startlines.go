package httputil

import "strings"

// A RequestStartLine is the first line of a request.
type RequestStartLine struct {
	Method  string // "GET"; case matters
	Path    string // the target as sent, query included
	Version string // "HTTP/1.1"
}

// A ResponseStartLine is the first line of an answer. Where one is written, an
// empty Version means "HTTP/1.1" and an empty Reason that of StatusText.
type ResponseStartLine struct {
	Version string
	Code    int
	Reason  string
}

// ParseRequestStartLine reads a request line without its line end. It fails with
// an HTTPInputError, of status 505 if the line is sound but its version is not
// HTTP/1.
func ParseRequestStartLine(line string) (RequestStartLine, error) {
	method, rest, ok := strings.Cut(line, " ")
	target, version, ok2 := strings.Cut(rest, " ")
	if !ok || !ok2 {
		return RequestStartLine{}, Malformed("request line %q does not have three parts", excerpt(line))
	}
	if !ValidToken(method) {
		return RequestStartLine{}, Malformed("invalid method in the request line %q", excerpt(line))
	}
	if !ValidTarget(target) {
		return RequestStartLine{}, Malformed("invalid target in the request line %q", excerpt(line))
	}
	if err := checkVersion(version); err != nil {
		return RequestStartLine{}, err
	}
	return RequestStartLine{method, target, version}, nil
}

func checkVersion(version string) error {
	if len(version) != 8 || version[:5] != "HTTP/" || version[6] != '.' ||
		classes[version[5]]&isDigit == 0 || classes[version[7]]&isDigit == 0 {
		return Malformed("invalid version %q", excerpt(version))
	}
	if version[5] != '1' {
		return &HTTPInputError{StatusCode: 505, Message: "version " + version + " is not supported"}
	}
	return nil
}

// ParseResponseStartLine reads a status line without its line end. The reason may
// be empty, the space before it may not be missing. It fails with an
// HTTPInputError.
func ParseResponseStartLine(line string) (ResponseStartLine, error) {
	bad := func() (ResponseStartLine, error) {
		return ResponseStartLine{}, Malformed("invalid status line %q", excerpt(line))
	}
	version, rest, ok := strings.Cut(line, " ")
	code, reason, ok2 := strings.Cut(rest, " ")
	if !ok || !ok2 || len(code) != 3 || !ValidFieldValue(reason) || checkVersion(version) != nil {
		return bad()
	}
	n, err := ParseInt(code)
	if err != nil {
		return bad()
	}
	return ResponseStartLine{version, int(n), reason}, nil
}
