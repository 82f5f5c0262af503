package devserver

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

// States that the cases below start from. Build 1 is live unless it says otherwise.
var (
	stFirst     = state{stage: compiling, number: 1, attempt: 1}
	stFirstBoot = state{number: 1, attempt: 1, starting: 1, binary: 1}
	stBroken    = state{number: 1, attempt: 1, failed: true}
	stLive      = state{number: 1, attempt: 1, live: 1, good: 1}
	stSettling  = state{stage: settling, number: 1, attempt: 1, live: 1, good: 1, held: true}
	stCompiling = state{stage: compiling, number: 2, attempt: 2, live: 1, good: 1, held: true}
	stStarting  = state{number: 2, attempt: 2, live: 1, good: 1, starting: 2, binary: 2, held: true}
	stFailed    = state{number: 2, attempt: 2, live: 1, good: 1, failed: true}
	stSwapped   = state{number: 2, attempt: 2, live: 2, good: 2, leaving: 1}
	stOverlap   = state{stage: compiling, number: 3, attempt: 3, live: 1, good: 1, starting: 2, binary: 2, held: true}
	stRevived   = state{number: 2, attempt: 1, good: 1, starting: 2, binary: 1, crashes: 1}
	stWaiting   = state{number: 2, attempt: 1, good: 1, crashes: 2, waiting: true}
	stQuitting  = state{number: 1, attempt: 1, live: 1, good: 1, quitting: true}
)

