package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

type vector struct {
	ID        string
	Files     map[string]string
	Entry     string
	Context   map[string]json.RawMessage
	Objects   map[string]json.RawMessage
	Functions []string
	Options   map[string]json.RawMessage
	Level     string
	Output    *string
	Error     *struct {
		Kind, Exception, Message, File string
		Line                           int
		Via                            []struct {
			File string
			Line int
		}
	}
}

// exceptions are the python cases in which the original is not followed. There are
// none among the basic ones.
var exceptions = map[string]string{
	"template/set/13":           "its context was written down after the template had changed it",
	"template/set/15":           "its context was written down after the template had changed it",
	"template/set/16":           "its context was written down after the template had changed it",
	"template/apply_error/2":    "apply gives its function text, so that squeeze can be applied",
	"template/apply_error/3":    "bytes are text, since Go programs hold text in them",
	"template/runtime_error/34": "the line is the one with the name, not the one where the tag begins",
	"template/expr_python/164":  "there are no complex numbers",
	"template/expr_python/166":  "the names of characters are not built in",
}

func TestVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/template.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []vector }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	pythonCases, pythonPassed := 0, 0
	for i := range file.Cases {
		v := &file.Cases[i]
		t.Run(strings.TrimPrefix(v.ID, "template/"), func(t *testing.T) {
			problem := v.check(t)
			reason, excepted := exceptions[v.ID]
			excepted = excepted && v.Level == "python"
			switch {
			case excepted && problem == "":
				t.Errorf("passes, although it is listed as an exception (%s)", reason)
			case !excepted && problem != "":
				t.Error(problem)
			}
			if v.Level == "python" {
				pythonCases++
				if problem == "" {
					pythonPassed++
				}
			}
		})
	}
	if len(file.Cases) < 750 || pythonCases < 300 {
		t.Errorf("only %d cases, %d of level python", len(file.Cases), pythonCases)
	}
	t.Logf("python: %d of %d cases pass, %.1f %%", pythonPassed, pythonCases, 100*float64(pythonPassed)/float64(pythonCases))
}

// check gives what is wrong, or "".
func (v *vector) check(t *testing.T) string {
	t.Helper()
	tpl, err := v.load(t)
	var got []byte
	if err == nil {
		got, err = tpl.Generate(v.arguments(t))
	}
	source := fmt.Sprintf("%q", v.Files[v.Entry])
	if v.Error == nil {
		if err != nil {
			return fmt.Sprintf("%s fails: %v; want %q", source, err, *v.Output)
		}
		if string(got) != *v.Output {
			return fmt.Sprintf("%s\ngot  %q\nwant %q", source, got, *v.Output)
		}
		return ""
	}
	if err == nil {
		return fmt.Sprintf("%s gives %q; want %+v", source, got, *v.Error)
	}
	var e *Error
	if !errors.As(err, &e) {
		return fmt.Sprintf("got a %T, want an *Error: %v", err, err)
	}
	return v.checkError(e, source)
}

func (v *vector) checkError(e *Error, source string) string {
	want := v.Error
	wantKind := map[string]string{
		"parse": KindParse, "syntax": KindParse, "whitespace_mode": KindParse, "load": KindLoad, "not_found": KindLoad,
		"runtime": KindRuntime,
	}[want.Kind]
	if e.Kind != wantKind {
		return fmt.Sprintf("%s: got an error of kind %s, want %s: %v", source, e.Kind, want.Kind, e)
	}
	if want.Kind == "not_found" {
		if !strings.Contains(e.Message, want.File) || len(e.Frames) == 0 {
			return fmt.Sprintf("%s: got %v, want one that names %s and who asked", source, e, want.File)
		}
		return ""
	}
	if want.Kind == "whitespace_mode" || want.Kind == "load" {
		return ""
	}
	at := e.Frames[0]
	if at.Name != want.File || want.Line != 0 && at.Line != want.Line {
		return fmt.Sprintf("%s: got %v, want %s:%d (%s)", source, e, want.File, want.Line, want.Message)
	}
	if want.Kind != "runtime" {
		return ""
	}
	var via []string
	for _, fr := range e.Frames[1:] {
		if fr.Relation != "extended by" && fr.Relation != "applied in" { // which the original does not tell
			via = append(via, fmt.Sprint(fr.Name, ":", fr.Line))
		}
	}
	var wantVia []string
	for _, w := range want.Via {
		wantVia = append(wantVia, fmt.Sprint(w.File, ":", w.Line))
	}
	if !slices.Equal(via, wantVia) {
		return fmt.Sprintf("%s: got %v via %v, want via %v", source, e, via, wantVia)
	}
	return ""
}

