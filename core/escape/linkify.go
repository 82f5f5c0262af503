package escape

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// LinkifyOptions say how Linkify writes links. The zero value links http, https
// and bare www addresses in full.
type LinkifyOptions struct {
	// Shorten cuts the visible text of addresses above 30 characters down to the
	// host and the beginning of the path; the whole is in the title.
	Shorten bool

	// ExtraParams is added to each link's tag as it is, for instance
	// `rel="nofollow"`. ExtraParamsFunc, if set, gives it for each address.
	ExtraParams     string
	ExtraParamsFunc func(href string) string

	// RequireProtocol leaves addresses alone that begin with "www.".
	RequireProtocol bool

	// PermittedProtocols are the schemes to link; nil means http and https. A
	// scheme like javascript makes a link dangerous.
	PermittedProtocols []string
}

var defaultProtocols = []string{"http", "https"}

// Linkify gives text as HTML in which addresses are links.
func Linkify(text string, o LinkifyOptions) string {
	if o.PermittedProtocols == nil {
		o.PermittedProtocols = defaultProtocols
	}
	text = XHTMLEscape(text)
	var b strings.Builder
	before := rune(-1) // the character in front of i
	kept := 0          // text[:kept] is written
	run := 0           // what looks like a scheme ends here
	isScheme := false  // and is one
	for i := 0; i < len(text); {
		if i >= run {
			var n int
			n, isScheme = schemeLen(text[i:])
			run = i + n
		}
		first, size := utf8.DecodeRuneInString(text[i:])
		var a address
		ok := false
		if isWord(before) != isWord(first) {
			scheme := 0
			if isScheme {
				scheme = run - i
			}
			if a, ok = addressAt(text[i:], scheme); !ok {
				isScheme = false // what follows is the same for each later start in the run
			}
		}
		if !ok {
			before = first
			i += size
			continue
		}
		if a.permitted(&o) {
			b.WriteString(text[kept:i])
			a.writeLink(&b, &o)
			kept = i + len(a.text)
		}
		i += len(a.text)
		before, _ = utf8.DecodeLastRuneInString(a.text)
	}
	b.WriteString(text[kept:])
	return b.String()
}

// An address is a URL found in escaped text.
type address struct {
	text   string
	scheme string // empty after "www."
	prefix int    // bytes of scheme, colon and slashes
}

// addressAt finds the address that begins s. scheme is the length of the scheme at
// its start, or zero.
func addressAt(s string, scheme int) (address, bool) {
	var a address
	rest := 0
	if scheme > 0 {
		a.scheme = s[:scheme]
		rest = scheme + 1
		for slashes := 0; slashes < 3 && rest < len(s) && s[rest] == '/'; slashes++ {
			rest++
		}
		a.prefix = rest
	} else if strings.HasPrefix(s, "www.") {
		rest = len("www.")
	} else {
		return a, false
	}
	n := addressBodyLen(s[rest:])
	// With two or three slashes the last may be the body itself, as in "http:///".
	for n == 0 && a.prefix > len(a.scheme)+2 {
		a.prefix--
		rest--
		n = addressBodyLen(s[rest:])
	}
	a.text = s[:rest+n]
	return a, n > 0
}

func isWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r)
}

// schemeLen is how far s looks like a scheme; it is one if a colon and a slash
// follow.
func schemeLen(s string) (n int, isScheme bool) {
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if !isWord(r) && r != '-' {
			break
		}
		n += size
	}
	return n, n > 0 && strings.HasPrefix(s[n:], ":/")
}

// addressBodyLen is how much of s, after the scheme or "www.", belongs to the
// address. Punctuation belongs to it only with something behind it, and
// parentheses only in pairs.
func addressBodyLen(s string) int {
	end := 0
	for {
		run := unitsLen(s[end:])
		n := lastFirmLen(s[end : end+run])
		if n == 0 {
			n = parenthesisedLen(s[end:])
		}
		if n == 0 {
			return end
		}
		end += n
	}
}

// unitsLen is the length of the longest run without spaces, parentheses and
// entities other than &amp; and &quot;.
func unitsLen(s string) int {
	i := 0
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '&' && strings.HasPrefix(s[i:], "&amp;"):
			n = len("&amp;")
		case r == '&' && strings.HasPrefix(s[i:], "&quot;"):
			n = len("&quot;")
		case r == '&', r == '(', r == ')', isSpace(r):
			return i
		}
		i += n
	}
	return i
}

// isSpace includes the separators U+001C to U+001F.
func isSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }

// lastFirmLen is the length of s up to its last character that is no punctuation.
func lastFirmLen(s string) int {
	end := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == '&' {
			i += strings.IndexByte(s[i:], ';') + 1
			continue
		}
		i += n
		if !strings.ContainsRune("!\"#$%'*+,.:;<=>?@[]^`{|}~", r) {
			end = i
		}
	}
	return end
}

func parenthesisedLen(s string) int {
	if !strings.HasPrefix(s, "(") {
		return 0
	}
	n := 1 + unitsLen(s[1:])
	if n < len(s) && s[n] == ')' {
		return n + 1
	}
	return 0
}

func (a *address) permitted(o *LinkifyOptions) bool {
	if a.scheme == "" {
		return !o.RequireProtocol
	}
	return slices.Contains(o.PermittedProtocols, a.scheme)
}

func (a *address) writeLink(b *strings.Builder, o *LinkifyOptions) {
	href, visible := a.text, a.text
	if a.scheme == "" {
		href = "http://" + href
	}
	params := o.ExtraParams
	if o.ExtraParamsFunc != nil {
		params = o.ExtraParamsFunc(href)
	}
	if params != "" {
		params = " " + strings.TrimSpace(params)
	}
	if o.Shorten {
		if visible = a.shortened(); visible != a.text {
			params += ` title="` + href + `"`
		}
	}
	b.WriteString(`<a href="` + href + `"` + params + ">" + visible + "</a>")
}

const (
	shortenAbove = 30 // characters of an address that is shown whole
	shortenPath  = 8  // characters of the path that are kept
)

// shortened is the text with most of its path cut, or the text itself if that
// saves nothing.
func (a *address) shortened() string {
	all := []rune(a.text)
	if len(all) <= shortenAbove {
		return a.text
	}
	short := all
	if host, path, ok := strings.Cut(a.text[a.prefix:], "/"); ok {
		path, _, _ = strings.Cut(path, "/")
		segment := []rune(path)
		path = string(segment[:min(len(segment), shortenPath)])
		path, _, _ = strings.Cut(path, "?")
		path, _, _ = strings.Cut(path, ".")
		short = []rune(a.text[:a.prefix] + host + "/" + path)
	}
	if 2*len(short) > 3*shortenAbove {
		short = short[:shortenAbove]
	}
	if string(short) == a.text {
		return a.text
	}
	// An entity must not be cut in two.
	for i := len(short) - 1; i > shortenAbove-5; i-- {
		if short[i] == '&' {
			short = short[:i]
			break
		}
	}
	if len(short)+len("...") >= len(all) {
		return a.text
	}
	return string(short) + "..."
}
