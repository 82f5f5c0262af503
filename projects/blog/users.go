package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"unicode/utf8"

	"github.com/tornado-dev/tornado/core/web"
)

// A Page is what the handlers of all pages have in common. They embed it in place
// of web.RequestHandler.
type Page struct{ web.RequestHandler }

const userCookie = "user"

// GetCurrentUser tells the framework who sends the request: templates have it as
// current_user, and routes that are web.Authenticated let nobody else pass. The
// cookie is signed, so nobody can make one but us.
func (p *Page) GetCurrentUser() any {
	if name, ok := p.GetSignedCookie(userCookie); ok {
		return name
	}
	return nil
}

// LoginHandler asks for a name, and believes it. This is the place for a password,
// or for a login at another site.
type LoginHandler struct{ Page }

func (h *LoginHandler) Get() error { return h.form("") }

func (h *LoginHandler) Post() error {
	name := h.GetArgument("name", "")
	if name == "" || utf8.RuneCountInString(name) > 40 {
		h.SetStatus(400)
		return h.form("A name has one letter at least, and forty at most.")
	}
	h.SetSignedCookie(userCookie, name, web.SignedCookieOptions{
		CookieOptions: web.CookieOptions{HTTPOnly: true, SameSite: "Lax"},
	})
	h.Redirect(h.SafeNext(h.ReverseURL("index")))
	return nil
}

func (h *LoginHandler) form(complaint string) error {
	return h.Render("login.html", web.Args{"complaint": complaint, "next": h.GetArgument("next", "")})
}

// LogoutHandler forgets who sends the request. It takes a form and no link, for
// anybody could lead a reader to a link.
type LogoutHandler struct{ Page }

func (h *LogoutHandler) Post() {
	h.ClearCookie(userCookie)
	h.Redirect(h.ReverseURL("index"))
}

// secretFile is not for git, nor for anybody else.
const secretFile = ".cookie-secret"

// cookieSecret is the key that signs the cookies: COOKIE_SECRET of the environment,
// which several machines can share, or else what the first start has put into
// secretFile. Whoever is logged in stays so across a restart.
func cookieSecret() (string, error) {
	if secret := os.Getenv("COOKIE_SECRET"); secret != "" {
		return secret, nil
	}
	file, err := os.OpenFile(secretFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_, err = file.WriteString(rand.Text() + rand.Text())
		err = errors.Join(err, file.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("%w; COOKIE_SECRET in the environment can take its place", err)
	}
	secret, err := os.ReadFile(secretFile)
	return string(secret), err
}
