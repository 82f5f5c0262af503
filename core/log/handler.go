package log

import (
	"context"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
)

// RequestKey is the attribute by which a record says to which request it belongs.
const RequestKey = "request"

// A handler makes Records of slog's records. It is never changed: WithAttrs and
// WithGroup return another one.
type handler struct {
	sink    *sink
	logger  string
	request uint64
	attrs   string // of WithAttrs, as they are printed
	groups  string // of WithGroup, each with its dot
}

func (h *handler) Enabled(_ context.Context, level slog.Level) bool { return h.sink.enabled(level) }

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	b := []byte(h.attrs)
	for _, a := range attrs {
		b = next.append(b, h.groups, a)
	}
	next.attrs = string(b)
	return &next
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	next := *h
	next.groups += name + "."
	return &next
}

func (h *handler) Handle(_ context.Context, record slog.Record) error {
	local := *h
	b := append([]byte(record.Message), h.attrs...)
	record.Attrs(func(a slog.Attr) bool {
		b = local.append(b, h.groups, a)
		return true
	})
	r := Record{Time: record.Time, Level: record.Level, Logger: h.logger, Request: local.request, Message: string(b)}
	if record.PC != 0 {
		frame, _ := runtime.CallersFrames([]uintptr{record.PC}).Next()
		r.File, r.Line = frame.File, frame.Line
	}
	h.sink.put(r)
	return nil
}

// append writes an attribute as " key=value"; the number of a request it keeps.
func (h *handler) append(b []byte, groups string, a slog.Attr) []byte {
	value := a.Value.Resolve()
	if a.Equal(slog.Attr{}) {
		return b
	}
	if groups == "" && a.Key == RequestKey && value.Kind() == slog.KindUint64 {
		h.request = value.Uint64()
		return b
	}
	if value.Kind() == slog.KindGroup {
		if a.Key != "" {
			groups += a.Key + "."
		}
		for _, member := range value.Group() {
			b = h.append(b, groups, member)
		}
		return b
	}
	b = append(append(b, ' '), groups...)
	b = append(append(b, a.Key...), '=')
	return appendValue(b, value.String())
}

// appendValue quotes what could not be told from the next attribute.
func appendValue(b []byte, s string) []byte {
	if s == "" || strings.ContainsAny(s, " \t\r\n\"=") {
		return strconv.AppendQuote(b, s)
	}
	return append(b, s...)
}
