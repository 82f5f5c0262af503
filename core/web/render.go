package web

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/tornado-dev/tornado/core/locale"
	"github.com/tornado-dev/tornado/core/template"
	"github.com/tornado-dev/tornado/core/trace"
)

// Args are the names that a template is given.
type Args map[string]any

var errNoTemplatePath = errors.New("web: Render needs Settings.TemplatePath")

// Render writes a template of Settings.TemplatePath, with what its UI modules bring
// along, and finishes the answer. It fails with a *template.Error if the template
// cannot be found, parsed or rendered; nothing is written then.
func (h *RequestHandler) Render(name string, args Args) error {
	if h.finished {
		panic(errWriteAfterFinish)
	}
	if h.out == nil {
		h.out = newBuffer()
	}
	before := len(h.out.bytes)
	page, err := h.appendTemplate(h.out.bytes, name, args)
	if err == nil && h.modules != nil {
		page, err = h.insertAssets(page, before, name)
	}
	if err != nil {
		return err
	}
	h.out.bytes = page
	h.Finish()
	return nil
}

// RenderString is what a template makes of args and of these names besides, which
// args may hide:
//
//	handler         the struct that embeds this RequestHandler
//	request         Request
//	current_user    CurrentUser
//	locale          Locale, as a locale.ForTemplates
//	_, pgettext     its Translate and PGettext
//	static_url, reverse_url, xsrf_form_html
//	modules         the UI modules: modules.Entry(story)
//
// and those of GetTemplateNamespace, Settings.UIMethods and Settings.TemplateNames.
// What costs something is asked for only if the template uses it. It fails as
// Render does.
func (h *RequestHandler) RenderString(name string, args Args) ([]byte, error) {
	return h.appendTemplate(nil, name, args)
}

func (h *RequestHandler) appendTemplate(dst []byte, name string, args Args) ([]byte, error) {
	if h.app.loader == nil {
		return nil, fmt.Errorf("%w (to render %q)", errNoTemplatePath, name)
	}
	previous := h.enter(trace.PhaseRender)
	defer h.enter(previous)
	t, err := h.app.load(name)
	if err != nil {
		return nil, err
	}
	if h.route.overrides&hasGetTemplateNamespace != 0 {
		args = h.self.(TemplateNamespaceGetter).GetTemplateNamespace().with(args)
	}
	return t.AppendWith(dst, args, (*templateNames)(h))
}

// with is both, of which other hides what has the same name.
func (a Args) with(other Args) Args {
	both := make(Args, len(a)+len(other))
	maps.Copy(both, a)
	maps.Copy(both, other)
	return both
}

// templateNames are the names that a template has of a handler. Each is looked up
// when a template that uses it is rendered: nothing is made for the others.
type templateNames RequestHandler

var ownTemplateNames = []string{"handler", "request", "current_user", "locale", "_", "pgettext",
	"static_url", "reverse_url", "xsrf_form_html", "modules", modulesOfDirective}

// modulesOfDirective is what {% module %} asks.
const modulesOfDirective = "_tt_modules"

// TemplateName implements template.Names. What a template may hand on to others
// belongs to the handler, and not to the exchange, which other requests use later.
func (n *templateNames) TemplateName(name string) (any, bool) {
	h := (*RequestHandler)(n)
	switch name {
	case "handler":
		return h.self, true
	case "request":
		return h.Request, true
	case "current_user":
		return h.CurrentUser(), true
	case "locale":
		return h.templateLocale(), true
	case "_":
		return h.templateLocale().Translate, true
	case "pgettext":
		return h.templateLocale().PGettext, true
	case "static_url":
		return h.templateStaticURL, true
	case "reverse_url":
		return h.app.ReverseURL, true
	case "xsrf_form_html":
		return h.XSRFFormHTML, true
	case "modules", modulesOfDirective:
		return (*templateModules)(h), true
	}
	if method, ok := h.app.uiMethods[name]; ok {
		return method.of(h), true
	}
	return nil, false
}

// TemplateNames implements template.Names.
func (n *templateNames) TemplateNames() []string {
	return slices.AppendSeq(slices.Clone(ownTemplateNames), maps.Keys(n.app.uiMethods))
}

func (h *RequestHandler) templateLocale() locale.ForTemplates[template.Kwargs] {
	return locale.ForTemplates[template.Kwargs]{Locale: h.Locale()}
}

// ReverseURL is the path of the route with that name, see
// Application.ReverseURL. It panics where that fails.
func (h *RequestHandler) ReverseURL(name string, args ...any) string {
	path, err := h.app.ReverseURL(name, args...)
	if err != nil {
		panic(err)
	}
	return path
}
