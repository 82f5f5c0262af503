package main

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tornado-dev/tornado/core/web"
)

// IndexHandler lists the stories.
type IndexHandler struct {
	Page
	store *Store
}

// Get runs on the event loop, because it takes no context: the store answers
// from memory, so nothing here waits.
func (h *IndexHandler) Get() error {
	return h.Render("index.html", web.Args{"stories": h.store.Stories()})
}

// StoryHandler shows one story.
type StoryHandler struct {
	Page
	store *Store
}

// Get is given the number in the address.
func (h *StoryHandler) Get(id int) error {
	story, ok := h.store.Story(id)
	if !ok {
		return noStory(id)
	}
	return h.Render("story.html", web.Args{"story": story})
}

func noStory(id int) error {
	return web.HTTPError{StatusCode: 404, LogMessage: fmt.Sprintf("no story has the number %d", id)}
}

// ComposeHandler shows the form for a new story and takes what was written. Its
// route is for those who are logged in.
type ComposeHandler struct {
	Page
	store *Store
}

func (h *ComposeHandler) Get() error {
	return h.form("", "", "")
}

// Post stores the story and sends the browser to it. The redirect is what makes
// a reload afterwards show the story instead of posting it again.
func (h *ComposeHandler) Post() error {
	title := h.GetArgument("title", "")
	// Browsers end the lines of a form as the network has always done.
	body := strings.ReplaceAll(h.GetArgument("body", ""), "\r\n", "\n")
	picture, complaint := uploaded(h.Request.Files()["picture"])
	if wrong := complain(title, body); wrong != "" {
		complaint = wrong
	}
	if complaint != "" {
		h.SetStatus(400)
		return h.form(title, body, complaint)
	}
	author, _ := h.CurrentUser().(string)
	story := h.store.Add(Story{Title: title, Body: body, Author: author, Posted: time.Now(), Picture: picture})
	h.Redirect(h.ReverseURL("story", story.ID))
	return nil
}

func (h *ComposeHandler) form(title, body, complaint string) error {
	return h.Render("compose.html", web.Args{"title": title, "body": body, "complaint": complaint})
}

// complain says what is wrong with a story, or nothing.
func complain(title, body string) string {
	switch {
	case title == "":
		return "A story needs a title."
	case utf8.RuneCountInString(title) > 120:
		return "That title is too long: 120 letters are enough."
	case body == "":
		return "The story itself is missing."
	default:
		return ""
	}
}
