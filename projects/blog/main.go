// A small site to start from: stories, a form to write them, a login, a chat and
// an API.
package main

import (
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/web"
)

func main() {
	secret, err := cookieSecret()
	if err != nil {
		log.Fatal(err)
	}
	app := newApplication(NewStore(samples()...), NewRoom(), secret)
	log.Fatal(app.ListenAndServe(":8888"))
}

// newApplication says which handler answers which address. It is a function of
// its own so that the tests can serve the same application.
//
// What stands in parentheses in an address arrives as a parameter of the verb's
// method. Init hands each new handler what it needs.
func newApplication(store *Store, room *Room, secret string) *web.Application {
	settings := web.Settings{
		TemplatePath: "templates",
		StaticPath:   "static",
		UIModules:    map[string]web.ModuleType{"Entry": web.Module[Entry]()},

		CookieSecret: secret,
		LoginURL:     "/login",

		// Each form has a token in it (xsrf_form_html), without which it is refused:
		// other sites could make a reader's browser send it.
		XSRFCookies:       true,
		XSRFCookieOptions: web.CookieOptions{HTTPOnly: true, SameSite: "Lax"},
	}
	return web.NewApplication(settings,
		web.URL[IndexHandler](`/`, web.Name("index"),
			web.Init(func(h *IndexHandler) { h.store = store })),
		web.URL[StoryHandler](`/story/([0-9]+)`, web.Name("story"),
			web.Init(func(h *StoryHandler) { h.store = store })),
		web.URL[PictureHandler](`/story/([0-9]+)/picture`, web.Name("picture"),
			web.Init(func(h *PictureHandler) { h.store = store })),
		web.URL[ComposeHandler](`/compose`, web.Name("compose"), web.Authenticated(),
			web.Init(func(h *ComposeHandler) { h.store = store })),

		web.URL[LoginHandler](`/login`, web.Name("login")),
		web.URL[LogoutHandler](`/logout`, web.Name("logout")),

		web.URL[ChatHandler](`/chat`, web.Name("chat"),
			web.Init(func(h *ChatHandler) { h.room = room })),
		web.URL[ChatUpdatesHandler](`/chat/after/([0-9]+)`, web.Name("chat-updates"),
			web.Init(func(h *ChatUpdatesHandler) { h.room = room })),

		web.URL[StoriesAPIHandler](`/api/stories`, web.Name("api-stories"),
			web.Init(func(h *StoriesAPIHandler) { h.store = store })),
		web.URL[StoryAPIHandler](`/api/stories/([0-9]+)`, web.Name("api-story"),
			web.Init(func(h *StoryAPIHandler) { h.store = store })),
	)
}
