package routing

import "sort"

// A Table holds patterns with their targets, in order. The zero Table is empty.
// After the last Add any goroutine may call Find.
type Table[T any] struct {
	patterns []*Pattern
	targets  []T
	literals map[string]int // the first pattern for this path
	others   []int          // the patterns that are not literal, ascending
}

// Add puts a pattern at the end.
func (t *Table[T]) Add(p *Pattern, target T) {
	index := len(t.patterns)
	t.patterns = append(t.patterns, p)
	t.targets = append(t.targets, target)
	path, ok := p.Literal()
	if !ok {
		t.others = append(t.others, index)
		return
	}
	if t.literals == nil {
		t.literals = make(map[string]int)
	}
	if _, taken := t.literals[path]; !taken {
		t.literals[path] = index
	}
}

// Len is the number of patterns.
func (t *Table[T]) Len() int { return len(t.patterns) }

// Find returns the target of the first pattern that matches path; the values of
// its groups are in m.
func (t *Table[T]) Find(path string, m *Match) (target T, ok bool) {
	literal, isLiteral := t.literals[path]
	before := len(t.others)
	if isLiteral {
		before = sort.SearchInts(t.others, literal)
	}
	for _, index := range t.others[:before] {
		if t.patterns[index].Match(path, m) {
			return t.targets[index], true
		}
	}
	m.reset()
	if isLiteral {
		return t.targets[literal], true
	}
	return target, false
}
