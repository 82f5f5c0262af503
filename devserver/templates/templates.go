// Package templates finds the templates of a project and says what is wrong with
// them, without running it. Nothing in it depends on a server; tornado-dev check
// and continuous integration call it.
//
//   - Check: parses every template of a project
//   - Report, Problem: what came of it
package templates

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tornado-dev/tornado/core/template"
)

// A Report says what has been looked at, and what is wrong.
type Report struct {
	Folders   []string // that hold templates, relative to the project if they are in it
	Templates int      // files that have been parsed
	Problems  []Problem
}

// A Problem is a mistake in a template.
type Problem struct {
	File         string // relative to the project if it is in it
	Line, Column int    // from 1; 0 if no place is known
	Message      string
	Via          []string // "included by list.html:3:1", and so on
}

// String is "file:line:column: message", as compilers write it.
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s = fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
	s += ": " + p.Message
	if len(p.Via) > 0 {
		s += " (" + strings.Join(p.Via, ", ") + ")"
	}
	return s
}

// A NoTemplatesError reports a project in which no templates have been found.
type NoTemplatesError struct{ Dir string }

func (e *NoTemplatesError) Error() string {
	return "no templates found in " + e.Dir + ": no TemplatePath in its Go files, and no folder named templates"
}

// Check parses every template of the project in dir. Without folders, which are
// relative to dir, those that the project's Go files name are taken, see Folders.
// The error says that there is nothing to look at; mistakes in templates are in the
// report.
func Check(dir string, folders []string) (Report, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Report{}, err
	}
	named := len(folders) > 0
	if !named {
		if folders, err = Folders(dir); err != nil {
			return Report{}, err
		}
	}
	if len(folders) == 0 {
		return Report{}, &NoTemplatesError{dir}
	}
	var report Report
	for _, folder := range folders {
		if !filepath.IsAbs(folder) {
			folder = filepath.Join(dir, folder)
		}
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			return report, fmt.Errorf("%s is no folder", folder)
		}
		report.Folders = append(report.Folders, relative(dir, folder))
		checked, errs := template.NewLoader(folder, template.Options{}).Check()
		report.Templates += checked
		for _, err := range errs {
			report.Problems = append(report.Problems, problem(dir, folder, err))
		}
	}
	slices.SortStableFunc(report.Problems, func(a, b Problem) int {
		return strings.Compare(a.File, b.File)
	})
	return report, nil
}

func problem(dir, folder string, err error) Problem {
	var e *template.Error
	if !errors.As(err, &e) || len(e.Frames) == 0 {
		return Problem{File: relative(dir, folder), Message: err.Error()}
	}
	p := Problem{Message: e.Message, Line: e.Frames[0].Line, Column: e.Frames[0].Column, File: relative(dir, e.Frames[0].File)}
	for _, frame := range e.Frames[1:] {
		p.Via = append(p.Via, fmt.Sprintf("%s %s:%d:%d", frame.Relation, relative(dir, frame.File), frame.Line, frame.Column))
	}
	return p
}

// relative is name as one would write it in dir.
func relative(dir, name string) string {
	short, err := filepath.Rel(dir, name)
	if err != nil || !filepath.IsLocal(short) {
		return name
	}
	return filepath.ToSlash(short)
}
