// Package nethttp joins the framework with net/http, both ways: handlers of
// net/http among the routes of an application, and an application as a handler of
// net/http.
//
//   - Route: an http.Handler answers the paths that match a pattern
//   - Handler: an application behind a server of net/http, with its HTTP/2
//
// It is a package of its own because net/http is large: programs that do not
// import this one do not link it.
package nethttp

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/log"
)

// logRequest writes a line as applications do for their own handlers.
func logRequest(r *httputil.HTTPServerRequest, status int, note string) {
	level := log.LevelInfo
	switch {
	case status >= 500:
		level = log.LevelError
	case status >= 400:
		level = log.LevelWarning
	}
	log.Access.Log(level, "%d %s %s (%s) %.2fms%s", status, r.Method, r.URI, r.RemoteIP, float64(r.RequestTime())/1e6, note)
}

// fieldsOf makes fields of a map of net/http's, as its server does: line ends in
// values become spaces, and what is no field at all is left out.
func fieldsOf(header http.Header, skip func(name string) bool) *httputil.HTTPHeaders {
	fields := new(httputil.HTTPHeaders)
	for name, values := range header {
		if skip(name) {
			continue
		}
		for _, value := range values {
			if fields.Add(name, value) != nil {
				_ = fields.Add(name, newlines.Replace(value)) // or else it is left out
			}
		}
	}
	return fields
}

var newlines = strings.NewReplacer("\r", " ", "\n", " ")

func errorText(value any) string {
	if err, ok := value.(error); ok {
		return err.Error()
	}
	return fmt.Sprint(value)
}
