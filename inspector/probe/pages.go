//go:build unix

package probe

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/inspector/wire"
)

// pagePrefix begins the paths that belong to the workbench and not to the
// application.
const pagePrefix = "/.tornado-dev/"

//go:embed reload.js
var reloadScript string

// The fields of a request for events. A page of another origin could send them
// only after it had asked for permission, which nobody here gives.
const (
	tokenField = "Tornado-Dev-Token"
	buildField = "Tornado-Dev-Build" // the program that the page came from
	awayField  = "Tornado-Dev-Away"  // for how many milliseconds it has heard nothing
)

// pages tells the open pages of browsers when they are out of date. Any goroutine
// may call its methods.
type pages struct {
	token string // of this start of tornado-dev, which pages show when they ask
	build string // names this process, so that a page knows when another answers

	mu        sync.Mutex // guards what follows
	listeners map[chan string]bool
	failed    bool      // the newest source did not build
	reloaded  time.Time // when pages were last told to reload
	styled    time.Time // when they were last told of style sheets
}

// newPages takes the token that all programs of one start of tornado-dev have in
// common. Empty means one of our own.
func newPages(token string) *pages {
	if token == "" {
		token = rand.Text()
	}
	return &pages{token: token, build: rand.Text(), listeners: make(map[chan string]bool)}
}

// script is what each page gets. Token and build are no part of an address, so
// that no log has them.
func (p *pages) script() string {
	return `<script src="` + pagePrefix + `reload.js" data-build="` + p.build + `" data-token="` + p.token + `" async></script>`
}

// routes are what an application answers for us: all below our prefix, so that
// it cannot be mistaken for the application's.
func (p *pages) routes() []web.Route {
	return []web.Route{
		web.URL[scriptHandler](`/\.tornado-dev/reload\.js`),
		web.URL[eventsHandler](`/\.tornado-dev/events`, web.Init(func(h *eventsHandler) { h.pages = p })),
		web.URL[nothingHandler](`/\.tornado-dev/.*`),
	}
}

// tell sends one of the words of ControlPage to all pages.
func (p *pages) tell(word string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch word {
	case wire.PageFailed:
		p.failed = true
	case wire.PageMended:
		p.failed = false
	case wire.PageReload:
		p.reloaded = time.Now()
	case wire.PageCSS:
		p.styled = time.Now()
	default:
		return
	}
	for c := range p.listeners {
		select {
		case c <- word:
		default: // it has not taken several; after the next it is up to date anyway
		}
	}
}

// listen returns a channel with the words for a page that came from the process
// named build and has heard nothing for a while. There is one at once.
func (p *pages) listen(build string, away time.Duration) (words chan string, cancel func()) {
	words = make(chan string, 4) // a page that is behind by as many misses the next
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case build != p.build || time.Since(p.reloaded) < away:
		words <- wire.PageReload
	case time.Since(p.styled) < away:
		words <- wire.PageCSS
		fallthrough
	default:
		words <- p.standing()
	}
	p.listeners[words] = true
	return words, func() {
		p.mu.Lock()
		delete(p.listeners, words)
		p.mu.Unlock()
	}
}

// standing is the word for how the newest source fares. p.mu is held.
func (p *pages) standing() string {
	if p.failed {
		return wire.PageFailed
	}
	return wire.PageMended
}

// private is what our handlers have in common: they answer pages of the same
// origin only, to GET only, and nobody keeps or embeds what they say.
type private struct{ web.RequestHandler }

func (h *private) SetDefaultHeaders() {
	h.SetHeader("Cache-Control", "no-store")
	h.SetHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.SetHeader("Cross-Origin-Resource-Policy", "same-origin")
	h.SetHeader("Referrer-Policy", "no-referrer")
	h.SetHeader("X-Content-Type-Options", "nosniff")
}

// Prepare refuses what another site's page asks for, and everything but GET.
// Host was checked already.
func (h *private) Prepare() error {
	fields := h.Request.Headers
	own := h.Request.Protocol + "://" + strings.ToLower(h.Request.Host)
	if !sameOrigin(fields.Get("Sec-Fetch-Site"), fields.Get("Origin"), own) {
		return web.HTTPError{StatusCode: 403, LogMessage: "asked by another site"}
	}
	if h.Request.Method != "GET" {
		return web.HTTPError{StatusCode: 405}
	}
	return nil
}

// sameOrigin reports whether a request with these fields comes from a page of the
// origin own, or from no page at all. An origin of "null" is a stranger's.
func sameOrigin(site, origin, own string) bool {
	if site != "" && site != "same-origin" && site != "none" {
		return false
	}
	return origin == "" || origin == own
}

type scriptHandler struct{ private }

func (h *scriptHandler) Get() {
	h.SetHeader("Content-Type", "text/javascript; charset=UTF-8")
	h.Write(reloadScript)
}

// nothingHandler answers for what is not there.
type nothingHandler struct{ private }

func (h *nothingHandler) Get() error { return web.HTTPError{StatusCode: 404} }

type eventsHandler struct {
	private
	pages *pages
}

func (h *eventsHandler) Get(ctx context.Context) error {
	fields := h.Request.Headers
	if subtle.ConstantTimeCompare([]byte(fields.Get(tokenField)), []byte(h.pages.token)) == 0 {
		return web.HTTPError{StatusCode: 403, LogMessage: "asked without the token of this start"}
	}
	words, cancel := h.pages.listen(fields.Get(buildField), away(fields.Get(awayField)))
	defer cancel()
	h.SetHeader("Content-Type", "text/event-stream")
	for draining := h.Application().Draining(); ; {
		select {
		case word := <-words:
			h.Write("data: " + word + "\n\n")
		case <-draining:
			// A successor is there, or nobody; the last word says which.
			select {
			case word := <-words:
				h.Write("data: " + word + "\n\n")
			default:
			}
			return nil
		case <-ctx.Done():
			return nil
		}
		if _, err := h.Flush().Wait(ctx); err != nil {
			return nil // the page is gone
		}
	}
}

// away reads a number of milliseconds. Zero stands for what is none.
func away(text string) time.Duration {
	milliseconds, err := strconv.ParseUint(text, 10, 42) // some hundred years are no overflow
	if err != nil {
		return 0
	}
	return time.Duration(milliseconds) * time.Millisecond
}

// hideOwn keeps our own requests out of the records: they are none of the
// application's.
func hideOwn(h *trace.Hooks) {
	started, finished := h.RequestStarted, h.RequestFinished
	h.RequestStarted = func(r *trace.Request) {
		if !own(r.URI) {
			started(r)
		}
	}
	h.RequestFinished = func(r *trace.Request) {
		if !own(r.URI) {
			finished(r)
		}
	}
}

// own reports whether a request target is one of ours.
func own(target string) bool { return strings.HasPrefix(target, pagePrefix) }
