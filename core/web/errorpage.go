package web

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/core/escape"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/trace"
)

const (
	excerptLines  = 4       // above and below the line of a frame
	excerptFrames = 8       // so many frames are shown with source
	maxSourceFile = 2 << 20 // bytes; nobody writes longer ones
)

// An errorPage is what a client reads about a request that failed. Everything in
// it that does not come from this file is escaped, and it has no scripts and no
// links: what a hostile page or request brings about shall be read and nothing
// else.
type errorPage struct {
	status  int
	reason  string
	request *httputil.HTTPServerRequest
	detail  string       // what the client may know; empty if that is nothing
	field   string       // of the JSON in the body that is to blame; mostly empty
	fields  FieldErrors  // of a form or JSON that are wrong; mostly none
	err     *trace.Error // nil unless a developer is to see what happened
}

// maySeeDetails reports whether a request comes from a page of the same origin, a
// person, or a program. Scripts of other sites, which the developer happens to
// visit, learn nothing of his source.
func maySeeDetails(request *httputil.HTTPServerRequest) bool {
	fields := request.Headers
	switch fields.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "": // no browser, or an old one
		origin := fields.Get("Origin")
		return origin == "" || httputil.EqualFold(origin, request.Protocol+"://"+request.Host)
	}
	// A link from elsewhere: the developer sees the page, the other site does not.
	return fields.Get("Sec-Fetch-Mode") == "navigate" && fields.Get("Sec-Fetch-Dest") == "document"
}

// closeToOthers sets the headers of a page with details, and takes away those by
// which the handler lets other sites read its answers.
func (h *RequestHandler) closeToOthers() {
	for _, name := range [...]string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers"} {
		h.headers.Del(name)
	}
	for _, field := range [...][2]string{
		{"Cache-Control", "no-store"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		{"X-Content-Type-Options", "nosniff"},
		{"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'"},
	} {
		check(h.headers.Set(field[0], field[1]))
	}
}

// append appends the page in the form that the client wants.
func (p *errorPage) append(dst []byte) (page []byte, contentType string) {
	switch accept := p.request.Headers.Get("Accept"); {
	case prefersJSON(&p.request.Headers):
		return p.appendJSON(dst), jsonContentType
	case strings.Contains(accept, "text/html"), p.err == nil && acceptsAnything(accept):
		if p.err != nil {
			return p.appendDevelopment(dst), htmlContentType
		}
		return p.appendPlainHTML(dst), htmlContentType
	}
	return p.appendText(dst), textContentType
}

func acceptsAnything(accept string) bool {
	return accept == "" || strings.Contains(accept, "*/*") || strings.Contains(accept, "text/*")
}

// explain takes from an error what the client may know.
func (p *errorPage) explain(err error) {
	if p.status >= 500 {
		return
	}
	var told ErrorForClient
	if errors.As(err, &told) {
		p.detail = told.ClientMessage()
	}
	var inJSON *JSONError
	if errors.As(err, &inJSON) {
		p.field = inJSON.Field
	}
	errors.As(err, &p.fields)
}

func (p *errorPage) title() string { return strconv.Itoa(p.status) + ": " + p.reason }

func (p *errorPage) appendPlainHTML(dst []byte) []byte {
	dst = append(dst, "<!DOCTYPE html><html><title>"...)
	dst = escape.AppendXHTML(dst, p.title())
	dst = append(dst, "</title><body>"...)
	dst = escape.AppendXHTML(dst, p.title())
	if p.detail != "" {
		dst = append(dst, "<p>"...)
		dst = escape.AppendXHTML(dst, p.detail)
		dst = append(dst, "</p>"...)
	}
	return append(dst, "</body></html>\n"...)
}

func (p *errorPage) appendJSON(dst []byte) []byte {
	details := map[string]any{"code": p.status, "message": p.reason}
	if p.detail != "" {
		details["detail"] = p.detail
	}
	if p.field != "" {
		details["field"] = p.field
	}
	if len(p.fields) > 0 {
		details["fields"] = p.fields
	}
	if p.err != nil {
		details["detail"] = p.err.Message
	}
	page, err := escape.AppendJSON(dst, map[string]any{"error": details})
	if err != nil { // strings and an int always can be encoded
		return append(dst, "{}"...)
	}
	return page
}

