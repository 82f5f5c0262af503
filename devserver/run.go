package devserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/inspector/wire"
)

// How long files that are saved are waited for.
const (
	assetQuiet = 6 * time.Millisecond   // after the last template or static file
	emptyQuiet = 10 * time.Millisecond  // while a file is empty
	emptyLimit = 250 * time.Millisecond // since the first save, for a file that is empty
)

// sourceQuiet is how long sources must not change before they are built, after
// that many changes: an editor saves one, a change of branch thousands.
func sourceQuiet(changes int) time.Duration {
	switch {
	case changes <= 1:
		return 10 * time.Millisecond
	case changes <= 5:
		return 25 * time.Millisecond
	case changes <= 50:
		return 100 * time.Millisecond
	}
	return 250 * time.Millisecond
}

// A run is one call of Server.Run: the shell round next. It belongs to the
// goroutine of Run, which the others reach through inbox.
type run struct {
	// Set by newRun and never changed.
	server  *Server
	options *Options
	project *project
	store   *inspector.Store
	token   string          // shown by the pages of all programs of this run
	inbox   chan func()     // unbuffered
	ctx     context.Context // ends when nobody reads inbox any longer
	stop    context.CancelFunc
	others  sync.WaitGroup

	builder    *builder
	spawner    *spawner
	sockets    *sockets
	watcher    *watcher
	classifier *classifier
	sources    *sources

	state       state
	queue       []event // what follows from actions, to be handled next
	handling    bool
	programs    map[int]*program
	cancelBuild context.CancelFunc
	status      State

	// Of the save that is being waited for.
	noticed    time.Time // when the running program was told to hold for it
	firstSave  time.Time
	changes    int
	trigger    string
	empties    map[string]bool // sources that are empty
	quietTimer *time.Timer

	assets     map[string]bool // that were saved
	firstAsset time.Time
	assetTimer *time.Timer
}

