package projects

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// write makes a file, and the folders above it, in dir.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	name = filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

// tree lists what is in dir, with the contents of files.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		switch {
		case entry.IsDir():
			found[filepath.ToSlash(rel)+"/"] = ""
		case entry.Type()&fs.ModeSymlink != 0:
			found[filepath.ToSlash(rel)], err = os.Readlink(name)
		default:
			var data []byte
			data, err = os.ReadFile(name)
			found[filepath.ToSlash(rel)] = string(data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Whatever goes wrong, the error says what to do, and nothing has changed.
func TestNewFails(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(t *testing.T, dir string)
		options Options // Dir and Framework relative to the test's folder
		want    string
	}{
		{
			name: "no name",
			want: "give the new folder a name",
		},
		{
			name:    "a space in the name",
			options: Options{Dir: "my blog"},
			want:    "add --module my-blog",
		},
		{
			name:    "standard library",
			options: Options{Dir: "net"},
			want:    "add --module example.com/net",
		},
		{
			name:    "bad module path",
			options: Options{Dir: "blog", Module: "example.com/my blog"},
			want:    "try --module my-blog",
		},
		{
			name:    "folder not empty",
			prepare: func(t *testing.T, dir string) { write(t, dir, "blog/one", "1"); write(t, dir, "blog/two", "2") },
			options: Options{Dir: "blog"},
			want:    "not empty (one, two); choose another name",
		},
		{
			name: "folder full",
			prepare: func(t *testing.T, dir string) {
				for _, name := range []string{"a", "b", "c", "d", "e"} {
					write(t, dir, "blog/"+name, "")
				}
			},
			options: Options{Dir: "blog"},
			want:    "(a, b, c and 2 more)",
		},
		{
			name:    "a file of that name",
			prepare: func(t *testing.T, dir string) { write(t, dir, "blog", "notes") },
			options: Options{Dir: "blog"},
			want:    "there is a file of that name",
		},
		{
			name:    "below a file",
			prepare: func(t *testing.T, dir string) { write(t, dir, "file", "notes") },
			options: Options{Dir: "file/a/blog"},
			want:    "is a file, so there can be nothing below it",
		},
		{
			name: "broken link",
			prepare: func(t *testing.T, dir string) {
				if err := os.Symlink("nowhere", filepath.Join(dir, "blog")); err != nil {
					t.Fatal(err)
				}
			},
			options: Options{Dir: "blog"},
			want:    "symbolic link to something that is not there",
		},
		{
			name:    "name too long",
			options: Options{Dir: strings.Repeat("b", 300)},
			want:    "the name is too long",
		},
		{
			name:    "vendor of another module",
			prepare: func(t *testing.T, dir string) { write(t, dir, "go.mod", "module m\n") },
			options: Options{Dir: "vendor/example.com/blog"},
			want:    "keeps for the libraries of the module",
		},
		{
			name:    "no such checkout",
			options: Options{Dir: "blog", Framework: "nowhere"},
			want:    "give the folder of a checkout",
		},
		{
			name:    "checkout of something else",
			prepare: func(t *testing.T, dir string) { write(t, dir, "other/go.mod", "module example.com/other\n") },
			options: Options{Dir: "blog", Framework: "other"},
			want:    `is "example.com/other"; give the folder of a checkout`,
		},
		{
			name: "missing permission",
			prepare: func(t *testing.T, dir string) {
				if os.Geteuid() == 0 {
					t.Skip("root may write everywhere; the rows above that fail below a file and by a long name show the same")
				}
				closed := filepath.Join(dir, "closed")
				if err := os.Mkdir(closed, 0o555); err != nil {
					t.Fatal(err)
				}
			},
			options: Options{Dir: "closed/blog"},
			want:    "not allowed to write there",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if tt.prepare != nil {
				tt.prepare(t, dir)
			}
			t.Chdir(dir)
			before := tree(t, dir)

			var out bytes.Buffer
			tt.options.Out = &out
			project, err := New(t.Context(), tt.options)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v; want %q", err, tt.want)
			}
			if project != nil || out.Len() > 0 {
				t.Errorf("got project %v, output %q; want none", project, &out)
			}
			if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
				t.Errorf("something was written:\n%s", diff)
			}
		})
	}
}

// lateContext ends after Err was asked for a number of times: in the middle.
type lateContext struct {
	context.Context
	calls int
}

func (c *lateContext) Err() error {
	if c.calls--; c.calls < 0 {
		return context.Canceled
	}
	return nil
}

