package web

import (
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
)

// An ErrorForClient is an error whose message is for whoever sent the request: the
// built-in error page shows it if the status is below 500.
type ErrorForClient interface {
	error
	ClientMessage() string
}

// prefersJSON reports whether a client would rather read JSON than a page: its
// Accept names JSON, and does not want HTML more (RFC 9110 section 12.5.1; of equals
// the first). One that accepts anything gets in which form it sends.
func prefersJSON(fields *httputil.HTTPHeaders) bool {
	accept := fields.Get("Accept")
	jsonQuality, htmlQuality := 0.0, 0.0
	for entry := range strings.SplitSeq(accept, ",") {
		kind, parameters, _ := strings.Cut(entry, ";")
		quality := acceptQuality(parameters)
		switch kind = strings.ToLower(strings.TrimSpace(kind)); {
		case kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json"):
			if quality > htmlQuality {
				jsonQuality = max(jsonQuality, quality)
			}
		case kind == "text/html" || kind == "application/xhtml+xml":
			if quality > jsonQuality {
				htmlQuality = max(htmlQuality, quality)
			}
		}
	}
	if jsonQuality == 0 && htmlQuality == 0 && (accept == "" || strings.TrimSpace(accept) == "*/*") {
		return isJSONType(fields.Get("Content-Type"))
	}
	return jsonQuality > htmlQuality
}

// acceptQuality is the weight among the parameters of an entry: 1 if there is none,
// 0 if it is no number.
func acceptQuality(parameters string) float64 {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if !httputil.EqualFold(name, "q") {
			continue
		}
		q, err := strconv.ParseFloat(value, 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return 0
		}
		return q
	}
	return 1
}
