package escape

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// byReflection is what encoding/json makes of a value.
func byReflection(v any) (string, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(buf.String(), "\n"), err
}

// checkPlain wants a value to be written as by encoding/json, or to be left to that.
func checkPlain(t *testing.T, v any) (plain bool) {
	t.Helper()
	got, ok := appendPlainJSON([]byte("x"), v, 0)
	if !ok {
		return false
	}
	if want, err := byReflection(v); err != nil || string(got) != "x"+want {
		t.Errorf("%#v: got  %s\nwant x%s, %v", v, got, want, err)
	}
	return true
}

func TestAppendPlainJSON(t *testing.T) {
	deep := any("bottom")
	for range maxPlainDepth {
		deep = []any{deep}
	}
	endless := map[string]any{}
	endless["self"] = endless
	for _, tt := range []struct {
		name  string
		v     any
		plain bool
	}{
		{"nothing", nil, true},
		{"truth", []any{true, false}, true},
		{"integers", []any{0, -1, math.MaxInt, int64(math.MinInt64)}, true},
		{"numbers", []any{0.0, math.Copysign(0, -1), 1.5, 1e20, 1e21, 1e-6, 1e-7, 1.25e-9, 1e-10, 1e100, -1e-300, math.MaxFloat64}, true},
		{"empty", []any{map[string]any{}, []any{}, []string{}, map[string]string{}, ""}, true},
		{"missing", []any{map[string]any(nil), []any(nil), []string(nil), map[string]string(nil), []map[string]any(nil)}, true},
		{"an object", map[string]any{"b": 1, "a": []string{"x"}, "": map[string]string{"z": "1", "y": "2"}}, true},
		{"a list of objects", []map[string]any{{"a": 1}, nil, {}}, true},
		{"many keys", map[string]string{"a": "", "b": "", "c": "", "d": "", "e": "", "f": "", "g": "", "h": "", "i": "", "j": "",
			"k": "", "l": "", "m": "", "n": "", "o": "", "p": "", "q": "", "B": "", "é": ""}, true},
		{"characters", "\x00\x01\b\f\n\r\t\x1f \"\\/<&>'\x7f\u00e9\u2027\u2028\u2029\ufffd\U0001f600\xff\xc3\xed\xa0\x80", true},
		{"a key with quotes", map[string]any{"\"\u2028": 1}, true},
		{"deep", deep, true},
		{"deeper", []any{deep}, false},
		{"endless", endless, false},
		{"not a number", map[string]any{"a": math.NaN()}, false},
		{"infinity", math.Inf(1), false},
		{"a struct", []any{struct{ A int }{1}}, false},
		{"a type of its own", json.Number("1"), false},
		{"bytes", []byte("a"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := checkPlain(t, tt.v); got != tt.plain {
				t.Errorf("plain: %v; want %v", got, tt.plain)
			}
		})
	}
}

func TestAppendJSONOfPlainValuesInScript(t *testing.T) {
	got, err := AppendJSON([]byte("<"), map[string]any{"</a>": "<!--", "b": "a<b"})
	if want := `<{"<\/a>":"\u003c!--","b":"a<b"}`; string(got) != want || err != nil {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func FuzzAppendPlainJSON(f *testing.F) {
	f.Add(`{"a":[1,2.5,"x\u2028",null,true,{"b":""}]}`, "\xff\u2029<", 1e-9)
	f.Fuzz(func(t *testing.T, text, s string, number float64) {
		var v any
		_ = json.Unmarshal([]byte(text), &v) // nil is a value too
		checkPlain(t, map[string]any{s: v, text: []any{number, int(number), s}})
	})
}

func BenchmarkAppendJSON(b *testing.B) {
	story := map[string]any{"id": 7, "title": "A story", "tags": []string{"one", "two"}, "author": map[string]any{"name": "Ann", "age": 33}}
	b.ReportAllocs()
	var out []byte
	for b.Loop() {
		out, _ = AppendJSON(out[:0], story)
	}
}
