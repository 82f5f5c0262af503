package web

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/locale"
	"github.com/tornado-dev/tornado/core/template"
)

type story struct{ Title string }

// An entryModule has what an application's module has: something of the program's,
// typed and optional parameters, and a template of its own.
type entryModule struct {
	UIModule
	site string
	uses int
}

func (m *entryModule) Render(s *story, full ...bool) (string, error) {
	if m.uses++; s == nil {
		return "", HTTPError{StatusCode: 410}
	}
	return m.RenderString("_entry.html", Args{"story": s, "site": m.site, "full": len(full) > 0 && full[0], "uses": m.uses,
		"user": m.CurrentUser(), "path": m.Request().Path, "language": m.Locale().Code, "handler_type": fmt.Sprintf("%T", m.Handler())})
}

func (m *entryModule) EmbeddedCSS() string { return ".uses" + itoa(m.uses) + "{}" }

type namedModule struct{ UIModule }

func (m *namedModule) Render(keywords template.Kwargs, first string) string {
	return fmt.Sprint(first, keywords["second"])
}

var moduleTemplates = map[string]string{
	"entry.html":    `<head></head>{% module Entry(story) %}|{% module Entry(story, True) %}`,
	"_entry.html":   `<b>{{ story.title }} {{ site }} {{ full }} {{ uses }} {{ user }} {{ path }} {{ language }}</b>`,
	"named.html":    `{% module Named("a", second=2) %} {{ modules.Named("<", second=3) }}`,
	"gone.html":     "\n" + `{% module Entry(None) %}`,
	"wrong.html":    "\n" + `{% module Entry(7) %}`,
	"unknown.html":  "\n" + `{% module Entri(story) %}`,
	"headless.html": `{% module Entry(story) %}`,
	"linkify.html":  `{% module linkify("http://a.example/", extra_params="rel=x") %}`,
	"form.html":     `{% module xsrf_form_html() %}`,
	"extra.html":    `{% module Template("_extra.html") %}`,
	"_extra.html":   `{{ set_resources(css="x") }}`,
	"number.html":   `{% module Template("_number.html") %}`,
	"_number.html":  `{{ set_resources(css_files=[1]) }}`,
	"inner.html":    `<HEAD><header></header></Head ><body>{% module Template("_inner.html", n=1) %}</BODY>`,
	"_inner.html":   `{{ set_resources(css_files="/i.css", html_body="<!--i-->", html_head=None) }}{% module Template("_inmost.html") %}{{ n }}`,
	"_inmost.html":  `{{ set_resources(javascript_files=("/a.js", "/b.js"), embedded_javascript="x();") }}in`,
}

func moduleApplication(run script, kind int) *Application {
	return NewApplication(Settings{
		TemplateLoader: template.NewDictLoader(moduleTemplates, template.Options{}),
		UIModules: map[string]ModuleType{
			"Entry": Module(func(m *entryModule) { m.site = "S" }),
			"Named": Module[namedModule](),
		},
		Translations: new(locale.Translations),
	}, kinds[kind].route(`/.*`, run))
}

