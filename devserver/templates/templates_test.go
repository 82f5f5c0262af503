package templates

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// tree writes files into a folder of the test.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCheck(t *testing.T) {
	const settings = "package main\nvar s = web.Settings{TemplatePath: \"views\"}\n"
	for _, tt := range []struct {
		name      string
		files     map[string]string
		folders   []string
		want      []string // folders
		templates int
		problems  []string
	}{
		{"nothing wrong", map[string]string{"main.go": settings, "views/a.html": "{{ x }}", "templates/b.html": "{{"}, nil, []string{"views"}, 1, nil},
		{"a mistake", map[string]string{"main.go": settings, "views/a.html": "\n {{ x + }}"}, nil, []string{"views"}, 1, []string{
			"views/a.html:2:8: the expression is incomplete",
		}},
		{"included twice", map[string]string{
			"main.go": settings, "views/a.html": "{% if %}", "views/b.html": "{% include a.html %}", "views/c.html": "{% extends \"gone.html\" %}",
		}, nil, []string{"views"}, 3, []string{
			"views/a.html:1:6: the expression is incomplete",
		}},
		{"joined, by a loader", map[string]string{
			"main.go":         "package main\nvar l = template.NewLoader(filepath.Join(\"web\", \"pages\"), template.Options{})\n",
			"web/pages/x.txt": "{% end %}",
		}, nil, []string{"web/pages"}, 1, []string{"web/pages/x.txt:1:1: Extra {% end %} block"}},
		{"assigned", map[string]string{
			"main.go": "package main\nfunc main() { s.TemplatePath = \"t\" }\n", "t/x.txt": "",
		}, nil, []string{"t"}, 1, nil},
		{"by its name", map[string]string{
			"main.go": "package main\n", "app/templates/x.txt": "", "vendor/templates/y.txt": "{{", ".git/templates/z": "{{",
			"other/go.mod": "module other\n", "other/templates/w.txt": "{{",
		}, nil, []string{"app/templates"}, 1, nil},
		{"told", map[string]string{"main.go": settings, "mail/x.txt": "{{ 1 }}", "mail/logo.png": "{{"}, []string{"mail"}, []string{"mail"}, 1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			report, err := Check(tree(t, tt.files), tt.folders)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(report.Folders, tt.want) || report.Templates != tt.templates {
				t.Errorf("looked at %d templates in %q, want %d in %q", report.Templates, report.Folders, tt.templates, tt.want)
			}
			var problems []string
			for _, p := range report.Problems {
				problems = append(problems, p.String())
			}
			if tt.name == "included twice" { // what is missing is described by the system in part
				if len(problems) != 2 || report.Problems[1].File != "views/c.html" || report.Problems[1].Line != 1 {
					t.Errorf("got %q", problems)
				}
				problems = problems[:1]
			}
			if !slices.Equal(problems, tt.problems) {
				t.Errorf("got %q, want %q", problems, tt.problems)
			}
		})
	}
}

func TestCheckWithoutTemplates(t *testing.T) {
	dir := tree(t, map[string]string{"main.go": "package main\n"})
	var none *NoTemplatesError
	if _, err := Check(dir, nil); !errors.As(err, &none) {
		t.Errorf("got %v, want a *NoTemplatesError", err)
	}
	if _, err := Check(dir, []string{"nowhere"}); err == nil {
		t.Error("a folder that is not there is no error")
	}
}
