package projects

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseMod(t *testing.T) {
	const text = `// A comment.
module "example.com/m" // quoted

go 1.26.0

require example.com/one v1.2.3 // indirect
require (
	example.com/two v0.0.0
	// nothing here
	example.com/two/three v2.0.0+incompatible // indirect
	example.com/four v0.4.0 // indirect; core/web core/auth
)

replace (
	example.com/two v0.0.0 => ../two
)
exclude example.com/one v1.0.0
`
	got := parseMod(text)
	want := modFile{
		module:    "example.com/m",
		goVersion: "1.26.0",
		requires: []requirement{
			{module: "example.com/one", version: "v1.2.3"},
			{module: "example.com/two", version: "v0.0.0"},
			{module: "example.com/two/three", version: "v2.0.0+incompatible"},
			{module: "example.com/four", version: "v0.4.0", through: []string{"core/web", "core/auth"}},
		},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(modFile{}, requirement{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for _, tt := range []struct{ name, want string }{
		{"example.com/one", "example.com/one"},
		{"example.com/two/three/four", "example.com/two/three"},
		{"example.com/two/threefold", "example.com/two"},
		{"example.com/twofold", ""},
	} {
		if got := want.provider(tt.name); got != tt.want {
			t.Errorf("provider(%q) = %q; want %q", tt.name, got, tt.want)
		}
	}
}

func TestQuoteMod(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"/home/a/tornado", "/home/a/tornado"},
		{"/home/a b/tornado", `"/home/a b/tornado"`},
		{"/home/a,b", `"/home/a,b"`},
		{`C:\tornado`, `C:\tornado`},
		{"", `""`},
	} {
		if got := quoteMod(tt.in); got != tt.want {
			t.Errorf("quoteMod(%q) = %s; want %s", tt.in, got, tt.want)
		}
	}
}
