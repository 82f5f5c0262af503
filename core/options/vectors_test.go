package options

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/log"
)

const (
	onlyPython = "the file is a program in Python"
	typedLists = "the elements of a list have the type of the option"
)

// deviations name the cases in which the original is not followed.
var deviations = map[string]string{
	"options/command_line/7":  "an int has 64 bits",
	"options/timedelta/8":     "1h30m without a blank is accepted",
	"options/timedelta/24":    "a time.Duration is no longer than 292 years",
	"options/config_file/12":  "dashes and underscores mean the same in files too: only in Python is a dash an operator",
	"options/config_file/19":  typedLists + ": None is no int",
	"options/config_file/20":  typedLists + ": True is no int",
	"options/names/2":         "True is no int; TestNames has the rest of the case",
	"options/config_python/1": onlyPython,
	"options/config_python/2": onlyPython,
	"options/config_python/3": onlyPython,
	"options/config_python/4": onlyPython,
	"options/config_python/5": onlyPython,
	"options/config_python/6": onlyPython,
	"options/config_python/7": onlyPython,
}

type vector struct {
	ID   string
	Fn   string
	Args struct {
		Defs   []definition
		Args   []string
		Config string
		Ops    [][]any
		Group  string
		Names  []string
	}
	Result json.RawMessage
	Error  *struct{ Type, Message string }
}

type definition struct {
	Name, Type, Help, Metavar, Group string
	Default                          any
	Multiple                         bool
	Callback                         bool
}

func TestVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/options.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []vector }
	if err := unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	previous := log.SetOutput(io.Discard)
	t.Cleanup(func() { log.SetOutput(previous) })
	program := os.Args[0]
	os.Args[0] = "prog"
	t.Cleanup(func() { os.Args[0] = program })

	unused := maps.Clone(deviations)
	ran := 0
	for _, v := range file.Cases {
		if deviations[v.ID] != "" {
			delete(unused, v.ID)
			continue
		}
		ran++
		t.Run(strings.TrimPrefix(v.ID, "options/"), func(t *testing.T) { v.run(t) })
	}
	if len(unused) > 0 || ran+len(deviations) != len(file.Cases) {
		t.Errorf("%d of %d cases ran; deviations without a case: %v", ran, len(file.Cases), slices.Collect(maps.Keys(unused)))
	}
}

func unmarshal(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(v)
}

