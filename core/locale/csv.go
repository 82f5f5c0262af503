package locale

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/tornado-dev/tornado/core/log"
)

// A csvCatalogue holds the translations of a CSV file.
type csvCatalogue struct {
	code                      string
	unknown, singular, plural map[string]string

	warning sync.Once // about contexts
}

func (t *Translations) csvSource(fsys fs.FS, directory string) source {
	return func() (map[string]texts, error) {
		entries, err := fs.ReadDir(fsys, ".")
		if err != nil {
			return nil, fmt.Errorf("locale: %w", err)
		}
		catalogues := map[string]texts{}
		for _, entry := range entries {
			code, ok := strings.CutSuffix(entry.Name(), ".csv")
			if !ok {
				continue
			}
			file := place(directory, entry.Name())
			if !isCode(code) {
				log.General.Warning("locale: %s is skipped: a catalogue is called like fr.csv or fr_CA.csv", file)
				continue
			}
			data, err := readFile(fsys, entry.Name())
			if err != nil {
				return nil, fmt.Errorf("locale: %s: %w", file, err)
			}
			catalogue, err := parseCSV(code, file, data, t.Encoding)
			if err != nil {
				return nil, err
			}
			catalogues[code] = catalogue
		}
		return catalogues, nil
	}
}

// isCode reports whether code looks like fr or fr_CA.
func isCode(code string) bool {
	language, territory, two := strings.Cut(code, "_")
	return language != "" && strings.Trim(language, "abcdefghijklmnopqrstuvwxyz") == "" &&
		(territory != "") == two && strings.Trim(territory, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// parseCSV reads a catalogue. file is for errors and warnings alone.
func parseCSV(code, file string, data []byte, encoding string) (*csvCatalogue, error) {
	text, err := decodeCSV(data, encoding)
	if err != nil {
		return nil, fmt.Errorf("locale: %s: %w", file, err)
	}
	c := &csvCatalogue{code: code, unknown: map[string]string{}, singular: map[string]string{}, plural: map[string]string{}}
	r := newCSVReader(text)
	for r.text != "" {
		line := r.line
		row, err := r.row()
		if err != nil {
			return nil, fmt.Errorf("locale: %s:%d: %w", file, line, err)
		}
		if len(row) < 2 {
			continue
		}
		if indicator := c.add(row); indicator != "" {
			log.General.Error("locale: %s:%d: the third column is %q; it must be plural, singular or unknown", file, line, indicator)
		}
	}
	return c, nil
}

// add enters a row of two columns or more; it gives the indicator if it is none.
func (c *csvCatalogue) add(row []string) (wrong string) {
	for i := range row {
		row[i] = strings.TrimSpace(row[i])
	}
	indicator := "unknown"
	if len(row) > 2 && row[2] != "" {
		indicator = row[2]
	}
	switch indicator {
	case "unknown":
		c.unknown[row[0]] = row[1]
	case "singular":
		c.singular[row[0]] = row[1]
	case "plural":
		c.plural[row[0]] = row[1]
	default:
		return indicator
	}
	return ""
}

// A csvReader cuts text into rows, as spreadsheets write them: a quote at the
// start of a column encloses it, and two quotes in it stand for one. Text after
// the closing quote belongs to the column too.
type csvReader struct {
	text string // what is not read yet
	line int
}

// newlines makes the ends of lines those of the templates, inside quotes too: which
// system a catalogue was written on must not show in a page.
var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func newCSVReader(text string) *csvReader {
	return &csvReader{text: newlines.Replace(text), line: 1}
}

// row reads a row; it has no columns if the line is empty.
func (r *csvReader) row() ([]string, error) {
	var row []string
	for {
		column, err := r.column()
		if err != nil {
			return nil, err
		}
		if r.accept(",") {
			row = append(row, column)
			continue
		}
		if row != nil || column != "" {
			row = append(row, column)
		}
		if r.accept("\n") {
			r.line++
		}
		return row, nil
	}
}

func (r *csvReader) accept(token string) bool {
	if !strings.HasPrefix(r.text, token) {
		return false
	}
	r.text = r.text[len(token):]
	return true
}

func (r *csvReader) column() (string, error) {
	var quoted strings.Builder
	if r.accept(`"`) {
		for {
			i := strings.IndexByte(r.text, '"')
			if i < 0 {
				return "", fmt.Errorf("the quote is not closed")
			}
			quoted.WriteString(r.text[:i])
			r.line += strings.Count(r.text[:i], "\n")
			r.text = r.text[i+1:]
			if !r.accept(`"`) {
				break
			}
			quoted.WriteByte('"')
		}
	}
	i := strings.IndexAny(r.text, ",\n")
	if i < 0 {
		i = len(r.text)
	}
	rest := r.text[:i]
	r.text = r.text[i:]
	if quoted.Len() == 0 {
		return rest, nil
	}
	return quoted.String() + rest, nil
}

func (c *csvCatalogue) translate(message string) string { return orItself(c.unknown, message) }

func (c *csvCatalogue) translatePlural(message, plural string, count int) string {
	if count == 1 {
		return orItself(c.singular, message)
	}
	return orItself(c.plural, plural)
}

func (c *csvCatalogue) pgettext(context, message string) string {
	c.warn(context)
	return c.translate(message)
}

func (c *csvCatalogue) pgettextPlural(context, message, plural string, count int) string {
	c.warn(context)
	return c.translatePlural(message, plural, count)
}

func (c *csvCatalogue) warn(context string) {
	c.warning.Do(func() {
		log.General.Warning("locale: %s.csv knows no contexts, so %q and any other is passed over", c.code, context)
	})
}

func orItself(m map[string]string, message string) string {
	if translation, ok := m[message]; ok {
		return translation
	}
	return message
}
