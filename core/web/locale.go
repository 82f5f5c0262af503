package web

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/tornado-dev/tornado/core/locale"
	"github.com/tornado-dev/tornado/core/log"
)

// browserLocale is for clients that ask for no language.
const browserLocale = "en_US"

// Locale is the language of the answer: what SetLocale was given, or else what the
// handler's GetUserLocale returns, or else the closest to what the client asks for
// in Accept-Language. It is found out when it is asked for, once.
func (h *RequestHandler) Locale() *locale.Locale {
	if h.locale != nil {
		return h.locale
	}
	var found *locale.Locale
	if h.route.overrides&hasGetUserLocale != 0 {
		found = h.self.(UserLocaleGetter).GetUserLocale()
	}
	if found == nil {
		found = h.GetBrowserLocale(browserLocale)
	}
	h.SetLocale(found)
	return found
}

// SetLocale chooses the language of the answer, for instance in a Prepare that has
// to wait for a database.
func (h *RequestHandler) SetLocale(l *locale.Locale) {
	h.remember()
	h.locale = l
}

// GetBrowserLocale is the closest to what the client asks for in Accept-Language,
// among Settings.Translations; see locale.Translations.GetBrowserLocale.
func (h *RequestHandler) GetBrowserLocale(defaultCode string) *locale.Locale {
	return h.app.translations().GetBrowserLocale(h.Request.Headers.Get("Accept-Language"), defaultCode)
}

func (a *Application) translations() *locale.Translations {
	if t := a.settings.Translations; t != nil {
		return t
	}
	return &locale.Default
}

// catalogues loads translations again when their files change while the program is
// written.
type catalogues struct{ *locale.Translations }

// Forget implements trace.FileCache.
func (c catalogues) Forget(paths []string) {
	for _, root := range c.Roots() {
		below := func(path string) bool {
			relative, err := filepath.Rel(root, path)
			return err == nil && relative != ".." && !strings.HasPrefix(relative, ".."+string(filepath.Separator))
		}
		if slices.ContainsFunc(paths, below) {
			if err := c.Reload(); err != nil {
				log.General.Warning("translations were not loaded again: %v", err)
			}
			return
		}
	}
}