func TestUIModules(t *testing.T) {
	captureLog(t)
	for _, tt := range []struct {
		template string
		status   int
		want     string // in the body, or in the error's text
	}{
		{"entry.html", 200, "<head><style type=\"text/css\">\n.uses2{}\n</style>\n</head><b>A &lt;b&gt; S False 1 None /p en_US</b>|<b>A &lt;b&gt; S True 2 None /p en_US</b>"},
		{"named.html", 200, "a2 &lt;3"},
		{"gone.html", 410, "line 2"},
		{"wrong.html", 500, "must be of type *web.story"},
		{"unknown.html", 500, "there is no UI module 'Entri'"},
		{"headless.html", 500, "headless.html: the page has no </head>"},
		{"linkify.html", 200, `<a href="http://a.example/" rel=x>http://a.example/</a>`},
		{"form.html", 200, `<input type="hidden" name="_xsrf" value="2|`},
		{"extra.html", 500, "set_resources() has no argument 'css'"},
		{"number.html", 500, "a int stands in a list of texts"},
		{"inner.html", 200, `<HEAD><header></header><link href="/i.css" type="text/css" rel="stylesheet"/>` + "\n" + `</Head ><body>in1` +
			`<script src="/a.js" type="text/javascript"></script><script src="/b.js" type="text/javascript"></script>` + "\n" +
			`<script type="text/javascript">` + "\n//<![CDATA[\nx();\n//]]>\n</script>\n<!--i-->\n</BODY>"},
	} {
		t.Run(tt.template, func(t *testing.T) {
			for i, kind := range kinds {
				var failure error
				app := moduleApplication(func(h *RequestHandler) error {
					failure = h.Render(tt.template, Args{"story": &story{"A <b>"}})
					return failure
				}, i)
				got := exchangeWithFake(t, app, get("/p"))
				if got.status != tt.status {
					t.Errorf("%s: got %d (%v); want %d", kind.name, got.status, failure, tt.status)
				}
				if tt.status == 200 && !strings.Contains(got.body, tt.want) || tt.status == 500 && !strings.Contains(fmt.Sprint(failure), tt.want) {
					t.Errorf("%s: got %q, %v; want %q in it", kind.name, got.body, failure, tt.want)
				}
			}
		})
	}
}

// The error of a template that a module renders says the whole way to it.
func TestErrorInAModuleSaysHowOneGotThere(t *testing.T) {
	captureLog(t)
	loader := template.NewDictLoader(map[string]string{
		"page.html":  "\n{% module Template('_part.html') %}",
		"_part.html": "\n\n{{ nobody }}",
	}, template.Options{})
	var failure error
	app := NewApplication(Settings{TemplateLoader: loader}, kinds[0].route(`/`, func(h *RequestHandler) error {
		failure = h.Render("page.html", nil)
		return failure
	}))
	exchangeWithFake(t, app, get("/"))
	var inTemplate *template.Error
	if !errors.As(failure, &inTemplate) || len(inTemplate.Frames) != 2 {
		t.Fatalf("got %v; want two frames", failure)
	}
	inner, outer := inTemplate.Frames[0], inTemplate.Frames[1]
	if inner.Name != "_part.html" || inner.Line != 3 || outer.Name != "page.html" || outer.Line != 2 {
		t.Errorf("got %v, %v; want _part.html:3, called by page.html:2", inner, outer)
	}
}

// Modules belong to one request, and so does what a kept one finds of it.
func TestModulesAreOfOneRequest(t *testing.T) {
	captureLog(t)
	app := moduleApplication(render("entry.html", Args{"story": &story{}}), 0)
	for range 2 {
		if got := exchangeWithFake(t, app, get("/p")); !strings.Contains(got.body, "False 1 None /p") {
			t.Errorf("got %q; want a module that is used for the first time", got.body)
		}
	}
}

type nonceHandler struct{ RequestHandler }

func (h *nonceHandler) RenderEmbedCSS(styles []string) string {
	return `<style nonce="n">` + strings.Join(styles, "") + `</style>`
}

func (h *nonceHandler) Get() error {
	return h.Render("entry.html", Args{"story": &story{}})
}

func TestHandlersWriteTheirOwnTags(t *testing.T) {
	captureLog(t)
	app := NewApplication(Settings{TemplateLoader: template.NewDictLoader(moduleTemplates, template.Options{}),
		UIModules: map[string]ModuleType{"Entry": Module[entryModule]()}}, URL[nonceHandler](`/`))
	if got := exchangeWithFake(t, app, get("/")); !strings.Contains(got.body, "<head><style nonce=\"n\">.uses2{}</style>\n</head>") {
		t.Errorf("got %q; want the handler's tag", got.body)
	}
}

func TestIndexTag(t *testing.T) {
	for _, tt := range []struct {
		page  string
		first int
		last  int
	}{
		{"</body>", 0, 0},
		{"x</BODY >y</body\n>z", 1, 10},
		{"</bodyguard>", -1, -1},
		{"</body", -1, -1},
		{"", -1, -1},
		{"<</body>", 1, 1},
	} {
		first, last := indexTag([]byte(tt.page), "</body", false), indexTag([]byte(tt.page), "</body", true)
		if first != tt.first || last != tt.last {
			t.Errorf("%q: got %d and %d; want %d and %d", tt.page, first, last, tt.first, tt.last)
		}
	}
}

