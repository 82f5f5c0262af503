// A small site to start from: stories, a form to write them, a chat and an API.
package main

import (
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/web"
)

func main() {
	app := newApplication(NewStore(samples()...), NewRoom())
	log.Fatal(app.ListenAndServe(":8888"))
}

// newApplication says which handler answers which address. It is a function of
// its own so that the tests can serve the same application.
//
// What stands in parentheses in an address arrives as a parameter of the verb's
// method. Init hands each new handler what it needs.
func newApplication(store *Store, room *Room) *web.Application {
	settings := web.Settings{
		TemplatePath: "templates",
		StaticPath:   "static",
	}
	return web.NewApplication(settings,
		web.URL[IndexHandler](`/`, web.Name("index"),
			web.Init(func(h *IndexHandler) { h.store = store })),
		web.URL[StoryHandler](`/story/([0-9]+)`, web.Name("story"),
			web.Init(func(h *StoryHandler) { h.store = store })),
		web.URL[ComposeHandler](`/compose`, web.Name("compose"),
			web.Init(func(h *ComposeHandler) { h.store = store })),

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
