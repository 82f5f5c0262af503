package web

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tornado-dev/tornado/core/escape"
)

// How a handler links and embeds what UI modules bring along. RequestHandler has
// these methods; a handler with one of its own writes the tags in its own way, with
// the nonce of a Content-Security-Policy for instance.
type (
	// A LinkedJSRenderer gives the tags that link scripts, by their addresses.
	LinkedJSRenderer interface{ RenderLinkedJS(files []string) string }

	// An EmbedJSRenderer gives the tag with scripts in it.
	EmbedJSRenderer interface{ RenderEmbedJS(scripts []string) string }

	// A LinkedCSSRenderer gives the tags that link style sheets, by their addresses.
	LinkedCSSRenderer interface{ RenderLinkedCSS(files []string) string }

	// An EmbedCSSRenderer gives the tag with style in it.
	EmbedCSSRenderer interface{ RenderEmbedCSS(styles []string) string }
)

// RenderLinkedJS implements LinkedJSRenderer.
func (h *RequestHandler) RenderLinkedJS(files []string) string {
	return tags(files, `<script src="`, `" type="text/javascript"></script>`)
}

// RenderEmbedJS implements EmbedJSRenderer.
func (h *RequestHandler) RenderEmbedJS(scripts []string) string {
	return "<script type=\"text/javascript\">\n//<![CDATA[\n" + strings.Join(scripts, "\n") + "\n//]]>\n</script>"
}

// RenderLinkedCSS implements LinkedCSSRenderer.
func (h *RequestHandler) RenderLinkedCSS(files []string) string {
	return tags(files, `<link href="`, `" type="text/css" rel="stylesheet"/>`)
}

// RenderEmbedCSS implements EmbedCSSRenderer.
func (h *RequestHandler) RenderEmbedCSS(styles []string) string {
	return "<style type=\"text/css\">\n" + strings.Join(styles, "\n") + "\n</style>"
}

func tags(addresses []string, before, behind string) string {
	var b strings.Builder
	for _, address := range addresses {
		b.WriteString(before + escape.XHTMLEscape(address) + behind)
	}
	return b.String()
}

// checkRenderers finds methods that would not be called in place of those above.
func (e *ConfigError) checkRenderers(where string, h Handler) {
	check := func(ok bool, name, parameter string) {
		if !ok {
			e.add(where, "%T.%s would never be called: its signature must be %s(%s []string) string", h, name, name, parameter)
		}
	}
	_, ok := h.(LinkedJSRenderer)
	check(ok, "RenderLinkedJS", "files")
	_, ok = h.(EmbedJSRenderer)
	check(ok, "RenderEmbedJS", "scripts")
	_, ok = h.(LinkedCSSRenderer)
	check(ok, "RenderLinkedCSS", "files")
	_, ok = h.(EmbedCSSRenderer)
	check(ok, "RenderEmbedCSS", "styles")
}

// pageAssets are what the modules of one page bring along.
type pageAssets struct {
	jsFiles, scripts, cssFiles, styles []string
	head, body                         string
}

// assets collects them, in the order of the modules' first use.
func (h *RequestHandler) assets() (a pageAssets) {
	for _, active := range h.modules {
		if m, ok := active.module.(JavaScriptEmbedder); ok {
			a.scripts = appendText(a.scripts, m.EmbeddedJavaScript())
		}
		if m, ok := active.module.(JavaScriptLinker); ok {
			a.jsFiles = h.appendAddresses(a.jsFiles, m.JavaScriptFiles())
		}
		if m, ok := active.module.(CSSEmbedder); ok {
			a.styles = appendText(a.styles, m.EmbeddedCSS())
		}
		if m, ok := active.module.(CSSLinker); ok {
			a.cssFiles = h.appendAddresses(a.cssFiles, m.CSSFiles())
		}
		if m, ok := active.module.(HeadWriter); ok {
			a.head += m.HTMLHead()
		}
		if m, ok := active.module.(BodyWriter); ok {
			a.body += m.HTMLBody()
		}
	}
	return a
}

func appendText(list []string, text string) []string {
	if text == "" {
		return list
	}
	return append(list, text)
}

// appendAddresses appends the addresses of files that are not in the list.
func (h *RequestHandler) appendAddresses(list, files []string) []string {
	for _, file := range files {
		if !strings.HasPrefix(file, "/") && !strings.HasPrefix(file, "http:") && !strings.HasPrefix(file, "https:") {
			file = h.StaticURL(file)
		}
		if !slices.Contains(list, file) {
			list = append(list, file)
		}
	}
	return list
}

// An insertion is text for a place in a page.
type insertion struct {
	at   int
	text string
}

// insertAssets puts what the modules bring along into page[start:]: style and HTML
// for the head before its first </head>, scripts before its last </body>, and HTML
// for the body before its first one. It fails if there is no such tag.
func (h *RequestHandler) insertAssets(page []byte, start int, name string) ([]byte, error) {
	a := h.assets()
	var head, scripts, body string
	if len(a.cssFiles) > 0 {
		head = h.self.(LinkedCSSRenderer).RenderLinkedCSS(a.cssFiles) + "\n"
	}
	if len(a.styles) > 0 {
		head += h.self.(EmbedCSSRenderer).RenderEmbedCSS(a.styles) + "\n"
	}
	if a.head != "" {
		head += a.head + "\n"
	}
	if len(a.jsFiles) > 0 {
		scripts = h.self.(LinkedJSRenderer).RenderLinkedJS(a.jsFiles) + "\n"
	}
	if len(a.scripts) > 0 {
		scripts += h.self.(EmbedJSRenderer).RenderEmbedJS(a.scripts) + "\n"
	}
	if a.body != "" {
		body = a.body + "\n"
	}
	var list []insertion
	for _, part := range [...]struct {
		text, tag string
		last      bool
	}{{head, "</head", false}, {scripts, "</body", true}, {body, "</body", false}} {
		if part.text == "" {
			continue
		}
		at := indexTag(page[start:], part.tag, part.last)
		if at < 0 {
			return nil, fmt.Errorf("web: %s: the page has no %s>, before which stands what its UI modules bring along (%s)",
				name, part.tag, h.modules)
		}
		list = append(list, insertion{start + at, part.text})
	}
	return insertAll(page, list), nil
}

// String lists the names, for messages.
func (l activeModules) String() string {
	var names []string
	for _, m := range l {
		names = append(names, m.name)
	}
	return strings.Join(names, ", ")
}

// indexTag finds a closing tag, given without its ">", in whatever case it is
// written.
func indexTag(page []byte, tag string, last bool) int {
	found := -1
	for i := 0; i+len(tag) < len(page); i++ {
		if page[i] != '<' || !bytes.EqualFold(page[i:i+len(tag)], []byte(tag)) {
			continue
		}
		// "</header>" is another tag.
		if c := page[i+len(tag)]; c == '>' || c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			if found = i; !last {
				break
			}
		}
	}
	return found
}

func insertAll(page []byte, list []insertion) []byte {
	slices.SortStableFunc(list, func(a, b insertion) int { return cmp.Compare(a.at, b.at) })
	for _, i := range slices.Backward(list) {
		page = slices.Insert(page, i.at, []byte(i.text)...)
	}
	return page
}
