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

	// likewise makes the handlers of AddHandler like this one; nil if nothing is to
	// be done.
	likewise func(slog.Handler) slog.Handler
}

func (h *handler) Enabled(_ context.Context, level slog.Level) bool { return h.sink.enabled(level) }

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	b := []byte(h.attrs)
	for _, a := range attrs {
		b = next.append(b, h.groups, a)
	}
	next.attrs = string(b)
	next.likewise = h.then(func(other slog.Handler) slog.Handler { return other.WithAttrs(attrs) })
	return &next
}

func (h *handler) then(step func(slog.Handler) slog.Handler) func(slog.Handler) slog.Handler {
	before := h.likewise
	if before == nil {
		return step
	}
	return func(other slog.Handler) slog.Handler { return step(before(other)) }
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	next := *h
	next.groups += name + "."
	next.likewise = h.then(func(other slog.Handler) slog.Handler { return other.WithGroup(name) })
	return &next
}

func (h *handler) Handle(ctx context.Context, record slog.Record) error {
	for _, other := range *h.sink.handlers.Load() {
		h.forward(ctx, other, record)
	}
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

// forward lets a handler of AddHandler handle a record as if it had been given the
// groups and attributes that h was given.
func (h *handler) forward(ctx context.Context, other slog.Handler, record slog.Record) {
	if !other.Enabled(ctx, record.Level) {
		return
	}
	if h.logger != "" {
		other = other.WithAttrs([]slog.Attr{slog.String("logger", h.logger)})
	}
	if h.likewise != nil {
		other = h.likewise(other)
	}
	_ = other.Handle(ctx, record.Clone()) // it may complain itself
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
