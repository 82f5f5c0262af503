package projects

import (
	"bytes"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// copyDir is where a project keeps its copy of the framework.
const copyDir = "third_party/tornado"

// A framework is the source that a project is built with.
type framework struct {
	files    fs.FS  // the module; at least its go.mod, go.sum and packages
	checkout string // absolute folder of files, or empty: they are to be copied

	goVersion string        // what the framework asks for
	requires  []requirement // of all its packages
	used      []requirement // of those that the sample, and the probe, use
}

// A requirement is a module that the framework's packages are built of.
type requirement struct {
	module, version string
	through         []string // the packages that need it without importing it; see indirectOf
	sums            []string // its lines of go.sum
}

// readFramework reads what a project must know of the framework in files.
func readFramework(files fs.FS, checkout string) (*framework, error) {
	where := checkout
	if where == "" {
		where = "this program"
	}
	data, err := fs.ReadFile(files, "go.mod")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no go.mod in %s; give the folder of a checkout of %s", where, frameworkModule)
	}
	if err != nil {
		return nil, fmt.Errorf("projects: framework: %w", err)
	}
	mod := parseMod(string(data))
	if mod.module != frameworkModule {
		return nil, fmt.Errorf("the module in %s is %q; give the folder of a checkout of %s", where, mod.module, frameworkModule)
	}
	sums, err := fs.ReadFile(files, "go.sum")
	if err != nil {
		return nil, fmt.Errorf("projects: framework in %s: %w", where, err)
	}
	f := &framework{files: files, checkout: checkout, goVersion: mod.goVersion}
	packages, err := f.packages()
	if err != nil {
		return nil, fmt.Errorf("projects: framework in %s: %w", where, err)
	}
	f.requires, err = requirementsOf(packages, mod, string(sums))
	if err != nil {
		return nil, fmt.Errorf("projects: framework in %s: %w", where, err)
	}
	imports, err := sampleImports()
	if err != nil {
		return nil, err
	}
	f.used, err = requirementsOf(reached(packages, append(imports, frameworkModule+"/"+probeDir)), mod, string(sums))
	if err != nil {
		return nil, fmt.Errorf("projects: framework in %s: %w", where, err)
	}
	return f, nil
}

// reached picks the packages that a program with these imports is built of.
func reached(packages []goPackage, imports []string) (list []goPackage) {
	byPath := map[string]goPackage{}
	for _, pkg := range packages {
		byPath[frameworkModule+"/"+pkg.dir] = pkg
	}
	for len(imports) > 0 {
		name := imports[0]
		imports = imports[1:]
		if pkg, ok := byPath[name]; ok {
			delete(byPath, name)
			list = append(list, pkg)
			imports = append(imports, pkg.imports...)
		}
	}
	return list
}

// A goPackage is a folder with Go files.
type goPackage struct {
	dir     string // slash-separated
	imports []string
}

// probeDir is the package that the workbench builds into a program it runs.
const probeDir = "inspector/probe"

// packages returns the packages that a project needs, sorted: those of core that
// it may import, the probe, and what these import of the module. Files for other
// systems count.
func (f *framework) packages() ([]goPackage, error) {
	var queue []string
	err := fs.WalkDir(f.files, "core", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.IsDir():
			return nil
		case path.Base(name) == "testdata", path.Base(name) == "internal":
			return fs.SkipDir // an internal package comes with those that import it
		}
		if _, err := fs.Stat(f.files, path.Join(name, "go.mod")); err == nil {
			return fs.SkipDir // a module of its own
		}
		queue = append(queue, name)
		return nil
	})
	if err != nil {
		return nil, err
	}
	queue = append(queue, probeDir)

	var packages []goPackage
	seen := map[string]bool{}
	for len(queue) > 0 {
		dir := queue[0]
		queue = queue[1:]
		if seen[dir] {
			continue
		}
		seen[dir] = true
		pkg, ok, err := f.readPackage(dir)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		packages = append(packages, pkg)
		for _, name := range pkg.imports {
			if own, ok := strings.CutPrefix(name, frameworkModule+"/"); ok {
				queue = append(queue, own)
			}
		}
	}
	slices.SortFunc(packages, func(a, b goPackage) int { return strings.Compare(a.dir, b.dir) })
	return packages, nil
}

// readPackage reads the imports of the package in dir. ok is false if there are
// no Go files.
func (f *framework) readPackage(dir string) (pkg goPackage, ok bool, err error) {
	entries, err := fs.ReadDir(f.files, dir)
	if err != nil {
		return goPackage{}, false, fmt.Errorf("package %s: %w", dir, err)
	}
	pkg.dir = dir
	for _, entry := range entries {
		if entry.IsDir() || !isSource(entry.Name()) || path.Ext(entry.Name()) != ".go" {
			continue
		}
		ok = true
		imports, err := importsOf(f.files, path.Join(dir, entry.Name()))
		if err != nil {
			return goPackage{}, false, err
		}
		pkg.imports = append(pkg.imports, imports...)
	}
	slices.Sort(pkg.imports)
	pkg.imports = slices.Compact(pkg.imports)
	return pkg, ok, nil
}

// importsOf reads what a Go file imports.
func importsOf(files fs.FS, name string) ([]string, error) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var imports []string
	for _, spec := range parsed.Imports {
		unquoted, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
		}
		imports = append(imports, unquoted)
	}
	return imports, nil
}

// isSource reports whether a file is one that a build of its package may need,
// rather than a test.
func isSource(name string) bool {
	return !strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_")
}

