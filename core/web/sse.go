package web

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/core/escape"
)

// eventPing is how long Relay lets the connection be silent, so that no proxy takes
// it for dead.
const eventPing = 15 * time.Second

// An Event is one server-sent event.
type Event struct {
	Name  string        // that scripts listen to; empty means "message"
	Data  any           // a string, a []byte, or what becomes JSON
	ID    string        // what a browser tells when it comes again, see LastEventID; empty for none
	Retry time.Duration // how long a browser waits before it comes again; zero leaves that as it is
}

// An EventStream sends events to a browser's EventSource, for as long as that
// listens (the HTML standard, section "Server-sent events"). It belongs to the
// method that made it, which has a context, and it ends when the method returns:
//
//	func (h *Prices) Get(ctx context.Context) error {
//		events := h.EventStream()
//		return events.Relay(h.market.Subscribe(ctx, events.LastEventID()))
//	}
//
// The time limit of the route counts for it; web.Timeout(-1) takes it away.
type EventStream struct {
	h      *RequestHandler
	silent bool // the request was HEAD: nothing can be sent
}

// EventStream begins an answer of events: it sets the headers and sends them. It
// panics, which is answered with 500, if they were sent already, or the method has
// no context and so cannot wait.
func (h *RequestHandler) EventStream() *EventStream {
	switch {
	case h.wroteHeaders:
		panic(errors.New("web: EventStream after the headers were sent"))
	case h.onLoop():
		panic(errors.New("web: EventStream on the loop, where nothing may wait; give the method a context: Get(ctx context.Context) error"))
	}
	h.SetHeader("Content-Type", "text/event-stream")
	h.SetHeader("Cache-Control", "no-cache")
	h.SetHeader("X-Accel-Buffering", "no") // nginx would collect events
	s := &EventStream{h: h, silent: h.Request.Method == "HEAD"}
	if !s.silent {
		_ = s.Comment("") // an error will be that of the next event, too
	}
	return s
}

// LastEventID is the ID of the last event that the browser got before it lost its
// connection; empty if it is new. It is what the browser says.
func (s *EventStream) LastEventID() string { return s.h.Request.Headers.Get("Last-Event-ID") }

// Send sends an event, and returns when the socket has taken it: who produces more
// than the browser takes waits here. It fails with the context's error when the
// browser has left or the time is over, to be returned from the method; with Finish
// for a HEAD; and with another error for an event that cannot be sent.
func (s *EventStream) Send(e Event) error {
	text, err := e.append(nil)
	if err != nil {
		return err
	}
	return s.send(text)
}

// Comment sends a line that browsers ignore; see Send.
func (s *EventStream) Comment(text string) error {
	if strings.ContainsAny(text, "\r\n") {
		return fmt.Errorf("web: a comment of an event stream with a line end: %q", text)
	}
	return s.send([]byte(": " + text + "\n\n"))
}

func (s *EventStream) send(text []byte) error {
	if s.silent {
		return Finish
	}
	ctx := s.h.Context()
	if err := ctx.Err(); err != nil {
		return err
	}
	s.h.Write(text)
	_, err := s.h.Flush().Wait(ctx)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Relay sends events as they come from a channel, and something that browsers ignore
// when none has come for a while. It returns nil when the channel is closed, or the
// application begins to drain: browsers come again by themselves then, to its
// successor. Otherwise it fails as Send does.
func (s *EventStream) Relay(events <-chan Event) error {
	ping := time.NewTicker(eventPing)
	defer ping.Stop()
	return s.relay(events, ping.C)
}

func (s *EventStream) relay(events <-chan Event, ping <-chan time.Time) error {
	if s.silent {
		return Finish
	}
	ctx := s.h.Context()
	for {
		var err error
		select {
		case e, ok := <-events:
			if !ok {
				return nil
			}
			err = s.Send(e)
		case <-ping:
			err = s.Comment("")
		case <-s.h.app.Draining():
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// append appends the event as it is on the wire.
func (e *Event) append(out []byte) ([]byte, error) {
	// An id with a zero octet would be ignored; a line end in a field would end it.
	if strings.ContainsAny(e.Name, "\r\n") || strings.ContainsAny(e.ID, "\r\n\x00") {
		return nil, fmt.Errorf("web: an event whose name %q or ID %q has a line end or a zero in it", e.Name, e.ID)
	}
	if e.Name != "" {
		out = append(out, "event: "+e.Name+"\n"...)
	}
	if e.ID != "" {
		out = append(out, "id: "+e.ID+"\n"...)
	}
	if e.Retry > 0 {
		out = append(out, "retry: "+strconv.FormatInt(e.Retry.Milliseconds(), 10)+"\n"...)
	}
	text, err := e.text()
	if err != nil {
		return nil, err
	}
	for line := range strings.SplitSeq(lineEnds.Replace(text), "\n") {
		out = append(out, "data: "+line+"\n"...)
	}
	return append(out, '\n'), nil
}

// lineEnds are those that the format knows.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func (e *Event) text() (string, error) {
	switch data := e.Data.(type) {
	case nil:
		return "", nil
	case string:
		return data, nil
	case []byte:
		return string(data), nil
	}
	encoded, err := escape.AppendJSON(nil, e.Data)
	if err != nil {
		return "", fmt.Errorf("web: the data of an event: %w", err)
	}
	return string(encoded), nil
}
