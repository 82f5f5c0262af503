package web

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/core/locale"
	"github.com/tornado-dev/tornado/core/template"
)

// TemplateAttribute implements template.MoreAttributer: in a template, some methods
// of the handler take what they take in Tornado, and give None where it does. By their
// Go names, as handler.GetArgument, they are those of Go.
//
//	handler.get_argument(name, default, strip=True)   get_query_argument, get_body_argument
//	handler.get_arguments(name, strip=True)           get_query_arguments, get_body_arguments
//	handler.static_url(path, include_host=None, include_version=True)   and the function static_url
//	handler.get_cookie(name, default=None)
//	handler.get_signed_cookie(name, value=None, max_age_days=31, min_version=None)
//	handler.settings["name"]                          Settings.Values, and the fields of Settings
//	handler.locale, get_browser_locale(default="en_US")   with the methods that the name locale has
func (h *RequestHandler) TemplateAttribute(name string) (any, bool) {
	switch name {
	case "get_argument":
		return h.templateArgument(h.Request.Arguments), true
	case "get_query_argument":
		return h.templateArgument(h.Request.QueryArguments), true
	case "get_body_argument":
		return h.templateArgument(h.Request.BodyArguments), true
	case "get_arguments":
		return h.templateArguments(h.Request.Arguments), true
	case "get_query_arguments":
		return h.templateArguments(h.Request.QueryArguments), true
	case "get_body_arguments":
		return h.templateArguments(h.Request.BodyArguments), true
	case "static_url":
		return h.templateStaticURL, true
	case "get_cookie":
		return h.templateCookie, true
	case "get_signed_cookie", "get_secure_cookie":
		return h.templateSignedCookie, true
	case "get_browser_locale":
		return h.templateBrowserLocale, true
	case "locale":
		if isOf[*locale.Locale](h.self, "Locale") {
			return h.templateLocale(), true
		}
	case "settings":
		if isOf[*Settings](h.self, "Settings") {
			return h.app.TemplateAttribute(name)
		}
	}
	return nil, false
}

// isOf reports whether a handler has the method of RequestHandler of that name, which
// gives a T, and nothing of its own that hides it.
func isOf[T any](h Handler, name string) bool {
	m, ok := reflect.TypeOf(h).MethodByName(name)
	return ok && m.Type.NumOut() == 1 && m.Type.Out(0) == reflect.TypeFor[T]()
}

// TemplateAttribute implements template.MoreAttributer, for handler.application.
func (a *Application) TemplateAttribute(name string) (any, bool) {
	if name == "settings" {
		return templateSettings{&a.settings}, true
	}
	return nil, false
}

// templateSettings are settings that can be read by key, Values before fields.
type templateSettings struct{ *Settings }

func (s templateSettings) Get(key string) (any, bool) {
	if v, ok := s.Values[key]; ok {
		return v, true
	}
	field := reflect.ValueOf(s.Settings).Elem().FieldByNameFunc(func(name string) bool {
		return strings.EqualFold(name, strings.ReplaceAll(key, "_", ""))
	})
	if !field.IsValid() || !field.CanInterface() {
		return nil, false
	}
	return field.Interface(), true
}

// templateCall holds what a template calls a function with.
type templateCall struct {
	kwargs template.Kwargs
	args   []any
}

// check refuses arguments of other names, and a call without the first.
func (c templateCall) check(function string, names ...string) error {
	if len(c.args) > len(names) {
		return fmt.Errorf("%s takes at most %d arguments (%d given)", function, len(names), len(c.args))
	}
	for name := range c.kwargs {
		if !slices.Contains(names, name) {
			return fmt.Errorf("%s has no argument %q", function, name)
		}
	}
	if _, ok := c.arg(0, names[0]); !ok {
		return fmt.Errorf("%s needs the argument %q", function, names[0])
	}
	return nil
}

func (c templateCall) arg(i int, name string) (any, bool) {
	if i < len(c.args) {
		return c.args[i], true
	}
	v, ok := c.kwargs[name]
	return v, ok
}

func (c templateCall) name() string {
	name, _ := c.arg(0, "name")
	return fmt.Sprint(name)
}

func (c templateCall) keepsSpace(i int) bool {
	strip, ok := c.arg(i, "strip")
	return ok && strip == false
}

