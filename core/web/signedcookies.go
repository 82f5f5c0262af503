package web

import "time"

// defaultSignedCookieDays is how long browsers keep a signed cookie.
const defaultSignedCookieDays = 30

// SignedCookieOptions say how a signed cookie is set. The zero value sets one for
// the whole site that the browser keeps for thirty days.
type SignedCookieOptions struct {
	CookieOptions

	// Session leaves Expires and MaxAge out, so that the cookie ends with the
	// browser. Its signature ages all the same.
	Session bool

	Version int // of the format; see Signing.CreateSignedValue
}

// GetSignedCookieOptions say which signed cookies are accepted.
type GetSignedCookieOptions struct {
	MaxAge     time.Duration // since it was signed; 0 means 31 days
	MinVersion int           // of the format; 0 means 1
}

// signing is how the application signs. It panics, which is answered with 500, if
// the settings have no key for it.
func (h *RequestHandler) signing() Signing {
	must(h.app.signing.check())
	return h.app.signing
}

// CreateSignedValue signs a value under a name, for GetSignedCookie or
// Signing.DecodeSignedValue. It needs Settings.CookieSecret.
func (h *RequestHandler) CreateSignedValue(name, value string, version ...int) string {
	format := 0
	if len(version) > 0 {
		format = version[0]
	}
	signed, err := h.signing().CreateSignedValue(name, value, format)
	must(err)
	return signed
}

// SetSignedCookie sets a cookie that clients can read, but neither change nor
// make. It needs Settings.CookieSecret, and panics as SetCookie does.
func (h *RequestHandler) SetSignedCookie(name, value string, options ...SignedCookieOptions) {
	var o SignedCookieOptions
	if len(options) > 0 {
		o = options[0]
	}
	if !o.Session && o.MaxAge == 0 && o.Expires.IsZero() {
		o.Expires = h.app.signing.now().AddDate(0, 0, defaultSignedCookieDays)
	}
	h.SetCookie(name, h.CreateSignedValue(name, value, o.Version), o.CookieOptions)
}

// GetSignedCookie returns the value of a cookie that SetSignedCookie has set. ok
// is false if the client sent none, or one that was not signed by us or too long
// ago. It needs Settings.CookieSecret.
func (h *RequestHandler) GetSignedCookie(name string, options ...GetSignedCookieOptions) (value string, ok bool) {
	var o GetSignedCookieOptions
	if len(options) > 0 {
		o = options[0]
	}
	return h.signing().DecodeSignedValue(name, h.GetCookie(name), o.MaxAge, o.MinVersion)
}

// GetSignedCookieKeyVersion returns the version of the key that a cookie was
// signed with, so that one with an old key can be set anew. The signature is not
// checked.
func (h *RequestHandler) GetSignedCookieKeyVersion(name string) (version int, ok bool) {
	h.signing()
	return GetSignatureKeyVersion(h.GetCookie(name))
}