func TestNext(t *testing.T) {
	for _, tt := range []struct {
		name    string
		from    state
		event   event
		want    func(*state) // what differs
		actions []action
	}{
		{"the first build begins", state{}, event{kind: begin},
			func(s *state) { *s = stFirst }, []action{{kind: build, program: 1}}},
		{"the first build is done", stFirst, event{kind: built, program: 1},
			func(s *state) { *s = stFirstBoot }, []action{{kind: start, program: 1, other: 1}}},
		{"the first build fails", stFirst, event{kind: buildFailed, program: 1},
			func(s *state) { *s = stBroken }, nil},
		{"the first program is ready", stFirstBoot, event{kind: ready, program: 1},
			func(s *state) { *s = stLive }, nil},
		{"the first program does not start", stFirstBoot, event{kind: exited, program: 1, soon: true},
			func(s *state) { *s = stBroken }, nil},
		{"the first program is never ready", stFirstBoot, event{kind: startTimeout, program: 1},
			func(s *state) { *s = stBroken; s.leaving = 1 }, []action{{kind: end, program: 1}}},
		{"saved while the first build runs", stFirst, event{kind: changed},
			func(s *state) { s.stage = settling }, []action{{kind: cancelBuild}}},
		{"saved while the first program starts", stFirstBoot, event{kind: changed},
			func(s *state) { s.stage = settling }, []action{{kind: hold, program: 1}}},
		{"saved after a failed first build", stBroken, event{kind: changed},
			func(s *state) { s.stage = settling }, nil},

		{"saved", stLive, event{kind: changed},
			func(s *state) { *s = stSettling }, []action{{kind: hold, program: 1}}},
		{"saved again", stSettling, event{kind: changed}, nil, nil},
		{"quiet", stSettling, event{kind: quiet},
			func(s *state) { *s = stCompiling }, []action{{kind: build, program: 2}}},
		{"quiet and nothing differs", stSettling, event{kind: quiet, same: 1},
			func(s *state) { *s = stLive }, []action{{kind: resume, program: 1}}},
		{"quiet without a save", stLive, event{kind: quiet}, nil, nil},
		{"saved while it builds", stCompiling, event{kind: changed},
			func(s *state) { s.stage = settling }, []action{{kind: cancelBuild}}},
		{"built", stCompiling, event{kind: built, program: 2},
			func(s *state) { *s = stStarting }, []action{{kind: start, program: 2, other: 2}}},
		{"a cancelled build is done all the same", stCompiling, event{kind: built, program: 1}, nil, nil},
		{"a cancelled build fails", stCompiling, event{kind: buildFailed, program: 1}, nil, nil},
		{"the build fails", stCompiling, event{kind: buildFailed, program: 2},
			func(s *state) { *s = stFailed }, []action{{kind: resume, program: 1}}},
		{"ready", stStarting, event{kind: ready, program: 2},
			func(s *state) { *s = stSwapped }, []action{{kind: handOver, program: 1, other: 2}}},
		{"a second server is ready", stSwapped, event{kind: ready, program: 2}, nil, nil},
		{"the new program does not start", stStarting, event{kind: exited, program: 2, soon: true},
			func(s *state) { *s = stFailed }, []action{{kind: resume, program: 1}}},
		{"the new program is never ready", stStarting, event{kind: startTimeout, program: 2},
			func(s *state) { *s = stFailed; s.leaving = 1 },
			[]action{{kind: end, program: 2}, {kind: resume, program: 1}}},
		{"a time-out that came too late", stSwapped, event{kind: startTimeout, program: 2}, nil, nil},
		{"the old program has no connection left", stSwapped, event{kind: handedOver, program: 1},
			nil, []action{{kind: end, program: 1}}},
		{"the old program drains for too long", stSwapped, event{kind: drainTimeout, program: 1},
			nil, []action{{kind: end, program: 1}}},
		{"the old program has ended", stSwapped, event{kind: exited, program: 1},
			func(s *state) { s.leaving = 0 }, nil},

		{"reverted after a failed build", stFailed, event{kind: changed},
			func(s *state) { s.stage, s.held = settling, true }, []action{{kind: hold, program: 1}}},
		{"quiet, and again the source that is live", state{stage: settling, number: 2, attempt: 2, live: 1, good: 1, held: true, failed: true},
			event{kind: quiet, same: 1},
			func(s *state) { s.stage, s.held, s.failed = idle, false, false }, []action{{kind: resume, program: 1}}},
		{"quiet, and again the source that failed", state{stage: settling, number: 2, attempt: 2, live: 1, good: 1, held: true, failed: true},
			event{kind: quiet, same: 2},
			func(s *state) { s.stage, s.held = idle, false }, []action{{kind: resume, program: 1}}},
		{"rebuild", stLive, event{kind: rebuild},
			func(s *state) { *s = stCompiling }, []action{{kind: hold, program: 1}, {kind: build, program: 2}}},
		{"rebuild while it builds", stCompiling, event{kind: rebuild},
			func(s *state) { s.number, s.attempt = 3, 3 }, []action{{kind: cancelBuild}, {kind: build, program: 3}}},
		{"rebuild at once instead of waiting", stSettling, event{kind: rebuild},
			func(s *state) { *s = stCompiling }, []action{{kind: build, program: 2}}},

		{"saved while the new program starts", stStarting, event{kind: changed},
			func(s *state) { s.stage = settling }, []action{{kind: hold, program: 2}}},
		{"quiet, and nothing newer than what starts", state{stage: settling, number: 2, attempt: 2, live: 1, good: 1, starting: 2, binary: 2, held: true},
			event{kind: quiet, same: 2},
			func(s *state) { *s = stStarting }, []action{{kind: resume, program: 2}}},
		{"ready while the next builds", stOverlap, event{kind: ready, program: 2},
			func(s *state) { s.live, s.good, s.starting, s.binary, s.leaving = 2, 2, 0, 0, 1 },
			[]action{{kind: handOver, program: 1, other: 2}}},
		{"built while the one before starts", stOverlap, event{kind: built, program: 3},
			func(s *state) { s.stage, s.starting, s.binary, s.leaving = idle, 3, 3, 1 },
			[]action{{kind: end, program: 2}, {kind: start, program: 3, other: 3}}},
		{"the build fails while the one before starts", stOverlap, event{kind: buildFailed, program: 3},
			func(s *state) { s.stage, s.failed = idle, true }, []action{{kind: resume, program: 2}}},
		{"what starts dies while the next builds", stOverlap, event{kind: exited, program: 2, soon: true},
			func(s *state) { s.starting, s.binary = 0, 0 }, nil},

		{"it dies", stLive, event{kind: exited, program: 1},
			func(s *state) { *s = stRevived }, []action{{kind: start, program: 2, other: 1}}},
		{"it dies again soon", state{number: 2, attempt: 1, live: 2, good: 1, crashes: 1}, event{kind: exited, program: 2, soon: true},
			func(s *state) { *s = stWaiting }, []action{{kind: backOff, after: 250 * time.Millisecond}}},
		{"it dies after a long life", state{number: 3, attempt: 1, live: 3, good: 1, crashes: 4}, event{kind: exited, program: 3},
			func(s *state) { *s = state{number: 4, attempt: 1, good: 1, starting: 4, binary: 1, crashes: 1} },
			[]action{{kind: start, program: 4, other: 1}}},
		{"it dies too often", state{number: 7, attempt: 1, live: 7, good: 1, crashes: maxCrashes}, event{kind: exited, program: 7, soon: true},
			func(s *state) { s.live, s.crashes = 0, maxCrashes+1 }, nil},
		{"the wait is over", stWaiting, event{kind: backedOff},
			func(s *state) { s.waiting, s.number, s.starting, s.binary = false, 3, 3, 1 },
			[]action{{kind: start, program: 3, other: 1}}},
		{"saved while it waits", stWaiting, event{kind: changed},
			func(s *state) { s.stage = settling }, nil},
		{"the wait is over while it builds", state{stage: compiling, number: 3, attempt: 3, good: 1, crashes: 2, waiting: true}, event{kind: backedOff},
			func(s *state) { s.waiting = false }, nil},
		{"the revived program does not start", stRevived, event{kind: exited, program: 2, soon: true},
			func(s *state) { *s = stWaiting }, []action{{kind: backOff, after: 250 * time.Millisecond}}},
		{"it dies while it builds", stCompiling, event{kind: exited, program: 1},
			func(s *state) { s.live, s.held = 0, false }, nil},
		{"it died and the build fails", state{stage: compiling, number: 2, attempt: 2, good: 1}, event{kind: buildFailed, program: 2},
			func(s *state) { s.stage, s.failed, s.number, s.starting, s.binary = idle, true, 3, 3, 1 },
			[]action{{kind: start, program: 3, other: 1}}},
		{"it dies while the new program starts", stStarting, event{kind: exited, program: 1},
			func(s *state) { s.live, s.held = 0, false }, nil},

		{"a template is saved", stLive, event{kind: files, paths: []string{"/a"}},
			func(s *state) { s.reloads = 1 }, []action{{kind: forget, program: 1, paths: []string{"/a"}}}},
		{"a template is saved while a program starts", stStarting, event{kind: files, paths: []string{"/a"}},
			func(s *state) { s.reloads = 1 },
			[]action{{kind: forget, program: 1, paths: []string{"/a"}}, {kind: forget, program: 2, paths: []string{"/a"}}}},
		{"a template is saved and nothing runs", stBroken, event{kind: files, paths: []string{"/a"}}, nil, nil},

		{"quit", stLive, event{kind: quit},
			func(s *state) { s.quitting = true }, []action{{kind: endAll}}},
		{"quit while it builds", stCompiling, event{kind: quit},
			func(s *state) { s.stage, s.quitting = idle, true }, []action{{kind: cancelBuild}, {kind: endAll}}},
		{"quit and nothing runs", stBroken, event{kind: quit},
			func(s *state) { s.quitting, s.ended = true, true }, []action{{kind: endAll}}},
		{"saved while it quits", stQuitting, event{kind: changed}, nil, nil},
		{"the last program has ended", stQuitting, event{kind: exited, program: 1},
			func(s *state) { s.live, s.ended = 0, true }, nil},
		{"one of two programs has ended", state{live: 2, good: 2, leaving: 1, quitting: true}, event{kind: exited, program: 2},
			func(s *state) { s.live = 0 }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.from
			if tt.want != nil {
				tt.want(&want)
			}
			got, actions := next(tt.from, tt.event)
			if got != want {
				t.Errorf("state\n got %+v\nwant %+v", got, want)
			}
			if len(actions) != len(tt.actions) || len(actions) > 0 && !reflect.DeepEqual(actions, tt.actions) {
				t.Errorf("actions\n got %+v\nwant %+v", actions, tt.actions)
			}
		})
	}
}

