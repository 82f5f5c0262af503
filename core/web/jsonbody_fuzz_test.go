package web

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzReadJSON holds that each body is read or refused with a place that is in it.
func FuzzReadJSON(f *testing.F) {
	for _, body := range []string{`{"author": {"name": "x", "age": 7}}`, "{\n\n\"tags\": [1]}", `{"stars": 1e999}`, `[`, `{}{}`, "\"\xff\"",
		`{"posted": 7}`, `{"more": 1}`, "null", "", " ", `{"author": `, `{"tags": ["é", 7]}`} {
		f.Add([]byte(body), true)
	}
	f.Fuzz(func(t *testing.T, body []byte, strict bool) {
		var c comment
		err := decodeJSON(body, &c, strict)
		if err == nil {
			return
		}
		var inJSON *JSONError
		if !errors.As(err, &inJSON) || inJSON.StatusCode != 400 || inJSON.Message == "" {
			t.Fatalf("got %#v; want a JSONError of 400 that says why", err)
		}
		lines := bytes.Split(body, []byte("\n"))
		if inJSON.Line < 0 || inJSON.Line > len(lines) || inJSON.Line > 0 && (inJSON.Column < 1 || inJSON.Column > 1+len(lines[inJSON.Line-1])) {
			t.Errorf("got %v for %q; want a place in it", err, body)
		}
	})
}
