package projects

import (
	"os/exec"
	"strings"
	"testing"
)

func TestModuleProblem(t *testing.T) {
	for _, tt := range []struct {
		module string
		want   string // part of the problem; empty if there is none
	}{
		{"blog", ""},
		{"Blog", ""},
		{"my-blog_2.0", ""},
		{"test", ""}, // Go keeps test and example for us
		{"example", ""},
		{"example.com/blog", ""},
		{"example.com/blog/v2", ""},
		{"example.com/net/http", ""},
		{"example.com/main", ""},
		{frameworkModule + "/blog", ""},
		{"", "empty"},
		{"main", "every program main"},
		{"all", "go command"},
		{"std", "go command"},
		{"cmd", "go command"},
		{"work", "go command"},
		{"tool", "go command"},
		{"toolchain", "go command"},
		{"go", "go command"},
		{"C", "go command"},
		{"fmt", "standard library"},
		{"net/blog", "standard library"},
		{"internal", "standard library"},
		{frameworkModule, "framework's own"},
		{"my blog", "a space"},
		{"my\tblog", "a space"},
		{"blög", `'ö'`},
		{"a@b", `'@'`},
		{`a\b`, "character"},
		{"a:b", "character"},
		{"a//b", "slash too many"},
		{"/blog", "slash too many"},
		{"blog/", "slash too many"},
		{"-blog", "begins with -"},
		{"example.com/-blog", "begins with -"},
		{".blog", "begins with a dot"},
		{"example.com/../blog", "begins with a dot"},
		{"blog.", "ends with a dot"},
		{"blog~1", "tilde"},
		{"con", "Windows"},
		{"example.com/AUX.x/blog", "Windows"},
		{"example.com/blog/v1", "begin at v2"},
		{"example.com/blog/v02", "begin at v2"},
		{"blog.go", "Go file"},
		{"static", "something else"},
		{"example.com/templates", "something else"},
		{"templates/v2", "something else"},
		{"go.mod", "something else"},
		{"third_party", "something else"},
	} {
		t.Run(tt.module, func(t *testing.T) {
			got := moduleProblem(tt.module)
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %q; want %q", got, tt.want)
			}
			if suggestion := suggestModule(tt.module); moduleProblem(suggestion) != "" {
				t.Errorf("suggests %q, which will not do: %s", suggestion, moduleProblem(suggestion))
			}
		})
	}
}

// A release of Go may bring new packages.
func TestStandardElements(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "std").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.FieldsSeq(string(out)) {
		if first, _, _ := strings.Cut(name, "/"); !standardElements[first] {
			t.Errorf("%s of the standard library is not in standardElements", first)
		}
	}
}

func TestDirProblem(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"blog", ""},
		{"../blog", ""},
		{"blog/", ""},
		{"a/./blog/.", ""},
		{"my blog", ""}, // its module path is another matter
		{"", "empty"},
		{".", "not a name"},
		{"..", "not a name"},
		{"a/../..", "not a name"},
		{"/", "root"},
		{"-blog", "option"},
		{"a/-blog", "option"},
		{"blog\n", "control character"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := dirProblem(tt.name)
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestSuggestModule(t *testing.T) {
	for _, tt := range []struct{ module, want string }{
		{"My Blog", "my-blog"},
		{"net", "example.com/net"},
		{"static", "example.com/blog"},
		{"ö", "example.com/blog"},
		{"/", "example.com/blog"},
	} {
		if got := suggestModule(tt.module); got != tt.want {
			t.Errorf("suggestModule(%q) = %q; want %q", tt.module, got, tt.want)
		}
	}
}
