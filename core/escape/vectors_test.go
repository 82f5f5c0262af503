package escape

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

type vector struct {
	ID        string
	Fn        string
	Args      map[string]json.RawMessage
	Result    json.RawMessage
	ResultB64 json.RawMessage `json:"result_b64"`
	Error     *struct{ Type, Message string }
}

const (
	anyBytes   = "a Go string may hold any bytes, which pass through"
	typed      = "the type system excludes it"
	noFunction = "a Go string is both text and bytes, so there is nothing to convert"
)

// deviations name the cases in which the original is not followed.
var deviations = map[string]string{
	"escape/xhtml_escape/15":         anyBytes,
	"escape/xhtml_escape/16":         typed,
	"escape/url_escape/35":           typed,
	"escape/url_unescape_encoding/9": anyBytes,
	"escape/json_encode/27":          "the start of an HTML comment is not safe inside a script element",
	"escape/utf8/1":                  noFunction,
	"escape/utf8/2":                  noFunction,
	"escape/utf8/3":                  noFunction,
	"escape/utf8/4":                  noFunction,
	"escape/utf8/5":                  noFunction,
	"escape/utf8/6":                  noFunction,
	"escape/utf8/7":                  noFunction,
	"escape/to_unicode/1":            noFunction,
	"escape/to_unicode/2":            noFunction,
	"escape/to_unicode/3":            noFunction,
	"escape/to_unicode/4":            noFunction,
	"escape/to_unicode/5":            noFunction,
	"escape/to_unicode/6":            noFunction,
	"escape/to_unicode/7":            noFunction,
	"escape/to_unicode/8":            noFunction,
	"escape/to_unicode/9":            noFunction,
}

func TestVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/escape.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []vector }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	unused := maps.Clone(deviations)
	ran := 0
	for _, v := range file.Cases {
		if deviations[v.ID] != "" {
			delete(unused, v.ID)
			continue
		}
		ran++
		t.Run(strings.TrimPrefix(v.ID, "escape/"), func(t *testing.T) { v.run(t) })
	}
	if len(unused) > 0 || ran+len(deviations) != len(file.Cases) {
		t.Errorf("%d of %d cases ran; deviations without a case: %v", ran, len(file.Cases), slices.Collect(maps.Keys(unused)))
	}
}

