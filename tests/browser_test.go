package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// A tab is a page of a real browser. Its methods fail the test rather than
// return an error.
type tab struct {
	t   testing.TB
	ctx context.Context

	mu   sync.Mutex // guards what follows
	bad  []string   // pages that were shown and should not have been
	seen int        // pages that were shown
}

// openBrowser starts a browser that ends with the test, and opens its first tab.
func openBrowser(t testing.TB, options ...chromedp.ExecAllocatorOption) *tab {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium is installed, and what a browser does is tested with a real one: apt-get install chromium")
	}
	options = append([]chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.WindowSize(1100, 800),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
	}, options...)
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel) // waits for the browser
	return newTab(t, allocator)
}

func newTab(t testing.TB, parent context.Context) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	// What a tab and its browser live in is made by the first call, and ends with
	// its context: that must not be one with a deadline.
	if err := chromedp.Listen(ctx, b.happened); err != nil {
		t.Fatalf("the browser: %v", err)
	}
	call(b, network.Enable, network.EnableParams{})
	return b
}

// another opens a further tab of the same browser.
func (b *tab) another() *tab {
	b.t.Helper()
	return newTab(b.t, b.ctx)
}

// happened notes which pages the tab shows.
func (b *tab) happened(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument && e.Response.Status >= 400 {
			b.bad = append(b.bad, fmt.Sprintf("status %d of %s", e.Response.Status, e.Response.URL))
		}
	case *page.EventFrameNavigated:
		b.seen++
		if e.Frame.UnreachableURL != "" {
			b.bad = append(b.bad, "the browser's own page about "+e.Frame.UnreachableURL)
		}
	}
}

// fine fails the test if the tab ever showed an error page.
func (b *tab) fine() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, bad := range b.bad {
		b.t.Errorf("the tab showed %s", bad)
	}
}

// call sends a command of the browser's protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.t.Fatalf("the browser: %v", err)
	}
	return result
}

func (b *tab) open(url string) {
	b.t.Helper()
	act(b, chromedp.Navigate(url))
}

// act does what a person would, with the keyboard and the mouse.
func act(b *tab, action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, action); err != nil {
		b.t.Fatalf("the browser: %v; the page is\n%s", err, b.eval("document.documentElement.outerHTML"))
	}
}

// try evaluates a script whose result is text; it fails while a page is replaced
// by the next.
func (b *tab) try(script string) (string, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[string]("String("+script+")"))
}

// eval evaluates a script in a page that stays.
func (b *tab) eval(script string) string {
	b.t.Helper()
	text, err := b.try(script)
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return text
}

// waitFor waits until a script gives true.
func (b *tab) waitFor(what, script string) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		if ok, err := b.try("Boolean(" + script + ")"); err == nil && ok == "true" {
			return
		}
	}
	b.t.Fatalf("not in %v: %s; the page is\n%s", patience, what, b.eval("document.documentElement.outerHTML"))
}

// mark leaves something in the page that a reload takes away.
func (b *tab) mark() {
	b.t.Helper()
	b.eval("window.marked = true")
}

func (b *tab) kept(after string) {
	b.t.Helper()
	if b.eval("window.marked") != "true" {
		b.t.Errorf("%s reloaded the page", after)
	}
}

const (
	bodyHas = "document.body && document.body.textContent.includes(%q)"
	banner  = "document.getElementById('tornado-dev-banner')"
)

// TestBrowserFollows looks at a page while what it is made of is saved.
func TestBrowserFollows(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	styled := func(text string) string {
		return `<!doctype html><link rel="stylesheet" href="{{ static_url("look.css") }}"><body><p>` + text + `</p></body>`
	}
	save(t, dir, "static/look.css", "p { color: rgb(1, 2, 3) }")
	save(t, dir, "templates/page.html", styled("first"))
	w := start(t, dir, "--addr", "127.0.0.1:0")
	b := openBrowser(t)
	b.open("http://" + w.live() + "/page")
	b.waitFor("the page", fmt.Sprintf(bodyHas, "first"))
	if html := b.eval("document.documentElement.outerHTML"); strings.Contains(html, "tornado-dev") {
		t.Errorf("the page's script can be found in the page, with its token:\n%s", html)
	}

	b.mark()
	save(t, dir, "templates/page.html", styled("second"))
	b.waitFor("the page after a template was saved", fmt.Sprintf(bodyHas, "second"))

	const color = "getComputedStyle(document.querySelector('p')).color"
	for i := range 3 { // each takes the place of the one before
		b.mark()
		want := fmt.Sprintf("rgb(4, 5, %d)", i)
		save(t, dir, "static/look.css", "p { color: "+want+" }")
		b.waitFor("a new colour", color+" == '"+want+"'")
		b.waitFor("one style sheet", "document.querySelectorAll('link').length == 1")
		b.kept("a style sheet")
	}

	for version := 2; version <= 4; version++ {
		b.mark()
		save(t, dir, "version.go", versionSource(version))
		b.waitFor("the page of the new program", "window.marked === undefined && "+fmt.Sprintf(bodyHas, "second"))
		if got := b.eval(fetchText("/version")); got != fmt.Sprint(version) {
			t.Errorf("after the reload version %s answers; want %d", got, version)
		}
	}

	b.mark()
	save(t, dir, "version.go", "package main\n\nconst version = nothing\n")
	b.waitFor("a banner", banner)
	b.kept("a broken build")
	if text := b.eval(banner + ".textContent"); !strings.Contains(text, "Build failed") {
		t.Errorf("the banner says %q", text)
	}
	if share := b.eval(`(r => r.width * r.height / innerWidth / innerHeight < 0.05 && r.right <= innerWidth && r.bottom <= innerHeight)(` + banner + `.getBoundingClientRect())`); share != "true" {
		t.Error("the banner is no small thing in a corner")
	}
	save(t, dir, "version.go", versionSource(4)) // what runs already
	b.waitFor("no banner after the change was taken back", "!"+banner)
	b.kept("a change that was taken back")

	save(t, dir, "version.go", "package main\n\nconst version = nothing\n")
	b.waitFor("a banner", banner)
	save(t, dir, "version.go", versionSource(5))
	b.waitFor("the page of the mended program", "window.marked === undefined && !"+banner+" && "+fmt.Sprintf(bodyHas, "second"))
	b.fine()

	// Whoever still listens to the old programs would keep them alive.
	pid := w.command.Process.Pid
	waitUntil(t, "one program is left", func() bool { return len(programsOf(t, pid)) == 1 })
}

