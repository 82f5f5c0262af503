package http1connection

import (
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/trace"
)

// A Shared is what the connections of one loop have in common. Who makes it sets
// the first three fields and does not change them; the rest works by itself.
type Shared struct {
	Delegate httputil.HTTPServerConnectionDelegate
	Owner    Owner
	// Parameters may serve many loops and must not change; WithDefaults has been
	// called.
	Parameters *Parameters

	Counters Counters

	// Owned by the loop.
	tally   tally
	request httputil.HTTPServerRequest // where one is put together
	recent  recentHeads
	traces  trace.Requests
	idle    exchange    // of connections without a request: zero
	free    []*exchange // zero
}

// keptExchanges is how many are kept for other requests.
const keptExchanges = 256

// beginExchange makes room for a request.
func (c *ServerConnection) beginExchange() {
	s := c.shared
	last := len(s.free) - 1
	if last < 0 {
		c.exchange = new(exchange)
		return
	}
	c.exchange = s.free[last]
	s.free = s.free[:last]
}

// endExchange lets go of all that belongs to the last request.
func (c *ServerConnection) endExchange() {
	s, x := c.shared, c.exchange
	if x == &s.idle {
		return
	}
	c.exchange = &s.idle
	*x = exchange{}
	if len(s.free) < keptExchanges {
		s.free = append(s.free, x)
	}
}
