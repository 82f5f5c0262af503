// Package locale translates an application and writes dates, numbers and lists
// as its readers are used to.
//
// All of it may be called from any goroutine, on and off the loop. Loading reads
// files; what is loaded is in memory and looked up without waiting.
//
//   - Translations: the catalogues of a program, loaded from CSV files or gettext's
//     .mo files, and loaded again while it runs
//   - Locale: one language of them, in one territory
//   - LoadTranslations, LoadGettextTranslations, Get, SetDefaultLocale and
//     GetSupportedLocales: the same for Default, the translations of most programs
//   - ForTemplates: a locale as templates see it
//   - Format: puts values in place of %(name)s
//   - ExtractTemplate, ExtractGo: the texts of a source file that want a translation
package locale

import "strings"

// A Locale is a language, usually in a territory, with its translations. It is
// never changed: after Translations were loaded again, Get gives another one.
type Locale struct {
	// Code is the language and the territory, "pt_BR", or the language alone.
	Code string

	// Name is what the locale is called by those who speak it, as "Português
	// (Brasil)"; "Unknown" for codes of which Names does not tell.
	Name string

	// RTL tells that the text runs from right to left.
	RTL bool

	texts    texts
	months   [12]string
	weekdays [7]string // from Monday
}

// texts are what a catalogue answers. The answers are texts of the catalogue or,
// if it has none, those that were asked for.
type texts interface {
	translate(message string) string
	translatePlural(message, plural string, count int) string
	pgettext(context, message string) string
	pgettextPlural(context, message, plural string, count int) string
}

func newLocale(code string, t texts) *Locale {
	l := &Locale{Code: code, Name: "Unknown", texts: t}
	if names, ok := Names[code]; ok {
		l.Name = names.Native
	}
	for _, language := range []string{"fa", "ar", "he"} {
		l.RTL = l.RTL || strings.HasPrefix(code, language)
	}
	for i, month := range monthNames {
		l.months[i] = l.Translate(month)
	}
	for i, weekday := range weekdayNames {
		l.weekdays[i] = l.Translate(weekday)
	}
	return l
}

// Translate gives the translation of message, or message itself if there is none.
func (l *Locale) Translate(message string) string { return l.texts.translate(message) }

// TranslatePlural gives the translation for count things: of message if it is
// one, else of plural. With a gettext catalogue the language has as many forms as
// its Plural-Forms say, and the key is message alone. Without a translation it is
// message for a count of one, else plural. The sign of count does not matter to
// gettext; in other catalogues -1 is many.
func (l *Locale) TranslatePlural(message, plural string, count int) string {
	return l.texts.translatePlural(message, plural, count)
}

// PGettext gives the translation of message where it means what context says: the
// bank of a river is not one for money. Only gettext catalogues know contexts; in
// others it is Translate.
func (l *Locale) PGettext(context, message string) string {
	return l.texts.pgettext(context, message)
}

// PGettextPlural is PGettext for count things. If the catalogue does not have the
// message in that context, it is TranslatePlural.
func (l *Locale) PGettextPlural(context, message, plural string, count int) string {
	return l.texts.pgettextPlural(context, message, plural, count)
}

// untranslated is the locale of a program without catalogues.
type untranslated struct{}

func (untranslated) translate(message string) string { return message }

func (untranslated) translatePlural(message, plural string, count int) string {
	if count == 1 {
		return message
	}
	return plural
}

func (untranslated) pgettext(_, message string) string { return message }

func (u untranslated) pgettextPlural(_, message, plural string, count int) string {
	return u.translatePlural(message, plural, count)
}
