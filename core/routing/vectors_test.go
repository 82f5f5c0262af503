package routing

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"testing"
)

// deviations are the cases of testdata/routing.json that are answered
// differently on purpose.
var deviations = map[string]string{
	"routing/path_match/3":  "a line feed at the end is not overlooked: patterns match from end to end",
	"routing/path_match/36": "each alternative is anchored at both ends, not the last alone",
	"routing/path_match/38": "as path_match/36",
	"routing/path_match/40": "as path_match/36",
	"routing/path_match/47": "an empty pattern matches no path and is refused",
	"routing/path_match/52": `\w is ASCII in package regexp`,
	"routing/reverse/5":     "a path with a bare regular expression in it does not match its own pattern: refused",
	"routing/reverse/6":     "as reverse/5",
	"routing/reverse/8":     "as reverse/5",
	"routing/reverse/10":    "an escaped parenthesis is a literal like others",
	"routing/reverse/32":    "what may be left out is left out",
	"routing/reverse/33":    "as reverse/32",
	"routing/reverse/40":    "as reverse/10",
	"routing/reverse/41":    "as reverse/10",
	"routing/reverse/42":    "a percent sign is a literal like others",
	"routing/reverse/43":    "as reverse/42",
	"routing/reverse/44":    "a group with a repetition cannot be filled: refused",
	"routing/reverse/45":    "as reverse/44",
	"routing/reverse/46":    "as reverse/44",
	"routing/reverse/47":    "as reverse/44",
	"routing/reverse/48":    "as reverse/42",
	"routing/reverse/49":    "as reverse/42",
	"routing/reverse/55":    "there is no None, and true reads as Go writes it",
}

type vector struct {
	ID   string
	Fn   string
	Tags []string
	Args struct {
		Pattern, Path string
		Args          []any
	}
	Result json.RawMessage
	Error  *struct{ Type string }
}

func TestVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/routing.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []json.RawMessage }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	ran := map[string]int{}
	for _, raw := range file.Cases {
		var head struct{ ID, Fn string }
		if err := json.Unmarshal(raw, &head); err != nil {
			t.Fatal(err)
		}
		var check func(vector) string
		switch head.Fn {
		case "path_match":
			check = checkMatch
		case "compile":
			check = checkCompile
		case "reverse":
			check = checkReverse
		default: // hosts and nested rules are not of this package
			continue
		}
		ran[head.Fn]++
		t.Run(head.ID, func(t *testing.T) {
			var v vector
			if err := json.Unmarshal(raw, &v); err != nil {
				t.Fatal(err)
			}
			problem := check(v)
			reason, deviates := deviations[v.ID]
			for _, tag := range v.Tags {
				if tag == "regex_dialect" {
					reason, deviates = "package regexp has no look-around and no back-references", true
				}
			}
			switch {
			case problem != "" && !deviates:
				t.Error(problem)
			case problem == "" && deviates:
				t.Errorf("agrees although it is listed as a deviation: %s", reason)
			}
		})
	}
	if ran["path_match"] == 0 || ran["compile"] == 0 || ran["reverse"] == 0 {
		t.Errorf("cases run: %v; want some of each", ran)
	}
}

func checkCompile(v vector) string {
	if _, err := Compile(v.Args.Pattern); err == nil {
		return "compiles; want an error"
	}
	return ""
}

func checkMatch(v vector) string {
	p, err := Compile(v.Args.Pattern)
	if err != nil {
		return err.Error()
	}
	var m Match
	matched := p.Match(v.Args.Path, &m)
	if wanted := string(v.Result) != "null"; matched != wanted {
		return "matched: " + describe(matched) + "; want " + describe(wanted)
	}
	if !matched {
		return ""
	}
	var want struct {
		Args    []*string
		Kwargs  map[string]*string
		ArgsB64 []*string `json:"args_b64"`
	}
	if err := json.Unmarshal(v.Result, &want); err != nil {
		return err.Error()
	}
	for _, encoded := range want.ArgsB64 {
		decoded, err := base64.StdEncoding.DecodeString(*encoded)
		if err != nil {
			return err.Error()
		}
		text := string(decoded)
		want.Args = append(want.Args, &text)
	}
	if m.Len() != len(want.Args)+len(want.Kwargs) {
		return "got groups " + describe(m.Values()) + "; want " + describe(want)
	}
	for i, value := range m.Values() {
		var wanted *string
		if p.Named() {
			wanted = want.Kwargs[p.Names()[i]]
		} else {
			wanted = want.Args[i]
		}
		if m.Took(i) != (wanted != nil) || wanted != nil && *wanted != value {
			return "group " + describe(i) + ": got " + describe(value) + "; want " + describe(wanted)
		}
	}
	return ""
}

func checkReverse(v vector) string {
	p, err := Compile(v.Args.Pattern)
	if err != nil {
		return err.Error()
	}
	got, err := p.Reverse(v.Args.Args...)
	if v.Error != nil {
		if err == nil {
			return "got " + got + "; want an error"
		}
		return ""
	}
	var want string
	if json.Unmarshal(v.Result, &want); err != nil || got != want {
		return "got " + describe(got) + ", " + describe(err) + "; want " + describe(want)
	}
	return ""
}

func describe(v any) string {
	if err, ok := v.(error); ok {
		return err.Error()
	}
	text, _ := json.Marshal(v)
	return string(text)
}
