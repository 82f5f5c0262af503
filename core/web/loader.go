package web

import "github.com/tornado-dev/tornado/core/trace"

// openTemplates makes the loader of TemplatePath.
func (a *Application) openTemplates(problems *ConfigError) {
	if a.settings.TemplatePath != "" {
		problems.checkFolder("", "Settings.TemplatePath", a.settings.TemplatePath)
	}
}

func describeTemplateError(*trace.Error, error) {}
