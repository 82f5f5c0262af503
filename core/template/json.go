package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tornado-dev/tornado/core/escape"
)

// jsonEncode writes JSON as Python lays it out: blanks behind commas and colons,
// ASCII only, 1.0 with its point. It may stand in a script element.
func jsonEncode(c *call) any {
	v := c.arg(0)
	c.checkNesting(c.at, v)
	_, isMarshaler := v.(json.Marshaler)
	if _, ok := plain(v).([]byte); ok && !isMarshaler {
		c.raise(c.at, "TypeError", "Object of type bytes is not JSON serializable")
	}
	text, err := escape.JSONEncode(jsonValue(v, 0))
	if err != nil {
		e := newError(KindRuntime, c.at, "TypeError", err.Error())
		e.Err = err
		panic(e)
	}
	return string(pythonLayout.append(make([]byte, 0, len(text)+len(text)/8), text))
}

// A jsonLayout says what stands between items, behind keys, and whether letters are
// written as \u sequences.
type jsonLayout struct {
	comma, colon string
	ascii        bool
}

// pythonLayout is that of json.dumps without options.
var pythonLayout = jsonLayout{", ", ": ", true}

// append appends compact JSON.
func (l *jsonLayout) append(dst []byte, text string) []byte {
	inString := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c >= 0x7f && l.ascii:
			r, n := utf8.DecodeRuneInString(text[i:])
			dst = appendASCII(dst, r)
			i += n - 1
			continue
		case c == '\\' && i+1 < len(text):
			dst = append(dst, c, text[i+1])
			i++
			continue
		case c == '"':
			inString = !inString
		case c == ',' && !inString:
			dst = append(dst, l.comma...)
			continue
		case c == ':' && !inString:
			dst = append(dst, l.colon...)
			continue
		}
		dst = append(dst, c)
	}
	return dst
}

// appendASCII writes r as JSON can without other letters: one or two \u sequences.
func appendASCII(dst []byte, r rune) []byte {
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return fmt.Appendf(dst, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(dst, `\u%04x`, r)
}

// A jsonFloat keeps its point.
type jsonFloat float64

func (f jsonFloat) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
		return nil, errors.New("JSON has no inf and no nan")
	}
	return appendFloat(nil, float64(f)), nil
}

// jsonValue replaces what encoding/json would write otherwise than Python, in
// lists and maps as well. Structs are left to their tags.
func jsonValue(v any, depth int) any {
	if depth > maxReprDepth {
		return v
	}
	switch v := v.(type) {
	case float64:
		return jsonFloat(v)
	case []any:
		if v == nil {
			return []any{}
		}
		return jsonItems(v, depth)
	case tuple:
		return jsonItems(v, depth)
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = jsonValue(item, depth+1)
		}
		return out
	case nil, string, int, bool:
		return v
	}
	rv := reflect.ValueOf(v)
	if held, ok := nullValue(rv); ok {
		return jsonValue(held, depth+1)
	}
	if _, ok := v.(json.Marshaler); !ok && rv.Kind() == reflect.Slice && rv.IsNil() {
		return []any{} // a list without elements is no null
	}
	return v
}

func jsonItems(items []any, depth int) []any {
	out := make([]any, len(items))
	for i, item := range items {
		out[i] = jsonValue(item, depth+1)
	}
	return out
}

func (l *list) MarshalJSON() ([]byte, error) { return marshal(jsonItems(l.items, 0)) }
func (v *view) MarshalJSON() ([]byte, error) { return marshal(jsonItems(v.items, 0)) }
func (s *set) MarshalJSON() ([]byte, error)  { return marshal(jsonItems(s.keys, 0)) }

// MarshalJSON keeps the order of the keys. As in Python, keys that are not text
// are written as JSON and then quoted.
func (d *dict) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, k := range d.keys {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := jsonKey(k)
		if err != nil {
			return nil, err
		}
		key, err := marshal(name)
		if err != nil {
			return nil, err
		}
		value, err := marshal(jsonValue(d.values[i], 0))
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, key...), ':'), value...)
	}
	return append(b, '}'), nil
}

func jsonKey(k any) (string, error) {
	switch k := plain(k).(type) {
	case string:
		return k, nil
	case nil, bool, int, float64:
		b, err := marshal(jsonValue(k, 0))
		return string(bytes.TrimSpace(b)), err
	}
	return "", fmt.Errorf("keys must be str, int, float, bool or None, not %s", typeName(k))
}

// marshal leaves "<" as it is, as Python does; escape.AppendJSON sees to what is
// dangerous.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}
