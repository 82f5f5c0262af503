package escape

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf16"
)

// JSONEncode gives v as JSON that may stand in a script element: "</" is written
// "<\/", and what would begin a comment or a nested script in HTML is written
// with \u003c. It fails for values that encoding/json cannot encode.
func JSONEncode(v any) (string, error) {
	b, err := AppendJSON(nil, v)
	return string(b), err
}

// AppendJSON appends JSONEncode's result to dst. After an error dst is returned as
// it was.
func AppendJSON(dst []byte, v any) ([]byte, error) {
	if out, ok := appendPlainJSON(dst, v, 0); ok {
		if bytes.IndexByte(out[len(dst):], '<') < 0 {
			return out, nil
		}
		return appendScriptSafe(dst, bytes.Clone(out[len(dst):])), nil
	}
	e := jsonEncoders.Get().(*jsonEncoder)
	e.out = dst
	err := e.encoder.Encode(v)
	out := e.out
	e.out = nil
	jsonEncoders.Put(e)
	if err != nil {
		return dst, fmt.Errorf("escape: JSON of %T: %w", v, err)
	}
	return out, nil
}

// A jsonEncoder appends what its encoder writes, which for each value is one piece
// with a line end, to out.
type jsonEncoder struct {
	encoder *json.Encoder
	out     []byte
}

var jsonEncoders = sync.Pool{New: func() any {
	e := new(jsonEncoder)
	e.encoder = json.NewEncoder(e)
	e.encoder.SetEscapeHTML(false)
	return e
}}

func (e *jsonEncoder) Write(text []byte) (int, error) {
	e.out = appendScriptSafe(e.out, bytes.TrimSuffix(text, []byte("\n")))
	return len(text), nil
}

// appendScriptSafe relies on "<" occurring only inside the strings of JSON.
func appendScriptSafe(dst, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '<')
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		text = text[i+1:]
		switch {
		case len(text) > 0 && text[0] == '/':
			dst = append(dst, `<\`...)
		case len(text) > 0 && text[0] == '!', hasFoldPrefix(text, "script"):
			dst = append(dst, `\u003c`...)
		default:
			dst = append(dst, '<')
		}
	}
}

func hasFoldPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && bytes.EqualFold(b[:len(prefix)], []byte(prefix))
}

// JSONDecode decodes text, which must be one JSON value with nothing but blanks
// round it, into what v points to, as encoding/json does. Bytes may be UTF-8 with a
// byte order mark, UTF-16 or UTF-32 too; a string is taken as it is.
func JSONDecode[T string | []byte](text T, v any) error {
	var r io.Reader = strings.NewReader(string(text))
	if data, ok := any(text).([]byte); ok {
		r = bytes.NewReader(jsonUTF8(data))
	}
	d := json.NewDecoder(r)
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("escape: JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("escape: JSON: something stands behind the value")
	}
	return nil
}

// jsonUTF8 finds out the encoding of JSON by the byte order mark or, since its
// first two characters are ASCII, by where zeros stand (RFC 4627, section 3).
func jsonUTF8(data []byte) []byte {
	if rest, ok := bytes.CutPrefix(data, []byte("\xef\xbb\xbf")); ok {
		return rest
	}
	head := make([]byte, 4)
	n := copy(head, data)
	zero := func(i int) bool { return i < n && head[i] == 0 }
	switch {
	case string(head) == "\x00\x00\xfe\xff", zero(0) && zero(1) && zero(2):
		return wideUTF8(data, 4, true)
	case string(head) == "\xff\xfe\x00\x00" && n == 4, zero(1) && zero(2) && zero(3):
		return wideUTF8(data, 4, false)
	case string(head[:2]) == "\xfe\xff", zero(0):
		return wideUTF8(data, 2, true)
	case string(head[:2]) == "\xff\xfe", zero(1):
		return wideUTF8(data, 2, false)
	}
	return data
}

// wideUTF8 decodes characters of two or four octets. What is broken becomes U+FFFD,
// which is valid in strings alone.
func wideUTF8(data []byte, width int, bigEndian bool) []byte {
	var units []uint16
	var runes []rune
	for ; len(data) >= width; data = data[width:] {
		var r rune
		for i := range width {
			if bigEndian {
				r = r<<8 | rune(data[i])
			} else {
				r |= rune(data[i]) << (8 * i)
			}
		}
		if width == 2 {
			units = append(units, uint16(r))
		} else {
			runes = append(runes, r)
		}
	}
	text := string(append(utf16.Decode(units), runes...))
	if len(data) > 0 {
		text += "\ufffd"
	}
	return []byte(strings.TrimPrefix(text, "\ufeff"))
}
