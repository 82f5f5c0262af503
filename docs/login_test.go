package docs_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// What the page on logins shows stands in examples that are compiled.
func TestLoginSnippets(t *testing.T) {
	examples, err := os.ReadFile("../core/auth/example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(pages(t)["login.md"], -1)
	if len(snippets) < 6 {
		t.Errorf("found only %d snippets; is the page written differently now?", len(snippets))
	}
	for _, snippet := range snippets {
		if !strings.Contains(unindented(string(examples)), unindented(snippet[1])) {
			t.Errorf("this stands in no example:\n%s", snippet[1])
		}
	}
}