func newRun(s *Server) (*run, error) {
	r := &run{
		server:  s,
		options: &s.options,
		project: s.project,
		store:   s.store,
		token:   rand.Text(),
		inbox:   make(chan func()),

		spawner: newSpawner(),
		sockets: newSockets(s.options.Addr),
		classifier: &classifier{
			root: s.project.root, embedded: make(map[string]bool), roots: make(map[string]string),
		},
		sources:  newSources(),
		programs: make(map[int]*program),
		status:   s.Snapshot(),
		empties:  make(map[string]bool),
		assets:   make(map[string]bool),
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	var err error
	if r.builder, err = newBuilder(s.project, s.options.BuildFlags, r.spawner.start); err != nil {
		r.stop()
		r.spawner.close()
		return nil, err
	}
	r.watcher = newWatcher(s.options.Poll, func(text string) { r.note("warning", text) })
	if err := r.watcher.Add(s.project.root); err != nil {
		r.close()
		return nil, err
	}
	if err := r.sources.scan(r.classifier); err != nil {
		r.close()
		return nil, fmt.Errorf("read the project: %w", err)
	}
	r.quietTimer = time.NewTimer(time.Hour)
	r.quietTimer.Stop()
	r.assetTimer = time.NewTimer(time.Hour)
	r.assetTimer.Stop()
	return r, nil
}

// close gives back what newRun took.
func (r *run) close() {
	r.stop()
	r.watcher.Close()
	r.spawner.close()
	r.builder.remove()
	r.sockets.close()
}

// post runs f on the goroutine of Run, unless that has ended.
func (r *run) post(f func()) bool {
	select {
	case r.inbox <- f:
		return true
	case <-r.ctx.Done():
		return false
	}
}

func (r *run) run(ctx context.Context) error {
	r.handle(event{kind: begin})
	quitting := ctx.Done()
	for !r.state.ended {
		select {
		case <-quitting:
			quitting = nil
			r.handle(event{kind: quit})
		case f := <-r.inbox:
			f()
		case path := <-r.watcher.paths:
			r.touched(path)
		case <-r.quietTimer.C:
			r.sourcesQuiet()
		case <-r.assetTimer.C:
			r.assetsQuiet()
		case <-r.server.rebuilds:
			r.begunSave("")
			r.handle(event{kind: rebuild})
		}
	}
	r.stop()
	r.others.Wait()
	r.close()
	return nil
}

// note tells the developer something that is no error of his program.
func (r *run) note(level, text string) {
	r.store.AddLog(inspector.Log{Build: r.status.Build, Time: time.Now(), Level: level, Logger: "tornado-dev", Message: text})
}

// handle lets next decide what follows from e, and does it.
func (r *run) handle(e event) {
	r.queue = append(r.queue, e)
	if r.handling {
		return
	}
	r.handling = true
	for len(r.queue) > 0 {
		e := r.queue[0]
		r.queue = r.queue[1:]
		was := r.state
		var actions []action
		r.state, actions = next(was, e)
		for _, a := range actions {
			r.do(a)
		}
		r.settled(was, e)
	}
	r.handling = false
	r.publish()
}

// do carries out one action.
func (r *run) do(a action) {
	p := r.programs[a.program]
	switch a.kind {
	case build:
		r.build(a.program)
	case cancelBuild:
		r.cancelBuild()
	case start:
		r.start(a.program, a.other)
	case hold:
		p.send(&wire.Control{Type: wire.ControlHold})
	case resume:
		p.send(&wire.Control{Type: wire.ControlResume})
	case forget:
		p.send(&wire.Control{Type: wire.ControlForget, Paths: a.paths})
	case handOver:
		r.handOver(p, r.programs[a.other])
	case end:
		p.end(endGrace)
	case endAll:
		for _, p := range r.programs {
			p.end(endGrace)
		}
	case backOff:
		timer := time.NewTimer(a.after)
		r.others.Go(func() { // ends with the timer or with Run
			defer timer.Stop()
			select {
			case <-timer.C:
				r.post(func() { r.handle(event{kind: backedOff}) })
			case <-r.ctx.Done():
			}
		})
	}
}

// settled does what follows from the change of the state itself.
func (r *run) settled(was state, e event) {
	if r.state.live != was.live && r.state.live != 0 {
		r.wentLive(was)
	}
	if r.state.phase() == Live && was.phase() != Live {
		r.status.Message = ""
		r.store.ResolveBuildErrors(r.state.number)
	}
	r.tellPages(was, e)
	if r.state.stage == idle && was.stage == settling {
		r.trigger, r.firstSave, r.changes = "", time.Time{}, 0 // it came to nothing
	}
}

// tellPages lets the program tell the open pages of browsers what became of a
// save. That there is a new program they hear from the programs themselves.
func (r *run) tellPages(was state, e event) {
	p := r.programs[r.state.live]
	word := ""
	switch failed := r.state.phase() == Failed; {
	case p == nil:
	case e.kind == files && len(e.paths) > 0:
		word = wire.PageCSS
		for _, path := range e.paths {
			if filepath.Ext(path) != ".css" {
				word = wire.PageReload
			}
		}
	case failed && (was.phase() != Failed || was.live != r.state.live):
		word = wire.PageFailed
	case r.state.phase() == Live && was.failed && was.live == r.state.live:
		word = wire.PageMended
	}
	if word != "" {
		p.send(&wire.Control{Type: wire.ControlPage, Page: word})
	}
}

// publish shows the state to others.
func (r *run) publish() {
	if r.state.quitting {
		return // an end that was asked for is no failure
	}
	s := &r.status
	s.Phase = r.state.phase()
	s.Build = r.state.live
	s.PID = 0
	if p := r.programs[r.state.live]; p != nil {
		s.PID = p.pid
		s.Address = p.address
	} else if p := r.programs[r.state.starting]; p != nil && p.address != "" {
		s.Address = p.address
	}
	s.Serving = r.state.live != 0 && s.Phase != Live && !r.state.held
	s.Draining = r.state.leaving
	s.Held = r.state.held
	s.Reloads = r.state.reloads
	r.server.publish(*s)
}

// touched looks at a file that may have changed; "" is any file.
func (r *run) touched(path string) {
	if path == "" {
		known := len(r.sources.current)
		differs := r.sources.refresh()
		r.sources.scan(r.classifier) // for those that are new
		if differs || len(r.sources.current) != known {
			r.sourceSaved(r.project.root)
		}
		return
	}
	switch r.classifier.kind(path) {
	case fileSource:
		differs, empty := r.sources.update(path)
		if empty {
			r.empties[path] = true
		} else {
			delete(r.empties, path)
		}
		if differs {
			r.sourceSaved(path)
		}
	case fileAsset:
		if len(r.assets) == 0 {
			r.firstAsset = time.Now()
		}
		r.assets[path] = true
		r.assetTimer.Reset(assetQuiet)
	}
}

// begunSave notes when a save was noticed, and what of.
func (r *run) begunSave(path string) {
	if r.firstSave.IsZero() {
		r.firstSave = time.Now()
	}
	if r.state.stage == idle {
		r.noticed, r.status.HoldTime = time.Now(), 0
	}
	if r.trigger == "" && path != "" {
		r.trigger = r.project.relative(path)
	}
}

func (r *run) sourceSaved(path string) {
	r.begunSave(path)
	r.changes++
	r.handle(event{kind: changed})
	r.quietTimer.Reset(sourceQuiet(r.changes))
}

// sourcesQuiet ends a save of sources, unless one of them is empty: many editors
// truncate a file before they write it.
func (r *run) sourcesQuiet() {
	if len(r.empties) > 0 && time.Since(r.firstSave) < emptyLimit {
		r.quietTimer.Reset(emptyQuiet)
		return
	}
	clear(r.empties)
	r.handle(event{kind: quiet, same: r.sources.same(r.state.binary, r.state.good, r.state.attempt)})
}

// assetsQuiet ends a save of templates or static files.
func (r *run) assetsQuiet() {
	if time.Since(r.firstAsset) < emptyLimit && anyEmpty(r.assets) {
		r.assetTimer.Reset(emptyQuiet)
		return
	}
	paths := make([]string, 0, len(r.assets))
	for path := range r.assets {
		paths = append(paths, r.classifier.asNamed(path))
	}
	clear(r.assets)
	r.store.MarkMended("template", paths...)
	r.handle(event{kind: files, paths: paths})
}

func anyEmpty(paths map[string]bool) bool {
	for path := range paths {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
			return true
		}
	}
	return false
}

