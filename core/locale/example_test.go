package locale_test

import (
	"fmt"
	"testing/fstest"
	"time"

	"github.com/tornado-dev/tornado/core/locale"
	"github.com/tornado-dev/tornado/core/template"
)

// In a program the file system is an embed.FS, or LoadTranslations names a
// directory.
func Example() {
	var translations locale.Translations
	err := translations.LoadTranslationsFS(fstest.MapFS{
		"fr_FR.csv": {Data: []byte("Sign in,Se connecter\n%(n)d stories,%(n)d récits,plural\n1 story,1 récit,singular\n")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	l := translations.GetBrowserLocale("de, fr-FR;q=0.8", "en_US")
	fmt.Println(l.Name, "-", l.Translate("Sign in"))
	fmt.Println(locale.Format(l.TranslatePlural("1 story", "%(n)d stories", 7), map[string]any{"n": 7}))
	// Output:
	// Français - Se connecter
	// 7 récits
}

func ExampleLocale_FormatDate() {
	l := locale.Get("en_US")
	now := time.Date(2026, 3, 2, 20, 0, 0, 0, time.UTC)
	fmt.Println(l.FormatDate(now.Add(-3*time.Minute), locale.FormatDateOptions{Now: now}))
	fmt.Println(l.FormatDate(now.Add(-24*time.Hour), locale.FormatDateOptions{Now: now, GMTOffset: 300}))
	fmt.Println(l.FormatDate(now.Add(-24*time.Hour), locale.FormatDateOptions{Now: now, FullFormat: true, Shorter: true}))
	// Output:
	// 3 minutes ago
	// yesterday at 3:00 pm
	// March 1, 2026
}

func ExampleForTemplates() {
	l := locale.ForTemplates[template.Kwargs]{Locale: locale.Get("en_US")}
	t, err := template.New(`{{ _("1 story", "%(n)d stories", n) % {"n": n} }}, {{ locale.format_day(day, dow=False) }}`, "", template.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	out, err := t.Generate(map[string]any{"locale": l, "_": l.Translate, "n": 2, "day": day})
	fmt.Println(string(out), err)
	// Output: 2 stories, March 2 <nil>
}

func ExampleExtractTemplate() {
	for _, m := range locale.ExtractTemplate("<h1>{{ _(\"Stories\") }}</h1>\n{{ _(\"1 story\", \"%(n)d stories\", n) }}") {
		fmt.Printf("%d: %q %q\n", m.Line, m.Text, m.Plural)
	}
	// Output:
	// 1: "Stories" ""
	// 2: "1 story" "%(n)d stories"
}
