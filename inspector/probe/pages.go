//go:build unix

package probe

import (
	"context"
	"crypto/rand"
	_ "embed"
	"strings"
	"sync"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/inspector/wire"
)

// pagePrefix begins the paths that belong to the workbench and not to the
// application.
const pagePrefix = "/.tornado-dev/"

//go:embed reload.js
var reloadScript string

// pages tells the open pages of browsers when they are out of date. Any goroutine
// may call its methods.
type pages struct {
	build string // names this process, so that a page knows when another answers

	mu        sync.Mutex // guards what follows
	listeners map[chan string]bool
	failed    bool // the newest source did not build
}

func newPages() *pages {
	return &pages{build: rand.Text(), listeners: make(map[chan string]bool)}
}

// script is what each page gets.
func (p *pages) script() string {
	return `<script src="` + pagePrefix + `reload.js?build=` + p.build + `" async></script>`
}

// routes are what an application answers for us.
func (p *pages) routes() []web.Route {
	return []web.Route{
		web.URL[scriptHandler](`/\.tornado-dev/reload\.js`),
		web.URL[eventsHandler](`/\.tornado-dev/events`, web.Init(func(h *eventsHandler) { h.pages = p })),
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
	case wire.PageReload, wire.PageCSS:
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
// named build.
func (p *pages) listen(build string) (words chan string, cancel func()) {
	words = make(chan string, 4) // a page that is behind by as many misses the next
	p.mu.Lock()
	defer p.mu.Unlock()
	if build != p.build {
		words <- wire.PageReload
	} else if p.failed {
		words <- wire.PageFailed
	}
	p.listeners[words] = true
	return words, func() {
		p.mu.Lock()
		delete(p.listeners, words)
		p.mu.Unlock()
	}
}

// private is what our handlers have in common: they answer pages of the same
// origin only, and nobody keeps or embeds what they say.
type private struct{ web.RequestHandler }

func (h *private) SetDefaultHeaders() {
	h.SetHeader("Cache-Control", "no-store")
	h.SetHeader("Cross-Origin-Resource-Policy", "same-origin")
	h.SetHeader("X-Content-Type-Options", "nosniff")
}

// check refuses what another site's page asks for. Host was checked already.
func (h *private) check() error {
	fields := h.Request.Headers
	if !sameOrigin(fields.Get("Sec-Fetch-Site"), fields.Get("Origin"), h.Request.Host) {
		return web.HTTPError{StatusCode: 403, LogMessage: "asked by another site"}
	}
	return nil
}

// sameOrigin reports whether a request with these fields comes from a page of
// host, or from no page at all. An origin of "null" is a stranger's.
func sameOrigin(site, origin, host string) bool {
	if site != "" && site != "same-origin" && site != "none" {
		return false
	}
	return origin == "" || origin == "http://"+host || origin == "https://"+host
}

type scriptHandler struct{ private }

func (h *scriptHandler) Get() error {
	if err := h.check(); err != nil {
		return err
	}
	h.SetHeader("Content-Type", "text/javascript; charset=UTF-8")
	h.Write(reloadScript)
	return nil
}

type eventsHandler struct {
	private
	pages *pages
}

func (h *eventsHandler) Get(ctx context.Context) error {
	if err := h.check(); err != nil {
		return err
	}
	words, cancel := h.pages.listen(h.GetQueryArgument("build", ""))
	defer cancel()
	h.SetHeader("Content-Type", "text/event-stream")
	h.Write("retry: 100\n\n")
	for draining := h.Application().Draining(); ; {
		if _, err := h.Flush().Wait(ctx); err != nil {
			return nil // the page is gone
		}
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
	}
}

// hideOwn keeps our own requests out of the records: they are none of the
// application's.
func hideOwn(h *trace.Hooks) {
	started, finished := h.RequestStarted, h.RequestFinished
	h.RequestStarted = func(r *trace.Request) {
		if !strings.HasPrefix(r.URI, pagePrefix) {
			started(r)
		}
	}
	h.RequestFinished = func(r *trace.Request) {
		if !strings.HasPrefix(r.URI, pagePrefix) {
			finished(r)
		}
	}
}
