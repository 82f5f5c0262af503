package web

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/routing"
)

// FuzzStaticPath holds that no path leads out of the folder.
func FuzzStaticPath(f *testing.F) {
	for _, path := range []string{"a.txt", "../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "sub/..%2f../secret.txt",
		"/etc/passwd", "out", "out/", "outdir/secret.txt", "./a.txt", "..\\secret.txt", "a.txt%00", ".", "", "//", "in/../../secret.txt"} {
		f.Add(path)
	}
	parent := f.TempDir()
	folder := filepath.Join(parent, "static")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(folder, "sub"), 0o755),
		os.WriteFile(filepath.Join(folder, "a.txt"), []byte("public"), 0o644),
		os.WriteFile(filepath.Join(parent, "secret.txt"), []byte("secret"), 0o644),
		os.Symlink("../secret.txt", filepath.Join(folder, "out")),
		os.Symlink("..", filepath.Join(folder, "outdir")),
	} {
		if err != nil {
			f.Fatal(err)
		}
	}
	files, err := newStaticFiles(folder)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		var file fs.File
		name, _, err := files.find(routing.Unescape(path), "", false)
		if err == nil {
			file, err = files.open(name)
		}
		if err != nil {
			if _, ok := asHTTPError(err); !ok {
				t.Errorf("%q: %v is no HTTPError", path, err)
			}
			return
		}
		defer file.Close()
		content, err := io.ReadAll(file)
		if err != nil || !strings.HasPrefix(string(content), "public") {
			t.Errorf("%q: served %q, %v", path, content, err)
		}
	})
}
