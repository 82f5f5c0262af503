package template

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write what the pages are now into testdata/pages")

// TestPages renders what people write: each file of testdata/pages holds, behind
// lines of "-- name --", templates (page is the one that is rendered), the
// arguments as JSON, and the page that is wanted.
func TestPages(t *testing.T) {
	files, err := filepath.Glob("testdata/pages/*.txt")
	if err != nil || len(files) < 40 {
		t.Fatalf("found %d pages, %v; want at least 40", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			about, rest, _ := strings.Cut(string(text), "\n-- want --\n")
			sections := strings.Split(about, "\n-- ")
			templates, page, args := map[string]string{}, "", map[string]any{}
			for _, section := range sections[1:] {
				name, content, _ := strings.Cut(section, " --\n")
				switch {
				case name == "args":
					args = decode(t, json.RawMessage(content)).(map[string]any)
				default:
					templates[name] = content
				}
				if page == "" {
					page = name
				}
			}
			tpl, err := NewDictLoader(templates, pageOptions()).Load(page)
			if err != nil {
				t.Fatalf("%v\n%s", err, err.(*Error).Excerpt())
			}
			got, err := tpl.Generate(args)
			if err != nil {
				t.Fatalf("%v\n%s", err, err.(*Error).Excerpt())
			}
			if *update {
				if err := os.WriteFile(file, []byte(about+"\n-- want --\n"+string(got)), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if string(got) != rest {
				t.Errorf("got\n%s\nwant\n%s", got, rest)
			}
		})
	}
}

// pageOptions have what an application gives all its templates.
func pageOptions() Options {
	catalogue := map[string]string{"Sign in": "Anmelden", "%(n)d reply": "%(n)d Antwort", "%(n)d replies": "%(n)d Antworten"}
	translate := func(message string, plural ...any) string {
		if len(plural) == 2 && plural[1] != 1 {
			message = plural[0].(string)
		}
		if translated, ok := catalogue[message]; ok {
			return translated
		}
		return message
	}
	return Options{
		Namespace: map[string]any{
			"_":            translate,
			"locale":       &pageLocale{Code: "de"},
			"handler":      &pageHandler{Settings: map[string]any{"debug": false, "site_name": "Field & Stream"}},
			"current_user": &pageUser{Name: "Ann O'Hara", IsAdmin: true, Email: "ann@example.com"},
			"request":      struct{ Method, Path, URI string }{"GET", "/blog", "/blog?page=2"},
			"static_url":   func(path string) string { return "/static/" + path + "?v=1f" },
			"reverse_url": func(name string, args ...any) string {
				return "/" + name + fmt.Sprintf(strings.Repeat("/%v", len(args)), args...)
			},
			"url_for":        func(kw Kwargs, name string) string { return fmt.Sprintf("/%s/%v", name, kw["slug"]) },
			"xsrf_form_html": func() string { return `<input type="hidden" name="_xsrf" value="2|abc"/>` },
			"humanize":       humanizeTime,
			"published":      time.Date(2024, 2, 3, 14, 5, 6, 0, time.UTC),
			"_tt_modules":    map[string]any{"Entry": entryModule, "Gravatar": func(email string, size int) string { return fmt.Sprintf("<img alt=%q width=%d>", email, size) }},
		},
		Modules: map[string]any{
			"shop.money": map[string]any{"euro": func(cents int) string { return fmt.Sprintf("%d,%02d €", cents/100, cents%100) }},
		},
	}
}

type pageLocale struct{ Code string }

// A pageDateOptions is what format_date takes by keyword.
type pageDateOptions struct {
	GMTOffset  int
	Relative   bool
	FullFormat bool
}

func (l *pageLocale) FormatDate(date time.Time, o pageDateOptions) string {
	if o.FullFormat {
		return date.Format("January 2, 2006 at 15:04")
	}
	return date.Format("January 2")
}

func (l *pageLocale) FriendlyNumber(n int) string { return string(appendText(nil, n)) }

type pageUser struct {
	Name, Email string
	IsAdmin     bool
}

type pageHandler struct{ Settings map[string]any }

func (h *pageHandler) GetArgument(name string, def ...string) string { return append(def, "")[0] }

func humanizeTime(seconds float64) string { return fmt.Sprintf("%.0f min", seconds/60) }

func entryModule(kw Kwargs, entry map[string]any) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<article>%v%v</article>", entry["title"], map[bool]string{true: " (full)"}[kw["full"] == true])
	return b.String()
}
