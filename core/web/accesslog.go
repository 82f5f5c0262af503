package web

import (
	"time"

	"github.com/tornado-dev/tornado/core/log"
)

// logRequest writes the line of the access log: "200 GET /x (127.0.0.1) 1.23ms",
// as an error from status 500 on, as a warning from 400. A listener of core/trace
// is spared the lines of requests that went well.
func (h *RequestHandler) logRequest() {
	if h.app.settings.LogFunction != nil {
		h.app.settings.LogFunction(h)
		return
	}
	note := ""
	if h.gone {
		note = ", the client left"
	}
	milliseconds := float64(h.request.Took) / float64(time.Millisecond)
	h.logger(log.Access).Log(h.logLevel(), "%d %s %.2fms%s", h.status, h.summary(), milliseconds, note)
}

// wantsLog reports whether anybody would see the line.
func (h *RequestHandler) wantsLog() bool {
	level := h.logLevel()
	// Who listens to requests knows this one in full.
	told := h.app.traced.RequestFinished != nil && level == log.LevelInfo
	return h.app.settings.LogFunction != nil || !told && log.Access.Enabled(level)
}

func (h *RequestHandler) logLevel() log.Level {
	switch {
	case h.route.development:
		return log.LevelDebug // nobody wants to read of the tools
	case h.status >= 500:
		return log.LevelError
	case h.status >= 400:
		return log.LevelWarning
	}
	return log.LevelInfo
}
