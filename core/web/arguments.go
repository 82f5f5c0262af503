package web

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A MissingArgumentError is what GetArgument panics with if the argument is not
// there and has no default. It is an HTTPError of status 400.
type MissingArgumentError struct{ ArgName string }

func (e MissingArgumentError) Error() string { return e.Unwrap().Error() }

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

func (h *RequestHandler) argument(all map[string][]string, name string, def []string) string {
	values := all[name]
	switch {
	case len(values) > 0:
		return cleanArgument(name, values[len(values)-1])
	case len(def) > 0:
		return def[0]
	}
	panic(MissingArgumentError{name})
}

func (h *RequestHandler) arguments(all map[string][]string, name string) []string {
	values := all[name]
	cleaned := make([]string, len(values))
	for i, value := range values {
		cleaned[i] = cleanArgument(name, value)
	}
	return cleaned
}

// cleanArgument makes text of what a client sent.
func cleanArgument(name, value string) string {
	if !utf8.ValidString(value) {
		panic(notUTF8(name, value))
	}
	if strings.ContainsFunc(value, isUnwanted) {
		value = strings.Map(func(r rune) rune {
			if isUnwanted(r) {
				return ' '
			}
			return r
		}, value)
	}
	return strings.TrimSpace(value)
}

// isUnwanted reports whether r is a control character that no text has: all but
// tab, line feed, vertical tab, form feed and carriage return.
func isUnwanted(r rune) bool { return r < 0x09 || 0x0e <= r && r < 0x20 }

func notUTF8(name, value string) error {
	return HTTPError{StatusCode: 400, LogMessage: fmt.Sprintf("invalid UTF-8 in %s: %q", name, value[:min(len(value), 40)])}
}

// checkPathArgs fails for a path with a value that is not UTF-8.
func (h *RequestHandler) checkPathArgs() error {
	for _, value := range h.match.Values() {
		if !utf8.ValidString(value) {
			return notUTF8("path", value)
		}
	}
	return nil
}
