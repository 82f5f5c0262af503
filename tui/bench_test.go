package tui

import (
	"fmt"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/pane"
)

// flood is a list of n requests, the way a store holds them.
func flood(n int) (ids []uint64, records []*inspector.Request) {
	for i := range n {
		r := answered(uint64(i+1), "GET", fmt.Sprintf("/story/%d?page=%d", i, i%7), 200+100*(i%4), time.Duration(i%900)*time.Microsecond, int64(i))
		ids, records = append(ids, r.ID), append(records, r)
	}
	return ids, records
}

// BenchmarkKeyInFlood is what passes between a key and its effect while ten
// thousand requests a second come in: the look at the records, the key, and the
// screen, with 20,000 records kept and 330 new ones in each frame.
func BenchmarkKeyInFlood(b *testing.B) {
	for _, tt := range []struct {
		name string
		set  func(*driver)
	}{
		{"plain", func(*driver) {}},
		{"filtered", func(d *driver) {
			d.panes[0].(interface {
				SetMatch(func(*inspector.Request) bool)
			}).SetMatch(func(r *inspector.Request) bool { return r.Status >= 400 })
		}},
		{"sorted", func(d *driver) { d.press("s") }},
	} {
		b.Run(tt.name, func(b *testing.B) {
			const kept, perFrame, frames = 20000, 330, 40
			ids, records := flood(kept + perFrame*frames)
			var snapshots []pane.Rows[inspector.Request]
			for f := range frames {
				first := f * perFrame
				snapshots = append(snapshots, inspector.MakeList(ids[first:first+kept], records[first:first+kept]))
			}
			d := newDriver(b, 200, 60)
			tt.set(d)
			i := 0
			for b.Loop() {
				d.snapshot.Requests = snapshots[i%frames]
				d.send(recordsMsg{})
				d.View()
				d.send(tea.KeyMsg{Type: tea.KeyUp})
				d.View()
				i++
			}
		})
	}
}