func (p *errorPage) appendText(dst []byte) []byte {
	dst = append(append(dst, p.title()...), '\n')
	if p.detail != "" {
		dst = append(append(dst, p.detail...), '\n')
	}
	if p.err == nil {
		return dst
	}
	dst = append(append(append(dst, '\n'), p.err.Message...), '\n')
	if p.err.Excerpt != "" {
		dst = append(append(append(dst, '\n'), p.err.Excerpt...), '\n')
	}
	for _, frame := range p.err.Stack {
		dst = append(dst, "\n"+frame.Function+"\n\t"+frame.File+":"+strconv.Itoa(frame.Line)...)
	}
	return append(dst, '\n')
}

const developmentStyle = `
:root{color-scheme:light dark;--bg:#fbfaf8;--fg:#23211e;--dim:#7a736b;--line:#e4dfd8;--box:#fff;--hit:#fdeae6;--red:#b3321b}
@media(prefers-color-scheme:dark){:root{--bg:#1a1918;--fg:#e9e5df;--dim:#968f86;--line:#35322f;--box:#22201f;--hit:#432019;--red:#ff8a70}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
main{max-width:62rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
.status{color:var(--red);font-weight:600;margin:0}h1{font-size:1.5rem;line-height:1.3;margin:.25rem 0 .5rem;white-space:pre-wrap;overflow-wrap:anywhere}
.request{color:var(--dim);font-family:ui-monospace,monospace;font-size:.875rem;overflow-wrap:anywhere;margin:0 0 2rem}
h2{font-size:.8rem;letter-spacing:.06em;text-transform:uppercase;color:var(--dim);margin:2rem 0 .75rem}
section{background:var(--box);border:1px solid var(--line);border-radius:8px;margin:0 0 .75rem;overflow:hidden}
section p{margin:0;padding:.6rem 1rem;font-family:ui-monospace,monospace;font-size:.875rem;overflow-wrap:anywhere}
section p span{color:var(--dim)}pre{margin:0;padding:.5rem 0;overflow-x:auto;font:13px/1.55 ui-monospace,monospace;border-top:1px solid var(--line);tab-size:4}
pre i{display:block;font-style:normal;padding:0 1rem;min-width:max-content}pre i.hit{background:var(--hit)}pre b{color:var(--dim);font-weight:400;user-select:none}pre em{color:var(--red);font-style:normal;font-weight:600}
footer{color:var(--dim);font-size:.875rem;margin-top:2rem}
`

// appendDevelopment appends the page for the developer.
func (p *errorPage) appendDevelopment(dst []byte) []byte {
	dst = append(dst, `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>`...)
	dst = escape.AppendXHTML(dst, p.title())
	dst = append(dst, "</title><style>"+developmentStyle+`</style></head><body><main><p class="status">`...)
	dst = escape.AppendXHTML(dst, p.title())
	dst = append(dst, "</p><h1>"...)
	dst = escape.AppendXHTML(dst, p.headline())
	dst = append(dst, `</h1><p class="request">`...)
	dst = escape.AppendXHTML(dst, p.request.Method+" "+p.request.URI)
	dst = append(dst, "</p>"...)
	dst = p.appendTemplates(dst)
	dst = p.appendStack(dst)
	return append(dst, `<footer>Shown in development only. In production the page says nothing but its first line.</footer></main></body></html>`+"\n"...)
}

// headline is the message without the place in a template, which stands below.
func (p *errorPage) headline() string {
	message := p.err.Message
	if len(p.err.Templates) > 0 {
		at := p.err.Templates[0]
		message = strings.Replace(message, " at "+at.File+":"+strconv.Itoa(at.Line)+":"+strconv.Itoa(at.Column), "", 1)
	}
	return message
}

// relative is how one names a file of the project: from the directory in which
// the program runs.
func relative(file string) string {
	if directory, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(directory, file); err == nil && filepath.IsLocal(rel) {
			return rel
		}
	}
	return file
}

func (p *errorPage) appendTemplates(dst []byte) []byte {
	if len(p.err.Templates) == 0 {
		return dst
	}
	dst = append(dst, "<h2>Template</h2>"...)
	for i, frame := range p.err.Templates {
		name := relative(frame.File)
		if frame.File == "" {
			name = frame.Name
		}
		dst = append(dst, "<section><p>"...)
		if frame.Relation != "" {
			dst = append(dst, "<span>"...)
			dst = escape.AppendXHTML(dst, frame.Relation)
			dst = append(dst, " </span>"...)
		}
		dst = escape.AppendXHTML(dst, name)
		dst = append(dst, "<span>:"+strconv.Itoa(frame.Line)...)
		if frame.Column > 0 {
			dst = append(dst, ":"+strconv.Itoa(frame.Column)...)
		}
		dst = append(dst, "</span></p>"...)
		if i == 0 && p.err.Excerpt != "" {
			dst = appendTemplateExcerpt(dst, p.err.Excerpt)
		}
		dst = append(dst, "</section>"...)
	}
	return dst
}