type (
	silentModule   struct{ UIModule }
	wordlessModule struct{ UIModule }
	pointedModule  struct{ *UIModule }
	badAssets      struct{ namedModule }
	badRenderer    struct{ helloHandler }
	badLocale      struct{ helloHandler }
	badNamespace   struct{ helloHandler }
)

func (m *silentModule) Render()                            {}
func (m *pointedModule) Render() string                    { return "" }
func (m *badAssets) CSSFiles() string                      { return "" }
func (m *badAssets) HTMLHead() []byte                      { return nil }
func (h *badRenderer) RenderLinkedJS(files ...string) bool { return false }
func (h *badLocale) GetUserLocale() string                 { return "" }
func (h *badNamespace) GetTemplateNamespace() bool         { return false }

func TestMistakesInTemplateSettings(t *testing.T) {
	hello := URL[helloHandler](`/`)
	modules := func(name string, m ModuleType) Settings { return Settings{UIModules: map[string]ModuleType{name: m}} }
	method := func(name string, f any) Settings { return Settings{UIMethods: map[string]any{name: f}} }
	for _, tt := range []struct {
		name     string
		settings Settings
		route    Route
		want     []string
	}{
		{"a module's name", modules("a-b", Module[namedModule]()), hello, []string{`UIModules["a-b"]`}},
		{"no module", modules("A", ModuleType{}), hello, []string{"web.Module[Type]()"}},
		{"a Render without a result", modules("A", Module[silentModule]()), hello, []string{"web.silentModule needs a method Render"}},
		{"no Render", modules("A", Module[wordlessModule]()), hello, []string{"web.wordlessModule needs a method Render"}},
		{"a pointer", modules("A", Module[pointedModule]()), hello, []string{"must embed web.UIModule itself"}},
		{"assets", modules("A", Module[badAssets]()), hello, []string{"CSSFiles() []string", "HTMLHead() string"}},
		{"a method's name", method("1a", shout), hello, []string{`UIMethods["1a"]`}},
		{"a name that is taken", method("locale", shout), hello, []string{"something else of this name"}},
		{"a method without a handler", method("f", strings.ToUpper), hello, []string{"func(h *web.RequestHandler, ...)"}},
		{"a method that is none", method("f", 7), hello, []string{"a int is no function"}},
		{"nothing", method("f", nil), hello, []string{"a <nil> is no function"}},
		{"joiners", Settings{}, URL[badRenderer](`/`), []string{"RenderLinkedJS would never be called"}},
		{"locale", Settings{}, URL[badLocale](`/`), []string{"GetUserLocale() *locale.Locale"}},
		{"namespace", Settings{}, URL[badNamespace](`/`), []string{"GetTemplateNamespace() web.Args"}},
		{"escaping", Settings{Autoescape: "nobody"}, hello, []string{`Settings.Autoescape "nobody"`}},
		{"white space", Settings{TemplateWhitespace: "tight"}, hello, []string{`Settings.TemplateWhitespace "tight"`}},
		{"options for a loader", Settings{TemplateWhitespace: "all", TemplateLoader: template.NewDictLoader(nil, template.Options{})}, hello,
			[]string{"TemplateLoader has options of its own"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := BuildApplication(tt.settings, tt.route)
			var problems *ConfigError
			if !errors.As(err, &problems) || len(problems.Problems) != len(tt.want) {
				t.Fatalf("got %v; want %d problems", err, len(tt.want))
			}
			slices.Sort(problems.Problems)
			for i, want := range tt.want {
				if !strings.Contains(problems.Problems[i], want) {
					t.Errorf("got %q; want %q in it", problems.Problems[i], want)
				}
			}
		})
	}
}

// A namespaceHandler has names for its templates, a user's language, and what a UI
// method asks it for.
type namespaceHandler struct{ RequestHandler }

func (h *namespaceHandler) Shelf() string { return "shelf of " + h.Request.Path }

func (h *namespaceHandler) GetTemplateNamespace() Args {
	return Args{"a": "namespace", "b": "namespace"}
}

