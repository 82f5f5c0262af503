package inspector

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

const (
	maxBuildErrors = 200
	maxBuildDetail = 64 << 10 // bytes of one error
)

// buildPlace is file:line: or file:line:column: and what is wrong there. A file
// has an extension, which tells it from a host and a port.
var buildPlace = regexp.MustCompile(`^(?:vet: )?((?:[A-Za-z]:)?[^:<\s][^:]*\.[^:\s./\\]+):(\d+)(?::(\d+))?: ?(.*)$`)

// ParseBuildOutput reads what go build, go vet and the linker print. dir is the
// directory the command ran in, to which relative files belong.
//
// Each Error has Kind "build" and, if a place is named, an absolute File, Line
// and Column. Further lines of a message are its Detail. What names no place is
// kept as a message, what is said twice is kept once, and at most 200 errors are
// kept. Output that is not empty gives at least one Error.
func ParseBuildOutput(output, dir string) []Error {
	p := buildParser{dir: dir, seen: make(map[buildKey]bool)}
	for line := range strings.Lines(output) {
		p.line(strings.TrimRight(line, "\r\n"))
	}
	p.finish()
	if len(p.errors) == 0 && strings.TrimSpace(output) != "" {
		message, detail := splitMessage(output)
		return []Error{{Kind: "build", Message: message, Detail: detail}}
	}
	return p.errors
}

// A buildKey is where a build error was reported, and as what.
type buildKey struct {
	File         string
	Line, Column int
	Message      string
}

type buildParser struct {
	dir     string
	errors  []Error
	current *Error // not among errors yet; nil between errors
	seen    map[buildKey]bool
}

func (p *buildParser) line(line string) {
	trimmed := strings.TrimSpace(line)
	switch {
	case trimmed == "", strings.HasPrefix(line, "# "), strings.HasPrefix(line, "go: downloading "):
		p.finish() // the name of a package, or progress
		return
	case line[0] == ' ' || line[0] == '\t', strings.HasPrefix(line, "note: "):
		if p.current != nil {
			p.addDetail(trimmed)
			return
		}
	}
	if m := buildPlace.FindStringSubmatch(line); m != nil {
		p.finish()
		e := &Error{Kind: "build", File: p.path(m[1]), Message: m[4]}
		e.Line, _ = strconv.Atoi(m[2])
		e.Column, _ = strconv.Atoi(m[3])
		p.current = e
		return
	}
	message, fromGo := strings.CutPrefix(trimmed, "go: ")
	if p.current != nil && p.current.File == "" && !fromGo && !strings.HasPrefix(line, "package ") {
		p.addDetail(trimmed) // the linker goes on without indenting
		return
	}
	p.finish()
	p.current = &Error{Kind: "build", Message: message}
}

func (p *buildParser) path(file string) string {
	if !filepath.IsAbs(file) {
		file = filepath.Join(p.dir, file)
	}
	return filepath.Clean(file)
}

func (p *buildParser) addDetail(line string) {
	if len(p.current.Detail)+len(line) > maxBuildDetail {
		return
	}
	if p.current.Detail != "" {
		p.current.Detail += "\n"
	}
	p.current.Detail += line
}

// finish takes the current error in, in its final form.
func (p *buildParser) finish() {
	e := p.current
	p.current = nil
	if e == nil || len(p.errors) >= maxBuildErrors {
		return
	}
	switch {
	case strings.HasPrefix(e.Message, "package ") && e.Detail != "":
		// The way through imports; what is wrong stands at the end of its last line.
		last := e.Detail[strings.LastIndexByte(e.Detail, '\n')+1:]
		if at := strings.LastIndex(last, ": "); at >= 0 {
			e.Message, e.Detail = last[at+2:], e.Message+"\n"+e.Detail
		}
	case strings.HasSuffix(e.Message, ":") && e.Detail != "" && !strings.Contains(e.Detail, "\n"):
		// "to add it:" and the command
		e.Message, e.Detail = e.Message+" "+e.Detail, ""
	case e.File == "" && strings.HasPrefix(e.Message, "errors parsing ") && e.Detail == "":
		return // a headline: the errors follow, with their places
	}
	place := buildKey{e.File, e.Line, e.Column, e.Message}
	if p.seen[place] {
		return
	}
	p.seen[place] = true
	p.errors = append(p.errors, *e)
}