// build starts go build.
func (r *run) build(number int) {
	r.sources.remember(number)
	r.sources.forgetBut(number, r.state.good, r.state.binary)
	r.status.Trigger = r.trigger
	r.trigger, r.changes, r.firstSave = "", 0, time.Time{}
	ctx, cancel := context.WithCancel(r.ctx)
	r.cancelBuild = cancel
	r.others.Go(func() { // ends with the build, which Run's end cancels
		took, err := r.builder.build(ctx, number)
		cancel()
		r.post(func() { r.buildDone(number, took, err) })
	})
}

func (r *run) buildDone(number int, took time.Duration, err error) {
	if r.state.stage != compiling || r.state.attempt != number {
		return // cancelled
	}
	r.status.BuildTime = took
	if err == nil {
		r.handle(event{kind: built, program: number})
		return
	}
	r.reportBuild(number, err)
	r.handle(event{kind: buildFailed, program: number})
}

// reportBuild records what a build failed of.
func (r *run) reportBuild(number int, err error) {
	r.store.ResolveBuildErrors(number) // what the build before failed of is told anew, or gone
	var failed *buildError
	if !errors.As(err, &failed) {
		r.status.Message = err.Error()
		r.store.AddError(inspector.Error{Build: number, Time: time.Now(), Kind: "build", Message: err.Error()})
		return
	}
	errs := inspector.ParseBuildOutput(failed.Output, r.project.root)
	if len(errs) == 0 {
		errs = []inspector.Error{{Message: buildMessage(failed), Detail: failed.Output}}
	}
	for i := range errs {
		e := &errs[i]
		e.Build, e.Time, e.Kind = number, time.Now(), "build"
		r.store.AddError(*e)
	}
	r.status.Message = place(r.project, &errs[0])
	if len(errs) > 1 {
		r.status.Message += fmt.Sprintf(" (and %d more)", len(errs)-1)
	}
}