// TestNextEverywhere sends every event in every state that any eight events can
// lead to, and checks what must hold whatever happens.
func TestNextEverywhere(t *testing.T) {
	type node struct {
		state state
		held  [2]int // programs that were told to hold and not to resume, at most two
	}
	seen := map[node]bool{}
	level := []node{{}}
	seen[level[0]] = true
	for range 8 {
		var following []node
		for _, n := range level {
			for _, e := range eventsFor(n.state) {
				after, actions := next(n.state, e)
				held, problem := follow(n.held, n.state, after, e, actions)
				if problem != "" {
					t.Fatalf("%s: in %+v event %+v leads to %+v with %+v", problem, n.state, e, after, actions)
				}
				m := node{after, held}
				if !seen[m] {
					seen[m] = true
					following = append(following, m)
				}
			}
		}
		level = following
	}
	if len(seen) < 1000 {
		t.Errorf("only %d states were reached; the walk does not go where it should", len(seen))
	}
}

// eventsFor lists what may happen in s.
func eventsFor(s state) []event {
	if s.number == 0 {
		return []event{{kind: begin}, {kind: quit}}
	}
	events := []event{
		{kind: changed}, {kind: quiet}, {kind: rebuild}, {kind: files}, {kind: backedOff}, {kind: quit},
		{kind: quiet, same: s.good}, {kind: quiet, same: s.attempt}, {kind: quiet, same: s.binary},
		{kind: built, program: s.attempt}, {kind: buildFailed, program: s.attempt},
	}
	for _, program := range []int{s.live, s.starting, s.number + 100} {
		events = append(events, event{kind: ready, program: program}, event{kind: startTimeout, program: program},
			event{kind: handedOver, program: program}, event{kind: drainTimeout, program: program})
		if program != 0 && (program <= s.number || s.leaving > 0) {
			events = append(events, event{kind: exited, program: program}, event{kind: exited, program: program, soon: true})
		}
	}
	return events
}