// What was begun is taken back.
func TestFillTakesBack(t *testing.T) {
	long := strings.Repeat("x", 300) // no file system takes such a name
	for _, tt := range []struct {
		name    string
		dir     string
		calls   int // of the context's Err before it ends
		files   []file
		prepare func(t *testing.T, dir string)
		want    error
	}{
		{name: "interrupted", dir: "blog", calls: 1, files: []file{{"a", nil}, {"b/c", nil}}, want: context.Canceled},
		{name: "interrupted below new folders", dir: "x/y/blog", calls: 1, files: []file{{"a", nil}, {"b", nil}}, want: context.Canceled},
		{name: "cannot write", dir: "x/blog", calls: 9, files: []file{{"a", nil}, {"b/" + long, nil}}},
		{name: "cannot make a folder", dir: "x/blog", calls: 9, files: []file{{"a", nil}, {long + "/b", nil}}},
		{name: "a folder above cannot be made", dir: "x/y/" + long + "/blog", calls: 9, files: []file{{"a", nil}}},
		{
			name: "interrupted in a folder that exists", dir: "blog", calls: 1, files: []file{{"a", nil}, {"b", nil}}, want: context.Canceled,
			prepare: func(t *testing.T, dir string) {
				if err := os.Mkdir(filepath.Join(dir, "blog"), 0o777); err != nil {
					t.Fatal(err)
				}
			},
		},
		{
			// Somebody was quicker: c is there when its turn comes.
			name: "name taken in the folder", dir: "blog", calls: 9, files: []file{{"a", nil}, {"b/x", nil}, {"c", nil}}, want: fs.ErrExist,
			prepare: func(t *testing.T, dir string) { write(t, dir, "blog/c", "mine") },
		},
		{
			name: "folder filled meanwhile", dir: "blog", calls: 9, files: []file{{"a", nil}},
			prepare: func(t *testing.T, dir string) { write(t, dir, "blog/c", "mine") },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if tt.prepare != nil {
				tt.prepare(t, dir)
			}
			before := tree(t, dir)
			to := target{dir: filepath.Join(dir, tt.dir), exists: tt.prepare != nil && tt.name != "folder filled meanwhile"}
			err := to.fill(&lateContext{t.Context(), tt.calls}, tt.files)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got error %v; want %v", err, tt.want)
			}
			if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
				t.Errorf("something was written:\n%s", diff)
			}
		})
	}
}

func TestNewPlaces(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(t *testing.T, dir string)
		options Options
		module  string
		next    string
	}{
		{name: "a name", options: Options{Dir: "blog"}, module: "blog", next: "  cd blog\n  tornado-dev\n"},
		{name: "a path", options: Options{Dir: "a/b/../c/blog/"}, module: "blog", next: "  cd a/c/blog\n"},
		{name: "a module path", options: Options{Dir: "blog", Module: "example.com/notes"}, module: "example.com/notes", next: "  cd blog\n"},
		{name: "a space", options: Options{Dir: "my blog", Module: "blog"}, module: "blog", next: "  cd 'my blog'\n"},
		{
			name:    "an empty folder",
			prepare: func(t *testing.T, dir string) { os.Mkdir(filepath.Join(dir, "blog"), 0o777) },
			options: Options{Dir: "blog"}, module: "blog", next: "  cd blog\n",
		},
		{
			name:    "a fresh clone",
			prepare: func(t *testing.T, dir string) { write(t, dir, "blog/.git/HEAD", "ref: refs/heads/main\n") },
			options: Options{Dir: "blog"}, module: "blog", next: "  cd blog\n",
		},
		{
			name:    "within a workspace",
			prepare: func(t *testing.T, dir string) { write(t, dir, "go.work", "go 1.26\n") },
			options: Options{Dir: "blog"}, module: "blog", next: "  cd blog\n  go work use . ",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if tt.prepare != nil {
				tt.prepare(t, dir)
			}
			t.Chdir(dir)
			t.Setenv("GOWORK", "")
			var out bytes.Buffer
			tt.options.Out = &out
			project, err := New(t.Context(), tt.options)
			if err != nil {
				t.Fatal(err)
			}
			if want := filepath.Join(dir, tt.options.Dir); project.Dir != want || project.Module != tt.module {
				t.Errorf("got %+v; want %s in %s", project, tt.module, want)
			}
			if !strings.Contains(out.String(), tt.next) {
				t.Errorf("got output %q; want %q in it", &out, tt.next)
			}
			mod, err := os.ReadFile(filepath.Join(project.Dir, "go.mod"))
			if err != nil || !strings.HasPrefix(string(mod), "module "+tt.module+"\n") {
				t.Errorf("got go.mod %q, %v", mod, err)
			}
			for name := range tree(t, filepath.Dir(project.Dir)) {
				if strings.Contains(name, ".tornado-dev-new") {
					t.Errorf("%s was left behind", name)
				}
			}
			if info, err := os.Stat(project.Dir); err != nil || info.Mode().Perm()&0o055 == 0 {
				t.Errorf("others cannot read the project: %v, %v", info.Mode(), err)
			}
		})
	}
}

func TestShellQuote(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"../blog", "../blog"},
		{"my blog", "'my blog'"},
		{"it's", `'it'\''s'`},
		{"$HOME", "'$HOME'"},
	} {
		if got := shellQuote(tt.in); got != tt.want {
			t.Errorf("shellQuote(%q) = %s; want %s", tt.in, got, tt.want)
		}
	}
}
