package devserver

import "testing"

// What a program prints because it got no socket has been told; all else it prints
// is shown.
func TestEchoes(t *testing.T) {
	const why = "listen tcp :80: bind: permission denied"
	for _, tt := range []struct {
		name, refused, line string
		want                bool
	}{
		{"nothing was refused", "", why, false},
		{"by log.Fatal", why, "[C 260301 12:00:00 main.go:7] " + why, true},
		{"something else", why, "panic: no database", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := new(program)
			if tt.refused != "" {
				p.refused.Store(&tt.refused)
			}
			if got := p.echoes(tt.line); got != tt.want {
				t.Errorf("got %t; want %t", got, tt.want)
			}
		})
	}
}
