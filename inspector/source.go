package inspector

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

const (
	// maxSource is the largest file an excerpt is taken from.
	maxSource = 4 << 20

	// Of an excerpt: lines before and after the one in question, and bytes a line.
	excerptAround = 5
	maxSourceLine = 400

	// maxExcerpts is how many frames of an error get an excerpt.
	maxExcerpts = 16
)

// Locate fills in from the files on disk what an error says by places only: which
// frames are Own, excerpts of frames that are (and of templates and of a build
// error), and, where File is empty, the place to open. Own frames come first
// afterwards, each group in its old order.
//
// A frame is Own if its file is in projectDir and not in one of frameworkDirs, a
// vendor directory or a module cache. Relative paths are taken from projectDir.
// Only regular files of at most 4 MiB are read; what cannot be read has no
// excerpt.
func Locate(e *Error, projectDir string, frameworkDirs ...string) {
	l := locator{project: absolute(projectDir), files: make(map[string][]string)}
	for _, dir := range frameworkDirs {
		l.foreign = append(l.foreign, absolute(dir))
	}
	if len(e.Stack) == 0 && len(e.Templates) == 0 && e.File != "" {
		e.Stack = []Frame{{File: e.File, Line: e.Line, Column: e.Column}}
	}
	e.Stack = l.ownFirst(e.Stack)
	for i := range e.Stack {
		if e.Stack[i].Own {
			l.fill(&e.Stack[i])
		}
	}
	for i := range e.Templates {
		f := &e.Templates[i]
		f.Own = f.File != "" && l.isOwn(f.File)
		if f.File != "" { // a template is read whoever wrote it: there are few
			l.fill(f)
		}
	}
	if e.File == "" {
		e.open()
	}
}

// open makes the place to open that of the innermost template, or of the first
// own frame.
func (e *Error) open() {
	for _, frames := range [...][]Frame{e.Templates, e.Stack} {
		for _, f := range frames {
			if f.Own {
				e.File, e.Line, e.Column = f.File, f.Line, f.Column
				return
			}
		}
	}
}

func absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	return filepath.Clean(dir)
}

type locator struct {
	project  string
	foreign  []string
	files    map[string][]string // lines, by path; nil if it cannot be read
	excerpts int
}

// ownFirst marks own frames and puts them before the others.
func (l *locator) ownFirst(stack []Frame) []Frame {
	sorted := make([]Frame, 0, len(stack))
	for _, f := range stack {
		if f.File != "" && !strings.HasPrefix(f.Function, "runtime.") && l.isOwn(f.File) {
			f.Own = true
			sorted = append(sorted, f)
		}
	}
	for _, f := range stack {
		if f.File == "" || strings.HasPrefix(f.Function, "runtime.") || !l.isOwn(f.File) {
			sorted = append(sorted, f)
		}
	}
	if len(sorted) == 0 {
		return nil
	}
	return sorted
}

func (l *locator) isOwn(file string) bool {
	file = l.path(file)
	if !within(file, l.project) {
		return false
	}
	for _, dir := range l.foreign {
		if within(file, dir) {
			return false
		}
	}
	rest := filepath.ToSlash(file[len(l.project):])
	return !strings.Contains(rest, "/vendor/") && !strings.Contains(rest, "/pkg/mod/")
}

// path is where a frame's file is on disk.
func (l *locator) path(file string) string {
	if !filepath.IsAbs(file) {
		file = filepath.Join(l.project, file)
	}
	return filepath.Clean(file)
}

func within(file, dir string) bool {
	return file == dir || strings.HasPrefix(file, strings.TrimSuffix(dir, string(filepath.Separator))+string(filepath.Separator))
}

// fill gives a frame its excerpt, unless it has one or there are enough.
func (l *locator) fill(f *Frame) {
	if f.Line <= 0 || len(f.Excerpt) > 0 || l.excerpts >= maxExcerpts {
		return
	}
	path := l.path(f.File)
	lines, known := l.files[path]
	if !known {
		lines = readLines(path)
		l.files[path] = lines
	}
	if f.Excerpt = excerpt(lines, f.Line); f.Excerpt != nil {
		l.excerpts++
	}
}

// readLines reads a source file; nil if it is none.
func readLines(path string) []string {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSource {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	source, err := io.ReadAll(io.LimitReader(bufio.NewReader(file), maxSource))
	if err != nil || bytes.IndexByte(source, 0) >= 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(source), "\n"), "\n")
}

// excerpt takes the lines around one, which is counted from 1; nil if it is not
// among them.
func excerpt(lines []string, line int) []SourceLine {
	if line < 1 || line > len(lines) {
		return nil
	}
	var out []SourceLine
	for n := max(line-excerptAround, 1); n <= min(line+excerptAround, len(lines)); n++ {
		text := strings.TrimSuffix(lines[n-1], "\r")
		if len(text) > maxSourceLine {
			cut := maxSourceLine
			for cut > 0 && !utf8.RuneStart(text[cut]) {
				cut--
			}
			text = text[:cut] + "…"
		}
		out = append(out, SourceLine{n, strings.Clone(text)}) // without holding the file
	}
	return out
}
