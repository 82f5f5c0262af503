package template

import "time"

// A Run is a piece of a page that one line of a template wrote.
type Run struct {
	Offset   int           // where it begins in the page; it ends where the next one begins
	Template string        // the name of the template
	File     string        // its absolute path, empty if it is no file
	Line     int           // text that spans lines belongs to the first
	Module   string        // of {% module %}, as it is written there; else empty
	Time     time.Duration // that making it took
}

// longRun is how long a line must take to be listed although it wrote nothing.
const longRun = time.Millisecond

// A recording collects the runs of one rendering.
type recording struct {
	runs  []Run
	base  int // length of the output when it began
	begun time.Time
	place *place // of the last run
}

// AppendRuns renders as Append does, to the byte, and says which lines made the
// page, in order. Runs of one line that follow each other are one; those that
// wrote nothing are left out unless they took a millisecond. It takes several times
// as long as Append, and compiles the template once more when it is first used. A
// nil names has none.
func (t *Template) AppendRuns(dst []byte, args map[string]any, names Names) (out []byte, runs []Run, err error) {
	t.recordOnce.Do(func() {
		run, c := compile(t.nodes, true)
		t.recorder = &Template{file: t.file, options: t.options, run: run, localNames: c.localName, globals: c.globals}
	})
	r := &recording{base: len(dst)}
	out, err = t.recorder.append(dst, args, names, r)
	if err != nil {
		return dst, nil, err
	}
	return out, r.finish(len(out)), nil
}

// mark begins a run.
func (r *recording) mark(length int, at *place, module string) {
	now := time.Now()
	if n := len(r.runs); n > 0 {
		r.runs[n-1].Time += now.Sub(r.begun)
	}
	r.begun = now
	if r.place == at || at == nil {
		return
	}
	r.place = at
	line, _ := at.src.position(at.off)
	r.drop(length)
	r.runs = append(r.runs, Run{Offset: length - r.base, Template: at.src.name, File: at.src.file, Line: line, Module: module})
}

// drop takes the last run away if it wrote nothing, or lets it be one with the run
// before if both are of one line.
func (r *recording) drop(length int) {
	n := len(r.runs)
	if n == 0 {
		return
	}
	last := r.runs[n-1]
	if last.Offset == length-r.base {
		if last.Time < longRun {
			r.runs = r.runs[:n-1]
		}
		return
	}
	if n > 1 {
		before := &r.runs[n-2]
		if before.Template == last.Template && before.Line == last.Line && before.Module == last.Module {
			before.Time += last.Time
			r.runs = r.runs[:n-1]
		}
	}
}

// retake makes one run of all that has been written from start on: it is taken
// back, and at writes in its place.
func (r *recording) retake(start int, at *place) {
	r.mark(start, nil, "")
	var spent time.Duration
	n := len(r.runs)
	for ; n > 0 && r.runs[n-1].Offset >= start-r.base; n-- {
		spent += r.runs[n-1].Time
	}
	r.runs = r.runs[:n]
	r.mark(start, at, "")
	r.runs[len(r.runs)-1].Time = spent
}

func (r *recording) finish(length int) []Run {
	if n := len(r.runs); n > 0 {
		r.runs[n-1].Time += time.Since(r.begun)
	}
	r.drop(length)
	return r.runs
}

// recorded makes a part that marks where it begins.
func (c *compiler) recorded(n node, text string, run exec) exec {
	at := c.place(n.pos())
	module := ""
	if o, ok := n.(*outputNode); ok {
		module = o.module
	}
	return func(f *frame) signal {
		if f.recording != nil {
			f.recording.mark(len(f.out), at, module)
		}
		f.out = append(f.out, text...)
		if run == nil {
			return signalNone
		}
		return run(f)
	}
}
