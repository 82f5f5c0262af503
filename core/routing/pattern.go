// Package routing finds which of an application's patterns a path matches, and
// makes paths from patterns.
//
// Nothing in it touches a socket. What has been compiled is never changed and
// may be used from any goroutine.
//
//   - Pattern: a regular expression over a whole path, with groups
//   - Match: what the groups of a Pattern found
//   - Table: patterns in order, of which the first that matches wins
package routing

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
)

// Errors of Compile; they come wrapped with the pattern.
var (
	ErrMixedGroups = errors.New("some groups have names and some have none: name all of them or none")
	ErrNoPath      = errors.New("a path begins with a slash, so this pattern can match none: begin it with / or with .*")
)

// A Pattern is a regular expression (package regexp) that is matched against a
// whole path, raw as it came, still percent-encoded, and without the query. The
// values of its groups are percent-decoded afterwards, so that an encoded slash
// in a value is not taken for a separator.
type Pattern struct {
	source   string
	names    []string // of the groups; empty strings for positional ones
	named    bool
	segments []segment      // a way to match without regexp; nil if there is none
	regexp   *regexp.Regexp // nil if segments is not
	reverse  []piece
	errRev   error // why the pattern cannot be reversed
}

// Compile reads a pattern. ^ and $ at its ends are allowed and mean nothing,
// since a pattern always matches from end to end. It fails with what
// regexp.Compile does not take, with ErrMixedGroups, and with ErrNoPath.
func Compile(pattern string) (*Pattern, error) {
	anchored, err := regexp.Compile(`\A(?:` + pattern + `)\z`)
	if err != nil {
		// The expression may be valid only inside of our parentheses, or its error
		// speak of them; the bare pattern gives the message the user can act on.
		if _, bare := regexp.Compile(pattern); bare != nil {
			err = bare
		}
		return nil, fmt.Errorf("routing: pattern `%s`: %w", pattern, err)
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("routing: pattern `%s`: %w", pattern, err)
	}
	p := &Pattern{source: pattern, names: anchored.SubexpNames()[1:]}
	for _, name := range p.names {
		p.named = p.named || name != ""
	}
	for _, name := range p.names {
		if p.named && name == "" {
			return nil, fmt.Errorf("routing: pattern `%s`: %w", pattern, ErrMixedGroups)
		}
	}
	parts := concatenation(tree)
	if len(parts) == 0 || !canBeginPath(parts[0]) {
		return nil, fmt.Errorf("routing: pattern `%s`: %w", pattern, ErrNoPath)
	}
	if p.segments = segmentsOf(parts); p.segments == nil {
		p.regexp = anchored
	}
	p.reverse, p.errRev = piecesOf(pattern, parts)
	return p, nil
}

// MustCompile is Compile for patterns that stand in a program; it panics in
// place of returning an error.
func MustCompile(pattern string) *Pattern {
	p, err := Compile(pattern)
	if err != nil {
		panic(err)
	}
	return p
}

// String returns the pattern as it was given to Compile.
func (p *Pattern) String() string { return p.source }

// Groups is the number of groups.
func (p *Pattern) Groups() int { return len(p.names) }

// Named reports whether the groups have names; then all of them have.
func (p *Pattern) Named() bool { return p.named }

// Names are the names of the groups, in order; empty strings if the groups are
// positional. The caller must not change it.
func (p *Pattern) Names() []string { return p.names }

// Literal returns the one path the pattern matches, if it has no groups and is
// written without regular expressions.
func (p *Pattern) Literal() (path string, ok bool) {
	if len(p.segments) == 1 && p.segments[0].class == nil {
		return p.segments[0].literal, true
	}
	return "", false
}

// Match reports whether path matches the pattern and puts the values of the
// groups into m. It allocates only for values that are percent-encoded, and for
// patterns that need package regexp.
func (p *Pattern) Match(path string, m *Match) bool {
	m.reset()
	if p.segments != nil {
		return matchSegments(p.segments, path, m)
	}
	found := p.regexp.FindStringSubmatchIndex(path)
	if found == nil {
		return false
	}
	for i := 2; i < len(found); i += 2 {
		if found[i] < 0 {
			m.addAbsent()
		} else {
			m.add(path[found[i]:found[i+1]])
		}
	}
	return true
}

// concatenation splits an expression into the parts that follow each other,
// without the anchors at its ends.
func concatenation(tree *syntax.Regexp) []*syntax.Regexp {
	parts := []*syntax.Regexp{tree}
	if tree.Op == syntax.OpConcat {
		parts = tree.Sub
	}
	for len(parts) > 0 && parts[0].Op == syntax.OpBeginText {
		parts = parts[1:]
	}
	for len(parts) > 0 && parts[len(parts)-1].Op == syntax.OpEndText {
		parts = parts[:len(parts)-1]
	}
	return parts
}

// canBeginPath reports whether a path (which begins with a slash, or is "*" in
// OPTIONS) can begin with what part matches. It errs towards true: it is there
// to find a forgotten slash, not to prove anything.
func canBeginPath(part *syntax.Regexp) bool {
	switch part.Op {
	case syntax.OpLiteral:
		return part.Rune[0] == '/' || part.Rune[0] == '*'
	case syntax.OpEmptyMatch, syntax.OpNoMatch:
		return false
	}
	return true
}
