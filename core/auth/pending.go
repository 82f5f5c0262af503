package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/core/web"
)

const (
	// patience is how long somebody may take to log in at the service.
	patience = 10 * time.Minute

	// maxPending is how many logins may be under way in one browser: people have
	// several tabs. Each begun beyond that ends the oldest.
	maxPending = 4

	// maxNext is how long the path may be to which somebody goes after the login; it
	// is kept in the cookie.
	maxNext = 1024

	// maxPendingText is how much of all that fits into a cookie of 4096 bytes, of
	// which base64 takes a fourth and the signature and attributes less than 500.
	maxPendingText = 2600
)

// A pendingLogin is one that was begun in a browser and is not at its end. It is
// in a cookie of that browser, signed, so whoever has the browser can read it.
type pendingLogin struct {
	secret string    // what all that must not be guessed is made of
	begun  time.Time // to the second
	next   string    // a local path
}

func begin(now time.Time, next string) pendingLogin {
	return pendingLogin{secret: rand.Text(), begun: now, next: next}
}

// derived is what the service is told for one purpose. From one the others cannot
// be found out, so the state, which stands in addresses, gives nothing away.
func (l pendingLogin) derived(purpose string) string {
	mac := hmac.New(sha256.New, []byte(l.secret))
	mac.Write([]byte(purpose))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (l pendingLogin) state() string { return l.derived("state") }
func (l pendingLogin) nonce() string { return l.derived("nonce") }

// verifier is that of PKCE: 43 characters, as RFC 7636 section 4.1 recommends.
func (l pendingLogin) verifier() string { return l.derived("verifier") }

func (l pendingLogin) String() string {
	return fmt.Sprintf("%s %d %s", l.secret, l.begun.Unix(), l.next)
}

// formatPending is the text in the cookie: a line for each login, the oldest first.
// It leaves out the oldest of too many.
func formatPending(logins []pendingLogin) string {
	text := ""
	for i := len(logins) - 1; i >= 0 && i >= len(logins)-maxPending; i-- {
		line := logins[i].String()
		if len(line)+len(text) >= maxPendingText {
			break
		}
		text = line + "\n" + text
	}
	return strings.TrimSuffix(text, "\n")
}

// parsePending reads what formatPending wrote, but for logins that took too long.
func parsePending(text string, now time.Time) (logins []pendingLogin) {
	for line := range strings.SplitSeq(text, "\n") {
		secret, rest, _ := strings.Cut(line, " ")
		seconds, next, ok := strings.Cut(rest, " ")
		begun, err := strconv.ParseInt(seconds, 10, 64)
		if !ok || err != nil || now.Sub(time.Unix(begun, 0)) > patience {
			continue
		}
		logins = append(logins, pendingLogin{secret, time.Unix(begun, 0), next})
	}
	return logins
}

// take finds the login with a state, and the others.
func take(logins []pendingLogin, state string) (found pendingLogin, others []pendingLogin, ok bool) {
	for _, l := range logins {
		if hmac.Equal([]byte(l.state()), []byte(state)) {
			found, ok = l, true
		} else {
			others = append(others, l)
		}
	}
	return found, others, ok
}

// cookieName is that of the cookie with the logins under way at this provider. With
// HTTPS browsers see to it that no other host, and nobody without HTTPS, sets it.
func (p *Provider) cookieName(h *web.RequestHandler) string {
	name := "login_" + p.service.Name
	if h.Request.Protocol == "https" {
		name = "__Host-" + name
	}
	return name
}

func (p *Provider) pending(h *web.RequestHandler) []pendingLogin {
	text, _ := h.GetSignedCookie(p.cookieName(h), web.GetSignedCookieOptions{MaxAge: patience, MinVersion: 2})
	return parsePending(text, now(h))
}

func (p *Provider) setPending(h *web.RequestHandler, logins []pendingLogin) {
	o := web.CookieOptions{
		MaxAge:   int(patience / time.Second),
		Secure:   h.Request.Protocol == "https",
		HTTPOnly: true,
		SameSite: "Lax", // the service sends the browser back by a link, with which such cookies go
	}
	if text := formatPending(logins); text != "" {
		h.SetSignedCookie(p.cookieName(h), text, web.SignedCookieOptions{CookieOptions: o})
	} else {
		h.ClearCookie(p.cookieName(h), o)
	}
}

// now is the time by the application's clock.
func now(h *web.RequestHandler) time.Time {
	if clock := h.Settings().Now; clock != nil {
		return clock()
	}
	return time.Now()
}