// follow applies the actions to the programs that are held, and says what is
// wrong with them.
func follow(held [2]int, before, after state, e event, actions []action) ([2]int, string) {
	holding := map[int]bool{held[0]: true, held[1]: true}
	for _, a := range actions {
		switch a.kind {
		case hold:
			if holding[a.program] {
				return held, "held twice"
			}
			holding[a.program] = true
		case resume:
			if !holding[a.program] {
				return held, "resumed without being held"
			}
			delete(holding, a.program)
		case start:
			if a.program != after.starting || a.other == 0 {
				return held, "started a program and forgot it"
			}
		case handOver:
			if !holding[a.program] || a.other != after.live {
				return held, "handed over without a hold, or to nobody"
			}
		case build:
			if before.stage == compiling && actions[0].kind != cancelBuild {
				return held, "two builds at once"
			}
		}
	}
	var kept [2]int
	i := 0
	for _, program := range []int{after.live, after.starting} {
		if program != 0 && holding[program] {
			kept[i] = program
			i++
		}
	}
	switch {
	case after.stage != idle && after.live != 0 && !holding[after.live]:
		return kept, "old code answers while new is on the way"
	case after.stage == idle && after.starting == 0 && after.live != 0 && holding[after.live] && !after.quitting:
		return kept, "the live program is held for nothing"
	case after.starting != 0 && after.stage == idle && holding[after.starting] && !after.quitting:
		return kept, "the starting program is held for nothing"
	case after.live != 0 && after.held != holding[after.live] && !after.quitting:
		return kept, fmt.Sprintf("held is %t", after.held)
	case after.ended && (after.live != 0 || after.starting != 0):
		return kept, "ended with a program that runs"
	case !after.quitting && after.live == 0 && after.starting == 0 && after.good != 0 && after.stage == idle && !after.waiting &&
		after.crashes <= maxCrashes:
		return kept, "a dead program is not started again"
	}
	return kept, ""
}
