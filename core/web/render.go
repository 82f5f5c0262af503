package web

import (
	"errors"
	"fmt"

	"github.com/tornado-dev/tornado/core/trace"
)

// Args are the names that a template is given.
type Args map[string]any

var errNoTemplatePath = errors.New("web: Render needs Settings.TemplatePath")

// Render writes a template of Settings.TemplatePath and finishes the answer. It
// fails with a *template.Error if the template cannot be found, parsed or
// rendered; nothing is written then.
func (h *RequestHandler) Render(name string, args Args) error {
	if h.finished {
		panic(errWriteAfterFinish)
	}
	if h.out == nil {
		h.out = newBuffer()
	}
	page, err := h.appendTemplate(h.out.bytes, name, args)
	if err != nil {
		return err
	}
	h.out.bytes = page
	h.Finish()
	return nil
}

// RenderString is what a template makes of args, and of these names besides:
// handler (the struct that embeds this RequestHandler), request, current_user,
// static_url, reverse_url, xsrf_form_html, and those of Settings.TemplateNames. It
// fails as Render does.
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
	names := make(Args, len(args)+6)
	names["handler"], names["request"], names["current_user"] = h.self, h.Request, h.CurrentUser()
	names["static_url"], names["reverse_url"], names["xsrf_form_html"] = h.StaticURL, h.app.ReverseURL, h.XSRFFormHTML
	for key, value := range args {
		names[key] = value
	}
	return t.Append(dst, names)
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
