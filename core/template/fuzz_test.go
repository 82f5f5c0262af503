package template

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// FuzzTemplate looks for text that makes the compiler or a rendering panic or hang.
func FuzzTemplate(f *testing.F) {
	data, err := os.ReadFile("testdata/template.json")
	if err != nil {
		f.Fatal(err)
	}
	var file struct{ Cases []vector }
	if err := json.Unmarshal(data, &file); err != nil {
		f.Fatal(err)
	}
	for _, v := range file.Cases {
		f.Add(v.Files[v.Entry])
	}
	for _, seed := range fuzzSeeds(f) {
		f.Add(seed)
	}
	o := Options{Limits: Limits{MaxDepth: 30, MaxOutput: 1 << 16, MaxIterations: 10_000, MaxMemory: 1 << 20}}
	f.Fuzz(func(t *testing.T, text string) {
		tpl, err := NewDictLoader(map[string]string{"t.html": text, "inc.txt": "({{ x }})", "base.txt": "<{% block b %}{% end %}>"}, o).Load("t.html")
		if err != nil {
			check(t, err)
			return
		}
		s := newStory()
		s.CreatedAt = s.CreatedAt.UTC()
		_, err = tpl.Generate(map[string]any{
			"x": 1, "y": "two", "xs": []any{1, "a", nil}, "d": map[string]any{"a": 1}, "user": s, "n": 7, "s": "hello",
			"nested": [][]int{{1}, {2, 3}}, "f": 2.5,
		})
		if err != nil {
			check(t, err)
		}
	})
}

// fuzzSeeds are the pages and expressions of the other tests.
func fuzzSeeds(f *testing.F) (seeds []string) {
	data, err := os.ReadFile("testdata/expressions.json")
	if err != nil {
		f.Fatal(err)
	}
	var cases [][3]string
	if err := json.Unmarshal(data, &cases); err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		seeds = append(seeds, c[0])
	}
	pages, err := filepath.Glob("testdata/pages/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			f.Fatal(err)
		}
		seeds = append(seeds, string(text))
	}
	return seeds
}

// check refuses errors that show a fault of ours rather than of the template.
func check(t *testing.T, err error) {
	e, ok := err.(*Error)
	if !ok {
		t.Fatalf("got a %T, want an *Error", err)
	}
	if p, ok := e.Err.(*PanicError); ok {
		t.Fatalf("%v\n%s", e, p.Stack)
	}
	e.Excerpt()
}
