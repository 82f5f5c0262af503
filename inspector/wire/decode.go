package wire

import (
	"bytes"

	"github.com/tornado-dev/tornado/core/trace"
)

// A Decoder turns payloads into records. It keeps the names it has met (methods,
// handlers, addresses), so that a thousand requests to one handler share one
// string. The zero Decoder is ready. What it returns holds no part of the payload.
type Decoder struct {
	names map[string]string
}

// maxNames and maxInterned bound what a Decoder keeps, to 2 MiB.
const (
	maxNames    = 4096
	maxInterned = 512
)

func (d *Decoder) name(p *parser) string {
	b := p.bytes()
	if len(b) == 0 {
		return ""
	}
	if name, ok := d.names[string(b)]; ok {
		return name
	}
	name := string(b)
	if len(b) <= maxInterned {
		if d.names == nil || len(d.names) >= maxNames {
			d.names = make(map[string]string)
		}
		d.names[name] = name
	}
	return name
}

// Connection decodes the payload of one of the three kinds of connection frames.
func (d *Decoder) Connection(kind Kind, payload []byte) (Connection, error) {
	p := parser{rest: payload}
	c := Connection{
		ID:       p.uvarint(),
		Requests: p.count(),
		BytesIn:  p.count(),
		BytesOut: p.count(),
		Pending:  p.count(),
	}
	switch kind {
	case KindConnectionOpened:
		c.Opened = p.time()
		c.RemoteAddr = p.text()
		c.LocalAddr = d.name(&p)
		c.Loop = p.number()
		c.Adopted = p.bool()
	case KindConnectionClosed:
		c.Closed = p.time()
		c.Err = p.text()
	}
	return c, p.end("a connection")
}

// Request decodes the payload of KindRequestStarted or KindRequestFinished.
func (d *Decoder) Request(kind Kind, payload []byte) (Request, error) {
	p := parser{rest: payload}
	r := Request{
		ID:         p.uvarint(),
		Connection: p.uvarint(),
		Started:    p.time(),
		Method:     d.name(&p),
		URI:        p.text(),
		Version:    d.name(&p),
		RemoteIP:   d.name(&p),
	}
	if kind == KindRequestStarted {
		r.Head = p.text()
		r.Handler = d.name(&p)
		r.Pattern = d.name(&p)
		r.Phase = p.phase()
		return r, p.end("a started request")
	}
	for i := range r.Spent {
		r.Spent[i] = p.duration()
	}
	r.Handler = d.name(&p)
	r.Pattern = d.name(&p)
	r.BodyLen = p.count()
	r.Status = p.number()
	r.AnswerLen = p.count()
	r.Duration = p.duration()
	r.Err = p.text()
	r.Bare = p.bool()
	if !r.Bare {
		r.Head = p.text()
		r.Body = bytes.Clone(p.bytes())
		r.AnswerHead = p.text()
		r.Answer = bytes.Clone(p.bytes())
	}
	return r, p.end("a finished request")
}

// RequestPhase decodes the payload of KindRequestPhase.
func (d *Decoder) RequestPhase(payload []byte) (RequestPhase, error) {
	p := parser{rest: payload}
	r := RequestPhase{ID: p.uvarint(), Phase: p.phase()}
	return r, p.end("the phase of a request")
}

func (p *parser) phase() trace.Phase {
	if len(p.rest) == 0 || p.rest[0] >= byte(trace.NumPhases) {
		p.fail()
		return 0
	}
	phase := trace.Phase(p.rest[0])
	p.rest = p.rest[1:]
	return phase
}

// Error decodes the payload of KindError.
func (d *Decoder) Error(payload []byte) (trace.Error, error) {
	p := parser{rest: payload}
	e := trace.Error{
		Time:    p.time(),
		Kind:    d.name(&p),
		Request: p.uvarint(),
		Message: p.text(),
		Stack:   d.stack(&p),
	}
	for p.bool() {
		if len(e.Templates) == maxFrames {
			p.fail()
			break
		}
		e.Templates = append(e.Templates, trace.TemplateFrame{
			Relation: d.name(&p),
			Name:     d.name(&p),
			File:     d.name(&p),
			Line:     p.number(),
			Column:   p.number(),
		})
	}
	e.Excerpt = p.text()
	return e, p.end("an error")
}

func (d *Decoder) stack(p *parser) []trace.Frame {
	var stack []trace.Frame
	for p.bool() {
		if len(stack) == maxFrames {
			p.fail()
			return nil
		}
		stack = append(stack, trace.Frame{Function: d.name(p), File: d.name(p), Line: p.number()})
	}
	return stack
}

// Log decodes the payload of KindLog.
func (d *Decoder) Log(payload []byte) (Log, error) {
	p := parser{rest: payload}
	l := Log{
		Time:    p.time(),
		Level:   d.name(&p),
		Logger:  d.name(&p),
		Message: p.text(),
		Request: p.uvarint(),
	}
	return l, p.end("a line of log")
}

// Routes decodes the payload of KindRoutes.
func (d *Decoder) Routes(payload []byte) ([]trace.Route, error) {
	p := parser{rest: payload}
	var routes []trace.Route
	for p.bool() {
		if len(routes) == maxRoutes {
			p.fail()
			break
		}
		r := trace.Route{Pattern: d.name(&p), Name: d.name(&p), Handler: d.name(&p)}
		for p.bool() {
			if len(r.Methods) == maxMethods {
				p.fail()
				break
			}
			r.Methods = append(r.Methods, d.name(&p))
		}
		r.File = d.name(&p)
		r.Line = p.number()
		routes = append(routes, r)
	}
	return routes, p.end("a routing table")
}

// LoopReport decodes the payload of KindLoopReport.
func (d *Decoder) LoopReport(payload []byte) (trace.LoopStats, error) {
	p := parser{rest: payload}
	s := trace.LoopStats{
		Loop:       p.number(),
		Iterations: p.count(),
		Callbacks:  p.count(),
		Handlers:   p.number(),
		Timeouts:   p.number(),
		Lag:        p.duration(),
		Busy:       p.duration(),
		Interval:   p.duration(),
	}
	return s, p.end("the report of a loop")
}

// LoopBlocked decodes the payload of KindLoopBlocked.
func (d *Decoder) LoopBlocked(payload []byte) (trace.LoopBlocked, error) {
	p := parser{rest: payload}
	b := trace.LoopBlocked{Time: p.time(), Loop: p.number(), Duration: p.duration(), Lasts: p.bool(), Stack: d.stack(&p)}
	return b, p.end("a blocked loop")
}

// Dropped decodes the payload of KindDropped.
func (d *Decoder) Dropped(payload []byte) (Dropped, error) {
	p := parser{rest: payload}
	dropped := Dropped{Records: p.count(), Requests: p.count(), Failed: p.count()}
	return dropped, p.end("a count of dropped records")
}

// Standing decodes the payload of KindStanding.
func (d *Decoder) Standing(payload []byte) (Standing, error) {
	p := parser{rest: payload}
	s := Standing{Requests: p.ids(), Connections: p.ids()}
	return s, p.end("a list of what stands")
}

func (p *parser) ids() []uint64 {
	n := p.uvarint()
	if n > uint64(len(p.rest)) || n > MaxStanding { // each takes a byte at least
		p.fail()
		return nil
	}
	ids := make([]uint64, 0, n)
	for range n {
		ids = append(ids, p.uvarint())
	}
	return ids
}
