package locale

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/tornado-dev/tornado/core/log"
)

// contextSeparator stands between the context and the text of a message.
const contextSeparator = "\x04"

// A moCatalogue holds the translations of an .mo file.
type moCatalogue struct {
	forms    map[string][]string // by context, separator and text in the singular
	rule     *pluralRule
	fallback *moCatalogue // asked for what this one lacks; may be nil
}

func gettextSource(fsys fs.FS, directory, domain string) source {
	return func() (map[string]texts, error) {
		entries, err := fs.ReadDir(fsys, ".")
		if err != nil {
			return nil, fmt.Errorf("locale: %w", err)
		}
		catalogues := map[string]*moCatalogue{}
		for _, entry := range entries {
			code := entry.Name()
			name := path.Join(code, "LC_MESSAGES", domain+".mo")
			if strings.HasPrefix(code, ".") || !fs.ValidPath(name) {
				continue
			}
			data, err := readFile(fsys, name)
			if errors.Is(err, fs.ErrNotExist) || err != nil && !entry.IsDir() {
				continue
			}
			if err == nil {
				catalogues[code], err = parseMO(data)
			}
			if err != nil {
				log.General.Error("locale: %s is skipped: %v", place(directory, name), err)
				delete(catalogues, code)
			}
		}
		return chained(catalogues), nil
	}
}

// chained gives each catalogue the one to ask for what it lacks.
func chained(catalogues map[string]*moCatalogue) map[string]texts {
	all := make(map[string]texts, len(catalogues))
	for code, c := range catalogues {
		language, _, two := strings.Cut(code, "_")
		all[code] = c
		if two {
			c.fallback = catalogues[language]
		} else if home := catalogues[homeOf(language)]; home != nil {
			// The home has this very catalogue for its fallback; a copy ends the circle.
			end := *home
			end.fallback = nil
			c.fallback = &end
		}
	}
	return all
}

// parseMO reads the format that the manual of GNU gettext describes in its section
// "The Format of GNU MO Files". What the numbers in it point to is checked, and the
// texts together may not be longer than the file, so that a broken or hostile one
// costs no more memory than a sound one of its size.
func parseMO(data []byte) (*moCatalogue, error) {
	order, err := moByteOrder(data)
	if err != nil {
		return nil, err
	}
	if revision := order.Uint32(data[4:]); revision>>16 > 1 {
		return nil, fmt.Errorf("revision %d.%d of the format is not known", revision>>16, revision&0xffff)
	}
	count := int64(order.Uint32(data[8:]))
	if 8*count > int64(len(data)) {
		return nil, fmt.Errorf("%d messages do not fit into %d bytes", count, len(data))
	}
	keys := moTable{data, order, int64(order.Uint32(data[12:])), len(data)}
	values := moTable{data, order, int64(order.Uint32(data[16:])), len(data)}
	c := &moCatalogue{forms: make(map[string][]string, count), rule: germanic}
	raw := make(map[string]string, count)
	charset := ""
	for i := range count {
		key, err := keys.text(i)
		if err != nil {
			return nil, err
		}
		value, err := values.text(i)
		if err != nil {
			return nil, err
		}
		if key == "" {
			if charset, err = c.header(value); err != nil {
				return nil, err
			}
		}
		raw[key] = value
	}
	return c, c.decode(raw, charset)
}

func moByteOrder(data []byte) (binary.ByteOrder, error) {
	const magic = 0x950412de
	switch {
	case len(data) < 28:
		return nil, fmt.Errorf("%d bytes are too few for an .mo file", len(data))
	case binary.LittleEndian.Uint32(data) == magic:
		return binary.LittleEndian, nil
	case binary.BigEndian.Uint32(data) == magic:
		return binary.BigEndian, nil
	}
	return nil, errors.New("it is no .mo file")
}

// A moTable is a list of texts, each by its length and where it stands.
type moTable struct {
	data   []byte
	order  binary.ByteOrder
	offset int64
	left   int // how many bytes the texts to come may have
}

func (t *moTable) text(i int64) (string, error) {
	entry := t.offset + 8*i
	if entry+8 > int64(len(t.data)) {
		return "", fmt.Errorf("the entry of text %d lies past the end", i)
	}
	length := int64(t.order.Uint32(t.data[entry:]))
	start := int64(t.order.Uint32(t.data[entry+4:]))
	if start+length > int64(len(t.data)) {
		return "", fmt.Errorf("text %d lies past the end", i)
	}
	if t.left -= int(length); t.left < 0 {
		return "", errors.New("the texts overlap")
	}
	return string(t.data[start : start+length]), nil
}

// header reads what the translation of the empty text holds, in the form of a
// message header: the character set, and how plurals are made.
func (c *moCatalogue) header(text string) (charset string, err error) {
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "content-type":
			_, charset, _ = strings.Cut(value, "charset=")
			charset = strings.TrimSpace(charset)
		case "plural-forms":
			if c.rule, err = parsePluralForms(value); err != nil {
				return "", err
			}
		}
	}
	if charset == "CHARSET" { // nobody has filled the header in
		charset = ""
	}
	return charset, nil
}

func (c *moCatalogue) decode(raw map[string]string, charset string) error {
	for key, value := range raw {
		singular, _, plural := strings.Cut(key, "\x00")
		singular, err := decode([]byte(singular), charset)
		if err != nil {
			return fmt.Errorf("the message %q: %w", key, err)
		}
		if value, err = decode([]byte(value), charset); err != nil {
			return fmt.Errorf("the translation of %q: %w", key, err)
		}
		forms := []string{value}
		if plural {
			forms = strings.Split(value, "\x00")
		}
		c.forms[singular] = forms
	}
	delete(c.forms, "") // the header is no translation
	return nil
}

// find gives a translation: for count things if that is known, else the only one,
// or the form for one thing.
func (c *moCatalogue) find(key string, count int) (string, bool) {
	for ; c != nil; c = c.fallback {
		forms := c.forms[key]
		if len(forms) == 0 {
			continue
		}
		if form, ok := c.rule.form(count); ok && form < len(forms) && forms[form] != "" {
			return forms[form], true
		}
	}
	return "", false
}

func (c *moCatalogue) translate(message string) string {
	if translation, ok := c.find(message, 1); ok {
		return translation
	}
	return message
}

func (c *moCatalogue) translatePlural(message, plural string, count int) string {
	if translation, ok := c.find(message, count); ok {
		return translation
	}
	return untranslated{}.translatePlural(message, plural, count)
}

func (c *moCatalogue) pgettext(context, message string) string {
	if translation, ok := c.find(context+contextSeparator+message, 1); ok {
		return translation
	}
	return message
}

func (c *moCatalogue) pgettextPlural(context, message, plural string, count int) string {
	if translation, ok := c.find(context+contextSeparator+message, count); ok {
		return translation
	}
	return c.translatePlural(message, plural, count)
}