func (v *vector) text(t *testing.T, name string) string {
	t.Helper()
	var s string
	if raw, ok := v.Args[name+"_b64"]; ok {
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if raw, ok := v.Args[name]; ok {
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (v *vector) flag(name string, def bool) bool {
	raw, ok := v.Args[name]
	if !ok {
		return def
	}
	return string(raw) == "true"
}

func (v *vector) want(t *testing.T) string {
	t.Helper()
	var s string
	raw := v.Result
	if v.ResultB64 != nil {
		raw = v.ResultB64
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	if v.ResultB64 != nil {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		s = string(b)
	}
	return s
}

func (v *vector) run(t *testing.T) {
	var got string
	switch v.Fn {
	case "xhtml_escape":
		got = XHTMLEscape(v.text(t, "value"))
	case "xhtml_unescape":
		got = XHTMLUnescape(v.text(t, "value"))
	case "url_escape":
		got = URLEscape(v.text(t, "value"), v.flag("plus", true))
	case "url_unescape":
		got = v.unescaped(t)
	case "squeeze":
		got = Squeeze(v.text(t, "value"))
	case "linkify":
		got = Linkify(v.text(t, "text"), v.linkifyOptions(t))
	case "json_encode":
		v.runJSON(t)
		return
	case "json_decode":
		v.runJSONDecode(t)
		return
	case "parse_qs_bytes":
		v.runParseQS(t)
		return
	default:
		t.Fatalf("unknown function %s", v.Fn)
	}
	if v.Error != nil {
		t.Fatalf("the original fails with %s: %s", v.Error.Type, v.Error.Message)
	}
	if want := v.want(t); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func (v *vector) unescaped(t *testing.T) string {
	text, plus := v.text(t, "value"), v.flag("plus", true)
	switch encoding := string(v.Args["encoding"]); encoding {
	case "null":
		return string(URLUnescapeBytes(text, plus))
	case `"latin1"`, `"ascii"`:
		last := map[string]byte{`"latin1"`: 0xff, `"ascii"`: 0x7f}[encoding]
		return URLUnescapeWith(text, plus, func(octets []byte) string { return octetsUpTo(octets, last) })
	}
	return URLUnescape(text, plus)
}

// octetsUpTo decodes octets that stand for the code point of their value.
func octetsUpTo(octets []byte, last byte) string {
	var runes []rune
	for _, c := range octets {
		if c > last {
			runes = append(runes, utf8.RuneError)
		} else {
			runes = append(runes, rune(c))
		}
	}
	return string(runes)
}

func (v *vector) runJSONDecode(t *testing.T) {
	text := v.text(t, "value")
	var raw json.RawMessage
	var err error
	if _, inBase64 := v.Args["value_b64"]; inBase64 || v.flag("bytes", false) {
		err = JSONDecode([]byte(text), &raw)
	} else {
		err = JSONDecode(text, &raw)
	}
	if (err != nil) != (v.Error != nil) {
		t.Fatalf("got %v; want %v", err, v.Error)
	}
	if err == nil && !reflect.DeepEqual(exact(t, raw), exact(t, v.Result)) {
		t.Errorf("got %s; want %s", raw, v.Result)
	}
}

// exact decodes JSON with its numbers as fractions.
func exact(t *testing.T, raw json.RawMessage) any {
	t.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return withFractions(v)
}

func withFractions(v any) any {
	switch v := v.(type) {
	case json.Number:
		r, _ := new(big.Rat).SetString(v.String())
		return r.String()
	case []any:
		for i := range v {
			v[i] = withFractions(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = withFractions(v[k])
		}
	}
	return v
}

// runParseQS compares names as octets, which the vectors have as characters; the
// original makes octets of text likewise.
func (v *vector) runParseQS(t *testing.T) {
	qs := v.text(t, "qs")
	if _, inBase64 := v.Args["qs_b64"]; !inBase64 && !v.flag("bytes", false) {
		qs = toOctets(qs)
	}
	got, err := ParseQSBytes(qs, v.flag("keep_blank_values", false), v.flag("strict_parsing", false))
	if (err != nil) != (v.Error != nil) {
		t.Fatalf("got %v; want %v", err, v.Error)
	}
	if err != nil {
		return
	}
	want := map[string][]string{}
	for name, values := range v.wantedArguments(t) {
		want[toOctets(name)] = values
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

func (v *vector) wantedArguments(t *testing.T) (arguments map[string][]string) {
	t.Helper()
	if v.ResultB64 == nil {
		if err := json.Unmarshal(v.Result, &arguments); err != nil {
			t.Fatal(err)
		}
		return arguments
	}
	var encoded map[string][][]byte // which encoding/json has in base64
	if err := json.Unmarshal(v.ResultB64, &encoded); err != nil {
		t.Fatal(err)
	}
	arguments = map[string][]string{}
	for name, values := range encoded {
		for _, value := range values {
			arguments[name] = append(arguments[name], string(value))
		}
	}
	return arguments
}

func toOctets(text string) string {
	var octets []byte
	for _, r := range text {
		octets = append(octets, byte(r))
	}
	return string(octets)
}

func (v *vector) linkifyOptions(t *testing.T) LinkifyOptions {
	o := LinkifyOptions{
		Shorten:         v.flag("shorten", false),
		ExtraParams:     v.text(t, "extra_params"),
		RequireProtocol: v.flag("require_protocol", false),
	}
	switch v.text(t, "extra_params_fn") {
	case "internal_external":
		o.ExtraParamsFunc = func(href string) string {
			if strings.HasPrefix(href, "http://example.com") {
				return `class="internal"`
			}
			return `class="external" rel="nofollow"`
		}
	case "padded":
		o.ExtraParamsFunc = func(string) string { return `  data-x="1"  ` }
	}
	if raw, ok := v.Args["permitted_protocols"]; ok {
		if err := json.Unmarshal(raw, &o.PermittedProtocols); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// runJSON compares meaning, since blanks and the escaping of other than ASCII
// differ, and that "<" is treated as in the original.
func (v *vector) runJSON(t *testing.T) {
	var value any
	d := json.NewDecoder(bytes.NewReader(v.Args["value"]))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		t.Fatal(err)
	}
	got, err := JSONEncode(value)
	if err != nil {
		t.Fatal(err)
	}
	var back, wanted any
	if err := json.Unmarshal([]byte(got), &back); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	want := v.want(t)
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, wanted) {
		t.Errorf("got %s, want %s", got, want)
	}
	if strings.Count(got, `<\/`) != strings.Count(want, `<\/`) || strings.Contains(got, "</") {
		t.Errorf("got %s, want %s", got, want)
	}
}
