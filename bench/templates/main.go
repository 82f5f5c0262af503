// Command templates compares template engines: each renders the same page of 100
// rows, with a loop, conditions, escaping and inheritance, in interleaved rounds,
// so that what else happens on the machine hits all alike. It prints the median
// over the rounds of the time a page takes, of its ratio to templ, and what a page
// allocates. Before that it checks that all engines make the same page, but for
// white space and the spelling of escapes.
//
// templ and quicktemplate compile their templates to Go code; html/template,
// pongo2 and tornado read them when the program starts.
//
//	cd bench && go run ./templates
package main

import (
	"bytes"
	"context"
	"embed"
	"flag"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/flosch/pongo2/v6"

	"github.com/tornado-dev/tornado/bench/templates/page"
	"github.com/tornado-dev/tornado/bench/templates/quickpage"
	"github.com/tornado-dev/tornado/bench/templates/templpage"
	tornado "github.com/tornado-dev/tornado/core/template"

	"github.com/tornado-dev/tornado/bench/pinned"
)

//go:embed files
var files embed.FS

var (
	rounds = flag.Int("rounds", 15, "rounds over all engines")
	pages  = flag.Int("pages", 300, "pages that each engine renders in a round")
	rows   = flag.Int("rows", 100, "rows of the page")
)

// reference is what the others are compared with.
const reference = "templ"

// An engine renders the page into a buffer that is used again.
type engine struct {
	name   string
	render func(out *bytes.Buffer) error
	times  []float64 // microseconds a page, by round
}

func main() {
	flag.Parse()
	engines, err := prepare(page.New(*rows))
	if err == nil {
		err = checkPages(engines)
	}
	if err == nil {
		err = measure(engines)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func prepare(data page.Data) ([]*engine, error) {
	sub, err := fs.Sub(files, "files")
	if err != nil {
		return nil, err
	}
	parsed, err := template.ParseFS(sub, "base.html.tmpl", "list.html.tmpl")
	if err != nil {
		return nil, err
	}
	ours, err := tornado.NewFSLoader(sub, tornado.Options{}).Load("list.tornado.html")
	if err != nil {
		return nil, err
	}
	pongo, err := pongo2.NewSet("bench", pongo2.NewFSLoader(sub)).FromFile("list.pongo2.html")
	if err != nil {
		return nil, err
	}
	args := map[string]any{"title": data.Title, "site": data.Site, "rows": data.Rows}
	return []*engine{
		{name: "tornado", render: func(out *bytes.Buffer) error {
			b, err := ours.Append(out.AvailableBuffer(), args)
			out.Write(b)
			return err
		}},
		{name: reference, render: func(out *bytes.Buffer) error {
			return templpage.Page(data).Render(context.Background(), out)
		}},
		{name: "quicktemplate", render: func(out *bytes.Buffer) error {
			quickpage.WritePage(out, &quickpage.List{Data: data}, data.Site)
			return nil
		}},
		{name: "pongo2", render: func(out *bytes.Buffer) error {
			return pongo.ExecuteWriter(pongo2.Context{"data": data}, out)
		}},
		{name: "html/template", render: func(out *bytes.Buffer) error {
			return parsed.ExecuteTemplate(out, "base", data)
		}},
	}, nil
}

var blanks = regexp.MustCompile(`\s+`)

// checkPages refuses engines whose page is another.
func checkPages(engines []*engine) error {
	var first string
	for _, e := range engines {
		var out bytes.Buffer
		if err := e.render(&out); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		text := html.UnescapeString(blanks.ReplaceAllString(out.String(), ""))
		if first == "" {
			first = text
		}
		if text != first {
			return fmt.Errorf("%s makes another page than %s, from here on: %.80q, %.80q",
				e.name, engines[0].name, text[differ(text, first):], first[differ(text, first):])
		}
	}
	return nil
}

// differ is how many bytes a and b begin with alike.
func differ(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func measure(engines []*engine) error {
	var out bytes.Buffer
	for range *rounds {
		for _, e := range engines {
			start := time.Now()
			for range *pages {
				out.Reset()
				if err := e.render(&out); err != nil {
					return err
				}
			}
			e.times = append(e.times, float64(time.Since(start).Nanoseconds())/1000/float64(*pages))
		}
	}
	var compared []float64
	for _, e := range engines {
		if e.name == reference {
			compared = e.times
		}
	}
	fmt.Printf("%-14s %10s %10s %8s %9s %8s\n", "engine", "us a page", "best", "x templ", "B a page", "allocs")
	for _, e := range engines {
		ratios := make([]float64, len(e.times))
		for i := range ratios {
			ratios[i] = e.times[i] / compared[i]
		}
		size, count := allocated(e)
		fmt.Printf("%-14s %10.1f %10.1f %8.2f %9d %8d\n", e.name, pinned.Median(e.times), slices.Min(e.times), pinned.Median(ratios), size, count)
	}
	return nil
}
