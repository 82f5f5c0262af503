// Package list is the table all panes show their records in.
//
// It holds no records: it looks at pane.Rows and draws those rows that are on the
// screen. The cursor is tied to a record's ID, so it stays where it is while
// records come, go, are filtered or sorted. A Model belongs to the goroutine of
// the Bubble Tea program.
//
//   - Config: what is in a table
//   - Model: where the user is in it
//   - Column, Cell, Order: how it looks
package list

import (
	"slices"
	"strings"

	"github.com/tornado-dev/tornado/tui/layout"
	"github.com/tornado-dev/tornado/tui/pane"
	"github.com/tornado-dev/tornado/tui/theme"
)

// A Column of a table.
type Column struct {
	Title string
	Width int  // cells; of a flexible column the least
	Flex  int  // share of the room that is left; zero keeps Width
	Right bool // numbers end at the same cell

	// Rank says when the column gives way to others for want of room: the highest
	// first. Zero stays.
	Rank int

	// CutLeft shortens text at its beginning.
	CutLeft bool
}

// A Cell is a text without control characters, and how it looks.
type Cell struct {
	Text  string
	Style theme.Style
}

// An Order is a way to sort. The first of a Config has no Compare: as they came.
type Order[T any] struct {
	Name    string
	Column  int // whose title is marked
	Compare func(a, b *T) int
}

// A Config says what is in a table.
type Config[T any] struct {
	Columns []Column
	Orders  []Order[T]
	ID      func(*T) uint64
	Row     func(r *T, cells []Cell) // fills one cell for each column
	Failed  func(*T) bool            // what n and N look for; nil if nothing fails
	Faint   func(*T) bool            // what is over and of little interest; may be nil
	Follows bool                     // the newest is at the end and can be followed

	// Lasting says of a record that what a filter says of it may change with time
	// alone. It may be nil.
	Lasting func(*T) bool
}

// A Model is a table and where the user is in it. Make one with New.
type Model[T any] struct {
	config Config[T]
	rows   pane.Rows[T]
	match  func(*T) bool // nil shows all
	order  int

	seen  []verdict[T] // of the rows at the last SetRows, while there is a match
	spare []verdict[T] // what seen was before, for its room
	shown []int32      // indices into rows; nil shows all as they are
	sort  []sorted[T]  // room to sort in

	cursor   int // among the shown
	cursorID uint64
	top      int // first shown row on the screen
	follow   bool

	width, height int // height includes the line of titles
}

// A verdict is what the filter said of a record. It holds as long as the record
// has the same address.
type verdict[T any] struct {
	record *T
	id     uint64
	shown  bool
}

// A sorted is a record on its way to its place. Finding a record by its index
// costs more than comparing two.
type sorted[T any] struct {
	record *T
	index  int32
}

// New returns an empty table, which follows if it can.
func New[T any](c Config[T]) Model[T] {
	return Model[T]{config: c, follow: c.Follows}
}

// Resize sets the size in cells, titles included.
func (m *Model[T]) Resize(width, height int) {
	m.width, m.height = width, height
	m.keepInView()
}

// Len is the number of rows that are shown, on the screen or beyond its edge.
func (m *Model[T]) Len() int {
	switch {
	case m.rows == nil:
		return 0
	case m.shown != nil:
		return len(m.shown)
	}
	return m.rows.Len()
}

// At returns shown row i.
func (m *Model[T]) At(i int) *T {
	if m.shown != nil {
		i = int(m.shown[i])
	}
	return m.rows.At(i)
}

// Total is the number of rows with those that the filter hides.
func (m *Model[T]) Total() int {
	if m.rows == nil {
		return 0
	}
	return m.rows.Len()
}

// Selected returns the record under the cursor, or nil.
func (m *Model[T]) Selected() *T {
	if m.cursor < 0 || m.cursor >= m.Len() {
		return nil
	}
	return m.At(m.cursor)
}

// Following reports whether the newest row is kept in view.
func (m *Model[T]) Following() bool { return m.follow && m.order == 0 }

// CanFollow reports whether Follow would do anything.
func (m *Model[T]) CanFollow() bool { return m.config.Follows && m.order == 0 }

// Follow turns follow mode on or off.
func (m *Model[T]) Follow(on bool) {
	m.follow = on && m.config.Follows
	m.settle()
}

// Order is the name of the order in use.
func (m *Model[T]) Order() string {
	if len(m.config.Orders) == 0 {
		return ""
	}
	return m.config.Orders[m.order].Name
}

// Sorted reports whether the rows stand in another order than they came in.
func (m *Model[T]) Sorted() bool { return m.order > 0 }

// Orders is the number of orders there are.
func (m *Model[T]) Orders() int { return len(m.config.Orders) }

// Sort goes to the next order. The cursor stays on its record.
func (m *Model[T]) Sort() {
	if len(m.config.Orders) > 0 {
		m.order = (m.order + 1) % len(m.config.Orders)
		m.arrange()
		m.settle()
	}
}

