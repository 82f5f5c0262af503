package routing

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strconv"
	"strings"
)

// Errors of Reverse; they come wrapped with the pattern.
var (
	ErrNotReversible = errors.New("cannot be turned into a path")
	ErrArguments     = errors.New("wrong arguments")
)

// A piece of a pattern that can be reversed: text, or the place of an argument.
type piece struct {
	text  string
	group bool
}

// piecesOf turns the parts of a pattern into the pieces of a path.
func piecesOf(pattern string, parts []*syntax.Regexp) ([]piece, error) {
	var pieces []piece
	for _, part := range parts {
		switch {
		case part.Op == syntax.OpLiteral:
			if strings.ContainsFunc(string(part.Rune), isControl) {
				return nil, fmt.Errorf("routing: pattern `%s` %w: no path has a control character in it", pattern, ErrNotReversible)
			}
			pieces = append(pieces, piece{text: string(part.Rune)})
		case part.Op == syntax.OpCapture:
			if part.Sub[0].MaxCap() > 0 {
				return nil, fmt.Errorf("routing: pattern `%s` %w: it has a group within a group", pattern, ErrNotReversible)
			}
			pieces = append(pieces, piece{group: true})
		case (part.Op == syntax.OpQuest || part.Op == syntax.OpStar) && part.MaxCap() == 0:
			// May be left out, as the slash of `/about/?`; so it is.
		default:
			return nil, fmt.Errorf("routing: pattern `%s` %w: `%s` stands outside of a group", pattern, ErrNotReversible, part)
		}
	}
	return pieces, nil
}

func isControl(r rune) bool { return r <= ' ' || r == 0x7f }

// Reverse makes the path that matches the pattern with args in the places of
// its groups. An argument is a string, a number, a bool or a fmt.Stringer; all
// but slashes and unreserved characters is percent-encoded. That the result
// does match is not checked.
//
// It fails with ErrNotReversible when regular expressions stand outside of the
// groups (what may be left out, like `/?` at the end, is left out), or groups
// within groups, and with ErrArguments when number or type of args do not fit.
func (p *Pattern) Reverse(args ...any) (string, error) {
	if p.errRev != nil {
		return "", p.errRev
	}
	if len(args) != len(p.names) {
		return "", fmt.Errorf("routing: pattern `%s`: %w: it has %d groups, and %d arguments were given",
			p.source, ErrArguments, len(p.names), len(args))
	}
	var path []byte
	next := 0
	for _, piece := range p.reverse {
		if !piece.group {
			path = append(path, piece.text...)
			continue
		}
		value, ok := argumentText(args[next])
		if !ok {
			return "", fmt.Errorf("routing: pattern `%s`: %w: argument %d is a %T; give a string, a number, a bool or a fmt.Stringer",
				p.source, ErrArguments, next+1, args[next])
		}
		path = appendEscaped(path, value)
		next++
	}
	return string(path), nil
}

// argumentText is how an argument of Reverse reads in a path.
func argumentText(arg any) (text string, ok bool) {
	switch v := arg.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case fmt.Stringer:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	case float32:
		return strconv.FormatFloat(float64(v), 'g', -1, 32), true
	case int8, int16, int32, uint, uint8, uint16, uint32, uint64:
		return fmt.Sprint(v), true
	}
	return "", false
}

// appendEscaped percent-encodes what is neither unreserved (RFC 3986 section
// 2.3) nor a slash.
func appendEscaped(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := 0; i < len(s); i++ {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~/", c) >= 0 {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}
