package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the page on waiting shows stands in examples that are run.
func TestConcurrencySnippets(t *testing.T) {
	var examples strings.Builder
	for _, name := range []string{"gen/example", "locks/example", "queues/example", "queues/crawler", "process/example"} {
		text, err := os.ReadFile(filepath.Join("../core", name+"_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		examples.WriteString(unindented(string(text)))
	}
	snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(pages(t)["concurrency.md"], -1)
	if len(snippets) < 10 {
		t.Errorf("found only %d snippets; is the page written differently now?", len(snippets))
	}
	for _, snippet := range snippets {
		if !strings.Contains(examples.String(), unindented(snippet[1])) {
			t.Errorf("this stands in no example:\n%s", snippet[1])
		}
	}
}

func unindented(text string) string { return regexp.MustCompile(`(?m)^\t+`).ReplaceAllString(text, "") }
