package projects

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// projectDir checks the name that the user gave the project's folder and makes
// it absolute.
func projectDir(name string) (string, error) {
	if problem := dirProblem(name); problem != "" {
		return "", fmt.Errorf("cannot make a project in %q: %s", name, problem)
	}
	dir, err := filepath.Abs(name)
	if err != nil {
		return "", fmt.Errorf("cannot make a project in %q: %w", name, err)
	}
	return dir, nil
}

// dirProblem says what is wrong with the name of a folder, or nothing.
func dirProblem(name string) string {
	const example = "for example: tornado-dev new blog"
	switch base := filepath.Base(filepath.Clean(name)); {
	case name == "":
		return "the name is empty; give the new folder a name, " + example
	case base == "." || base == "..":
		return "that is a place, not a name; give the new folder a name, " + example
	case base == string(filepath.Separator):
		return "that is the root of the file system; name a folder below it, " + example
	case strings.HasPrefix(base, "-"):
		return "a name that begins with - would be taken for an option everywhere; choose another"
	case strings.IndexFunc(name, unicode.IsControl) >= 0:
		return "there is a control character in the name; choose another"
	default:
		return ""
	}
}

// checkModule reports why a module path will not do. given says that the user
// gave it, rather than the name of the folder.
func checkModule(module string, given bool) error {
	problem := moduleProblem(module)
	switch {
	case problem == "":
		return nil
	case given:
		return fmt.Errorf("%q cannot be a module path: %s; try --module %s", module, problem, suggestModule(module))
	default:
		return fmt.Errorf("the folder's name, %q, cannot be the module path: %s; choose another name, or add --module %s",
			module, problem, suggestModule(module))
	}
}

// suggestModule makes a module path that will do of one that will not.
func suggestModule(module string) string {
	slug := strings.Trim(regexp.MustCompile(`[^a-z0-9/]+`).ReplaceAllString(strings.ToLower(path.Base(module)), "-"), "-/")
	for _, suggestion := range []string{slug, "example.com/" + slug} {
		if moduleProblem(suggestion) == "" {
			return suggestion
		}
	}
	return "example.com/blog"
}

// frameworkModule is the module path of the framework.
const frameworkModule = "github.com/tornado-dev/tornado"

// moduleProblem says why the go command would not accept a module path, or why
// the project would not build under it; nothing if it is fine. The rules are
// those of golang.org/x/mod/module.CheckImportPath and of the go command.
func moduleProblem(module string) string {
	if module == "" {
		return "it is empty"
	}
	if module == frameworkModule {
		return "it is the framework's own"
	}
	for element := range strings.SplitSeq(module, "/") {
		if problem := elementProblem(element); problem != "" {
			return problem
		}
	}
	if problem := versionProblem(path.Base(module)); problem != "" {
		return problem
	}
	first, _, _ := strings.Cut(module, "/")
	program := programName(module)
	switch {
	case module == "main":
		return "Go calls every program main, so that its tests could not be built"
	case reservedWords[module]:
		return fmt.Sprintf("%s has a meaning of its own for the go command", module)
	case standardElements[first]:
		return fmt.Sprintf("%s belongs to Go's standard library", first)
	case strings.HasSuffix(program, ".go"):
		return "it ends like the name of a Go file"
	case sampleNames()[program]:
		return fmt.Sprintf("go build would write the program to %s, which the project uses for something else", program)
	default:
		return ""
	}
}

// elementProblem says what is wrong with a part of a module path between two
// slashes, or nothing.
func elementProblem(element string) string {
	switch {
	case element == "":
		return "there is a slash too many"
	case strings.HasPrefix(element, "-"):
		return fmt.Sprintf("%q begins with -", element)
	case strings.HasPrefix(element, "."):
		return fmt.Sprintf("%q begins with a dot", element)
	case strings.HasSuffix(element, "."):
		return fmt.Sprintf("%q ends with a dot", element)
	}
	for _, r := range element {
		switch {
		case unicode.IsSpace(r):
			return "there is a space in it"
		case !isModuleRune(r):
			return fmt.Sprintf("the character %q is not allowed (allowed are ASCII letters, digits and - . _ ~ +)", r)
		}
	}
	if tildeDigits.MatchString(element) {
		return fmt.Sprintf("%q ends with a tilde and digits", element)
	}
	stem, _, _ := strings.Cut(element, ".")
	if windowsDevices.MatchString(stem) {
		return fmt.Sprintf("%q is the name of a device on Windows", stem)
	}
	return ""
}

func isModuleRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._~+", r)
}

var (
	tildeDigits    = regexp.MustCompile(`~[0-9]+$`)
	windowsDevices = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])$`)
	versionSuffix  = regexp.MustCompile(`^v[0-9]+$`)
)

// versionProblem says what is wrong with the last element of a module path if it
// is a major version, or nothing.
func versionProblem(last string) string {
	if versionSuffix.MatchString(last) && (last[1] == '0' || last == "v1") {
		return fmt.Sprintf("%s at the end would be a major version, and these begin at v2", last)
	}
	return ""
}

// programName is what go build calls the program of a module.
func programName(module string) string {
	dir, last := path.Split(module)
	if versionSuffix.MatchString(last) && dir != "" {
		return path.Base(dir)
	}
	return last
}

// reservedWords are the arguments that the go command understands in place of a
// package or module.
var reservedWords = map[string]bool{
	"all": true, "cmd": true, "std": true, "tool": true, "work": true,
	"go": true, "toolchain": true, "C": true,
}

// standardElements are the first elements of the packages of the standard
// library. Go keeps all paths whose first element has no dot for itself; of these
// the ones in use would hide our module, or be hidden by it.
var standardElements = map[string]bool{
	"archive": true, "arena": true, "bufio": true, "builtin": true, "bytes": true,
	"cmp": true, "compress": true, "container": true, "context": true, "crypto": true,
	"database": true, "debug": true, "embed": true, "encoding": true, "errors": true,
	"expvar": true, "flag": true, "fmt": true, "go": true, "hash": true, "html": true,
	"image": true, "index": true, "internal": true, "io": true, "iter": true, "log": true,
	"maps": true, "math": true, "mime": true, "net": true, "os": true, "path": true,
	"plugin": true, "reflect": true, "regexp": true, "runtime": true, "slices": true,
	"sort": true, "strconv": true, "strings": true, "structs": true, "sync": true,
	"syscall": true, "testing": true, "text": true, "time": true, "unicode": true,
	"unique": true, "unsafe": true, "vendor": true, "weak": true, "simd": true,
}