// requirementsOf picks from mod and sums what the packages are built of that is in
// other modules.
func requirementsOf(packages []goPackage, mod modFile, sums string) ([]requirement, error) {
	needed := map[string]bool{}
	for _, pkg := range packages {
		for _, name := range pkg.imports {
			first, _, _ := strings.Cut(name, "/")
			if !strings.Contains(first, ".") || name == frameworkModule || strings.HasPrefix(name, frameworkModule+"/") {
				continue // the standard library, or ours
			}
			module := mod.provider(name)
			if module == "" {
				return nil, fmt.Errorf("%s imports %s, and no module in go.mod provides it", pkg.dir, name)
			}
			needed[module] = true
		}
		for _, r := range mod.requires {
			if slices.Contains(r.through, pkg.dir) {
				needed[r.module] = true
			}
		}
	}
	var requires []requirement
	for _, r := range mod.requires {
		if !needed[r.module] {
			continue
		}
		for line := range strings.Lines(sums) {
			if strings.HasPrefix(line, r.module+" "+r.version+" ") || strings.HasPrefix(line, r.module+" "+r.version+"/go.mod ") {
				r.sums = append(r.sums, strings.TrimSpace(line))
			}
		}
		requires = append(requires, r)
	}
	return requires, nil
}

// projectMod is the go.mod of a project. It requires what the project uses, as go
// mod tidy has it; of the rest the copy's go.mod knows.
func (f *framework) projectMod(module string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "module %s\n\ngo %s\n\n", module, f.goVersion)
	fmt.Fprintf(&b, "require %s v0.0.0\n\n", frameworkModule)
	writeRequires(&b, f.used, true)
	if f.checkout != "" {
		fmt.Fprintf(&b, "replace %s => %s\n", frameworkModule, quoteMod(f.checkout))
	} else {
		fmt.Fprintf(&b, "replace %s => ./%s\n", frameworkModule, copyDir)
	}
	return b.Bytes()
}

// copyMod is the go.mod of the copy in a project.
func (f *framework) copyMod() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "module %s\n\ngo %s\n\n", frameworkModule, f.goVersion)
	writeRequires(&b, f.requires, false)
	return append(bytes.TrimRight(b.Bytes(), "\n"), '\n')
}

func writeRequires(b *bytes.Buffer, requires []requirement, allIndirect bool) {
	line := func(r requirement) string {
		if allIndirect || r.through != nil {
			return r.module + " " + r.version + " // indirect\n"
		}
		return r.module + " " + r.version + "\n"
	}
	switch len(requires) {
	case 0:
		return
	case 1:
		b.WriteString("require " + line(requires[0]))
	default:
		b.WriteString("require (\n")
		for _, r := range requires {
			b.WriteString("\t" + line(r))
		}
		b.WriteString(")\n")
	}
	b.WriteString("\n")
}

// sumsOf is the go.sum of a module with these requirements.
func sumsOf(requires []requirement) []byte {
	var b bytes.Buffer
	for _, r := range requires {
		for _, line := range r.sums {
			b.WriteString(line + "\n")
		}
	}
	return b.Bytes()
}

// copy returns the files of the copy; none if the project uses a checkout.
func (f *framework) copy() ([]file, error) {
	if f.checkout != "" {
		return nil, nil
	}
	license, err := fs.ReadFile(f.files, "LICENSE")
	if err != nil {
		return nil, fmt.Errorf("projects: framework: %w", err)
	}
	files := []file{
		{path.Join(copyDir, "go.mod"), f.copyMod()},
		{path.Join(copyDir, "go.sum"), sumsOf(f.requires)},
		{path.Join(copyDir, "LICENSE"), license},
		{path.Join(copyDir, "README.md"), []byte(copyReadme)},
	}
	packages, err := f.packages()
	if err != nil {
		return nil, fmt.Errorf("projects: framework: %w", err)
	}
	for _, pkg := range packages {
		own, err := f.packageFiles(pkg.dir)
		if err != nil {
			return nil, fmt.Errorf("projects: framework: %w", err)
		}
		files = append(files, own...)
	}
	return files, nil
}

const copyReadme = `# The framework

This is the source of ` + frameworkModule + ` that the project is built
with, put here by tornado-dev new. It is a module of its own, and go.mod of the
project points to it, so the project builds wherever it is.

Read it, and step through it with a debugger; but rather than change it here,
where the change is lost with the next copy, change a checkout of the framework
and let the replace line in go.mod point to that.
`

// packageFiles returns what belongs to the package in dir: its sources, for all
// systems, and what it embeds, which may stand in folders below that are no
// packages themselves.
func (f *framework) packageFiles(dir string) ([]file, error) {
	var files []file
	err := fs.WalkDir(f.files, dir, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if name == dir {
				return nil
			}
			if path.Base(name) == "testdata" || f.hasGoFiles(name) {
				return fs.SkipDir
			}
			return nil
		case !isSource(path.Base(name)):
			return nil
		}
		data, err := fs.ReadFile(f.files, name)
		files = append(files, file{path.Join(copyDir, name), data})
		return err
	})
	return files, err
}

// hasGoFiles reports whether there are Go files in dir or below it, so that it
// is a package or leads to one.
func (f *framework) hasGoFiles(dir string) bool {
	found := false
	// An error shows again when the files are read.
	_ = fs.WalkDir(f.files, dir, func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) == ".go" {
			found = true
			return fs.SkipAll
		}
		return nil
	})
	return found
}