func (v *vector) run(t *testing.T) {
	p := NewOptionParser()
	p.Output = io.Discard
	setOrder := []any{}
	for _, d := range v.Args.Defs {
		d.define(t, p, func(value any) { setOrder = append(setOrder, []any{d.Name, shown(value)}) })
	}
	got, err := v.call(t, p)
	if (err != nil) != (v.Error != nil) || v.Error != nil && errors.Is(err, ErrHelp) != (v.Error.Type == "SystemExit") {
		t.Fatalf("got error %v; want %v", err, v.Error)
	}
	if err != nil {
		return
	}
	var want any
	if err := unmarshal(v.Result, &want); err != nil {
		t.Fatal(err)
	}
	if m, ok := want.(map[string]any); ok && m["set_order"] != nil {
		got.(map[string]any)["set_order"] = setOrder
	}
	if got, want := plain(t, got), plain(t, want); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func (v *vector) call(t *testing.T, p *OptionParser) (result any, err error) {
	values := func() map[string]any {
		all := map[string]any{}
		for name, value := range p.Items() {
			all[normalized(name)] = shown(value)
		}
		return all
	}
	switch v.Fn {
	case "command_line", "combined":
		remaining, err := p.ParseCommandLine(v.Args.Args, true)
		if err == nil && v.Fn == "combined" {
			err = p.ParseConfig("c.py", v.Args.Config, true)
		}
		if remaining == nil {
			remaining = []string{}
		}
		return map[string]any{"remaining": remaining, "values": values()}, err
	case "config_file":
		err := p.ParseConfig("c.py", v.Args.Config, true)
		return map[string]any{"values": values()}, err
	case "names":
		return v.names(p), nil
	case "groups":
		group := map[string]any{}
		for name, value := range p.GroupMap(v.Args.Group) {
			group[name] = shown(value)
		}
		return map[string]any{"groups": p.Groups(), "group_values": group}, nil
	case "help":
		var b strings.Builder
		p.PrintHelp(&b)
		return b.String(), nil
	case "define_twice":
		return "ok", defineTwice(p, v.Args.Names)
	}
	t.Fatalf("unknown function %s", v.Fn)
	return nil, nil
}

func defineTwice(p *OptionParser, names []string) (err error) {
	defer func() {
		if e, ok := recover().(*Error); ok {
			err = e
		}
	}()
	for _, name := range names {
		DefineIn(p, name, "")
	}
	return nil
}

func (v *vector) names(p *OptionParser) (results []any) {
	for _, op := range v.Args.Ops {
		name := op[1].(string)
		var value any
		var err error
		switch op[0] {
		case "get":
			value, err = p.Get(name)
		case "set":
			err = p.Set(name, native(op[2]))
		case "contains":
			value = p.Contains(name)
		}
		switch {
		case errors.Is(err, errUnknown):
			results = append(results, map[string]any{"error": "AttributeError"})
		case err != nil:
			results = append(results, map[string]any{"error": "Error"})
		default:
			results = append(results, map[string]any{"value": shown(value)})
		}
	}
	return results
}

// native makes a number of JSON one of Go.
func native(v any) any {
	number, ok := v.(json.Number)
	if !ok {
		return v
	}
	if n, err := number.Int64(); err == nil {
		return int(n)
	}
	f, _ := number.Float64()
	return f
}

// define adds an option as a program would that has this default and this type.
func (d definition) define(t *testing.T, p *OptionParser, callback func(any)) {
	t.Helper()
	def := native(d.Default)
	kind := d.Type
	if kind == "" {
		kind = map[reflect.Kind]string{reflect.Int: "int", reflect.Bool: "bool", reflect.Float64: "float"}[reflect.ValueOf(def).Kind()]
	}
	switch kind {
	case "", "str":
		defineAs[string](d, p, def, callback)
	case "int":
		defineAs[int](d, p, def, callback)
	case "float":
		defineAs[float64](d, p, def, callback)
	case "bool":
		defineAs[bool](d, p, def, callback)
	case "datetime":
		defineAs[time.Time](d, p, def, callback)
	case "timedelta":
		defineAs[time.Duration](d, p, def, callback)
	default:
		t.Fatalf("unknown type %s", d.Type)
	}
}

func defineAs[T any](d definition, p *OptionParser, def any, callback func(any)) {
	settings := []Setting{Help(d.Help), Metavar(d.Metavar), Group(d.Group)}
	if d.Multiple {
		list := []T{}
		items, _ := def.([]any)
		for _, item := range items {
			list = append(list, native(item).(T))
		}
		DefineIn(p, d.Name, list, append(settings, Callback(func(v []T) { callback(v) }))...)
		return
	}
	if def == nil {
		settings = append(settings, Unset())
	}
	value, _ := def.(T)
	DefineIn(p, d.Name, value, append(settings, Callback(func(v T) { callback(v) }))...)
}

// shown gives a value as the vectors have it.
func shown(v any) any {
	switch v := v.(type) {
	case time.Time:
		return []int{v.Year(), int(v.Month()), v.Day(), v.Hour(), v.Minute(), v.Second()}
	case time.Duration:
		return v.Microseconds()
	case float64:
		switch {
		case math.IsInf(v, 0):
			return "inf"
		case math.IsNaN(v):
			return "nan"
		}
	case []bool: // the original reads them as a range of numbers
		numbers := make([]int, len(v))
		for i := range v {
			if v[i] {
				numbers[i] = 1
			}
		}
		return numbers
	}
	return v
}

// plain makes values comparable, whatever types they are made of.
func plain(t *testing.T, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
