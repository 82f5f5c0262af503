package projects

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// run runs a command in dir, as a user with nothing special set would, except
// that paths stay out of what is compiled, so that the second build of the same
// source comes from the cache.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly -trimpath", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// A new project builds, passes its tests and has nothing to be tidied; also when
// it was moved, and when only what git keeps of it arrived somewhere.
func TestNewBuilds(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the framework again")
	}
	dir := t.TempDir()
	project, err := New(t.Context(), Options{Dir: filepath.Join(dir, "blog")})
	if err != nil {
		t.Fatal(err)
	}
	check := func(t *testing.T, dir string) {
		t.Helper()
		run(t, dir, "go", "build")
		if _, err := os.Stat(filepath.Join(dir, "blog")); err != nil {
			t.Errorf("go build made no program: %v", err)
		}
		run(t, dir, "go", "vet", "./...")
		if out := run(t, dir, "go", "test", "./..."); !strings.HasPrefix(out, "ok") {
			t.Errorf("go test: got %s", out)
		}
		// What the workbench adds to the program must compile as well.
		run(t, dir, "go", "build", frameworkModule+"/"+probeDir)
		if out := run(t, dir, "go", "mod", "tidy", "-diff"); out != "" {
			t.Errorf("go mod tidy would change:\n%s", out)
		}
	}
	check(t, project.Dir)

	t.Run("moved", func(t *testing.T) {
		moved := filepath.Join(dir, "somewhere else", "blog")
		if err := os.Mkdir(filepath.Dir(moved), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(project.Dir, moved); err != nil {
			t.Fatal(err)
		}
		check(t, moved)
		project.Dir = moved
	})
	t.Run("cloned", func(t *testing.T) {
		if _, err := exec.LookPath("git"); err != nil {
			t.Skip("there is no git to clone with")
		}
		git := func(args ...string) string {
			return run(t, project.Dir, "git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		}
		git("init", "-q")
		git("add", ".")
		git("commit", "-q", "-m", "blog: begun")
		if out := git("ls-files", "blog"); out != "" {
			t.Errorf("the program is in git: %s", out)
		}
		cloned := filepath.Join(dir, "cloned")
		git("clone", "-q", ".", cloned)
		check(t, cloned)
	})
}

// With a checkout there is no copy, and go.mod points to the checkout.
func TestNewWithCheckout(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the framework again")
	}
	dir := t.TempDir()
	project, err := New(t.Context(), Options{Dir: filepath.Join(dir, "blog"), Framework: ".."})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(project.Dir, "third_party")); !os.IsNotExist(err) {
		t.Errorf("there is a third_party: %v", err)
	}
	run(t, project.Dir, "go", "vet", "./...")
	if out := run(t, project.Dir, "go", "test", "./..."); !strings.HasPrefix(out, "ok") {
		t.Errorf("go test: got %s", out)
	}
}

// A project can import each package of the framework, also those with libraries that
// it has no use for until then. What these need is what the framework is built with,
// so nothing is fetched here.
func TestNewImportsAll(t *testing.T) {
	project, err := New(t.Context(), Options{Dir: filepath.Join(t.TempDir(), "blog")})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOSUMDB", "off")
	names := strings.Fields(run(t, project.Dir, "go", "list", "-mod=mod", "-find", frameworkModule+"/core/..."))
	for _, name := range []string{"auth", "auth/authtest", "web/validate", "websocket/natsbroker", "web/compress"} {
		if !slices.Contains(names, frameworkModule+"/core/"+name) {
			t.Errorf("core/%s is not there", name)
		}
	}
	var file strings.Builder
	file.WriteString("package main\n")
	for _, name := range names {
		if !strings.Contains(name+"/", "/internal/") {
			fmt.Fprintf(&file, "import _ %q\n", name)
		}
	}
	if err := os.WriteFile(filepath.Join(project.Dir, "all.go"), []byte(file.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	run(t, project.Dir, "go", "list", "-mod=mod", "-deps", ".")
}
