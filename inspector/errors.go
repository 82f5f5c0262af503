package inspector

import (
	"fmt"
	"hash/maphash"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
)

// AddError adds an error that did not come from a probe, and returns its ID. A
// zero Time means now; what Locate finds is filled in. If the same error of the same build is there and not
// Gone, that one is counted up and its ID returned.
func (s *Store) AddError(e Error) uint64 {
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	key := errorKey(&e)
	s.mu.Lock()
	id, known := s.repeat(key, &e)
	s.mu.Unlock()
	if known {
		return id
	}
	// Reading files takes its time, so nobody is kept waiting for it.
	e.Stack, e.Templates = slices.Clone(e.Stack), slices.Clone(e.Templates)
	if s.o.ProjectDir != "" {
		Locate(&e, s.o.ProjectDir, s.o.FrameworkDirs...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, known := s.repeat(key, &e); known {
		return id
	}
	return s.insertError(key, &e)
}

// MarkMended marks as Gone the errors of a kind, or of every kind if it is empty,
// that point into one of files (absolute): where they are to be opened, an own
// frame, or a template. Without files it marks all of the kind.
func (s *Store) MarkMended(kind string, files ...string) {
	for i, file := range files {
		if i == 0 {
			files = slices.Clone(files)
		}
		files[i] = filepath.Clean(file)
	}
	s.markGone(func(e *Error) bool {
		return (kind == "" || e.Kind == kind) && (len(files) == 0 || e.pointsInto(files))
	})
}

// ResolveBuildErrors marks as Gone the errors of kinds "build" and "start" of
// builds up to build: it runs.
func (s *Store) ResolveBuildErrors(build int) {
	s.markGone(func(e *Error) bool {
		return (e.Kind == "build" || e.Kind == "start") && e.Build <= build
	})
}

// MarkRewritten marks as Gone what went wrong while the programs before build ran, in
// one of files (absolute): build was made of others. Whether that has mended it the
// next request will show. Templates have MarkMended.
func (s *Store) MarkRewritten(build int, files ...string) {
	s.markGone(func(e *Error) bool {
		return e.Build < build && e.Kind != "template" && e.pointsInto(files)
	})
}

func (s *Store) markGone(mended func(*Error) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	any := false
	for _, e := range s.errors.list().All() {
		if e.Gone || !mended(e) {
			continue
		}
		gone := *e
		gone.Gone = true
		s.errors.replace(e.ID, &gone)
		s.counts.OpenErrors--
		any = true
	}
	if any {
		s.changed()
	}
}

func (e *Error) pointsInto(files []string) bool {
	if e.File != "" && slices.Contains(files, filepath.Clean(e.File)) {
		return true
	}
	for _, f := range e.Stack {
		if f.Own && slices.Contains(files, filepath.Clean(f.File)) {
			return true
		}
	}
	for _, f := range e.Templates {
		if f.File != "" && slices.Contains(files, filepath.Clean(f.File)) {
			return true
		}
	}
	return false
}

// error takes in an error from the probe.
func (in *Ingest) error(t *trace.Error) {
	e := Error{Build: in.build, Time: t.Time, Kind: t.Kind}
	e.Message, e.Detail = splitMessage(t.Message)
	if len(t.Templates) > 0 {
		e.Message = withoutPlace(e.Message, &t.Templates[0])
	}
	e.Stack = framesOf(t.Stack)
	for i, f := range t.Templates {
		frame := Frame{Function: f.Name, Relation: f.Relation, File: f.File, Line: f.Line, Column: f.Column}
		if i == 0 && f.File == "" && t.Excerpt != "" {
			frame.Excerpt = excerpt(strings.Split(t.Excerpt, "\n"), f.Line)
		}
		e.Templates = append(e.Templates, frame)
	}
	s := in.store
	s.mu.Lock()
	e.Request = in.requests[t.Request]
	s.mu.Unlock()
	s.AddError(e)
}

// loopBlocked makes an error of a callback that kept a loop.
func (in *Ingest) loopBlocked(b *trace.LoopBlocked) {
	message := fmt.Sprintf("loop %d was blocked for %v", b.Loop, b.Duration.Round(time.Millisecond))
	if b.Lasts {
		message = fmt.Sprintf("loop %d has been blocked for %v and still is", b.Loop, b.Duration.Round(time.Millisecond))
	}
	in.store.AddError(Error{
		Build:   in.build,
		Time:    b.Time,
		Kind:    "blocked",
		Message: message,
		Detail:  "All other clients of the loop waited meanwhile. A method that takes a context.Context first has its own goroutine, and may wait.",
		Stack:   framesOf(b.Stack),
	})
}

func framesOf(stack []trace.Frame) []Frame {
	var frames []Frame
	for _, f := range stack {
		frames = append(frames, Frame{Function: f.Function, File: f.File, Line: f.Line})
	}
	return frames
}

// splitMessage puts the first line of a message apart from the others.
func splitMessage(message string) (line, detail string) {
	line, detail, _ = strings.Cut(strings.TrimSpace(message), "\n")
	return strings.TrimSpace(line), strings.TrimRight(detail, "\n")
}

// withoutPlace takes off a message where the error is, which stands beside it.
func withoutPlace(message string, f *trace.TemplateFrame) string {
	for _, name := range []string{f.File, f.Name} {
		if short, ok := strings.CutSuffix(message, fmt.Sprintf(" at %s:%d:%d", name, f.Line, f.Column)); ok && short != "" {
			return short
		}
	}
	return message
}

var errorSeed = maphash.MakeSeed()

// errorKey is the same for errors that are the same but for their time and
// request. What blocked a loop is told by the stack; the message has a duration.
func errorKey(e *Error) uint64 {
	var h maphash.Hash
	h.SetSeed(errorSeed)
	text := func(s string) {
		h.WriteString(s)
		h.WriteByte(0)
	}
	number := func(n int) { fmt.Fprintf(&h, "%d,", n) }
	number(e.Build)
	text(e.Kind)
	if e.Kind != "blocked" || len(e.Stack) == 0 {
		text(e.Message)
		text(e.Detail)
	}
	text(e.File)
	number(e.Line)
	number(e.Column)
	for _, frames := range [...][]Frame{e.Stack, e.Templates} {
		for i := range frames {
			text(frames[i].Function)
			text(frames[i].File)
			number(frames[i].Line)
		}
		text("")
	}
	return h.Sum64()
}

// The functions below are called with mu held.

// repeat counts up the error with key, if there is one that is not Gone.
func (s *Store) repeat(key uint64, e *Error) (id uint64, known bool) {
	id, known = s.errorKeys[key]
	old := s.errors.get(id)
	if !known || old.Gone {
		return 0, false
	}
	again := *old
	again.Count++
	again.Time, again.Request, again.Message = e.Time, e.Request, e.Message
	s.replaceError(&again)
	s.linkRequest(&again)
	s.evict()
	s.changed()
	return id, true
}

func (s *Store) replaceError(e *Error) {
	grown := e.size() - s.errors.get(e.ID).size()
	s.held += grown
	s.errorBytes += grown
	s.errors.replace(e.ID, e)
}

func (s *Store) insertError(key uint64, e *Error) uint64 {
	s.lastError++
	e.ID, e.Count = s.lastError, max(e.Count, 1)
	s.errors.insert(e.ID, e)
	s.errorKeys[key], s.keysOf[e.ID] = e.ID, key
	s.held += e.size()
	s.errorBytes += e.size()
	if !e.Gone {
		s.counts.OpenErrors++
	}
	s.note(RecordError, e.ID)
	s.linkRequest(e)
	s.evict()
	s.changed()
	return e.ID
}

// linkRequest lets the request an error happened in know it.
func (s *Store) linkRequest(e *Error) {
	old := s.requests.get(e.Request)
	if old == nil {
		return
	}
	r := *old
	r.Error = e.ID
	s.setRequest(&r)
}