// SetMatch shows only records of which match is true; nil shows all.
func (m *Model[T]) SetMatch(match func(*T) bool) {
	m.match, m.seen, m.spare = match, nil, nil
	m.judge()
	m.arrange()
	m.settle()
}

// SetRows shows other rows. Only records that were not there before, or changed,
// are put to the filter.
func (m *Model[T]) SetRows(rows pane.Rows[T]) {
	m.rows = rows
	m.judge()
	m.arrange()
	m.settle()
}

// judge brings seen up to date with rows. Both ascend by ID, so one walk along
// both finds what is known already.
func (m *Model[T]) judge() {
	if m.match == nil || m.rows == nil {
		m.seen = nil
		return
	}
	n := m.rows.Len()
	fresh := slices.Grow(m.spare[:0], n)[:n]
	old := m.seen
	for i := range n {
		r := m.rows.At(i)
		id := m.config.ID(r)
		for len(old) > 0 && old[0].id < id {
			old = old[1:]
		}
		if len(old) > 0 && old[0].record == r && (m.config.Lasting == nil || !m.config.Lasting(r)) {
			fresh[i] = old[0]
			continue
		}
		fresh[i] = verdict[T]{r, id, m.match(r)}
	}
	m.seen, m.spare = fresh, m.seen
}

// arrange brings shown up to date with seen and the order.
func (m *Model[T]) arrange() {
	if m.rows == nil || m.match == nil && m.order == 0 {
		m.shown, m.sort = nil, nil
		return
	}
	n := m.rows.Len()
	m.shown = slices.Grow(m.shown[:0], n)
	if m.shown == nil {
		m.shown = []int32{} // nil would show all
	}
	for i := range n {
		if m.match == nil || m.seen[i].shown {
			m.shown = append(m.shown, int32(i))
		}
	}
	if m.order == 0 {
		return
	}
	m.sort = m.sort[:0]
	for _, i := range m.shown {
		m.sort = append(m.sort, sorted[T]{m.rows.At(int(i)), i})
	}
	compare := m.config.Orders[m.order].Compare
	slices.SortFunc(m.sort, func(a, b sorted[T]) int {
		if c := compare(a.record, b.record); c != 0 {
			return c
		}
		return int(a.index - b.index)
	})
	for k, s := range m.sort {
		m.shown[k] = s.index
	}
}

// settle puts the cursor back on its record after the rows changed, at the same
// height on the screen.
func (m *Model[T]) settle() {
	n := m.Len()
	if n == 0 {
		m.cursor, m.top = 0, 0
		return
	}
	height := m.cursor - m.top
	switch i, ok := m.find(m.cursorID); {
	case m.Following():
		m.cursor = n - 1
	case ok:
		m.cursor = i
	default:
		// It is gone: its neighbour takes its place.
		m.cursor = min(i, n-1)
	}
	m.top = m.cursor - height
	m.cursorID = m.config.ID(m.At(m.cursor))
	m.keepInView()
}

// find returns where among the shown rows the record with an ID is. If it is not
// there, it returns where the cursor should go instead.
func (m *Model[T]) find(id uint64) (int, bool) {
	if m.cursorID == 0 {
		return 0, false
	}
	i, ok := m.rows.Find(id)
	switch {
	case m.shown == nil:
		return i, ok
	case m.order == 0:
		return slices.BinarySearch(m.shown, int32(i))
	case !ok:
		return m.cursor, false
	}
	if at := slices.Index(m.shown, int32(i)); at >= 0 {
		return at, true
	}
	return m.cursor, false
}

// Select puts the cursor on the record with an ID. ok is false if it is not
// shown.
func (m *Model[T]) Select(id uint64) (ok bool) {
	if m.rows == nil {
		return false
	}
	keep := m.cursorID
	m.cursorID = id
	i, ok := m.find(id)
	m.cursorID = keep
	if ok {
		m.MoveTo(i)
	}
	return ok
}

// Move moves the cursor by n rows, at most to either end. Moving up leaves
// follow mode.
func (m *Model[T]) Move(n int) { m.MoveTo(m.cursor + n) }

// MoveTo puts the cursor on shown row i, or on the nearest there is. Leaving the
// newest row leaves follow mode; coming back to it does not enter it again,
// since who moves about wants to look.
func (m *Model[T]) MoveTo(i int) {
	n := m.Len()
	if n == 0 {
		return
	}
	i = min(max(i, 0), n-1)
	if i != m.cursor {
		m.follow = false
	}
	m.cursor = i
	m.cursorID = m.config.ID(m.At(i))
	m.keepInView()
}

// Page is how many rows are on the screen.
func (m *Model[T]) Page() int { return max(m.height-1, 1) }

