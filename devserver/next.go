package devserver

import "time"

// stage is how far the newest source has come.
type stage uint8

const (
	idle      stage = iota // it was built, or failed to, and nothing was saved since
	settling               // something was saved; the files are not quiet yet
	compiling              // go build runs
)

// state is all that the decisions of the supervisor depend on. Programs and
// binaries are known by number: a program has the number of its build, and one
// that replaces a dead program a number of its own. Zero is none.
//
// While something newer is on the way (stage is not idle) the live and the
// starting program are held, so that no request is answered by old code.
type state struct {
	stage   stage
	number  int // the last that was given
	attempt int // of the newest build

	live     int // the program that has the sockets
	starting int // the program that is not ready yet
	binary   int // what starting was started from
	good     int // the binary that was live last
	leaving  int // programs that have been told to end, and have not

	held    bool // the live program does not answer
	failed  bool // the newest source did not build, or did not start
	waiting bool // a dead program is started again after a while
	crashes int  // how often in a row a program died soon
	reloads int  // saves that needed no build

	quitting bool
	ended    bool
}

// An event is something that happened to the files, a build or a program.
type event struct {
	kind    eventKind
	program int      // of built to backedOff: the number of the build or program
	same    int      // of quiet: the build with exactly these sources, or zero
	soon    bool     // of exited: shortly after it became ready
	paths   []string // of files
}

type eventKind uint8

const (
	begin        eventKind = iota // Run was called
	changed                       // a source has another content than before
	quiet                         // no source changed for a while
	rebuild                       // somebody asked for it
	files                         // templates or static files were saved
	built                         // a build succeeded
	buildFailed                   // a build failed
	ready                         // a program accepts
	startTimeout                  // a program was not ready in time
	exited                        // a program has ended
	handedOver                    // a program has no connection left
	drainTimeout                  // a program has connections for too long
	backedOff                     // the wait before the next start is over
	quit                          // Run has to return
	eventKinds
)

// An action is what the shell shall do; with a program or binary where one is
// meant.
type action struct {
	kind    actionKind
	program int
	other   int           // of start: the binary; of handOver: the successor
	after   time.Duration // of backOff
	paths   []string      // of forget
}

type actionKind uint8

const (
	build       actionKind = iota // build the sources as they are
	cancelBuild                   // stop the build that runs
	hold                          // let the program stop accepting and reading
	resume                        // take that back
	start                         // start the program from the binary
	handOver                      // let the program give its connections to the successor
	end                           // let the program end, by force if need be
	forget                        // let the program drop what it made of files
	backOff                       // send backedOff after a while
	endAll                        // end every program
)

// maxCrashes is how often in a row a program may die before it is left alone
// until somebody saves something.
const maxCrashes = 6

// crashDelay is how long to wait before a program is started again that has died
// soon for the n-th time in a row.
func crashDelay(n int) time.Duration {
	if n <= 1 {
		return 0
	}
	return min(250*time.Millisecond<<(n-2), 5*time.Second)
}

// next decides: what state follows from an event, and what is to be done. It is
// the only place where that is decided, and does nothing itself.
func next(s state, e event) (state, []action) {
	if s.quitting && e.kind != exited {
		return s, nil
	}
	switch e.kind {
	case begin:
		return compile(s)
	case changed:
		return sourceChanged(s)
	case quiet:
		return filesQuiet(s, e.same)
	case rebuild:
		s, actions := sourceChanged(s)
		s, more := compile(s)
		return s, append(actions, more...)
	case files:
		return filesSaved(s, e.paths)
	case built:
		return buildDone(s, e.program)
	case buildFailed:
		return buildBroken(s, e.program)
	case ready:
		return programReady(s, e.program)
	case startTimeout:
		if e.program == 0 || e.program != s.starting {
			return s, nil
		}
		s.leaving++
		s, actions := startFailed(s)
		return s, append([]action{{kind: end, program: e.program}}, actions...)
	case exited:
		return programExited(s, e.program, e.soon)
	case handedOver, drainTimeout:
		if e.program == s.live || e.program == s.starting {
			return s, nil
		}
		return s, []action{{kind: end, program: e.program}}
	case backedOff:
		if !s.waiting {
			return s, nil
		}
		s.waiting = false
		return restart(s)
	case quit:
		return leave(s)
	}
	return s, nil
}

// compile begins a build of the present sources.
func compile(s state) (state, []action) {
	s.stage = compiling
	s.number++
	s.attempt = s.number
	return s, []action{{kind: build, program: s.attempt}}
}

// sourceChanged holds what runs, at once, and waits for the files to be quiet.
func sourceChanged(s state) (state, []action) {
	var actions []action
	switch s.stage {
	case compiling:
		actions = append(actions, action{kind: cancelBuild})
	case idle:
		if s.live != 0 && !s.held {
			s.held = true
			actions = append(actions, action{kind: hold, program: s.live})
		}
		if s.starting != 0 {
			actions = append(actions, action{kind: hold, program: s.starting})
		}
	}
	s.stage = settling
	return s, actions
}

