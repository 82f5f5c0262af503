package template

import (
	"encoding/json"
	"errors"
	"os"
	"testing"
)

// TestExpressions has templates, what CPython 3.11 gives for what is in them, and
// the class of the exception if it raises one.
func TestExpressions(t *testing.T) {
	data, err := os.ReadFile("testdata/expressions.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases [][3]string
	if err := json.Unmarshal(data, &cases); err != nil || len(cases) < 500 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, c := range cases {
		text, want, class := c[0], c[1], c[2]
		t.Run(text, func(t *testing.T) {
			tpl, err := New(text, "t.txt", Options{Autoescape: "None"})
			var got []byte
			if err == nil {
				got, err = tpl.Generate(nil)
			}
			var e *Error
			gotClass := ""
			if errors.As(err, &e) {
				gotClass = e.className()
			}
			if string(got) != want || gotClass != class {
				t.Errorf("got %q, %v; want %q %s", got, err, want, class)
			}
		})
	}
}