// NextFailed moves to the next failed row in the direction of step, 1 or -1, and
// begins anew at the other end. ok is false if no row failed.
func (m *Model[T]) NextFailed(step int) (ok bool) {
	n := m.Len()
	if m.config.Failed == nil {
		return false
	}
	for k := 1; k <= n; k++ {
		i := ((m.cursor+step*k)%n + n) % n
		if m.config.Failed(m.At(i)) {
			m.MoveTo(i)
			return true
		}
	}
	return false
}

// AnyFailed reports whether NextFailed would find something.
func (m *Model[T]) AnyFailed() bool {
	if m.config.Failed == nil {
		return false
	}
	for i := range m.Len() {
		if m.config.Failed(m.At(i)) {
			return true
		}
	}
	return false
}

// RowAt returns the index of the row at line y of the view, titles being line 0.
func (m *Model[T]) RowAt(y int) (i int, ok bool) {
	i = m.top + y - 1
	return i, y > 0 && y < m.height && i < m.Len()
}

func (m *Model[T]) keepInView() {
	page := m.Page()
	m.top = min(m.top, m.cursor, max(m.Len()-page, 0))
	m.top = max(m.top, m.cursor-page+1, 0)
}

// View draws the table. focused says that keys go to it. With no rows it draws
// empty below the titles.
func (m *Model[T]) View(th theme.Theme, focused bool, empty []string) []string {
	widths, gap := m.widths()
	lines := make([]string, 0, m.height)
	lines = append(lines, m.titles(th, widths, gap))
	if m.Len() == 0 {
		lines = append(lines, empty...)
		return layout.Block(lines, m.width, m.height)
	}
	cells := make([]Cell, len(m.config.Columns))
	for i := m.top; i < m.Len() && len(lines) < m.height; i++ {
		r := m.At(i)
		clear(cells)
		m.config.Row(r, cells)
		lines = append(lines, m.row(th, r, cells, widths, gap, i == m.cursor, focused))
	}
	return layout.Block(lines, m.width, m.height)
}

func (m *Model[T]) titles(th theme.Theme, widths []int, gap int) string {
	var b strings.Builder
	space := layout.Spaces(2)
	for i, c := range m.config.Columns {
		if widths[i] == 0 {
			continue
		}
		b.WriteString(space)
		space = layout.Spaces(gap)
		title := c.Title
		if m.order > 0 && m.config.Orders[m.order].Column == i {
			title = layout.Cut(title, widths[i]-1) + "↓"
		}
		if c.Right {
			b.WriteString(layout.FitRight(title, widths[i]))
		} else {
			b.WriteString(layout.Fit(title, widths[i]))
		}
	}
	return th.Dim.On(layout.Fit(b.String(), m.width))
}

func (m *Model[T]) row(th theme.Theme, r *T, cells []Cell, widths []int, gap int, selected, focused bool) string {
	faint := m.config.Faint != nil && m.config.Faint(r)
	var b strings.Builder
	space := "  "
	if selected {
		space = "▸ "
	}
	for i, c := range m.config.Columns {
		if widths[i] == 0 {
			continue
		}
		b.WriteString(space)
		space = layout.Spaces(gap)
		text := cells[i].Text
		if c.CutLeft {
			text = layout.CutLeft(text, widths[i])
		}
		if c.Right {
			text = layout.FitRight(text, widths[i])
		} else {
			text = layout.Fit(text, widths[i])
		}
		switch {
		case selected:
		case faint:
			text = th.Faint.On(text)
		default:
			text = cells[i].Style.On(text)
		}
		b.WriteString(text)
	}
	if !selected {
		return b.String()
	}
	line := layout.Fit(b.String(), m.width)
	if focused {
		return th.Selected.On(line)
	}
	return th.Resting.On(line)
}

// widths shares the room out: columns of the highest rank give way until the rest
// fits, then what is left goes to the flexible ones. A column without room has
// width zero.
func (m *Model[T]) widths() (widths []int, gap int) {
	gap = 1
	if m.width >= 100 {
		gap = 2
	}
	columns := m.config.Columns
	widths = make([]int, len(columns))
	rest := m.width - 2
	for i, c := range columns {
		widths[i] = c.Width
		rest -= c.Width + gap
	}
	rest += gap
	for rest < 0 {
		worst := -1
		for i, c := range columns {
			if widths[i] > 0 && c.Rank > 0 && (worst < 0 || c.Rank > columns[worst].Rank) {
				worst = i
			}
		}
		if worst < 0 {
			break
		}
		rest += widths[worst] + gap
		widths[worst] = 0
	}
	shares := 0
	for i, c := range columns {
		if widths[i] > 0 {
			shares += c.Flex
		}
	}
	for i, c := range columns {
		if widths[i] > 0 && c.Flex > 0 {
			more := max(rest, 0) * c.Flex / shares
			widths[i] += more
			rest -= more
			shares -= c.Flex
		}
	}
	return widths, gap
}

// ColumnWidth is how many cells column i has; zero if there is no room for it.
func (m *Model[T]) ColumnWidth(i int) int {
	widths, _ := m.widths()
	return widths[i]
}