func (h *namespaceHandler) GetUserLocale() *locale.Locale {
	if h.GetArgument("language", "") == "" {
		return nil
	}
	return locale.Get(h.GetArgument("language"))
}

func (h *namespaceHandler) Get(context.Context) error {
	return h.Render("t.html", Args{"a": "args"})
}

func TestNamesOfTemplates(t *testing.T) {
	captureLog(t)
	methods := map[string]any{
		"shout":  shout,
		"shelf":  func(h interface{ Shelf() string }) string { return h.Shelf() },
		"own":    func(h *namespaceHandler, n int, more ...string) (string, error) { return strings.Join(more, "+"), nil },
		"other":  func(h *helloHandler) string { return "" },
		"named":  func(h Handler, keywords template.Kwargs) string { return fmt.Sprint(keywords["n"]) },
		"failed": func(h Handler) (string, error) { return "", HTTPError{StatusCode: 404} },
	}
	for _, tt := range []struct {
		template, want string
		status         int
	}{
		{"{{ a }} {{ b }} {{ c }}", "args namespace setting", 200},
		{`{{ shout("x") }} {{ shelf() }} {{ own(1, "a", "b") }} {{ own(1) }}| {{ named(n=3) }}`, "X!/p shelf of /p a+b | 3", 200},
		{"{{ other() }}", "", 500},
		{"{{ failed() }}", "", 404},
		{"{{ handler.shelf() }} {{ request.path }} {{ current_user }}", "shelf of /p /p None", 200},
		{"{{ reverse_url('page') }} {{ _('a') }} {{ pgettext('x', 'b') }} {{ _('1 a', '%(n)d as', 3) % {'n': 3} }}", "/p a b 3 as", 200},
		{"{{ locale.code }} {{ locale.list(['a', 'b']) }}", "en_US a and b", 200},
		{"{{ statik_url('a') }}", "", 500},
	} {
		app := NewApplication(Settings{TemplatePath: templateFolder(t, map[string]string{"t.html": tt.template}),
			TemplateNames: Args{"a": "setting", "c": "setting"}, UIMethods: methods}, URL[namespaceHandler](`/p`, Name("page")))
		got := exchangeWithFake(t, app, get("/p"))
		if got.status != tt.status || tt.status == 200 && got.body != tt.want {
			t.Errorf("%s: got %d %q; want %d %q", tt.template, got.status, got.body, tt.status, tt.want)
		}
	}
}

func TestTemplateSettings(t *testing.T) {
	captureLog(t)
	folder := templateFolder(t, map[string]string{"t.html": "{{ '<' }}   b\n\n c"})
	for _, tt := range []struct {
		name     string
		settings Settings
		want     string
	}{
		{"neither", Settings{}, "&lt; b\nc"},
		{"no escaping", Settings{Autoescape: "None"}, "< b\nc"},
		{"another function", Settings{Autoescape: "url_escape"}, "%3C b\nc"},
		{"one of the program", Settings{Autoescape: "twice", TemplateNames: Args{"twice": func(s string) string { return s + s }}}, "<< b\nc"},
		{"a UI method", Settings{Autoescape: "shout", UIMethods: map[string]any{"shout": shout}}, "<!/ b\nc"},
		{"white space", Settings{TemplateWhitespace: "oneline"}, "&lt; b c"},
	} {
		tt.settings.TemplatePath = folder
		app := NewApplication(tt.settings, kinds[0].route(`/`, render("t.html", nil)))
		if got := exchangeWithFake(t, app, get("/")); got.body != tt.want {
			t.Errorf("%s: got %q; want %q", tt.name, got.body, tt.want)
		}
	}
	t.Run("the folder's default", func(t *testing.T) {
		t.Chdir(t.TempDir())
		if app := NewApplication(Settings{}, URL[helloHandler](`/`)); app.loader != nil {
			t.Error("got a loader without a folder")
		}
		writeFile(t, "templates/t.html", "found")
		app := NewApplication(Settings{}, kinds[0].route(`/`, render("t.html", nil)))
		if got := exchangeWithFake(t, app, get("/")); got.body != "found" {
			t.Errorf("got %q; want the template below templates", got.body)
		}
	})
}