func (v *vector) load(t *testing.T) (*Template, error) {
	t.Helper()
	var o Options
	if raw, ok := v.Options["autoescape"]; ok {
		if o.Autoescape = unquote(t, raw); string(raw) == "null" {
			o.Autoescape = "None"
		}
	}
	if raw, ok := v.Options["whitespace"]; ok {
		o.Whitespace = unquote(t, raw)
	}
	if raw, ok := v.Options["namespace"]; ok {
		o.Namespace = decode(t, raw).(map[string]any)
	}
	switch unquote(t, v.Options["loader"]) {
	case "none":
		return New(v.Files[v.Entry], v.Entry, o)
	case "directory":
		dir := t.TempDir()
		for name, text := range v.Files {
			write(t, filepath.Join(dir, name), text)
		}
		return NewLoader(dir, o).Load(v.Entry)
	}
	return NewDictLoader(v.Files, o).Load(v.Entry)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func unquote(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var s string
	if raw != nil {
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (v *vector) arguments(t *testing.T) map[string]any {
	t.Helper()
	args := map[string]any{}
	for name, raw := range v.Context {
		args[name] = decode(t, raw)
	}
	for name, raw := range v.Objects {
		args[name] = object(decode(t, raw))
	}
	for _, name := range v.Functions {
		args[name] = testFunctions[name]
	}
	return args
}

// decode reads JSON with numbers as Python has them: 1 is an int, 1.0 a float.
func decode(t *testing.T, raw json.RawMessage) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return numbers(v)
}

func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.Atoi(v.String()); err == nil {
			return n
		}
		f, err := v.Float64()
		if err != nil {
			panic(err)
		}
		return f
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = numbers(v[k])
		}
	}
	return v
}

// object makes structs of the maps in v.
func object(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = object(v[i])
		}
	case map[string]any:
		var fields []reflect.StructField
		var values []any
		for name, value := range v {
			value = object(value)
			fields = append(fields, reflect.StructField{Name: strings.ToUpper(name[:1]) + name[1:], Type: reflect.TypeOf(value)})
			values = append(values, value)
		}
		s := reflect.New(reflect.StructOf(fields))
		for i, value := range values {
			s.Elem().Field(i).Set(reflect.ValueOf(value))
		}
		return s.Interface()
	}
	return v
}

// ValueError is known to {% except ValueError %} by its name.
type ValueError string

func (e ValueError) Error() string { return string(e) }

var testFunctions = map[string]any{
	"upper_":  strings.ToUpper,
	"bracket": func(s string) string { return "[" + s + "]" },
	"twice":   func(s string) string { return s + s },
	"rev": func(s string) string {
		runes := []rune(s)
		slices.Reverse(runes)
		return string(runes)
	},
	"add": func(kw Kwargs, args ...any) (any, error) {
		if len(args) == 0 {
			return nil, errors.New("add() misses an argument")
		}
		var b any = 1
		if v, ok := kw["b"]; ok {
			b = v
		}
		if len(args) > 1 {
			b = args[1]
		}
		if s, ok := args[0].(string); ok {
			return s + b.(string), nil
		}
		return args[0].(int) + b.(int), nil
	},
	"join_args": func(args ...any) string {
		var list []string
		for _, a := range args {
			list = append(list, string(appendText(nil, a)))
		}
		return strings.Join(list, ",")
	},
	"kw": func(kw Kwargs) string {
		var list []string
		for k, v := range kw {
			list = append(list, fmt.Sprint(k, "=", v))
		}
		slices.Sort(list)
		return strings.Join(list, ",")
	},
	"boom": func(...any) (string, error) { return "", ValueError("boom") },
}
