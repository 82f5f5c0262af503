package websocket

import (
	"slices"

	"github.com/tornado-dev/tornado/core/ioloop"
)

// A shard is what a Hub has on one loop.
type shard struct {
	// Set when it is made and never changed.
	hub  *Hub
	loop *ioloop.IOLoop

	// Owned by the loop.
	rooms   map[string]map[*conn]struct{}
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

// A membership is one connection's part in a room.
type membership struct {
	shard *shard
	room  string
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

func (s *shard) join(c *conn, room string) {
	if _, in := s.rooms[room][c]; in || c.ended {
		return
	}
	if s.rooms[room] == nil {
		s.rooms[room] = map[*conn]struct{}{}
	}
	s.rooms[room][c] = struct{}{}
	if c.memberships == nil {
		c.memberships = new([]membership)
	}
	*c.memberships = append(*c.memberships, membership{s, room})
	s.count(room, 1)
}

func (s *shard) leave(c *conn, room string) {
	if _, in := s.rooms[room][c]; !in {
		return
	}
	s.remove(c, room)
	*c.memberships = slices.DeleteFunc(*c.memberships, func(m membership) bool { return m == membership{s, room} })
}

func (s *shard) remove(c *conn, room string) {
	delete(s.rooms[room], c)
	if len(s.rooms[room]) == 0 {
		delete(s.rooms, room)
	}
	s.count(room, -1)
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
	if c.memberships == nil {
		return
	}
	for _, m := range *c.memberships {
		m.shard.remove(c, m.room)
		m.shard.retire()
	}
	c.memberships = nil
}

// deliver writes messages to everybody in a room. Each connection's leave before the
// next one's turn, so that one buffer does for all.
func (s *shard) deliver(room string, orders []order) {
	delivered, skipped, dropped := 0, 0, 0
	for c := range s.rooms[room] { // who ends meanwhile takes itself out
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
			if c.writePrepared(orders[i].message) {
				delivered++
			}
		}
		c.stream.Flush()
	}
	h := s.hub
	h.delivered.Add(int64(delivered))
	h.skipped.Add(int64(skipped))
	h.dropped.Add(int64(dropped))
}
