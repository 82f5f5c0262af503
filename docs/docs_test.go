// Package docs_test tries out what the manual says.
package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/template"
)

func pages(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("*.md")
	if err != nil || len(names) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	texts := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	return texts
}

// Links lead to pages and headings that are there.
func TestLinks(t *testing.T) {
	texts := pages(t)
	heading := regexp.MustCompile(`(?m)^#+ (.*)$`)
	link := regexp.MustCompile(`\]\(([a-z]*\.md|)(#[^)]*)?\)`)
	headings := map[string]bool{}
	for name, text := range texts {
		for _, found := range heading.FindAllStringSubmatch(text, -1) {
			slug := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(found[1]), "")
			headings[name+"#"+strings.ReplaceAll(slug, " ", "-")] = true
		}
	}
	for name, text := range texts {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			page, anchor := found[1], found[2]
			if page == "" {
				page = name
			}
			if texts[page] == "" || anchor != "" && !headings[page+anchor] {
				t.Errorf("%s: the link to %s%s leads nowhere", name, found[1], anchor)
			}
		}
	}
}

// What the page on templates shows is in the language.
func TestTemplateSnippets(t *testing.T) {
	text := pages(t)["templates.md"]
	loader := map[string]string{"base.html": "{% block main %}{% end %}", "_story.html": ""}
	tried := 0
	try := func(snippet string) {
		tried++
		loader["page.html"] = snippet
		if _, err := template.NewDictLoader(loader, template.Options{}).Load("page.html"); err != nil {
			t.Errorf("%v\n%s", err, snippet)
		}
	}
	// Indented blocks, of which the two-file example counts as two.
	block := regexp.MustCompile(`(?m)(^    .*\n(\n*^    .*\n)*)`)
	for _, snippet := range block.FindAllString(text, -1) {
		for _, file := range regexp.MustCompile(`(?m)^ *<!-- .* -->$`).Split(snippet, -1) {
			try(strings.TrimSpace(file))
		}
	}
	for _, found := range regexp.MustCompile("(?s)```html\n(.*?)```").FindAllStringSubmatch(text, -1) {
		try(found[1])
	}
	// The first column of the table of expressions, but for the operators.
	_, expressions, _ := strings.Cut(text, "## Expressions")
	expressions, _, _ = strings.Cut(expressions, "Zero, empty text")
	for line := range strings.Lines(expressions) {
		column := strings.Split(line, "|")
		if len(column) < 3 || strings.Contains(column[2], "operators") {
			continue
		}
		for _, found := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(column[1], -1) {
			try("{{ " + found[1] + " }}")
		}
	}
	if tried < 25 {
		t.Errorf("found only %d snippets; is the page written differently now?", tried)
	}
}
