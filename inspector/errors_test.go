package inspector

import (
	"testing"

	"github.com/tornado-dev/tornado/core/trace"
)

func TestWithoutPlace(t *testing.T) {
	frame := trace.TemplateFrame{Name: "story.html", File: "/srv/templates/story.html", Line: 30, Column: 6}
	for _, tt := range []struct{ name, message, want string }{
		{"path", "the expression is incomplete at /srv/templates/story.html:30:6", "the expression is incomplete"},
		{"name", "the expression is incomplete at story.html:30:6", "the expression is incomplete"},
		{"another line", "the block at story.html:3:6", "the block at story.html:3:6"},
		{"within", "x at story.html:30:6 is no name", "x at story.html:30:6 is no name"},
		{"nothing else", " at story.html:30:6", " at story.html:30:6"},
	} {
		if got := withoutPlace(tt.message, &frame); got != tt.want {
			t.Errorf("%s: got %q; want %q", tt.name, got, tt.want)
		}
	}
}
