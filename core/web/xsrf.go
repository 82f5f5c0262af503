package web

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/core/escape"
)

const (
	xsrfArgument          = "_xsrf" // of the form, whatever the cookie is called
	defaultXSRFCookieName = "_xsrf"
	xsrfTokenLength       = 16
	xsrfMaskLength        = 4
	// xsrfCookieDays is how long a browser keeps the token of a user who is logged
	// in. Anybody else's ends with the browser.
	xsrfCookieDays = 30
)

// A token against cross-site request forgery is a random value that a site of ours
// has twice from its browser: in a cookie, which other sites make the browser send
// but cannot read, and in the form or a header, which they cannot fill in. In pages
// it is masked with random bytes, new each time, since a compressed answer that
// repeats a secret gives it away bit by bit (BREACH).

// An xsrfToken is a token as it was found in a cookie or a form.
type xsrfToken struct {
	version   int // of its format; 0 if there was none that could be read
	value     []byte
	timestamp int64
}

// decodeXSRFToken reads the text form of a token. The old format, version 1, is
// nothing but the token, in hexadecimal digits or as it is.
func decodeXSRFToken(text string, now time.Time) xsrfToken {
	version, rest, found := strings.Cut(text, "|")
	if !found || !isNumber(version) {
		value, err := hex.DecodeString(text)
		if err != nil {
			value = []byte(text)
		}
		return xsrfToken{1, value, now.Unix()}
	}
	parts := strings.Split(rest, "|")
	if version != "2" || len(parts) != 3 {
		return xsrfToken{}
	}
	mask, errMask := hex.DecodeString(parts[0])
	value, errValue := hex.DecodeString(parts[1])
	timestamp, errTime := strconv.ParseInt(parts[2], 10, 64)
	if errMask != nil || errValue != nil || errTime != nil || len(mask) != xsrfMaskLength {
		return xsrfToken{}
	}
	mixWith(mask, value)
	return xsrfToken{2, value, timestamp}
}

// encode is the text form of a token. The mask, of four bytes, is that of version 2.
func (t xsrfToken) encode(version int, mask []byte) string {
	if version == 1 {
		return hex.EncodeToString(t.value)
	}
	masked := append([]byte(nil), t.value...)
	mixWith(mask, masked)
	return "2|" + hex.EncodeToString(mask) + "|" + hex.EncodeToString(masked) + "|" + strconv.FormatInt(t.timestamp, 10)
}

func mixWith(mask, value []byte) {
	for i := range value {
		value[i] ^= mask[i%len(mask)]
	}
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: the program ends before
	return b
}

// XSRFToken is the token of this client for forms and scripts, masked anew in each
// request. The first call for a client who has none sets the cookie, so it must
// come before the headers are sent.
func (h *RequestHandler) XSRFToken() string {
	if h.xsrfText != "" {
		return h.xsrfText
	}
	h.remember()
	token := h.rawXSRFToken()
	version := h.app.settings.XSRFCookieVersion
	h.xsrfText = token.encode(version, randomBytes(xsrfMaskLength))
	if token.version != 0 {
		return h.xsrfText
	}
	options := h.app.settings.XSRFCookieOptions
	if options.Expires.IsZero() && options.MaxAge == 0 && h.CurrentUser() != nil {
		options.Expires = h.app.signing.now().AddDate(0, 0, xsrfCookieDays)
	}
	h.SetCookie(h.app.settings.XSRFCookieName, h.xsrfText, options)
	return h.xsrfText
}

// rawXSRFToken is what the client's cookie holds; a new token of version 0 if that
// is none.
func (h *RequestHandler) rawXSRFToken() xsrfToken {
	if h.xsrf.value != nil {
		return h.xsrf
	}
	h.remember()
	now := h.app.signing.now()
	if cookie := h.GetCookie(h.app.settings.XSRFCookieName); cookie != "" {
		h.xsrf = decodeXSRFToken(cookie, now)
	}
	if len(h.xsrf.value) == 0 {
		h.xsrf = xsrfToken{0, randomBytes(xsrfTokenLength), now.Unix()}
	}
	return h.xsrf
}

// XSRFFormHTML is the hidden field that each form needs which is posted to us:
// {% raw xsrf_form_html() %} in a template.
func (h *RequestHandler) XSRFFormHTML() string {
	return `<input type="hidden" name="` + xsrfArgument + `" value="` + escape.XHTMLEscape(h.XSRFToken()) + `"/>`
}

// checkXSRF calls what checks the token of a request that may change something.
func (h *RequestHandler) checkXSRF() error {
	if h.route.builtIn {
		return nil // ErrorHandler: a path that is not there stays a 404
	}
	switch h.Request.Method {
	case "GET", "HEAD", "OPTIONS":
		return nil
	}
	if h.route.overrides&hasCheckXSRFCookie != 0 {
		return h.self.(XSRFChecker).CheckXSRFCookie()
	}
	return h.CheckXSRF()
}

// CheckXSRF returns an HTTPError of status 403 unless the request carries the
// client's token, in the argument "_xsrf" or the header X-Xsrftoken or X-Csrftoken.
// Requests that scripts send are not exempt: a header that says so can be forged.
//
// With Settings.XSRFCookies it is called before Prepare for every verb but GET,
// HEAD and OPTIONS. A handler that authenticates its clients by other means than
// cookies has a method CheckXSRFCookie in its place; see XSRFChecker.
func (h *RequestHandler) CheckXSRF() error {
	text := h.GetArgument(xsrfArgument, "")
	for _, name := range [...]string{"X-Xsrftoken", "X-Csrftoken"} {
		if text == "" {
			text = h.Request.Headers.Get(name)
		}
	}
	if text == "" {
		return HTTPError{StatusCode: 403, LogMessage: "'_xsrf' argument missing from " + h.Request.Method +
			"; put {% raw xsrf_form_html() %} into the form, or send the token in the header X-Xsrftoken"}
	}
	token := decodeXSRFToken(text, h.app.signing.now())
	if len(token.value) == 0 {
		return HTTPError{StatusCode: 403, LogMessage: "'_xsrf' argument has invalid format"}
	}
	if subtle.ConstantTimeCompare(token.value, h.rawXSRFToken().value) != 1 {
		return HTTPError{StatusCode: 403, LogMessage: "XSRF cookie does not match " + h.Request.Method + " argument"}
	}
	return nil
}
