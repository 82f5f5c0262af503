package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/pane"
	"github.com/tornado-dev/tornado/tui/theme"
)

func TestPath(t *testing.T) {
	for _, tt := range []struct{ name, file, project, want string }{
		{"inside", "/home/ann/blog/a/b.go", "/home/ann/blog", "a/b.go"},
		{"beside", "/home/ann/blog2/b.go", "/home/ann/blog", "/home/ann/blog2/b.go"},
		{"named like the way out", "/home/ann/blog/..x/b.go", "/home/ann/blog", "..x/b.go"},
		{"of a module", "/home/ann/go/pkg/mod/example.com/m@v1.0.0/m.go", "/home/ann/blog", "example.com/m@v1.0.0/m.go"},
		{"of Go", "/usr/local/go/src/runtime/panic.go", "/home/ann/blog", "runtime/panic.go"},
		{"relative", "templates/a.html", "/home/ann/blog", "templates/a.html"},
		{"no project", "/a/b.go", "", "/a/b.go"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Path(tt.file, tt.project); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAt(t *testing.T) {
	for _, tt := range []struct {
		place pane.Place
		want  string
	}{
		{pane.Place{}, ""}, {pane.Place{File: "a.go"}, "a.go"}, {pane.Place{File: "a.go", Line: 3}, "a.go:3"},
		{pane.Place{File: "a.go", Line: 3, Column: 9}, "a.go:3:9"}, {pane.Place{File: "a.go", Column: 9}, "a.go"},
	} {
		if got := At(tt.place, ""); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.place, got, tt.want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	lines := []inspector.SourceLine{{Number: 9, Text: "first"}, {Number: 10, Text: "\tx := y"}}
	for _, tt := range []struct {
		name         string
		mark, column int
		width        int
		want         string
	}{
		{"no column", 9, 0, 30, ">  9 │ first|  10 │     x := y"},
		{"behind a tab", 10, 2, 30, "   9 │ first|> 10 │     x := y|     │     ^"},
		{"the end", 9, 6, 30, ">  9 │ first|     │      ^|  10 │     x := y"},
		{"beyond the end", 9, 99, 30, ">  9 │ first|     │      ^|  10 │     x := y"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, line := range Excerpt(theme.Theme{}, lines, tt.mark, tt.column, tt.width) {
				got = append(got, strings.TrimRight(line, " "))
			}
			if s := strings.Join(got, "|"); s != tt.want {
				t.Errorf("got %q, want %q", s, tt.want)
			}
		})
	}
}

// The caret stands under its character also when the line is too long for the
// screen.
func TestExcerptOfALongLine(t *testing.T) {
	text := strings.Repeat("a", 100) + "X" + strings.Repeat("b", 100)
	got := Excerpt(theme.Theme{}, []inspector.SourceLine{{Number: 1, Text: text}}, 1, 101, 40)
	if len(got) != 2 {
		t.Fatalf("%d lines", len(got))
	}
	line, caret := []rune(got[0]), strings.IndexRune(string([]rune(got[1])), '^')
	at := len([]rune(got[1][:caret]))
	if line[at] != 'X' {
		t.Errorf("the caret is under %q:\n%s\n%s", line[at], got[0], got[1])
	}
}

func TestRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.go")
	if err := os.WriteFile(file, []byte("1\n2\n3\n4\n5\n6\n7\n8\n9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		file string
		line int
		want string
	}{
		{"middle", file, 5, "2345678"},
		{"start", file, 1, "1234"},
		{"end", file, 9, "6789"},
		{"beyond", file, 99, ""},
		{"no line", file, 0, ""},
		{"no file", file + "x", 5, ""},
		{"a directory", filepath.Dir(file), 5, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			for _, l := range Read(tt.file, tt.line) {
				got += l.Text
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
