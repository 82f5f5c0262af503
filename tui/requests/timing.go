package requests

import (
	"fmt"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/detail"
	"github.com/tornado-dev/tornado/tui/layout"
)

var phaseMeaning = [trace.NumPhases]string{
	trace.PhaseQueue:   "received or held, waiting for its turn",
	trace.PhaseBody:    "its body arrives",
	trace.PhasePrepare: "Prepare and what precedes it",
	trace.PhaseHandler: "the verb's method",
	trace.PhaseRender:  "templates",
	trace.PhaseFlush:   "finished, the socket takes the last bytes",
}

// timingPage is a bar for each phase, one after the other, on a common scale.
func (m *Model) timingPage(r *inspector.Request, width int) detail.Page {
	th := m.Env.Theme
	spent := r.Spent
	var sum time.Duration
	for _, d := range spent {
		sum += d
	}
	total := max(sum, m.running(r))
	if !r.Done && int(r.Phase) < len(spent) {
		spent[r.Phase] += total - sum
	}

	const label, figure, share = 8, 8, 6
	room := max(width-label-figure-share-2, 4)
	lines := []string{th.Strong.On(layout.Duration(total)) + th.Dim.On(" from the request line to the last byte"), ""}
	if !r.Done {
		lines[0] = th.Strong.On(layout.Seconds(total)) + th.Dim.On(" so far, now in phase "+r.Phase.String())
	}
	var at time.Duration
	for p, d := range spent {
		start, end, percent := 0.0, 0.0, ""
		if total > 0 {
			start, end = float64(at)/float64(total), float64(at+d)/float64(total)
			percent = fmt.Sprintf("%.0f%%", 100*end-100*start)
		}
		if d == 0 {
			percent = ""
		}
		name := layout.Fit(trace.Phase(p).String(), label)
		style := th.Accent
		switch {
		case !r.Done && trace.Phase(p) == r.Phase:
			style = th.Warn
		case d == 0:
			name = th.Faint.On(name)
		}
		lines = append(lines, name+" "+style.On(layout.Bar(start, end, room))+" "+
			layout.FitRight(layout.Duration(d), figure)+th.Dim.On(layout.FitRight(percent, share)))
		at += d
	}
	if rest := total - sum; r.Done && rest > time.Microsecond && rest*20 > total {
		lines = append(lines, th.Dim.On(layout.Fit("between", label)+" "+layout.Spaces(room)+" "+layout.FitRight(layout.Duration(rest), figure)))
	}
	lines = append(lines, "")
	for p, d := range spent {
		if d > 0 {
			lines = append(lines, th.Dim.On(layout.Fit(trace.Phase(p).String(), label)+" "+phaseMeaning[p]))
		}
	}
	return detail.Page{Lines: lines}
}
