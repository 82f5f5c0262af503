package web

import (
	"errors"

	"github.com/tornado-dev/tornado/core/template"
	"github.com/tornado-dev/tornado/core/trace"
)

// openTemplates makes the loader of TemplatePath.
func (a *Application) openTemplates(problems *ConfigError) {
	s := &a.settings
	switch {
	case s.TemplateLoader != nil:
		a.loader = s.TemplateLoader
	case s.TemplatePath != "" && problems.checkFolder("", "Settings.TemplatePath", s.TemplatePath):
		a.loader = template.NewLoader(s.TemplatePath, template.Options{Namespace: s.TemplateNames})
	}
	// Without somebody who watches the files, each page is made of what is there.
	a.reloads = s.Debug && a.traced.CacheCreated == nil
}

// load finds a template.
func (a *Application) load(name string) (*template.Template, error) {
	if a.reloads {
		a.loader.Reset()
	}
	return a.loader.Load(name)
}

// describeTemplateError adds what is known of an error in a template.
func describeTemplateError(described *trace.Error, err error) {
	var inTemplate *template.Error
	if !errors.As(err, &inTemplate) {
		return
	}
	described.Kind = "template"
	described.Excerpt = inTemplate.Excerpt()
	for _, frame := range inTemplate.Frames {
		described.Templates = append(described.Templates, trace.TemplateFrame{
			Relation: frame.Relation, Name: frame.Name, File: frame.File, Line: frame.Line, Column: frame.Column})
	}
}
