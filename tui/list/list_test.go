package list

import (
	"cmp"
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/tui/layout"
	"github.com/tornado-dev/tornado/tui/theme"
)

type record struct {
	id     uint64
	size   int
	failed bool
}

type rows []*record

func (r rows) Len() int         { return len(r) }
func (r rows) At(i int) *record { return r[i] }
func (r rows) Find(id uint64) (int, bool) {
	i := sort.Search(len(r), func(i int) bool { return r[i].id >= id })
	return i, i < len(r) && r[i].id == id
}

// numbered are records with the IDs from first to last, of falling size.
func numbered(first, last int) rows {
	var r rows
	for i := first; i <= last; i++ {
		r = append(r, &record{id: uint64(i), size: 1000 - i, failed: i%10 == 0})
	}
	return r
}

func newTable(follows bool) *Model[record] {
	m := New(Config[record]{
		Columns: []Column{{Title: "ID", Width: 4, Right: true}, {Title: "What", Width: 5, Flex: 1}, {Title: "Note", Width: 6, Rank: 1}},
		Orders:  []Order[record]{{Name: "id"}, {Name: "size", Column: 0, Compare: func(a, b *record) int { return cmp.Compare(a.size, b.size) }}},
		ID:      func(r *record) uint64 { return r.id },
		Row: func(r *record, cells []Cell) {
			cells[0].Text = fmt.Sprint(r.id)
			cells[1].Text = "record"
			cells[2].Text = "note"
		},
		Failed:  func(r *record) bool { return r.failed },
		Follows: follows,
	})
	m.Resize(20, 6)
	return &m
}

// onScreen are the IDs of the rows that are drawn; the selected has a mark.
func onScreen(m *Model[record]) string {
	var ids []string
	for _, line := range m.View(theme.Theme{}, true, nil)[1:] {
		if strings.TrimSpace(line) != "" {
			fields := strings.Fields(line)
			if fields[0] == "▸" {
				ids = append(ids, ">"+fields[1])
			} else {
				ids = append(ids, fields[0])
			}
		}
	}
	return strings.Join(ids, " ")
}

