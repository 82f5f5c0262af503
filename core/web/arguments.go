package web

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tornado-dev/tornado/core/httputil"
)

// A MissingArgumentError is what GetArgument panics with if the argument is not
// there and has no default. It is an HTTPError of status 400.
type MissingArgumentError struct{ ArgName string }

func (e MissingArgumentError) Error() string { return e.Unwrap().Error() }

// ClientMessage implements ErrorForClient.
func (e MissingArgumentError) ClientMessage() string {
	return "the argument " + strconv.Quote(e.ArgName) + " is missing"
}

// Unwrap gives the HTTPError.
func (e MissingArgumentError) Unwrap() error {
	return HTTPError{StatusCode: 400, LogMessage: "missing argument " + e.ArgName}
}

// GetArgument is an argument of the query or of a form in the body; if there are
// several of that name, the last one. It must be UTF-8, control characters in it
// become spaces, and space at both ends is dropped. If there is none it is def;
// without def the request ends here and is answered 400.
func (h *RequestHandler) GetArgument(name string, def ...string) string {
	return h.argument(h.Request.Arguments(), name, def)
}

// GetArguments are all arguments of that name, those of the query first; none if
// there is none.
func (h *RequestHandler) GetArguments(name string) []string {
	return h.arguments(h.Request.Arguments(), name)
}

// GetQueryArgument is GetArgument for the query alone.
func (h *RequestHandler) GetQueryArgument(name string, def ...string) string {
	return h.argument(h.Request.QueryArguments(), name, def)
}

// GetQueryArguments is GetArguments for the query alone.
func (h *RequestHandler) GetQueryArguments(name string) []string {
	return h.arguments(h.Request.QueryArguments(), name)
}

// GetBodyArgument is GetArgument for the body alone.
func (h *RequestHandler) GetBodyArgument(name string, def ...string) string {
	return h.argument(h.Request.BodyArguments(), name, def)
}

// GetBodyArguments is GetArguments for the body alone.
func (h *RequestHandler) GetBodyArguments(name string) []string {
	return h.arguments(h.Request.BodyArguments(), name)
}

// GetTextArgument is GetArgument that keeps the space at both ends: for passwords
// and texts.
func (h *RequestHandler) GetTextArgument(name string, def ...string) string {
	return h.last(name, h.GetTextArguments(name), def)
}

// GetTextArguments is GetArguments that keeps the space at both ends.
func (h *RequestHandler) GetTextArguments(name string) []string {
	values := h.Request.Arguments()[name]
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = h.decodeArgument(name, value)
	}
	return texts
}

func (h *RequestHandler) argument(all map[string][]string, name string, def []string) string {
	return h.last(name, h.arguments(all, name), def)
}

// last is the last of the values, or def, or the end of the request.
func (h *RequestHandler) last(name string, values, def []string) string {
	switch {
	case len(values) > 0:
		return values[len(values)-1]
	case len(def) > 0:
		return def[0]
	}
	panic(MissingArgumentError{name})
}

func (h *RequestHandler) arguments(all map[string][]string, name string) []string {
	values := all[name]
	cleaned := make([]string, len(values))
	for i, value := range values {
		cleaned[i] = strings.TrimSpace(h.decodeArgument(name, value))
	}
	return cleaned
}

// decodeArgument makes text of what a client sent.
func (h *RequestHandler) decodeArgument(name, value string) string {
	if h.route.overrides&hasDecodeArgument != 0 {
		value = h.self.(ArgumentDecoder).DecodeArgument(value, name)
	} else if !utf8.ValidString(value) {
		panic(notUTF8(name, value))
	}
	if !strings.ContainsFunc(value, isUnwanted) {
		return value
	}
	return strings.Map(func(r rune) rune {
		if isUnwanted(r) {
			return ' '
		}
		return r
	}, value)
}

// isUnwanted reports whether r is a control character that no text has: all but
// tab, line feed, vertical tab, form feed and carriage return.
func isUnwanted(r rune) bool { return r < 0x09 || 0x0e <= r && r < 0x20 }

func notUTF8(name, value string) error { return &notUTF8Error{name, value[:min(len(value), 40)]} }

// A notUTF8Error is an argument, or a part of the path, that is no text.
type notUTF8Error struct{ name, excerpt string }

func (e *notUTF8Error) Error() string { return e.Unwrap().Error() }

// ClientMessage implements ErrorForClient.
func (e *notUTF8Error) ClientMessage() string { return strconv.Quote(e.name) + " is not UTF-8" }

// Unwrap gives the HTTPError.
func (e *notUTF8Error) Unwrap() error {
	return HTTPError{StatusCode: 400, LogMessage: fmt.Sprintf("invalid UTF-8 in %s: %q", e.name, e.excerpt)}
}

// A bodyError is a form in the body of a request that cannot be read. The client is
// told why, in words of ours, in which what it sent is quoted.
type bodyError struct {
	status int
	why    string
}

// badBody makes one of what ParseBody has returned: 413 or 431 for what is too large,
// 400 for all else.
func badBody(err error) error {
	status := 400
	var input *httputil.HTTPInputError
	if errors.As(err, &input) && (input.Status() == 413 || input.Status() == 431) {
		status = input.Status()
	}
	return &bodyError{status, "invalid body: " + err.Error()}
}

func (e *bodyError) Error() string { return e.Unwrap().Error() }

// ClientMessage implements ErrorForClient.
func (e *bodyError) ClientMessage() string { return e.why }

// Unwrap gives the HTTPError.
func (e *bodyError) Unwrap() error {
	return HTTPError{StatusCode: e.status, LogMessage: e.why}
}

// decodePathArgs makes text of the path's values. It fails for one that is not
// UTF-8.
func (h *RequestHandler) decodePathArgs() error {
	values := h.match.Values()
	for i, value := range values {
		switch {
		case !h.match.Took(i):
		case h.route.overrides&hasDecodeArgument != 0:
			values[i] = h.self.(ArgumentDecoder).DecodeArgument(value, h.route.pattern.Names()[i])
		case !utf8.ValidString(value):
			return notUTF8("path", value)
		}
	}
	return nil
}
