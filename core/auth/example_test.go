package auth_test

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/tornado-dev/tornado/core/auth"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/web"
)

// A login in a line of the routes.
func ExampleProvider_Route() {
	github, err := auth.New(auth.GitHub(), auth.Options{
		ClientID:     "Iv1.8a61f9b3a7aba766",
		ClientSecret: os.Getenv("GITHUB_SECRET"),
	})
	if err != nil {
		log.Fatal(err)
	}
	remember := func(ctx context.Context, h *web.RequestHandler, login *auth.Login) error {
		h.Session().Regenerate() // a session that somebody else has planted is worth nothing then
		h.Session().Set("user", login.User)
		return nil
	}
	app := web.NewApplication(
		web.Settings{CookieSecret: os.Getenv("COOKIE_SECRET"), LoginURL: "/login/github"},
		github.Route(`/login/github`, remember),
		web.URL[AccountHandler](`/account`, web.Authenticated()),
		web.URL[LogoutHandler](`/logout`),
	)
	fmt.Println(app.Routes()[0].Pattern)
	// Output: /login/github
}

type Base struct{ web.RequestHandler } // what all handlers embed

func (b *Base) GetCurrentUser() any {
	var user auth.User
	if !b.Session().GetValue("user", &user) {
		return nil
	}
	return user
}

type AccountHandler struct{ Base }

func (h *AccountHandler) Get() {
	user := h.CurrentUser().(auth.User)
	h.Write("Hello, " + user.Name)
}

var company *auth.Provider

type CompanyLogin struct{ Base }

func (h *CompanyLogin) Get(ctx context.Context) error {
	login, err := company.Authenticate(ctx, &h.RequestHandler)
	if err != nil {
		return err
	}
	var more struct{ Groups []string }
	if err := login.Claims(&more); err != nil {
		return err
	}
	h.Session().Regenerate()
	h.Session().Set("user", login.User)
	h.Session().Set("groups", more.Groups)
	h.Session().Set("id_token", login.IDToken)
	h.Redirect(login.Next)
	return nil
}

// RequestSummary leaves the query out of the log: there are codes in it.
func (h *CompanyLogin) RequestSummary() string {
	return h.Request.Method + " " + h.Request.Path + " (" + h.Request.RemoteIP + ")"
}

type LogoutHandler struct{ Base }

func (h *LogoutHandler) Post(ctx context.Context) error {
	idToken := h.Session().Get("id_token")
	h.Session().Destroy()
	return company.LogoutRedirect(ctx, &h.RequestHandler, idToken, "/")
}

// What a login sends the browser away with.
func ExampleProvider_Authenticate() {
	var err error
	company, err = auth.New(auth.GitHub(), auth.Options{
		ClientID:    "Iv1.8a61f9b3a7aba766",
		RedirectURL: "https://www.example.com/login",
	})
	if err != nil {
		log.Fatal(err)
	}
	app := web.NewApplication(
		web.Settings{CookieSecret: "a secret of at least thirty-two characters", LogFunction: func(*web.RequestHandler) {}},
		web.URL[CompanyLogin](`/login`),
	)
	server, err := app.Listen("127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer app.Shutdown(context.Background(), server)

	request, err := http.NewRequest("GET", "http://"+server.Addresses()[0]+"/login?next=/account", nil)
	if err != nil {
		log.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	to, err := answer.Location()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(to.Host + to.Path)
	for _, name := range []string{"response_type", "redirect_uri", "scope", "code_challenge_method"} {
		fmt.Println(name, to.Query().Get(name))
	}
	// Output:
	// github.com/login/oauth/authorize
	// response_type code
	// redirect_uri https://www.example.com/login
	// scope read:user user:email
	// code_challenge_method S256
}

// A service of one's own, by what its manual calls the endpoints.
func ExampleService() {
	forge := auth.Service{
		Name:             "forge",
		AuthorizationURL: "https://forge.example/oauth/authorize",
		TokenURL:         "https://forge.example/oauth/token",
		UserURL:          "https://forge.example/api/me",
		Scopes:           []string{"profile"},
		FindUser: func(ctx context.Context, p *auth.Provider, login *auth.Login) error {
			var me struct {
				Contact struct {
					Mail      string
					Confirmed bool
				}
			}
			if err := login.Claims(&me); err != nil {
				return err
			}
			login.User.Email, login.User.EmailVerified = me.Contact.Mail, me.Contact.Confirmed
			return nil
		},
	}
	p, err := auth.New(forge, auth.Options{ClientID: "our id", ClientSecret: "our secret"})
	fmt.Println(p.Name(), err)
	// Output: forge <nil>
}
