package websocket

import (
	"github.com/tornado-dev/tornado/core/ioloop"
)

// A shard is what a Hub has on one loop.
type shard struct {
	// Set when it is made and never changed.
	hub  *Hub
	loop *ioloop.IOLoop

	// Owned by the loop.
	rooms   map[string]*room
	working bool

	// Guarded by the Hub's mu.
	orders    []order
	scheduled bool
}

// An order is something for a shard to do. All go one way, so that they are done in
// the order they were given in.
type order struct {
	kind    orderKind
	room    string
	member  *conn
	message *prepared
}

type orderKind uint8

const (
	joins orderKind = iota
	leaves
	delivers
)

// A room is what it has on one loop. That its members stand in a row, mostly by their
// age, makes the next one's memory known before its turn comes.
type room struct {
	shard   *shard
	name    string
	members []*conn
}

// A membership is one connection's part in a room. Those of a connection are a list.
type membership struct {
	room  *room
	index int // among the members
	next  *membership
}

// membership is where the one in a room is, or would be.
func (c *conn) membership(r *room) **membership {
	at := &c.memberships
	for *at != nil && (*at).room != r {
		at = &(*at).next
	}
	return at
}

// give has the loop do something. It is called with the Hub's mu held.
func (s *shard) give(o order) {
	s.orders = append(s.orders, o)
	if !s.scheduled {
		s.scheduled = true
		s.loop.AddCallback(s.work)
	}
}

// work does what was ordered, on the loop.
func (s *shard) work() {
	s.hub.mu.Lock()
	orders := s.orders
	s.orders, s.scheduled = nil, false
	s.hub.mu.Unlock()
	s.working = true
	for len(orders) > 0 {
		n := 1
		switch o := orders[0]; o.kind {
		case joins:
			s.join(o.member, o.room)
		case leaves:
			s.leave(o.member, o.room)
		default:
			for n < len(orders) && orders[n].kind == delivers && orders[n].room == o.room {
				n++
			}
			s.deliver(o.room, orders[:n])
		}
		orders = orders[n:]
	}
	s.working = false
	s.retire()
}

func (s *shard) join(c *conn, name string) {
	r := s.rooms[name]
	if c.ended || r != nil && *c.membership(r) != nil {
		return
	}
	if r == nil {
		r = &room{shard: s, name: name}
		s.rooms[name] = r
	}
	c.memberships = &membership{room: r, index: len(r.members), next: c.memberships}
	r.members = append(r.members, c)
	s.count(name, 1)
}

func (s *shard) leave(c *conn, name string) {
	r := s.rooms[name]
	if r == nil {
		return
	}
	at := c.membership(r)
	if m := *at; m != nil {
		*at = m.next
		r.remove(m.index)
	}
}

// remove takes a member out. The last one gets the place.
func (r *room) remove(index int) {
	last := len(r.members) - 1
	if index != last {
		moved := r.members[last]
		r.members[index] = moved
		(*moved.membership(r)).index = index
	}
	r.members[last] = nil
	r.members = r.members[:last]
	if last == 0 {
		delete(r.shard.rooms, r.name)
	}
	r.shard.count(r.name, -1)
}

func (s *shard) count(room string, change int) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sizes[room] += change; h.sizes[room] == 0 {
		delete(h.sizes, room)
	}
}

// retire takes a shard without connections out of the Hub: the loop may end. Not while
// it works, since the next order may be that somebody joins.
func (s *shard) retire() {
	if len(s.rooms) > 0 || s.working {
		return
	}
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(s.orders) == 0 {
		delete(h.shards, s.loop)
	}
}

// leaveRooms is called when a connection has ended.
func (c *conn) leaveRooms() {
	for m := c.memberships; m != nil; m = m.next {
		m.room.remove(m.index)
		m.room.shard.retire()
	}
	c.memberships = nil
}

// deliver writes messages to everybody in a room. Each connection's leave before the
// next one's turn, so that one buffer does for all.
func (s *shard) deliver(name string, orders []order) {
	r := s.rooms[name]
	if r == nil {
		return
	}
	delivered, skipped, dropped := 0, 0, 0
	// From the end: a member that closes meanwhile takes itself out, and the one that
	// gets its place has had its turn.
	for i := len(r.members) - 1; i >= 0; i-- {
		c := r.members[i]
		if c.stream.Unwritten() > s.hub.options.MaxQueue {
			if s.hub.options.Slow == DropSlow {
				dropped++
				c.stream.Close(ErrSlowReader)
			} else {
				skipped += len(orders)
			}
			continue
		}
		for i := range orders {
			if c.writePrepared(orders[i].message, len(orders) == 1) {
				delivered++
			}
		}
		if len(orders) > 1 {
			c.stream.Flush()
		}
	}
	h := s.hub
	h.delivered.Add(int64(delivered))
	h.skipped.Add(int64(skipped))
	h.dropped.Add(int64(dropped))
}
