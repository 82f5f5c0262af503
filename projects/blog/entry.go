package main

import "github.com/tornado-dev/tornado/core/web"

// Entry is a UI module: one story in a list, with the style sheet it needs. A page
// that says {% module Entry(story) %} gets both, and the sheet once.
type Entry struct{ web.UIModule }

func (m *Entry) Render(story Story) (string, error) {
	return m.RenderString("_entry.html", web.Args{"story": story})
}

func (m *Entry) CSSFiles() []string { return []string{"entry.css"} }
