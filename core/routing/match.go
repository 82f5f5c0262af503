package routing

import "strings"

// inlineGroups is how many values a Match holds without allocating.
const inlineGroups = 3

// A Match holds the values of the groups of a pattern, percent-decoded. The zero
// Match is ready for use and may be used again.
type Match struct {
	inline [inlineGroups]string
	more   []string // all values, when there are more than inlineGroups
	count  int
	absent uint64 // bit i: group i did not take part
}

// Len is the number of groups.
func (m *Match) Len() int { return m.count }

// Value is what group i matched, counted from zero; empty if it did not take part.
func (m *Match) Value(i int) string {
	if m.more != nil {
		return m.more[i]
	}
	return m.inline[:m.count][i]
}

// Took reports whether group i took part in the match; an optional group may
// not. It knows the first 64 groups.
func (m *Match) Took(i int) bool { return i >= 64 || m.absent&(1<<i) == 0 }

// Values returns all values. They are the Match's own until it is used again.
func (m *Match) Values() []string {
	if m.more != nil {
		return m.more
	}
	return m.inline[:m.count]
}

func (m *Match) reset() {
	m.more, m.count, m.absent = nil, 0, 0
}

func (m *Match) add(raw string) {
	value := Unescape(raw)
	switch {
	case m.count < inlineGroups:
		m.inline[m.count] = value
	case m.count == inlineGroups:
		m.more = append(append(make([]string, 0, 2*inlineGroups), m.inline[:]...), value)
	default:
		m.more = append(m.more, value)
	}
	m.count++
}

func (m *Match) addAbsent() {
	if m.count < 64 {
		m.absent |= 1 << m.count
	}
	m.add("")
}

// Unescape decodes the percent-encoded bytes of s. What is no valid encoding
// stays as it is; a plus sign means itself.
func Unescape(s string) string {
	first := strings.IndexByte(s, '%')
	if first < 0 {
		return s
	}
	decoded := make([]byte, 0, len(s))
	decoded = append(decoded, s[:first]...)
	for i := first; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			high, low := unhex(s[i+1]), unhex(s[i+2])
			if high|low < 16 {
				decoded = append(decoded, high<<4|low)
				i += 2
				continue
			}
		}
		decoded = append(decoded, s[i])
	}
	return string(decoded)
}

// unhex is the value of a hexadecimal digit; 0xff if c is none.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 0xff
}
