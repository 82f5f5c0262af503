package ioloop

import (
	"bytes"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
)

// How the watchdog looks at loops. It counts looks rather than reading a clock:
// when the machine or this process stood still, it did so as well.
const (
	lookInterval = 25 * time.Millisecond
	looksToCatch = 5   // at the same turn: it has lasted 100 ms at least
	looksToTell  = 120 // about three seconds: tell of it although it lasts
)

// dumpLimit is how much of the stacks of all goroutines is searched for the
// loop's own.
const dumpLimit = 1 << 20

// A watch is what the watchdog knows of one loop.
type watch struct {
	loop      int
	goroutine []byte       // what the loop's stack begins with in a dump
	began     atomic.Int64 // nanoseconds since watchEpoch; zero while the loop waits in its poller

	// Owned by the watchdog's goroutine.
	turn  int64 // the turn it looked at last, told by when it began
	looks int   // at that turn

	mu     sync.Mutex // guards what follows
	caught int64      // the turn that stack belongs to; zero when there is nothing to tell
	stack  []trace.Frame
}

var watchEpoch = time.Now()

// sinceEpoch is never zero.
func sinceEpoch() int64 { return int64(time.Since(watchEpoch)) + 1 }

// begin is called by the loop when its poller returns.
func (w *watch) begin() {
	if w != nil {
		w.began.Store(sinceEpoch())
	}
}

// end is called by the loop at the end of its turn.
func (w *watch) end() {
	if w == nil {
		return
	}
	began := w.began.Swap(0)
	if took := sinceEpoch() - began; took >= int64(lookInterval) {
		w.tell(began, time.Duration(took), false)
	}
}

// look is called by the watchdog time and again.
func (w *watch) look() {
	began := w.began.Load()
	if began != w.turn || began == 0 {
		w.turn, w.looks = began, 0
		return
	}
	switch w.looks++; w.looks {
	case looksToCatch:
		w.catch(began)
	case looksToTell:
		w.tell(began, time.Duration(sinceEpoch()-began), true)
	}
}

// catch keeps the stack of the turn that began then, if that turn still goes on.
func (w *watch) catch(began int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	stack := stackOf(w.goroutine)
	if w.began.Load() == began {
		w.caught, w.stack = began, stack
	}
}

// tell reports the turn that began then, if it was caught and not told before.
func (w *watch) tell(began int64, took time.Duration, lasts bool) {
	w.mu.Lock()
	told := w.caught != began
	stack := w.stack
	w.caught, w.stack = 0, nil
	w.mu.Unlock()
	if hooks := trace.Active(); !told && hooks != nil && hooks.LoopBlocked != nil {
		hooks.LoopBlocked(&trace.LoopBlocked{Time: time.Now(), Loop: w.loop, Duration: took, Lasts: lasts, Stack: stack})
	}
}

// The watchdog is one goroutine for all loops of the process. It runs while a
// loop does that was started with a listener to LoopBlocked.
var watchdog struct {
	mu      sync.Mutex // guards what follows
	watches []*watch
	quit    chan struct{}
	ended   chan struct{}
}

// watchLoop has the watchdog look at the loop that the calling goroutine runs,
// until unwatch is called. It returns nil if nobody wants to know.
func watchLoop(number int) *watch {
	hooks := trace.Active()
	if hooks == nil || hooks.LoopBlocked == nil {
		return nil
	}
	w := &watch{loop: number, goroutine: goroutineHeader()}
	d := &watchdog
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watches = append(d.watches, w)
	if len(d.watches) == 1 {
		d.quit, d.ended = make(chan struct{}), make(chan struct{})
		go watchLoops(d.quit, d.ended) // the last unwatch waits for it
	}
	return w
}

func (w *watch) unwatch() {
	if w == nil {
		return
	}
	d := &watchdog
	d.mu.Lock()
	d.watches = slices.DeleteFunc(d.watches, func(other *watch) bool { return other == w })
	last, quit, ended := len(d.watches) == 0, d.quit, d.ended
	d.mu.Unlock()
	if last {
		close(quit)
		<-ended
	}
}

func watchLoops(quit, ended chan struct{}) {
	defer close(ended)
	ticker := time.NewTicker(lookInterval)
	defer ticker.Stop()
	for {
		select {
		case <-quit:
			return
		case <-ticker.C:
		}
		watchdog.mu.Lock()
		watches := slices.Clone(watchdog.watches)
		watchdog.mu.Unlock()
		for _, w := range watches {
			w.look()
		}
	}
}

// goroutineHeader is what the calling goroutine's stack begins with: "goroutine 7 [".
func goroutineHeader() []byte {
	var buf [64]byte
	header, _, _ := bytes.Cut(buf[:runtime.Stack(buf[:], false)], []byte("["))
	return append(slices.Clone(header), '[')
}

// stackOf is the stack of the goroutine with that header, innermost first; nil
// if the program has so many goroutines that it is not found.
func stackOf(header []byte) []trace.Frame {
	dump := make([]byte, dumpLimit)
	dump = dump[:runtime.Stack(dump, true)]
	for len(dump) > 0 {
		var one []byte
		one, dump, _ = bytes.Cut(dump, []byte("\n\n"))
		if bytes.HasPrefix(one, header) {
			return parseStack(string(one))
		}
	}
	return nil
}

// parseStack reads what runtime.Stack wrote of one goroutine: a header, and for
// each function a line with its arguments and one with its place.
func parseStack(text string) []trace.Frame {
	var stack []trace.Frame
	lines := strings.Split(text, "\n")
	for i := 1; i+1 < len(lines); i++ {
		function := lines[i]
		if strings.HasPrefix(function, "created by ") {
			break
		}
		if strings.HasPrefix(function, "...") { // frames were left out
			continue
		}
		i++
		place, _, _ := strings.Cut(strings.TrimSpace(lines[i]), " +0x")
		colon := strings.LastIndexByte(place, ':')
		if colon < 0 {
			break // the dump ends in the middle of the line
		}
		line, _ := strconv.Atoi(place[colon+1:])
		if paren := strings.LastIndexByte(function, '('); paren > 0 {
			function = function[:paren]
		}
		stack = append(stack, trace.Frame{Function: function, File: place[:colon], Line: line})
	}
	return stack
}