// filesQuiet builds, unless the sources are again what was built already.
func filesQuiet(s state, same int) (state, []action) {
	if s.stage != settling {
		return s, nil
	}
	switch {
	case same == 0:
		return compile(s)
	case s.starting != 0 && same == s.binary:
		s.stage = idle
		return s, []action{{kind: resume, program: s.starting}}
	case s.starting == 0 && s.live != 0 && same == s.good:
		s.failed = false
		return release(s)
	case s.starting == 0 && s.failed && same == s.attempt:
		return release(s)
	}
	return compile(s)
}

// release lets what runs go on, since nothing newer is on the way.
func release(s state) (state, []action) {
	s.stage = idle
	var actions []action
	if s.starting != 0 {
		// The live program stays held for it.
		return s, []action{{kind: resume, program: s.starting}}
	}
	if s.live != 0 && s.held {
		actions = append(actions, action{kind: resume, program: s.live})
	}
	s.held = false
	if s.live == 0 && !s.waiting && s.good != 0 {
		return restart(s)
	}
	return s, actions
}

func filesSaved(s state, paths []string) (state, []action) {
	var actions []action
	for _, program := range []int{s.live, s.starting} {
		if program != 0 {
			actions = append(actions, action{kind: forget, program: program, paths: paths})
		}
	}
	if len(actions) > 0 {
		s.reloads++
	}
	return s, actions
}

func buildDone(s state, program int) (state, []action) {
	if s.stage != compiling || program != s.attempt {
		return s, nil
	}
	var actions []action
	if s.starting != 0 { // an earlier build, which is held since the sources changed
		actions = append(actions, action{kind: end, program: s.starting})
		s.leaving++
	}
	s.stage, s.failed, s.waiting, s.crashes = idle, false, false, 0
	s.starting, s.binary = program, program
	return s, append(actions, action{kind: start, program: program, other: program})
}

func buildBroken(s state, program int) (state, []action) {
	if s.stage != compiling || program != s.attempt {
		return s, nil
	}
	s.failed = true
	return release(s)
}

func programReady(s state, program int) (state, []action) {
	if program == 0 || program != s.starting {
		return s, nil // a further server of a program that is known
	}
	var actions []action
	if s.live != 0 {
		actions = append(actions, action{kind: handOver, program: s.live, other: program})
		s.leaving++
	}
	s.live, s.good, s.starting, s.binary = program, s.binary, 0, 0
	s.held = s.stage != idle
	return s, actions
}

// startFailed forgets the starting program, which has ended or will.
func startFailed(s state) (state, []action) {
	again := s.live == 0 && s.binary == s.good
	s.starting, s.binary = 0, 0
	if s.stage != idle {
		return s, nil // what comes next decides
	}
	if again {
		return crashed(s)
	}
	s.failed = true
	return release(s)
}

func programExited(s state, program int, soon bool) (state, []action) {
	var actions []action
	switch {
	case program == 0:
		return s, nil
	case program == s.live:
		s.live, s.held = 0, false
		if !soon {
			s.crashes = 0
		}
		if s.stage == idle && s.starting == 0 && !s.quitting {
			s, actions = crashed(s)
		}
	case program == s.starting && s.quitting:
		s.starting = 0
	case program == s.starting:
		s, actions = startFailed(s)
	default:
		s.leaving = max(s.leaving-1, 0)
	}
	s.ended = s.quitting && s.live == 0 && s.starting == 0 && s.leaving == 0
	return s, actions
}

// crashed starts the last good program again, later and later, and at last not
// until something is saved.
func crashed(s state) (state, []action) {
	s.crashes++
	if s.crashes > maxCrashes {
		return s, nil
	}
	if delay := crashDelay(s.crashes); delay > 0 {
		s.waiting = true
		return s, []action{{kind: backOff, after: delay}}
	}
	return restart(s)
}

// restart starts the last good program again, if nothing else is on the way.
func restart(s state) (state, []action) {
	if s.stage != idle || s.live != 0 || s.starting != 0 || s.good == 0 {
		return s, nil
	}
	s.number++
	s.starting, s.binary = s.number, s.good
	return s, []action{{kind: start, program: s.starting, other: s.binary}}
}

func leave(s state) (state, []action) {
	s.quitting, s.waiting = true, false
	var actions []action
	if s.stage == compiling {
		actions = append(actions, action{kind: cancelBuild})
	}
	s.stage = idle
	s.ended = s.live == 0 && s.starting == 0 && s.leaving == 0
	return s, append(actions, action{kind: endAll})
}

// phase is what the state looks like from outside.
func (s state) phase() Phase {
	switch {
	case s.stage == compiling || s.starting != 0:
		return Building
	case s.stage == settling && s.live == 0 && !s.failed && s.good == 0:
		return Building // the first build, interrupted by a save
	case s.failed || s.live == 0:
		return Failed
	}
	return Live
}
