package web

import (
	"errors"
	"os"

	"github.com/tornado-dev/tornado/core/template"
	"github.com/tornado-dev/tornado/core/trace"
)

const defaultTemplatePath = "templates"

// openTemplates makes the loader of TemplatePath.
func (a *Application) openTemplates(problems *ConfigError) {
	s := &a.settings
	options := template.Options{Namespace: s.TemplateNames, Autoescape: s.Autoescape, Whitespace: s.TemplateWhitespace}
	problems.checkTemplateOptions(a, options)
	if info, err := os.Stat(defaultTemplatePath); s.TemplatePath == "" && err == nil && info.IsDir() {
		s.TemplatePath = defaultTemplatePath
	}
	switch {
	case s.TemplateLoader != nil:
		a.loader = s.TemplateLoader
	case s.TemplatePath != "" && problems.checkFolder("", "Settings.TemplatePath", s.TemplatePath):
		a.loader = template.NewLoader(s.TemplatePath, options)
	}
	// Without somebody who watches the files, each page is made of what is there.
	a.reloads = s.Debug && a.traced.CacheCreated == nil
}

// checkTemplateOptions tries the settings that hold for all templates.
func (e *ConfigError) checkTemplateOptions(a *Application, o template.Options) {
	s := &a.settings
	if s.TemplateLoader != nil && (s.Autoescape != "" || s.TemplateWhitespace != "" || s.TemplateNames != nil) {
		e.add("", "Settings.Autoescape, TemplateWhitespace and TemplateNames are for the templates of TemplatePath; "+
			"TemplateLoader has options of its own")
		return
	}
	if _, isMethod := a.uiMethods[o.Autoescape]; isMethod {
		o.Autoescape = "" // it needs a handler
	}
	trial, err := template.New("{{ '' }}", "", o)
	if err == nil {
		_, err = trial.Generate(nil)
	}
	var inTemplate *template.Error
	if errors.As(err, &inTemplate) {
		e.add("", "Settings.Autoescape %q, Settings.TemplateWhitespace %q: %s", s.Autoescape, s.TemplateWhitespace, inTemplate.Message)
	}
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
