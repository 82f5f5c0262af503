package websocket

import (
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

var _ web.Upgrader = (*WebSocketHandler)(nil)

// Upgrade implements web.Upgrader: it answers the handshake.
func (h *WebSocketHandler) Upgrade(u web.Upgrade) error {
	k := u.Binding().(*kind)
	key, err := frame.CheckRequest(h.Request.Method, h.Request.Version, &h.Request.Headers)
	var refusal *frame.HandshakeError
	if errors.As(err, &refusal) {
		return h.refuse(refusal.StatusCode, refusal.Message)
	}
	if !h.originAllowed(u.Handler()) {
		return h.refuse(403, "Cross origin websockets not allowed")
	}
	var open func(context.Context) error
	if k.opens {
		if open, err = u.Arguments(&k.open); err != nil {
			return err
		}
	}
	c := &h.conn
	c.up, c.kind = u, k
	if err := h.chooseSubprotocol(u.Handler()); err != nil {
		return err
	}
	h.agreeOnCompression()
	h.SetHeader("Upgrade", "websocket")
	h.SetHeader("Connection", "Upgrade")
	h.SetHeader("Sec-WebSocket-Accept", frame.Accept(key))
	if user, known := u.User(); known {
		c.seldom().user, c.rare.userKnown = user, true
	}
	err = u.To(func(stream *iostream.IOStream) iostream.Consumer {
		c.stream = stream
		return c
	})
	if err != nil {
		return err
	}
	// Not at once: the handler is still busy with the request.
	c.stream.Loop().AddCallback(func() { c.begin(open) })
	return nil
}

// refuse answers a request that will not be upgraded.
func (h *WebSocketHandler) refuse(status int, message string) error {
	h.SetStatus(status)
	switch status {
	case 426:
		h.SetHeader("Sec-WebSocket-Version", frame.Version)
		h.SetHeader("Upgrade", "websocket") // RFC 9110 section 15.5.22
		h.SetHeader("Connection", "Upgrade")
	case 405:
		h.SetHeader("Allow", "GET")
	}
	h.SetHeader("Content-Type", "text/plain; charset=UTF-8")
	h.Finish(message)
	return nil
}

func (h *WebSocketHandler) originAllowed(self web.Handler) bool {
	origin, present := frame.Origin(&h.Request.Headers)
	switch checker, ok := self.(OriginChecker); {
	case !present:
		return true
	case ok:
		return checker.CheckOrigin(origin)
	}
	return frame.SameOrigin(origin, h.Request.Host)
}

func (h *WebSocketHandler) chooseSubprotocol(self web.Handler) error {
	selector, ok := self.(SubprotocolSelector)
	if !ok {
		return nil
	}
	offered := frame.Subprotocols(&h.Request.Headers)
	chosen := selector.SelectSubprotocol(offered)
	switch {
	case chosen == "":
		return nil
	case !slices.Contains(offered, chosen):
		return fmt.Errorf("websocket: SelectSubprotocol chose %q, but the client offers %q", chosen, offered)
	}
	h.SetHeader("Sec-WebSocket-Protocol", chosen)
	h.conn.seldom().subprotocol = chosen
	return nil
}

func (h *WebSocketHandler) agreeOnCompression() {
	c := &h.conn
	var inflater *frame.Inflater
	if o := c.kind.options.Compression; o != nil {
		d, answer, ok := frame.Negotiate(h.Request.Headers.GetList("Sec-WebSocket-Extensions"), o.DeflateOptions)
		if ok {
			h.SetHeader("Sec-WebSocket-Extensions", answer)
			inflater = frame.NewInflater(d.ClientMaxWindowBits, !d.ClientNoContextTakeover)
			c.deflater, _ = frame.NewDeflater(o.Level, d.ServerMaxWindowBits, !d.ServerNoContextTakeover) // checked by bindOptions
			if d.ServerNoContextTakeover {
				c.alike = variant{int8(o.Level + 1 - flate.HuffmanOnly), int8(d.ServerMaxWindowBits)}
			}
		}
	}
	c.reader = frame.NewReader(&c.kind.rules, inflater)
}