// appendTemplateExcerpt appends the lines of an excerpt that are source ("12 | x",
// or "   | ^" below the line in question) and not the chain of templates, which
// the page shows by itself.
func appendTemplateExcerpt(dst []byte, excerpt string) []byte {
	lines := strings.Split(strings.TrimRight(excerpt, "\n"), "\n")
	gutter := strings.Index(lines[0], " |")
	var numbers, texts []string
	for _, line := range lines {
		if gutter < 0 || len(line) < gutter+2 || line[gutter:gutter+2] != " |" {
			break
		}
		numbers, texts = append(numbers, line[:gutter]), append(texts, strings.TrimPrefix(line[gutter+2:], " "))
	}
	dst = append(dst, "<pre>"...)
	for i, text := range texts {
		caret := strings.TrimSpace(numbers[i]) == ""
		if caret || i+1 < len(numbers) && strings.TrimSpace(numbers[i+1]) == "" {
			dst = append(dst, `<i class="hit">`...)
		} else {
			dst = append(dst, "<i>"...)
		}
		dst = append(append(append(dst, "<b>"...), numbers[i]...), "  </b>"...)
		if caret {
			dst = append(dst, "<em>"...)
		}
		dst = escape.AppendXHTML(dst, text)
		if caret {
			dst = append(dst, "</em>"...)
		}
		dst = append(dst, "</i>"...)
	}
	return append(dst, "</pre>"...)
}

func (p *errorPage) appendStack(dst []byte) []byte {
	if len(p.err.Stack) == 0 {
		return dst
	}
	dst = append(dst, "<h2>Stack, innermost first</h2>"...)
	shown := 0
	for _, frame := range p.err.Stack {
		dst = append(dst, "<section><p>"...)
		dst = escape.AppendXHTML(dst, frame.Function)
		dst = append(dst, "<br><span>"...)
		dst = escape.AppendXHTML(dst, relative(frame.File))
		dst = append(dst, ":"+strconv.Itoa(frame.Line)+"</span></p>"...)
		if shown < excerptFrames && !ofStandardLibrary(frame.Function) {
			dst = appendExcerpt(dst, frame.File, frame.Line)
			shown++
		}
		dst = append(dst, "</section>"...)
	}
	return dst
}

// ofStandardLibrary reports whether a function is of a package that has no dot in
// the first part of its path.
func ofStandardLibrary(function string) bool {
	first, _, nested := strings.Cut(function, "/")
	return nested && !strings.Contains(first, ".") ||
		!nested && !strings.HasPrefix(function, "main.") && !strings.Contains(first, "_test.")
}

// appendExcerpt appends the lines round one line of a source file; nothing if it
// cannot be read.
func appendExcerpt(dst []byte, file string, line int) []byte {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSourceFile || !strings.HasSuffix(file, ".go") {
		return dst
	}
	source, err := os.ReadFile(file)
	if err != nil {
		return dst
	}
	lines := bytes.Split(source, []byte("\n"))
	first, last := max(line-excerptLines, 1), min(line+excerptLines, len(lines))
	if line < 1 || line > len(lines) {
		return dst
	}
	width := len(strconv.Itoa(last))
	dst = append(dst, "<pre>"...)
	for n := first; n <= last; n++ {
		class := "<i>"
		if n == line {
			class = `<i class="hit">`
		}
		number := strconv.Itoa(n)
		dst = append(dst, class+"<b>"+strings.Repeat(" ", width-len(number))+number+"  </b>"...)
		dst = escape.AppendXHTML(dst, bytes.TrimRight(lines[n-1], "\r"))
		dst = append(dst, "</i>"...)
	}
	return append(dst, "</pre>"...)
}

const ownPackage = "github.com/tornado-dev/tornado/core/web."

// isCaller reports whether a function is one with which this package calls those
// of handlers.
func isCaller(function string) bool {
	if strings.HasPrefix(function, "reflect.Value.") {
		return true
	}
	name, own := strings.CutPrefix(function, ownPackage)
	if !own {
		return false
	}
	for _, prefix := range [...]string{"bind", "URL[", "(*RequestHandler).callVerb", "(*RequestHandler).prepare",
		"(*RequestHandler).begin", "(*RequestHandler).clear", "(*RequestHandler).guard", "(*RequestHandler).writeErrorPage"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
