package docs_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// What the page on logins shows stands in examples that are compiled.
func TestLoginSnippets(t *testing.T) {
	examples := ""
	for _, name := range []string{"example_test.go", "authtest/authtest_test.go"} {
		text, err := os.ReadFile("../core/auth/" + name)
		if err != nil {
			t.Fatal(err)
		}
		examples += unindented(string(text))
	}
	snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(pages(t)["login.md"], -1)
	if len(snippets) < 7 {
		t.Errorf("found only %d snippets; is the page written differently now?", len(snippets))
	}
	for _, snippet := range snippets {
		if !strings.Contains(examples, unindented(snippet[1])) {
			t.Errorf("this stands in no example:\n%s", snippet[1])
		}
	}
}