// buildMessage is one line about a build whose output says nothing of files.
func buildMessage(e *buildError) string {
	if line := lastLine(e.Output); line != "" {
		return line
	}
	return e.Error()
}

// place is an error with where it is, on one line.
func place(p *project, e *inspector.Error) string {
	if e.File == "" {
		return e.Message
	}
	return fmt.Sprintf("%s:%d: %s", p.relative(e.File), e.Line, e.Message)
}

// start starts a program from a binary.
func (r *run) start(number, binary int) {
	env := []string{
		wire.DevelopmentEnv + "=1",
		wire.ProbeEnv + "=3,4",
		wire.AllowHostsEnv + "=" + strings.Join(r.options.allowedHosts(), ","),
		wire.TokenEnv + "=" + r.token,
	}
	events := programEvents{
		message: func(m *wire.Control, fds []int) {
			r.post(func() { r.told(number, m) })
			closeDescriptors(fds) // a program has no reason to send any
		},
		ended: func(status *os.ProcessState) { r.post(func() { r.ended(number, status) }) },
	}
	p, err := startProgram(number, r.builder.binary(binary), r.project.dir, env, r.spawner.start, r.store, &r.others, events)
	if err != nil {
		r.status.Message = err.Error()
		r.store.AddError(inspector.Error{Build: number, Time: time.Now(), Kind: "start", Message: err.Error()})
		r.handle(event{kind: exited, program: number, soon: true})
		return
	}
	r.programs[number] = p
	p.after(r.options.StartTimeout, func() {
		r.post(func() { r.startTimeout(number) })
	})
}

func (r *run) startTimeout(number int) {
	p := r.programs[number]
	if p == nil || number != r.state.starting {
		return
	}
	message := fmt.Sprintf("the program did not listen within %v", r.options.StartTimeout)
	r.status.Message = message
	r.store.AddError(inspector.Error{Build: number, Time: time.Now(), Kind: "start", Message: message, Detail: p.stderr.String()})
	r.handle(event{kind: startTimeout, program: number})
}

// told handles a message of a program.
func (r *run) told(number int, m *wire.Control) {
	p := r.programs[number]
	if p == nil {
		return
	}
	switch m.Type {
	case wire.ControlListen:
		r.listen(p, m)
	case wire.ControlReady:
		if p.ready.IsZero() {
			p.ready = time.Now()
			if number == r.state.starting {
				r.status.StartTime = p.ready.Sub(p.started)
			}
		}
		r.handle(event{kind: ready, program: number})
	case wire.ControlRoots:
		r.watchRoots(m.Paths)
	case wire.ControlHeld:
		if number == r.state.live && r.status.HoldTime == 0 {
			r.status.HoldTime = time.Since(r.noticed)
			r.publish()
		}
	case wire.ControlHandedOver:
		r.handle(event{kind: handedOver, program: number})
	}
}

// listen gives a program the sockets it asks for.
func (r *run) listen(p *program, m *wire.Control) {
	network, address := m.Network, m.Address
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", path
	}
	if network == "unix" && !filepath.IsAbs(address) && !strings.HasPrefix(address, "@") { // abstract ones are no files
		address = filepath.Join(r.project.dir, address)
	}
	first := !p.asked
	p.asked = p.asked || isTCP(network)
	key, set, warning, err := r.sockets.listen(network, address, first)
	if err != nil {
		why := err.Error()
		p.refused.Store(&why)
		p.send(&wire.Control{Type: wire.ControlListening, ID: m.ID, Error: err.Error()})
		return
	}
	if warning != "" {
		r.note("warning", warning)
	}
	p.keys[key] = true
	if p.address == "" {
		p.address = set.address
	}
	p.send(&wire.Control{Type: wire.ControlListening, ID: m.ID}, set.fds...)
}

// watchRoots watches the directories a program reads templates and static files
// from, which may lie outside the project.
func (r *run) watchRoots(roots []string) {
	for _, root := range roots {
		real, err := filepath.EvalSymlinks(root)
		if err != nil {
			r.note("warning", fmt.Sprintf("watch the files of the program: %v", err))
			continue
		}
		if _, known := r.classifier.roots[real]; known {
			continue
		}
		r.classifier.roots[real] = root
		if !within(r.project.root, real) {
			if err := r.watcher.Add(real); err != nil {
				r.note("warning", err.Error())
			}
		}
	}
}

