package web

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
)

// CookieOptions are the attributes of a cookie that is set. The zero value makes
// a session cookie for the whole site.
type CookieOptions struct {
	Domain  string    // empty means this host alone
	Path    string    // empty means "/"; "-" leaves it to the browser, which takes the folder of the request's path
	Expires time.Time // zero means when the browser ends

	// MaxAge in seconds goes before Expires. Zero means that there is none; negative
	// deletes the cookie now.
	MaxAge int

	Secure   bool   // over HTTPS only
	HTTPOnly bool   // not for scripts
	SameSite string // "Lax", "Strict" or "None"; empty leaves it to the browser
}

// newCookie is a cookie of the answer.
type newCookie struct{ name, field string }

// GetCookie is the value of a cookie that the client sent, or def, or the empty
// string. It does not see what SetCookie has set.
func (h *RequestHandler) GetCookie(name string, def ...string) string {
	if value, ok := h.Request.Cookies()[name]; ok {
		return value
	}
	if len(def) > 0 {
		return def[0]
	}
	return ""
}

// SetCookie sets a cookie, in place of one of that name that was set before. The
// value is quoted where it must be. It panics, which is answered with 500, for a
// name or an attribute that could smuggle in others: with a control character, a
// space or a semicolon. After the headers were sent it does nothing.
func (h *RequestHandler) SetCookie(name, value string, options ...CookieOptions) {
	var o CookieOptions
	if len(options) > 0 {
		o = options[0]
	}
	field, err := cookieField(name, value, o)
	check(err)
	if h.wroteHeaders {
		return
	}
	for i := range h.cookies {
		if h.cookies[i].name == name {
			h.cookies[i].field = field
			return
		}
	}
	h.cookies = append(h.cookies, newCookie{name, field})
}

// ClearCookie lets the browser forget a cookie. Domain and Path must be those it
// was set with.
func (h *RequestHandler) ClearCookie(name string, options ...CookieOptions) {
	var o CookieOptions
	if len(options) > 0 {
		o = options[0]
	}
	o.MaxAge, o.Expires = -1, time.Unix(0, 0)
	h.SetCookie(name, "", o)
}

// ClearAllCookies lets the browser forget all cookies that it sent. Domain and Path
// must be those they were set with.
func (h *RequestHandler) ClearAllCookies(options ...CookieOptions) {
	for name := range h.Request.Cookies() {
		h.ClearCookie(name, options...)
	}
}

var errCookie = errors.New("cannot be part of a cookie")

// cookieField is the value of a Set-Cookie field (RFC 6265 section 4.1).
func cookieField(name, value string, o CookieOptions) (string, error) {
	if !httputil.ValidToken(name) {
		return "", fmt.Errorf("the name %q %w", name, errCookie)
	}
	for _, attribute := range [...]string{o.Domain, o.Path, o.SameSite} {
		if strings.ContainsFunc(attribute, func(r rune) bool { return r <= ' ' || r == ';' || r == 0x7f }) {
			return "", fmt.Errorf("%q, of the cookie %q, %w", attribute, name, errCookie)
		}
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' }) {
		return "", fmt.Errorf("a value with control characters, of the cookie %q, %w", name, errCookie)
	}
	var b strings.Builder
	b.WriteString(name)
	b.WriteByte('=')
	b.WriteString(quoteCookie(value))
	attribute := func(name, value string) {
		b.WriteString("; ")
		b.WriteString(name)
		b.WriteString(value)
	}
	if o.Domain != "" {
		attribute("Domain=", o.Domain)
	}
	if !o.Expires.IsZero() {
		attribute("expires=", httputil.FormatTimestamp(o.Expires))
	}
	if o.HTTPOnly {
		attribute("HttpOnly", "")
	}
	if o.MaxAge != 0 {
		attribute("Max-Age=", strconv.Itoa(max(o.MaxAge, 0)))
	}
	if o.Path == "" {
		o.Path = "/"
	}
	if o.Path != "-" {
		attribute("Path=", o.Path)
	}
	if o.SameSite != "" {
		attribute("SameSite=", o.SameSite)
	}
	if o.Secure {
		attribute("Secure", "")
	}
	return b.String(), nil
}

// quoteCookie writes an empty value, and one with characters that a cookie cannot
// have, between quotes, these characters as a backslash and three octal digits.
func quoteCookie(value string) string {
	if value != "" && !strings.ContainsFunc(value, needsQuotes) {
		return value
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(value) {
		switch c := value[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == ',' || c == ';' || c >= 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func needsQuotes(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`",;\`, r) }
