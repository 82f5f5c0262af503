package escape

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

type vector struct {
	ID        string
	Fn        string
	Args      map[string]json.RawMessage
	Result    json.RawMessage
	ResultB64 json.RawMessage `json:"result_b64"`
	Error     *struct{ Type, Message string }
}

// skippedFunctions have no counterpart here.
var skippedFunctions = map[string]string{
	"json_decode":    "encoding/json decodes into the caller's types",
	"utf8":           "Go strings are bytes already",
	"to_unicode":     "Go strings are bytes already",
	"parse_qs_bytes": "belongs to httputil",
}

// deviations name the cases in which the original is not followed.
var deviations = map[string]string{
	"escape/xhtml_escape/15": "bytes that are not UTF-8 are passed through",
	"escape/xhtml_escape/16": "the type system excludes it",
	"escape/url_escape/35":   "the type system excludes it",
	"escape/json_encode/27":  "the start of an HTML comment is not safe inside a script element",
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
	ran := 0
	for _, v := range file.Cases {
		if skippedFunctions[v.Fn] != "" || deviations[v.ID] != "" {
			continue
		}
		if e, ok := v.Args["encoding"]; ok && string(e) != "null" && string(e) != `"utf-8"` {
			continue // URLUnescapeBytes gives the bytes, x/text their meaning
		}
		if v.Error != nil && v.Error.Type == "UnicodeDecodeError" {
			continue // a Go string may hold any bytes
		}
		ran++
		t.Run(strings.TrimPrefix(v.ID, "escape/"), func(t *testing.T) { v.run(t) })
	}
	if ran < 300 {
		t.Errorf("only %d cases ran", ran)
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
	if v.Error != nil {
		t.Fatalf("the original fails with %s: %s", v.Error.Type, v.Error.Message)
	}
	var got string
	switch v.Fn {
	case "xhtml_escape":
		got = XHTMLEscape(v.text(t, "value"))
	case "xhtml_unescape":
		got = XHTMLUnescape(v.text(t, "value"))
	case "url_escape":
		got = URLEscape(v.text(t, "value"), v.flag("plus", true))
	case "url_unescape":
		if e, ok := v.Args["encoding"]; ok && string(e) == "null" {
			got = string(URLUnescapeBytes(v.text(t, "value"), v.flag("plus", true)))
		} else {
			got = URLUnescape(v.text(t, "value"), v.flag("plus", true))
		}
	case "squeeze":
		got = Squeeze(v.text(t, "value"))
	case "linkify":
		got = Linkify(v.text(t, "text"), v.linkifyOptions(t))
	case "json_encode":
		v.runJSON(t)
		return
	default:
		t.Fatalf("unknown function %s", v.Fn)
	}
	if want := v.want(t); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
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
