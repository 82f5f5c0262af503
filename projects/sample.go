package projects

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// sample is the blog. It is a package of this module, so that it is compiled,
// vetted and tested with everything else, and copied as it stands. Without all:
// the names that begin with an underscore would be left out.
//
//go:embed all:blog
var sample embed.FS

// The files that cannot stand in the sample's folder: the README names the
// project, and a .gitignore would be obeyed there too.
const (
	readme = `# %[1]s

A small site to start from: stories, a form to write them, a login, a chat and an
API.

    tornado-dev         # runs it, rebuilds it on every save, shows each request
    go test ./...       # fetches its pages, logs in, writes a story, talks in the chat
    tornado-dev serve   # runs it in production

The site is at http://127.0.0.1:8888 while it runs. It needs nothing but Go:
` + "`go run .`" + ` works too, and ` + "`go build`" + ` makes one program of it, which wants
templates and static beside it. The first start makes a key for the signed cookies
in .cookie-secret: keep it to yourself, or give your own in COOKIE_SECRET.

| where | what |
|---|---|
| main.go | which handler answers which address |
| stories.go, pictures.go, users.go, chat.go, api.go | the handlers; who is logged in |
| entry.go | a piece of a page with its style: a UI module |
| store.go, samples.go | the stories, kept in memory, and the first three |
| templates, static | pages, style sheet, script: saved, and the browser has them |
| blog_test.go | the tests |
| %[2]s | the framework |
`
	gitignore = `# What go build writes.
/%[1]s
/%[1]s.exe
*.test
*.out

# The key of the signed cookies.
/.cookie-secret
`
)

// sampleFiles returns the files of a project called name, without those that
// concern the framework.
func sampleFiles(name, module string) ([]file, error) {
	files := []file{
		{"README.md", fmt.Appendf(nil, readme, name, copyDir)},
		{".gitignore", fmt.Appendf(nil, gitignore, programName(module))},
	}
	err := fs.WalkDir(sample, "blog", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err // what begins with a dot, editors and systems have left there
		}
		data, err := sample.ReadFile(name)
		files = append(files, file{strings.TrimPrefix(name, "blog/"), data})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("projects: sample: %w", err)
	}
	return files, nil
}

// sampleImports are the packages that the sample and its tests import.
func sampleImports() (imports []string, err error) {
	names, err := fs.Glob(sample, "blog/*.go")
	if err != nil {
		return nil, fmt.Errorf("projects: sample: %w", err)
	}
	for _, name := range names {
		one, err := importsOf(sample, name)
		if err != nil {
			return nil, fmt.Errorf("projects: sample: %w", err)
		}
		imports = append(imports, one...)
	}
	return imports, nil
}

// sampleNames are the names that stand in the folder of a project.
func sampleNames() map[string]bool {
	names := map[string]bool{"go.mod": true, "go.sum": true, "README.md": true, path.Dir(copyDir): true}
	entries, err := sample.ReadDir("blog")
	if err != nil {
		panic(err) // it is embedded
	}
	for _, entry := range entries {
		names[entry.Name()] = true
	}
	return names
}