// templateValues are the arguments of the request that a template asks for.
func (h *RequestHandler) templateValues(all map[string][]string, name string, keepSpace bool) []string {
	if !keepSpace {
		return h.arguments(all, name)
	}
	values := slices.Clone(all[name])
	for i, value := range values {
		values[i] = h.decodeArgument(name, value)
	}
	return values
}

func (h *RequestHandler) templateArgument(all func() map[string][]string) any {
	return func(kwargs template.Kwargs, args ...any) (any, error) {
		c := templateCall{kwargs, args}
		if err := c.check("get_argument", "name", "default", "strip"); err != nil {
			return nil, err
		}
		if values := h.templateValues(all(), c.name(), c.keepsSpace(2)); len(values) > 0 {
			return values[len(values)-1], nil
		}
		def, ok := c.arg(1, "default")
		if !ok {
			return nil, MissingArgumentError{c.name()}
		}
		return def, nil
	}
}

func (h *RequestHandler) templateArguments(all func() map[string][]string) any {
	return func(kwargs template.Kwargs, args ...any) (any, error) {
		c := templateCall{kwargs, args}
		if err := c.check("get_arguments", "name", "strip"); err != nil {
			return nil, err
		}
		return h.templateValues(all(), c.name(), c.keepsSpace(1)), nil
	}
}

func (h *RequestHandler) templateStaticURL(kwargs template.Kwargs, args ...any) (any, error) {
	c := templateCall{kwargs, args}
	if err := c.check("static_url", "path", "include_host", "include_version"); err != nil {
		return nil, err
	}
	path, _ := c.arg(0, "path")
	host, _ := c.arg(1, "include_host")
	version, given := c.arg(2, "include_version")
	return h.StaticURL(fmt.Sprint(path), StaticURLOptions{IncludeHost: host == true, NoVersion: given && version != true}), nil
}

func (h *RequestHandler) templateCookie(kwargs template.Kwargs, args ...any) (any, error) {
	c := templateCall{kwargs, args}
	if err := c.check("get_cookie", "name", "default"); err != nil {
		return nil, err
	}
	if value, ok := h.Request.Cookies()[c.name()]; ok {
		return value, nil
	}
	def, _ := c.arg(1, "default")
	return def, nil
}

func (h *RequestHandler) templateBrowserLocale(kwargs template.Kwargs, args ...any) (any, error) {
	c := templateCall{kwargs, args}
	if len(args) == 0 && len(kwargs) == 0 {
		c.args = []any{browserLocale}
	}
	if err := c.check("get_browser_locale", "default"); err != nil {
		return nil, err
	}
	def, _ := c.arg(0, "default")
	return locale.ForTemplates[template.Kwargs]{Locale: h.GetBrowserLocale(fmt.Sprint(def))}, nil
}

// templateSignedCookie gives bytes, as Tornado does: they have decode(), too.
func (h *RequestHandler) templateSignedCookie(kwargs template.Kwargs, args ...any) (any, error) {
	c := templateCall{kwargs, args}
	if err := c.check("get_signed_cookie", "name", "value", "max_age_days", "min_version"); err != nil {
		return nil, err
	}
	var o GetSignedCookieOptions
	if days, ok := c.arg(2, "max_age_days"); ok {
		n, isInt := days.(int)
		if !isInt {
			return nil, fmt.Errorf("get_signed_cookie: max_age_days must be an int, not %v", days)
		}
		o.MaxAge = time.Duration(n) * 24 * time.Hour
	}
	if version, ok := c.arg(3, "min_version"); ok && version != nil {
		n, isInt := version.(int)
		if !isInt {
			return nil, fmt.Errorf("get_signed_cookie: min_version must be an int, not %v", version)
		}
		o.MinVersion = n
	}
	signed := h.GetCookie(c.name())
	if given, ok := c.arg(1, "value"); ok && given != nil {
		signed = fmt.Sprint(given)
	}
	value, ok := h.signing().DecodeSignedValue(c.name(), signed, o.MaxAge, o.MinVersion)
	if !ok {
		return nil, nil
	}
	return []byte(value), nil
}

var (
	_ template.MoreAttributer = (*RequestHandler)(nil)
	_ template.MoreAttributer = (*Application)(nil)
)
