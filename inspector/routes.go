package inspector

import (
	"slices"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
)

// routeKey is what a request and a line of the routing table have in common.
type routeKey struct{ pattern, handler string }

// routeStats is what happened to a route.
type routeStats struct {
	hits, errors int64
	lastStatus   int
	total        time.Duration
}

// maxRouteStats bounds how many routes are counted. An application has as many
// as somebody typed.
const maxRouteStats = 8192

// countRoute counts a finished request for its route. mu is held.
func (s *Store) countRoute(r *Request) {
	if r.Handler == "" {
		return // no route matched
	}
	handler := r.Handler // "blog.StoryHandler.Get"
	if i := strings.LastIndexByte(handler, '.'); i > 0 {
		handler = handler[:i]
	}
	key := routeKey{r.Pattern, handler}
	stats := s.routeStats[key]
	if stats == nil {
		if len(s.routeStats) >= maxRouteStats {
			return
		}
		stats = new(routeStats)
		s.routeStats[key] = stats
	}
	stats.hits++
	stats.total += r.Duration
	stats.lastStatus = r.Status
	if r.Status >= 500 {
		stats.errors++
	}
}

// setRoutes replaces the routing table. mu is held.
func (s *Store) setRoutes(routes []trace.Route) {
	s.held -= s.routeBytes
	s.routeBytes = 0
	for i := range routes {
		r := &routes[i]
		s.routeBytes += int64(256 + len(r.Pattern) + len(r.Name) + len(r.Handler) + len(r.File) + 32*len(r.Methods))
	}
	s.held += s.routeBytes
	s.routes = routes
}

// routeTable joins the routing table with what happened. mu is held.
func (s *Store) routeTable() []Route {
	routes := make([]Route, len(s.routes))
	for i, r := range s.routes {
		routes[i].Route = r
		stats := s.routeStats[routeKey{r.Pattern, r.Handler}]
		if stats == nil {
			continue
		}
		routes[i].Hits, routes[i].Errors, routes[i].LastStatus = stats.hits, stats.errors, stats.lastStatus
		routes[i].Mean = stats.total / time.Duration(stats.hits)
	}
	return routes
}

// loopTable copies the loops of the processes that run. mu is held.
func (s *Store) loopTable() []Loop {
	var loops []Loop
	for _, in := range s.ingests {
		for _, l := range in.loops {
			loops = append(loops, *l)
		}
	}
	slices.SortStableFunc(loops, func(a, b Loop) int {
		if a.Build != b.Build {
			return a.Build - b.Build
		}
		return a.Loop - b.Loop
	})
	return loops
}
