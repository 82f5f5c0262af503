package locale

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// maxCatalogue is how many bytes one file of a catalogue may have.
const maxCatalogue = 64 << 20

// Translations are the catalogues of a program, one for each locale. The zero
// value has none: its only locale is the default, which leaves texts as they are.
//
// What Load... reads replaces what was there as a whole, or not at all if it
// fails: readers see the one or the other.
type Translations struct {
	// Encoding is that of CSV files that do not tell theirs by a byte order mark,
	// by its name in MIME; empty means UTF-8. It counts from the next load on.
	Encoding string

	current atomic.Pointer[locales] // nil before the first use

	mu     sync.Mutex // guards what follows, and changes of current
	source source     // nil if nothing was loaded
	root   string     // directory of source, empty if it is none
}

// A source reads catalogues, by code.
type source func() (map[string]texts, error)

// locales are what Translations hold at one time; they are never changed.
type locales struct {
	defaultCode string
	catalogues  map[string]texts
	byCode      map[string]*Locale // with one for defaultCode
}

const initialDefault = "en_US"

func newLocales(defaultCode string, catalogues map[string]texts) *locales {
	s := &locales{defaultCode, catalogues, make(map[string]*Locale, len(catalogues)+1)}
	s.byCode[defaultCode] = newLocale(defaultCode, untranslated{})
	for code, t := range catalogues {
		s.byCode[code] = newLocale(code, t)
	}
	return s
}

var initialLocales = sync.OnceValue(func() *locales { return newLocales(initialDefault, nil) })

func (t *Translations) locales() *locales {
	if s := t.current.Load(); s != nil {
		return s
	}
	return initialLocales()
}

// LoadTranslations loads the files CODE.csv of a directory; a code looks like fr
// or fr_CA. Files of other names ending in .csv are skipped with a warning.
//
// Each line has a text, its translation and, if one wants, "plural" or "singular":
// then the translation counts for TranslatePlural, else ("unknown") for Translate.
// Lines with one column count for nothing; those with another word in the third
// are skipped with an error in the log. Blanks round a column do not belong to it.
// A byte order mark tells UTF-8 or UTF-16. A file that cannot be read, or whose
// bytes are not in its encoding, is an error that names the file and the line.
func (t *Translations) LoadTranslations(directory string) error {
	return t.load(directory, t.csvSource(os.DirFS(directory), directory))
}

// LoadTranslationsFS is LoadTranslations from the root of fsys, for instance of an
// embed.FS.
func (t *Translations) LoadTranslationsFS(fsys fs.FS) error {
	return t.load("", t.csvSource(fsys, ""))
}

// LoadGettextTranslations loads the files LOCALE/LC_MESSAGES/DOMAIN.mo of a
// directory, as msgfmt makes them. A broken one is skipped with an error in the
// log. What a locale with a territory lacks is looked for in that of its language,
// and what a language lacks in that of the territory it is named after, so fr_CA
// in fr, and fr in fr_FR.
func (t *Translations) LoadGettextTranslations(directory, domain string) error {
	return t.load(directory, gettextSource(os.DirFS(directory), directory, domain))
}

// LoadGettextTranslationsFS is LoadGettextTranslations from the root of fsys.
func (t *Translations) LoadGettextTranslationsFS(fsys fs.FS, domain string) error {
	return t.load("", gettextSource(fsys, "", domain))
}

func (t *Translations) load(root string, read source) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	catalogues, err := read()
	if err != nil {
		return err
	}
	if root != "" {
		if absolute, err := filepath.Abs(root); err == nil {
			root = absolute
		}
	}
	t.source, t.root = read, root
	t.current.Store(newLocales(t.locales().defaultCode, catalogues))
	return nil
}

// Reload loads once more what was loaded last; after an error everything stays as
// it is. Without an earlier load it does nothing.
func (t *Translations) Reload() error {
	t.mu.Lock()
	read, root := t.source, t.root
	t.mu.Unlock()
	if read == nil {
		return nil
	}
	return t.load(root, read)
}

// Roots are the directories the catalogues lie in: none or one, absolute.
func (t *Translations) Roots() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.root == "" {
		return nil
	}
	return []string{t.root}
}

// SetDefaultLocale sets the locale for those whose language there is not, in the
// beginning en_US. It is the language that the texts in the source are written in,
// and needs no catalogue.
func (t *Translations) SetDefaultLocale(code string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current.Store(newLocales(code, t.locales().catalogues))
}

// GetSupportedLocales lists the codes of the catalogues and of the default locale,
// sorted.
func (t *Translations) GetSupportedLocales() []string {
	return slices.Sorted(maps.Keys(t.locales().byCode))
}

// Locale gives the locale of exactly that code. It reports false if there is none.
func (t *Translations) Locale(code string) (*Locale, bool) {
	l, ok := t.locales().byCode[code]
	return l, ok
}

// Get gives the closest locale to the first code that has one: that of the
// language and the territory, else that of the language, else the default locale.
// Case does not matter, and a dash is as good as an underscore. Codes of more than
// two parts are passed over.
func (t *Translations) Get(codes ...string) *Locale {
	s := t.locales()
	for _, code := range codes {
		if l := s.closest(code); l != nil {
			return l
		}
	}
	return s.byCode[s.defaultCode]
}

func (s *locales) closest(code string) *Locale {
	code = strings.ReplaceAll(code, "-", "_")
	language, territory, two := strings.Cut(code, "_")
	if code == "" || strings.Contains(territory, "_") {
		return nil
	}
	language = strings.ToLower(language)
	if two {
		code = language + "_" + strings.ToUpper(territory)
	}
	if l, ok := s.byCode[code]; ok {
		return l
	}
	return s.byCode[language]
}

// readFile reads a file of a catalogue.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxCatalogue {
		return nil, fmt.Errorf("%d bytes are more than a catalogue may have", info.Size())
	}
	return fs.ReadFile(fsys, name)
}

// place is how a file is called in errors.
func place(directory, name string) string {
	return filepath.Join(directory, filepath.FromSlash(name))
}
