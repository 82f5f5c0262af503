package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/tornadotest"
)

// serve starts the blog with two stories and an empty chat; the end of the test
// stops it.
func serve(t *testing.T) *tornadotest.Server {
	t.Helper()
	store := NewStore(
		Story{Title: "The first", Body: "How it began.\n\n\tgo run ."},
		Story{Title: "Tea & <b>scones</b>", Body: "How it went on."},
	)
	return tornadotest.Serve(t, newApplication(store, NewRoom()))
}

func TestPages(t *testing.T) {
	blog := serve(t)
	for _, tt := range []struct {
		path   string
		status int
		want   string // in the body
	}{
		{"/", 200, `<a href="/story/1">The first</a>`},
		{"/", 200, "Tea &amp; &lt;b&gt;scones&lt;/b&gt;"},
		{"/story/1", 200, "<pre><code>go run .</code></pre>"},
		{"/story/3", 404, ""},
		{"/story/99999999999999999999", 404, ""},
		{"/compose", 200, "<textarea"},
		{"/chat", 200, "Nobody has said anything yet"},
		{"/static/style.css", 200, "--accent"},
		{"/favicon.ico", 200, ""},
		{"/robots.txt", 200, "User-agent"},
		{"/nowhere", 404, ""},
	} {
		t.Run(tt.path, func(t *testing.T) {
			got := blog.Get(tt.path)
			if got.StatusCode != tt.status || !strings.Contains(got.Body, tt.want) {
				t.Errorf("got %d, %s; want %d and %q", got.StatusCode, got.Body, tt.status, tt.want)
			}
		})
	}
}

func TestCompose(t *testing.T) {
	blog := serve(t)

	got := blog.Post("/compose", url.Values{"title": {"The third"}, "body": {""}})
	if got.StatusCode != 400 || !strings.Contains(got.Body, "The story itself is missing.") ||
		!strings.Contains(got.Body, `value="The third"`) {
		t.Errorf("without a body: got %d, %s; want 400 and the form as it was", got.StatusCode, got.Body)
	}

	got = blog.Post("/compose", url.Values{"title": {"The third"}, "body": {"How it ends.\r\n\r\n\tos.Exit(0)"}})
	if got.StatusCode != 302 || got.Header.Get("Location") != "/story/3" {
		t.Fatalf("got %d to %q; want 302 to /story/3", got.StatusCode, got.Header.Get("Location"))
	}
	if got := blog.Get("/story/3"); !strings.Contains(got.Body, "<pre><code>os.Exit(0)</code></pre>") {
		t.Errorf("got %d, %s; want the story", got.StatusCode, got.Body)
	}
}

func TestAPI(t *testing.T) {
	blog := serve(t)

	var list struct{ Stories []Story }
	decode(t, blog.Get("/api/stories"), &list)
	if len(list.Stories) != 2 || list.Stories[0].ID != 2 {
		t.Errorf("got %+v; want two stories, the newest first", list.Stories)
	}

	var story Story
	decode(t, blog.Get("/api/stories/1"), &story)
	if story.Title != "The first" {
		t.Errorf("got %+v; want the first story", story)
	}
	if got := blog.Get("/api/stories/3"); got.StatusCode != 404 {
		t.Errorf("got %d; want 404", got.StatusCode)
	}
}

// What is said reaches those who wait, whether they began to wait before or
// after it.
func TestChat(t *testing.T) {
	room := NewRoom()
	blog := tornadotest.Serve(t, newApplication(NewStore(), room))

	go room.Say("Ada", "Is <anybody> here?") // ends by itself
	first := messages(t, blog.Get("/chat/after/0"))
	if len(first) != 1 || first[0].Name != "Ada" || first[0].Text != "Is <anybody> here?" {
		t.Fatalf("got %+v; want what was said", first)
	}

	if got := blog.Post("/chat", url.Values{"name": {"Grace"}, "text": {"Yes."}}); got.StatusCode != 302 {
		t.Errorf("got %d; want 302", got.StatusCode)
	}
	rest := messages(t, blog.Get(fmt.Sprintf("/chat/after/%d", first[0].ID)))
	if len(rest) != 1 || rest[0].Text != "Yes." {
		t.Errorf("got %+v; want what was said after that", rest)
	}
	if got := blog.Get("/chat"); !strings.Contains(got.Body, "Is &lt;anybody&gt; here?") {
		t.Errorf("got %s; want what was said on the page", got.Body)
	}
}

// decode reads the JSON of an answer into v.
func decode(t *testing.T, got tornadotest.Response, v any) {
	t.Helper()
	if got.StatusCode != 200 || got.Header.Get("Content-Type") != "application/json; charset=UTF-8" {
		t.Errorf("got %d, %s; want 200 and JSON", got.StatusCode, got.Header.Get("Content-Type"))
	}
	if err := json.Unmarshal([]byte(got.Body), v); err != nil {
		t.Fatalf("%v: %s", err, got.Body)
	}
}

func messages(t *testing.T, got tornadotest.Response) []Message {
	t.Helper()
	var answer struct{ Messages []Message }
	decode(t, got, &answer)
	return answer.Messages
}