func fetchText(path string) string {
	// Evaluate does not wait for promises, and one word is soon there.
	return fmt.Sprintf(`(() => { const r = new XMLHttpRequest; r.open("GET", %q, false); r.send(); return r.responseText })()`, path)
}

// TestBrowserCatchesUp: a tab that is hidden, or loads, while something is saved.
func TestBrowserCatchesUp(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	save(t, dir, "templates/page.html", "<p>first</p>")
	w := start(t, dir, "--addr", "127.0.0.1:0")
	address := w.live()
	b := openBrowser(t)
	b.open("http://" + address + "/page")
	b.waitFor("the page", fmt.Sprintf(bodyHas, "first"))
	b.eval(`(window.hide = now => {
		Object.defineProperty(document, "hidden", { configurable: true, get: () => now })
		document.dispatchEvent(new Event("visibilitychange"))
	}, hide(true))`)
	b.mark()
	save(t, dir, "templates/page.html", "<p>second</p>")
	waitUntil(t, "a fresh page", func() bool { _, body := fetch(t, "http://"+address+"/page"); return strings.Contains(body, "second") })
	b.kept("a save behind a hidden page")
	b.eval("hide(false)")
	b.waitFor("the page catches up", fmt.Sprintf(bodyHas, "second"))

	// Of an earlier start of the workbench.
	w.stop()
	b.mark()
	save(t, dir, "version.go", versionSource(2))
	again := start(t, dir, "--addr", address)
	again.live()
	b.waitFor("the page of the next start", "window.marked === undefined && "+fmt.Sprintf(bodyHas, "second"))
	b.fine()
}

// TestBrowserErrorPage: the page about an error goes when the error does.
func TestBrowserErrorPage(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	save(t, dir, "templates/page.html", "<p>{{ titel }}</p>")
	w := start(t, dir, "--addr", "127.0.0.1:0")
	address := w.live()
	b := openBrowser(t)
	b.open("http://" + address + "/page")
	b.waitFor("the page about the template", fmt.Sprintf(bodyHas, "did you mean"))
	if color := b.eval(`getComputedStyle(document.querySelector(".hit")).backgroundColor`); color == "rgba(0, 0, 0, 0)" {
		t.Error("the line in question is not marked")
	}
	save(t, dir, "templates/page.html", "<p>{{ title }}</p>")
	b.waitFor("the page", fmt.Sprintf(bodyHas, "A & B"))

	// In a browser of its own: the other may still be reloading.
	b = openBrowser(t)
	b.open("http://" + address + "/panic")
	b.waitFor("the page about the panic", fmt.Sprintf(bodyHas, "index out of range"))
	edit(t, dir, "main.go", "fmt.Println(values[3])", "fmt.Println(values)")
	b.waitFor("the page without a panic", `document.body && !document.body.textContent.includes("index out of range")`)
}

// TestBrowserPolicy: a page that may not ask for anything is left in peace.
func TestBrowserPolicy(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	edit(t, dir, "main.go", "type pageHandler struct", "func (h *pageHandler) SetDefaultHeaders() { h.SetHeader(\"Content-Security-Policy\", \"connect-src 'none'\") }\n\ntype pageHandler struct")
	w := start(t, dir, "--addr", "127.0.0.1:0")
	b := openBrowser(t)
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `window.refused = 0
		document.addEventListener("securitypolicyviolation", () => {
			refused++
			setTimeout(() => { window.later = true }, 700) // the script would have tried again twice
		})`,
	})
	b.open("http://" + w.live() + "/page")
	b.waitFor("a while after the refusal", "window.later")
	if n := b.eval("refused"); n != "1" {
		t.Errorf("the page asked %s times; want once", n)
	}
}

