package web

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tornado-dev/tornado/core/locale"
	"github.com/tornado-dev/tornado/core/trace"
)

// writeFile writes a file, and the folders above it.
func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// translations are those of a folder with French and German.
func translations(t *testing.T) (all *locale.Translations, folder string) {
	t.Helper()
	folder = t.TempDir()
	writeFile(t, filepath.Join(folder, "fr.csv"), "Sign in,Se connecter\n")
	writeFile(t, filepath.Join(folder, "de.csv"), "Sign in,Anmelden\n")
	all = new(locale.Translations)
	if err := all.LoadTranslations(folder); err != nil {
		t.Fatal(err)
	}
	return all, folder
}

// A readerHandler knows the language of a reader who has said one.
type readerHandler struct {
	RequestHandler
	asked int
	all   *locale.Translations
}

func (h *readerHandler) GetUserLocale() *locale.Locale {
	h.asked++
	if code := h.GetArgument("user", ""); code != "" {
		return h.all.Get(code)
	}
	return nil
}

func (h *readerHandler) Get() error {
	if code := h.GetArgument("set", ""); code != "" {
		h.SetLocale(h.all.Get(code))
	}
	h.Write(h.Locale().Code + " " + h.Locale().Translate("Sign in") + " " + itoa(h.asked) + " ")
	page, err := h.RenderString("t.html", nil)
	h.Write(page)
	return err
}

func TestLocale(t *testing.T) {
	captureLog(t)
	all, _ := translations(t)
	app := NewApplication(Settings{Translations: all, TemplatePath: templateFolder(t, map[string]string{"t.html": "{{ _('Sign in') }}"})},
		URL[readerHandler](`/`, Init(func(h *readerHandler) { h.all = all })))
	for _, tt := range []struct{ uri, accept, want string }{
		{"/", "fr-CA, de;q=0.5", "fr Se connecter 1 Se connecter"},
		{"/", "fr;q=0.1, de;q=0.5", "de Anmelden 1 Anmelden"},
		{"/", "it", "en_US Sign in 1 Sign in"},
		{"/?user=de", "fr", "de Anmelden 1 Anmelden"},
		{"/?set=de&user=fr", "fr", "de Anmelden 0 Anmelden"},
	} {
		if got := exchangeWithFake(t, app, get(tt.uri, "Accept-Language: "+tt.accept)); got.body != tt.want {
			t.Errorf("%s, %s: got %q; want %q", tt.uri, tt.accept, got.body, tt.want)
		}
	}
	if got := exchangeWithFake(t, app, get("/")); got.body != "en_US Sign in 1 Sign in" {
		t.Errorf("without Accept-Language: got %q", got.body)
	}
}

// Whoever watches the files can have them read again.
func TestTranslationsAreAFileCache(t *testing.T) {
	logged := captureLog(t)
	var caches []trace.FileCache
	install(t, &trace.Hooks{CacheCreated: func(c trace.FileCache) { caches = append(caches, c) }})
	all, folder := translations(t)
	NewApplication(Settings{Translations: all}, URL[helloHandler](`/`))
	if len(caches) != 1 || len(caches[0].Roots()) != 1 || caches[0].Roots()[0] != folder {
		t.Fatalf("got %v; want one cache of %s", caches, folder)
	}
	file := filepath.Join(folder, "fr.csv")
	writeFile(t, file, "Sign in,Entrer\n")
	for _, tt := range []struct{ path, want string }{
		{folder + "more/fr.csv", "Se connecter"},
		{filepath.Join(filepath.Dir(folder), "x.csv"), "Se connecter"},
		{file, "Entrer"},
	} {
		caches[0].Forget([]string{tt.path})
		if got := all.Get("fr").Translate("Sign in"); got != tt.want {
			t.Errorf("after %s: got %q; want %q", tt.path, got, tt.want)
		}
	}
	writeFile(t, file, "\"Sign in,Entrer\n")
	caches[0].Forget([]string{file})
	if got := all.Get("fr").Translate("Sign in"); got != "Entrer" {
		t.Errorf("after a broken file: got %q; want what was there", got)
	}
	logged.expect(t, "translations were not loaded again")
}
