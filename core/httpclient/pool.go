package httpclient

import (
	"cmp"
	"slices"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/netutil"
)

// A pool keeps connections that nobody uses, until somebody does, or their time is
// over. It belongs to the client's loop.
type pool struct {
	client *AsyncHTTPClient
	idle   map[string][]*http1connection.ClientConnection // by the key of the route; the latest last
	keys   map[*http1connection.ClientConnection]string   // of those
	order  []*http1connection.ClientConnection            // all of them; the latest last
}

// take gives the connection that was used last, or nil. One on which something has
// come that nobody asked for is closed: it would be taken for the answer to what is
// asked next.
func (p *pool) take(key string) *http1connection.ClientConnection {
	for list := p.idle[key]; len(list) > 0; list = p.idle[key] {
		c := list[len(list)-1]
		p.forget(c)
		if !c.Closed() && !c.Stream().PeerEnded() && !netutil.HasUnread(c.Stream().FD()) {
			return c
		}
		c.Close(nil)
	}
	return nil
}

// put keeps a connection, or closes it.
func (p *pool) put(key string, c *http1connection.ClientConnection) {
	o := &p.client.options
	timeout := cmp.Or(o.IdleTimeout, defaultIdleTimeout)
	if timeout < 0 || p.client.state.closed || !c.Reusable() {
		c.Close(nil)
		return
	}
	if p.idle == nil {
		p.idle = map[string][]*http1connection.ClientConnection{}
		p.keys = map[*http1connection.ClientConnection]string{}
	}
	if list := p.idle[key]; len(list) >= cmp.Or(o.MaxIdlePerHost, p.client.maxClients()) {
		list[0].Close(nil)
	}
	if len(p.order) >= cmp.Or(o.MaxIdle, defaultMaxIdle) {
		p.order[0].Close(nil)
	}
	p.idle[key] = append(p.idle[key], c)
	p.keys[c] = key
	p.order = append(p.order, c)
	c.Idle(timeout)
}

// forget drops a connection that is not idle any more.
func (p *pool) forget(c *http1connection.ClientConnection) {
	key, ok := p.keys[c]
	if !ok {
		return
	}
	delete(p.keys, c)
	p.order = without(p.order, c)
	if p.idle[key] = without(p.idle[key], c); len(p.idle[key]) == 0 {
		delete(p.idle, key)
	}
}

// without takes c out of a list, in which it is late rather than early.
func without(list []*http1connection.ClientConnection, c *http1connection.ClientConnection) []*http1connection.ClientConnection {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i] == c {
			return slices.Delete(list, i, i+1)
		}
	}
	return list
}

func (p *pool) closeAll() {
	for len(p.order) > 0 {
		p.order[0].Close(nil)
	}
}

// ConnectionClosed is called by a connection.
func (p *pool) ConnectionClosed(c *http1connection.ClientConnection, _ error) { p.forget(c) }