// TestBrowserKeepsConnections opens more tabs than a browser has connections to a
// server.
func TestBrowserKeepsConnections(t *testing.T) {
	t.Parallel()
	dir := newApp(t)
	w := start(t, dir, "--addr", "127.0.0.1:0")
	address := w.live()
	first := openBrowser(t)
	for i := range 8 {
		b := first
		if i > 0 {
			b = first.another()
			// In a browser without windows every tab counts as seen.
			call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
				Source: `Object.defineProperty(document, "hidden", { get: () => true })`,
			})
		}
		b.open("http://" + address + "/page")
		b.waitFor("the page", fmt.Sprintf(bodyHas, "first"))
	}
}

// TestBrowserChat talks from one tab to another, across a save.
func TestBrowserChat(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "blog")
	if err := newProject(dir); err != nil {
		t.Fatal(err)
	}
	w := start(t, dir, "--addr", "127.0.0.1:0")
	url := "http://" + w.live() + "/chat"
	one := openBrowser(t)
	two := one.another()
	for _, b := range []*tab{one, two} {
		b.open(url)
		b.waitFor("a connection", `document.getElementById("state").textContent == "connected"`)
	}
	say := func(b *tab, text string) {
		t.Helper()
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		b.waitFor("the form", `document.readyState == "complete" && document.getElementById("say")`)
		b.eval(fmt.Sprintf(`(form => { form.elements.text.value = %s; form.requestSubmit() })(document.getElementById("say"))`, quoted))
	}
	const said = `document.getElementById("messages").textContent.includes(%q)`
	say(one, "hello from <b>one</b>")
	two.waitFor("the message of the first tab", fmt.Sprintf(said, "hello from <b>one</b>"))

	for _, b := range []*tab{one, two} {
		b.mark()
	}
	source, err := os.ReadFile(filepath.Join(dir, "chat.go"))
	if err != nil {
		t.Fatal(err)
	}
	save(t, dir, "chat.go", strings.Replace(string(source), "maxMessages = 200", "maxMessages = 199", 1))
	w.live()
	for _, b := range []*tab{one, two} {
		b.waitFor("the page of the new program", `window.marked === undefined && document.readyState == "complete"`)
		b.waitFor("a connection", `document.getElementById("state").textContent == "connected"`)
	}
	say(two, "hello after the save")
	one.waitFor("the message of the second tab", fmt.Sprintf(said, "hello after the save"))
	one.fine()
	two.fine()
}

// TestBrowserVisitor logs in, writes a story with a picture, and looks at it.
func TestBrowserVisitor(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "blog")
	if err := newProject(dir); err != nil {
		t.Fatal(err)
	}
	picture := filepath.Join(t.TempDir(), "drawn.png")
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(picture, drawn.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	w := start(t, dir, "--addr", "127.0.0.1:0")
	address := "http://" + w.live()

	b := openBrowser(t)
	b.open(address + "/compose")
	b.waitFor("the way to the login", `location.pathname + location.search == "/login?next=%2Fcompose"`)
	act(b, chromedp.SendKeys("#name", "Ada <i>"))
	act(b, chromedp.Click("main .button"))
	b.waitFor("the form for a story", `location.pathname == "/compose" && document.readyState == "complete"`)
	if cookies := b.eval("document.cookie"); cookies != "" {
		t.Errorf("scripts can read the cookies %q", cookies)
	}

	act(b, chromedp.SendKeys("#title", "Tea & <b>scones</b>"))
	act(b, chromedp.SendKeys("#body", "Über alles.\n\n<script>window.ran = true</script>"))
	act(b, chromedp.SetUploadFiles("#picture", []string{picture}))
	act(b, chromedp.Click("main .button"))
	b.waitFor("the story", `location.pathname == "/story/4" && document.readyState == "complete"`)
	for script, want := range map[string]string{
		"document.querySelector('h1').textContent":                                                  "Tea & <b>scones</b>",
		"[...document.querySelectorAll('.story > p:not(.more)')].map(p => p.textContent).join('|')": "Über alles.|<script>window.ran = true</script>",
		"document.querySelector('.facts span:last-child').textContent":                              "Ada <i>",
		"document.querySelector('.story img').naturalWidth":                                         "30",
		"window.ran": "undefined",
	} {
		if got := b.eval(script); got != want {
			t.Errorf("%s: got %q; want %q", script, got, want)
		}
	}

	// Another site makes the same browser send the same form.
	evil := b.another()
	evil.open(`data:text/html,<form method="post" action="` + address + `/logout"><button>Win a prize</button></form>`)
	act(evil, chromedp.Click("button"))
	evil.waitFor("a refusal", fmt.Sprintf(bodyHas, "403"))

	b.open(address + "/")
	b.waitFor("the list, logged in as before", fmt.Sprintf(bodyHas, "Log out")+" && "+fmt.Sprintf(bodyHas, "Tea & <b>scones</b>"))
	act(b, chromedp.Click("nav form button"))
	b.waitFor("the page for nobody", fmt.Sprintf(bodyHas, "Log in"))
	b.fine()
}
