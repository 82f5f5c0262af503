package devserver

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeFiles writes files, by path relative to dir.
func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// tempDir is t.TempDir under the name that is no symbolic link.
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

const goMod = "module example.com/app\n\ngo 1.26.0\n"

func TestFindProject(t *testing.T) {
	one := map[string]string{"go.mod": goMod, "main.go": "package main\n\nfunc main() {}\n", "lib/lib.go": "package lib\n"}
	two := map[string]string{"go.mod": goMod,
		"cmd/blog/main.go": "package main\n\nfunc main() {}\n", "cmd/tool/main.go": "package main\n\nfunc main() {}\n"}
	for _, tt := range []struct {
		name     string
		files    map[string]string
		dir, pkg string
		want     string   // main package
		err      []string // parts of the message
	}{
		{"at the root", one, "", "", ".", nil},
		{"from a directory of a library", one, "lib", "", ".", nil},
		{"the only one, below", map[string]string{"go.mod": goMod, "cmd/blog/main.go": "package main\n"}, "", "", "./cmd/blog", nil},
		{"several", two, "", "", "", []string{"several main packages", "--package", "./cmd/blog", "./cmd/tool"}},
		{"several, one named", two, "", "./cmd/tool", "./cmd/tool", nil},
		{"several, one named without the dot", two, "", "cmd/blog", "./cmd/blog", nil},
		{"several, one stood in", two, "cmd/blog", "", "./cmd/blog", nil},
		{"a library is named", one, "", "./lib", "", []string{"./lib", "not a main package"}},
		{"none", map[string]string{"go.mod": goMod, "lib.go": "package lib\n"}, "", "", "", []string{"no main package", "--package"}},
		{"broken source is still a program", map[string]string{"go.mod": goMod, "main.go": "package main\n\nfunc main() {\n"}, "", "", ".", nil},
		{"no module", map[string]string{"main.go": "package main\n"}, "", "", "", []string{"not part of a Go module", "tornado-dev new"}},
		{"no directory", nil, "nowhere", "", "", []string{"nowhere"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := tempDir(t)
			writeFiles(t, dir, tt.files)
			p, err := findProject(context.Background(), filepath.Join(dir, tt.dir), tt.pkg)
			if len(tt.err) > 0 {
				if err == nil {
					t.Fatalf("found %+v; want an error", p)
				}
				for _, part := range tt.err {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("error %q does not say %q", err, part)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if p.pkg != tt.want || p.root != dir || p.dir != filepath.Join(dir, tt.dir) {
				t.Errorf("got %+v; want package %s in module %s", p, tt.want, dir)
			}
		})
	}
}

func TestEmbeddedFiles(t *testing.T) {
	dir := tempDir(t)
	writeFiles(t, dir, map[string]string{
		"go.mod":      goMod,
		"main.go":     "package main\n\nimport (\n\t_ \"embed\"\n\n\t_ \"example.com/app/lib\"\n)\n\n//go:embed motd.txt\nvar motd string\n\nfunc main() { print(motd) }\n",
		"motd.txt":    "hello\n",
		"lib/lib.go":  "package lib\n\nimport \"embed\"\n\n//go:embed *.html\nvar Pages embed.FS\n",
		"lib/a.html":  "a",
		"lib/b.html":  "b",
		"lib/c.plain": "c",
	})
	files, err := embeddedFiles(context.Background(), dir, ".")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, f := range files {
		got[f] = true
	}
	for _, name := range []string{"motd.txt", "lib/a.html", "lib/b.html"} {
		if !got[filepath.Join(dir, name)] {
			t.Errorf("%s is missing in %q", name, files)
		}
	}
	if len(files) != 3 {
		t.Errorf("got %q; want three files", files)
	}
}