func TestTheScreenStandsStill(t *testing.T) {
	for _, tt := range []struct {
		name    string
		follows bool
		do      func(*Model[record])
		want    string
	}{
		{"at first", false, func(m *Model[record]) {}, ">1 2 3 4 5"},
		{"following", true, func(m *Model[record]) {}, "16 17 18 19 >20"},
		{"more come while following", true, func(m *Model[record]) { m.SetRows(numbered(1, 30)) }, "26 27 28 29 >30"},
		{"moved up, more come", true, func(m *Model[record]) { m.Move(-2); m.SetRows(numbered(1, 30)) }, "16 17 >18 19 20"},
		{"the oldest leave", true, func(m *Model[record]) { m.Move(-2); m.SetRows(numbered(10, 30)) }, "16 17 >18 19 20"},
		{"the selected leaves", false, func(m *Model[record]) { m.Move(3); m.SetRows(numbered(10, 30)) }, ">10 11 12 13 14"},
		{"all leave", true, func(m *Model[record]) { m.SetRows(rows{}) }, ""},
		{"all leave and others come", true, func(m *Model[record]) { m.SetRows(rows{}); m.SetRows(numbered(40, 50)) }, "46 47 48 49 >50"},
		{"filtered", false, func(m *Model[record]) {
			m.Move(9)
			m.SetMatch(func(r *record) bool { return r.id%2 == 0 })
		}, "2 4 6 8 >10"},
		{"filtered away", false, func(m *Model[record]) {
			m.Move(10)
			m.SetMatch(func(r *record) bool { return r.id%2 == 0 })
		}, "4 6 8 10 >12"},
		{"nothing matches", false, func(m *Model[record]) { m.SetMatch(func(*record) bool { return false }) }, ""},
		{"filter taken off", false, func(m *Model[record]) {
			m.Move(9)
			m.SetMatch(func(r *record) bool { return r.id%2 == 0 })
			m.SetMatch(nil)
		}, "6 7 8 9 >10"},
		{"sorted", false, func(m *Model[record]) { m.Move(9); m.Sort() }, "14 13 12 11 >10"},
		{"sorted, more come", false, func(m *Model[record]) { m.Move(9); m.Sort(); m.SetRows(numbered(1, 30)) }, "14 13 12 11 >10"},
		{"sorted, the selected leaves", false, func(m *Model[record]) { m.Move(9); m.Sort(); m.SetRows(numbered(11, 30)) }, "24 23 22 21 >20"},
		{"unsorted again", false, func(m *Model[record]) { m.Move(9); m.Sort(); m.Sort() }, "6 7 8 9 >10"},
		{"next failed", false, func(m *Model[record]) { m.NextFailed(1) }, "6 7 8 9 >10"},
		{"previous failed, round the end", false, func(m *Model[record]) { m.NextFailed(-1) }, "16 17 18 19 >20"},
		{"smaller screen", true, func(m *Model[record]) { m.Move(-1); m.Resize(20, 3) }, "18 >19"},
		{"beyond the end", false, func(m *Model[record]) { m.Move(1000) }, "16 17 18 19 >20"},
		{"beyond the start", false, func(m *Model[record]) { m.Move(-1000) }, ">1 2 3 4 5"},
		{"select", false, func(m *Model[record]) { m.Select(12) }, "8 9 10 11 >12"},
		{"select what is not there", false, func(m *Model[record]) { m.Select(99) }, ">1 2 3 4 5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newTable(tt.follows)
			m.SetRows(numbered(1, 20))
			tt.do(m)
			if got := onScreen(m); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOnlyNewAndChangedRecordsAreJudged(t *testing.T) {
	m := newTable(true)
	judged := 0
	records := numbered(1, 1000)
	m.SetRows(records)
	m.SetMatch(func(*record) bool { judged++; return true })
	if judged != 1000 {
		t.Errorf("a new filter judged %d records, want all 1000", judged)
	}
	judged = 0
	changed := append(rows{}, records[100:]...)
	copied := *changed[500]
	changed[500] = &copied
	m.SetRows(append(changed, numbered(1001, 1010)...))
	if judged != 11 {
		t.Errorf("after 10 came and 1 changed %d were judged", judged)
	}
	if m.Len() != 910 || m.Total() != 910 {
		t.Errorf("%d of %d are shown, want 910 of 910", m.Len(), m.Total())
	}
}

func TestColumnsGiveWay(t *testing.T) {
	for _, tt := range []struct {
		width int
		want  string
	}{
		{30, "    ID What             Note"},
		{20, "    ID What   Note"},
		{16, "    ID What"},
		{13, "    ID What"},
		{5, "    …"},
	} {
		m := newTable(false)
		m.Resize(tt.width, 3)
		m.SetRows(numbered(1, 2))
		lines := m.View(theme.Theme{}, true, nil)
		if got := strings.TrimRight(lines[0], " "); got != tt.want {
			t.Errorf("%d cells: got %q, want %q", tt.width, got, tt.want)
		}
		for _, line := range lines {
			if layout.Width(line) != tt.width {
				t.Errorf("%d cells: %q is %d wide", tt.width, line, layout.Width(line))
			}
		}
	}
}

func TestRowAt(t *testing.T) {
	m := newTable(true)
	m.SetRows(numbered(1, 20))
	for _, tt := range []struct {
		y    int
		want int
		ok   bool
	}{{0, 0, false}, {1, 15, true}, {5, 19, true}, {6, 0, false}} {
		got, ok := m.RowAt(tt.y)
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("line %d: got %d, %v; want %d, %v", tt.y, got, ok, tt.want, tt.ok)
		}
	}
}
