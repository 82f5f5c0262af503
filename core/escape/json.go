package escape

import (
	"bytes"
	"encoding/json"
	"fmt"
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
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return dst, fmt.Errorf("escape: JSON of %T: %w", v, err)
	}
	return appendScriptSafe(dst, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))), nil
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
