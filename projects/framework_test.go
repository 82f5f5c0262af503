package projects

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	tornado "github.com/tornado-dev/tornado"
)

// A listed is what go list tells of a package.
type listed struct {
	ImportPath, Dir string
	Module          *struct {
		Path, Version string
		Main          bool
	}
	GoFiles, CgoFiles, SFiles, HFiles, EmbedFiles []string
}

// goList lists the packages for a system.
func goList(t *testing.T, dir, goos string, args ...string) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Dir,Module,GoFiles,CgoFiles,SFiles,HFiles,EmbedFiles"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0", "GOWORK=off")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var packages []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var pkg listed
		if err := decoder.Decode(&pkg); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, pkg)
	}
}

// The copy must hold each file that the go command would compile or embed, of
// all packages that an application or the probe may import, on every system.
func TestCopyIsComplete(t *testing.T) {
	source, err := newFramework("")
	if err != nil {
		t.Fatal(err)
	}
	files, err := source.copy()
	if err != nil {
		t.Fatal(err)
	}
	copied := map[string]bool{}
	for _, f := range files {
		copied[strings.TrimPrefix(f.name, copyDir+"/")] = true
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	// All that an application may import. Other internal packages are for tests.
	names := []string{"./" + probeDir}
	for name := range strings.FieldsSeq(run(t, root, "go", "list", "-find", "./core/...")) {
		if !strings.Contains(name+"/", "/internal/") {
			names = append(names, name)
		}
	}
	requires := map[string]string{}
	for _, goos := range []string{"linux", "darwin", "freebsd", "windows"} {
		for _, pkg := range goList(t, root, goos, append([]string{"-deps"}, names...)...) {
			if pkg.Module == nil {
				continue // the standard library
			}
			if !pkg.Module.Main {
				requires[pkg.Module.Path] = pkg.Module.Version
				continue
			}
			dir, err := filepath.Rel(root, pkg.Dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range slices.Concat(pkg.GoFiles, pkg.CgoFiles, pkg.SFiles, pkg.HFiles, pkg.EmbedFiles) {
				if name := path.Join(filepath.ToSlash(dir), filepath.ToSlash(name)); !copied[name] {
					t.Errorf("%s: %s is not in the copy; does source.go embed it?", goos, name)
					copied[name] = true // once is enough
				}
			}
		}
	}
	got := map[string]string{}
	for _, r := range source.requires {
		got[r.module] = r.version
		if len(r.sums) != 2 {
			t.Errorf("got sums %q of %s; want one of the module and one of its go.mod", r.sums, r.module)
		}
	}
	if diff := cmp.Diff(requires, got); diff != "" {
		t.Errorf("requirements, -want +got\n%s", diff)
	}
}

// Tests, and what only they read, stay at home.
func TestCopyIsSmall(t *testing.T) {
	source, err := newFramework("")
	if err != nil {
		t.Fatal(err)
	}
	files, err := source.copy()
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, f := range files {
		size += len(f.data)
		if strings.HasSuffix(f.name, "_test.go") || strings.Contains(f.name, "/testdata/") {
			t.Errorf("%s is in the copy", f.name)
		}
	}
	t.Logf("%d files, %d bytes", len(files), size)
	if size > 4<<20 {
		t.Errorf("got %d bytes; want no more than 4 MiB", size)
	}
}

func TestFrameworkPackages(t *testing.T) {
	files := func(more ...string) fstest.MapFS {
		all := fstest.MapFS{
			"go.mod":                          {Data: []byte("module " + frameworkModule + "\n\ngo 1.26.0\n\nrequire (\n\texample.com/deep v0.1.0 // indirect; core/extra\n\texample.com/one v1.0.0\n\texample.com/two v2.0.0\n)\n")},
			"go.sum":                          {Data: []byte("example.com/deep v0.1.0 h1:d=\nexample.com/deep v0.1.0/go.mod h1:e=\nexample.com/one v1.0.0 h1:a=\nexample.com/one v1.0.0/go.mod h1:b=\nexample.com/one v1.0.01 h1:x=\nexample.com/two v2.0.0 h1:y=\nexample.com/two v2.0.0/go.mod h1:z=\n")},
			"LICENSE":                         {},
			"core/web/web.go":                 {Data: []byte("package web\nimport (\n\t\"fmt\"\n\t\"example.com/one/sub\"\n)\n")},
			"core/web/web_test.go":            {Data: []byte("package web\nimport \"example.com/two\"\n")},
			"core/web/mask_amd64.s":           {},
			"core/web/pages/error.html":       {},
			"core/web/testdata/big.json":      {},
			"core/web/internal/state/tree.go": {Data: []byte("package state\n")},
			"core/web/state.go":               {Data: []byte("package web\nimport \"" + frameworkModule + "/core/web/internal/state\"\n")},
			"core/internal/forTests/tests.go": {Data: []byte("package forTests\n")},
			"inspector/probe/probe.go":        {Data: []byte("package probe\nimport \"" + frameworkModule + "/inspector/wire\"\n")},
			"inspector/wire/wire.go":          {Data: []byte("package wire\n")},
			"inspector/store.go":              {Data: []byte("package inspector\n")},
			"core/extra/extra.go":             {Data: []byte("package extra\nimport \"example.com/two\"\n")}, // the sample has no use for it
		}
		for i := 0; i < len(more); i += 2 {
			all[more[i]] = &fstest.MapFile{Data: []byte(more[i+1])}
		}
		return all
	}
	source, err := readFramework(files(), "")
	if err != nil {
		t.Fatal(err)
	}
	copied, err := source.copy()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range copied {
		names = append(names, strings.TrimPrefix(f.name, copyDir+"/"))
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{
		"LICENSE", "README.md",
		"core/extra/extra.go",
		"core/web/internal/state/tree.go", "core/web/mask_amd64.s", "core/web/pages/error.html", "core/web/state.go", "core/web/web.go",
		"go.mod", "go.sum",
		"inspector/probe/probe.go", "inspector/wire/wire.go",
	}, names); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	const mod = "module blog\n\ngo 1.26.0\n\nrequire " + frameworkModule + " v0.0.0\n\n" +
		"require example.com/one v1.0.0 // indirect\n\nreplace " + frameworkModule + " => ./third_party/tornado\n"
	if diff := cmp.Diff(mod, string(source.projectMod("blog"))); diff != "" {
		t.Errorf("go.mod of the project, -want +got\n%s", diff)
	}
	const copyMod = "module " + frameworkModule + "\n\ngo 1.26.0\n\nrequire (\n\texample.com/deep v0.1.0 // indirect\n\texample.com/one v1.0.0\n\texample.com/two v2.0.0\n)\n"
	if diff := cmp.Diff(copyMod, string(source.copyMod())); diff != "" {
		t.Errorf("go.mod of the copy, -want +got\n%s", diff)
	}
	const sums = "example.com/one v1.0.0 h1:a=\nexample.com/one v1.0.0/go.mod h1:b=\n"
	if got := string(sumsOf(source.used)); got != sums {
		t.Errorf("got sums %q of the project; want %q", got, sums)
	}
	const copySums = "example.com/deep v0.1.0 h1:d=\nexample.com/deep v0.1.0/go.mod h1:e=\n" + sums + "example.com/two v2.0.0 h1:y=\nexample.com/two v2.0.0/go.mod h1:z=\n"
	if got := string(sumsOf(source.requires)); got != copySums {
		t.Errorf("got sums %q of the copy; want %q", got, copySums)
	}

	for _, tt := range []struct {
		name  string
		files fstest.MapFS
		want  string
	}{
		{"unknown module", files("core/web/more.go", "package web\nimport \"example.com/three\"\n"), "core/web imports example.com/three, and no module in go.mod provides it"},
		{"not Go", files("core/web/more.go", "pakcage web\n"), "core/web/more.go:1:1"},
		{"missing package", files("core/web/more.go", "package web\nimport \""+frameworkModule+"/core/nowhere\"\n"), "core/nowhere"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := readFramework(tt.files, ""); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v; want %q", err, tt.want)
			}
		})
	}
}

// The embedded files are those of this module.
func TestSourceIsThisModule(t *testing.T) {
	for _, name := range []string{"go.mod", "go.sum", "LICENSE"} {
		want, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tornado.Source.ReadFile(name); err != nil || string(got) != string(want) {
			t.Errorf("%s differs from the one embedded (%v)", name, err)
		}
	}
}
