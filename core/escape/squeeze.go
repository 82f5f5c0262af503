package escape

import "strings"

// Squeeze replaces each run of spaces and control characters by one space and
// takes those at both ends away.
func Squeeze(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] > ' ' {
			b = append(b, s[i])
		} else if len(b) > 0 && b[len(b)-1] != ' ' {
			b = append(b, ' ')
		}
	}
	return strings.TrimSpace(string(b))
}
