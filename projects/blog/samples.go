package main

import (
	"strings"
	"time"
)

// samples are the stories that the blog begins with, oldest first. Delete this
// file, and its mention in main.go, when you have stories of your own.
func samples() []Story {
	daysAgo := func(n int) time.Time { return time.Now().AddDate(0, 0, -n) }
	return []Story{
		{
			Title:  "Where a handler runs",
			Posted: daysAgo(9),
			Body: trimmed(`
A request is answered by a method named after its verb, and the method says by its parameters where it runs.

	func (h *StoryHandler) Get(id int) error

This one runs on the event loop. It answers from memory, so it never waits, and nothing is cheaper. The number in the address arrives as an int, because that is what it is.

	func (h *ChatUpdatesHandler) Get(ctx context.Context, after int64) error

This one takes a context, so it runs in a goroutine of its own and may wait for anything: a database, another server, somebody who says something. When the reader leaves, the context ends, and so should the wait.

If a signature does not fit its route, the program says so when it starts, not when the first visitor comes.`),
		},
		{
			Title:  "Pages that inherit",
			Posted: daysAgo(4),
			Body: trimmed(`
Every page here extends base.html and fills in its blocks. Each story in the list is a UI module, which brings its own template and style sheet along. There is no more to it.

	{% extends "base.html" %}
	{% block main %}
	    {% for story in stories %}
	        {% module Entry(story) %}
	    {% end %}
	{% end %}

Whatever a template prints is escaped, so a visitor who writes a script tag into the form sees just that: a script tag, in print.

Break a template on purpose, save it, and look at the workbench. It shows the line, the column, and which page led there. The site goes on with what it had.`),
		},
		{
			Title:  "Save something and watch this page",
			Posted: daysAgo(1),
			Body: trimmed(`
Open static/style.css, find the accent among the colours at the top, and give it another value. Save. The page you are reading changes without being loaded again.

Now change a word in templates/base.html. No build is needed for that either.

Then change a Go file. The old program finishes what it has begun, the new one takes over its connections, and no request is lost in between. What the old one kept in memory is gone with it, what was said in the chat for one; a database would have kept it.

When it does not compile, the site stays up and the error waits in the terminal, with the line to look at.`),
		},
	}
}

func trimmed(text string) string { return strings.TrimSpace(text) }