// handOver lets the old program give its connections to the new one.
func (r *run) handOver(old, successor *program) {
	old.ending = true
	giving, taking, err := wire.SocketPair()
	if err != nil {
		r.note("error", fmt.Sprintf("hand the connections over: %v", err))
		old.end(r.options.DrainTimeout)
		return
	}
	successor.send(&wire.Control{Type: wire.ControlAdopt}, int(taking.Fd()))
	old.send(&wire.Control{Type: wire.ControlHandOver}, int(giving.Fd()))
	giving.Close()
	taking.Close()
	number := old.number
	old.after(r.options.DrainTimeout, func() {
		r.post(func() { r.handle(event{kind: drainTimeout, program: number}) })
	})
}

// wentLive tidies up after a program took over.
func (r *run) wentLive(was state) {
	live := r.programs[r.state.live]
	if files := r.sources.rewritten(was.good, r.state.good); len(files) > 0 {
		r.store.MarkRewritten(live.number, files...)
	}
	r.builder.discard(map[int]bool{r.state.good: true, was.good: true, r.state.attempt: true})
	if r.state.leaving == 0 {
		r.sockets.retain(live.keys)
	}
	if r.state.stage == idle && r.sources.embedsOutside(r.project.frameworkDirs()) {
		r.findEmbedded()
	}
}

// findEmbedded asks which files the program embeds. It does so when nothing else
// is to be done, since it takes a while.
func (r *run) findEmbedded() {
	r.others.Go(func() { // ends with the go command, which Run's end cancels
		if files, err := embeddedFiles(r.ctx, r.project.root, r.project.pkg); err == nil {
			r.post(func() { r.embedded(files) })
		}
	})
}

// embedded takes files as sources. They count as known to the builds that were
// made before.
func (r *run) embedded(files []string) {
	clear(r.classifier.embedded)
	for _, path := range files {
		r.classifier.embedded[path] = true
		if _, known := r.sources.current[path]; known {
			continue
		}
		r.sources.update(path)
		for _, prints := range r.sources.builds {
			prints[path] = r.sources.current[path]
		}
	}
}

// ended handles the end of a program.
func (r *run) ended(number int, status *os.ProcessState) {
	p := r.programs[number]
	p.exited = status
	for _, timer := range p.timers {
		timer.Stop()
	}
	delete(r.programs, number)
	if !p.ending && !r.state.quitting {
		r.reportEnd(p)
	}
	soon := p.ready.IsZero() || time.Since(p.ready) < time.Second
	r.handle(event{kind: exited, program: number, soon: soon})
	if live := r.programs[r.state.live]; live != nil && r.state.leaving == 0 && r.state.starting == 0 {
		r.sockets.retain(live.keys)
	}
}

// reportEnd records why a program ended that should not have.
func (r *run) reportEnd(p *program) {
	stderr := p.stderr.String()
	e, panicked := inspector.ParsePanic(stderr)
	switch {
	case panicked && p.ready.IsZero():
		e.Kind = "start" // the next program that starts mends it
	case panicked && e.Kind == "":
		e.Kind = "panic"
	case p.ready.IsZero():
		e = inspector.Error{Kind: "start", Message: "the program ended before it listened (" + p.exited.String() + "); does main call ListenAndServe?", Detail: stderr}
		if why := p.refused.Load(); why != nil {
			e.Message = *why
		} else if line := lastLine(stderr); line != "" {
			e.Message = fmt.Sprintf("the program ended before it listened (%v): %s", p.exited, line)
		}
	case !panicked:
		e = inspector.Error{Kind: "panic", Message: "the program ended: " + p.exited.String(), Detail: stderr}
		if line := lastLine(stderr); line != "" {
			e.Message = fmt.Sprintf("the program ended (%v): %s", p.exited, line)
		}
	}
	e.Build, e.Time = p.number, time.Now()
	r.store.AddError(e)
	r.status.Message = place(r.project, &e)
}
