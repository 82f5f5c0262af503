package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/tornadotest"
)

const testSecret = "a secret for tests, and for nothing else"

// serve starts the blog with two stories and an empty chat; the end of the test
// stops it.
func serve(t *testing.T) *tornadotest.Server {
	t.Helper()
	store := NewStore(
		Story{Title: "The first", Body: "How it began.\n\n\tgo run ."},
		Story{Title: "Tea & <b>scones</b>", Body: "How it went on."},
	)
	return tornadotest.Serve(t, newApplication(store, NewRoom(), testSecret))
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
		{"/", 200, `<link href="/static/entry.css?v=`},
		{"/login?next=%2Fcompose", 200, `name="next" value="/compose"`},
		{"/logout", 405, ""},
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

// A visitor has the cookies of one browser. Its forms carry the token that proves
// that they come from a page of ours.
type visitor struct {
	*tornadotest.Server
	cookies string
}

const token = "0123456789abcdef"

func newVisitor(blog *tornadotest.Server) *visitor { return &visitor{blog, "_xsrf=" + token} }

func (v *visitor) get(path string) tornadotest.Response {
	return v.Fetch("GET", path, http.Header{"Cookie": {v.cookies}}, "")
}

func (v *visitor) post(path string, form url.Values) tornadotest.Response {
	form.Set("_xsrf", token)
	header := http.Header{"Cookie": {v.cookies}, "Content-Type": {"application/x-www-form-urlencoded"}}
	got := v.Fetch("POST", path, header, form.Encode())
	for _, cookie := range got.Header.Values("Set-Cookie") {
		pair, _, _ := strings.Cut(cookie, ";")
		v.cookies += "; " + pair
	}
	return got
}

func redirects(t *testing.T, got tornadotest.Response, location string) {
	t.Helper()
	if got.StatusCode != 302 || got.Header.Get("Location") != location {
		t.Fatalf("got %d to %q; want 302 to %s", got.StatusCode, got.Header.Get("Location"), location)
	}
}

func TestLogin(t *testing.T) {
	blog := serve(t)
	ada := newVisitor(blog)
	redirects(t, ada.get("/compose"), "/login?next=%2Fcompose")
	if got := ada.post("/compose", url.Values{"title": {"x"}, "body": {"x"}}); got.StatusCode != 403 {
		t.Errorf("a story of nobody: got %d; want 403", got.StatusCode)
	}
	if got := ada.post("/login", url.Values{"name": {" "}}); got.StatusCode != 400 || !strings.Contains(got.Body, "A name has") {
		t.Errorf("without a name: got %d; want 400 and a complaint", got.StatusCode)
	}
	redirects(t, ada.post("/login", url.Values{"name": {"Ada"}, "next": {"//evil.example/"}}), "/")
	redirects(t, ada.post("/login", url.Values{"name": {"Ada"}, "next": {"/compose"}}), "/compose")
	if got := ada.get("/chat"); !strings.Contains(got.Body, `value="Ada"`) || !strings.Contains(got.Body, "Log out") {
		t.Errorf("got %s; want a page for Ada", got.Body)
	}
	redirects(t, ada.post("/logout", url.Values{}), "/")

	forged := newVisitor(blog)
	forged.cookies += `; user="2|1:0|10:1700000000|4:user|4:QWRh|0000"`
	redirects(t, forged.get("/compose"), "/login?next=%2Fcompose")
}

// What another site makes a browser send has the cookies, and not the token.
func TestForgedFormsAreRefused(t *testing.T) {
	blog := serve(t)
	header := http.Header{"Cookie": {"_xsrf=" + token}, "Content-Type": {"application/x-www-form-urlencoded"}}
	for _, path := range []string{"/login", "/logout", "/compose", "/chat"} {
		if got := blog.Fetch("POST", path, header, "name=Eve&text=x"); got.StatusCode != 403 {
			t.Errorf("%s: got %d; want 403", path, got.StatusCode)
		}
	}
}

func TestCompose(t *testing.T) {
	ada := newVisitor(serve(t))
	redirects(t, ada.post("/login", url.Values{"name": {"Ada"}}), "/")
	if got := ada.get("/compose"); !strings.Contains(got.Body, "<textarea") {
		t.Errorf("got %d, %s; want the form", got.StatusCode, got.Body)
	}

	got := ada.post("/compose", url.Values{"title": {"The third"}, "body": {""}})
	if got.StatusCode != 400 || !strings.Contains(got.Body, "The story itself is missing.") ||
		!strings.Contains(got.Body, `value="The third"`) {
		t.Errorf("without a body: got %d, %s; want 400 and the form as it was", got.StatusCode, got.Body)
	}

	redirects(t, ada.post("/compose", url.Values{"title": {"The third"}, "body": {"How it ends.\r\n\r\n\tos.Exit(0)"}}), "/story/3")
	if got := ada.get("/story/3"); !strings.Contains(got.Body, "<pre><code>os.Exit(0)</code></pre>") || !strings.Contains(got.Body, "Ada") {
		t.Errorf("got %d, %s; want the story, and who wrote it", got.StatusCode, got.Body)
	}
}

// A picture comes back as it was sent, as what it is, and nothing else does.
func TestPicture(t *testing.T) {
	ada := newVisitor(serve(t))
	redirects(t, ada.post("/login", url.Values{"name": {"Ada"}}), "/")
	upload := func(content []byte) tornadotest.Response {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		for name, value := range map[string]string{"_xsrf": token, "title": "With a picture", "body": "Look."} {
			if err := form.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
		file, err := form.CreateFormFile("picture", "../../page.html")
		if err != nil {
			t.Fatal(err)
		}
		file.Write(content)
		form.Close()
		return ada.Fetch("POST", "/compose", http.Header{"Cookie": {ada.cookies}, "Content-Type": {form.FormDataContentType()}}, body.String())
	}
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	redirects(t, upload(drawn.Bytes()), "/story/3")
	if got := ada.get("/story/3"); !strings.Contains(got.Body, `<img src="/story/3/picture"`) {
		t.Errorf("got %s; want the picture in the page", got.Body)
	}
	got := ada.get("/story/3/picture")
	if got.Header.Get("Content-Type") != "image/png" || got.Body != drawn.String() {
		t.Errorf("got %d, %s, %q; want the picture", got.StatusCode, got.Header.Get("Content-Type"), got.Body)
	}
	for name, content := range map[string][]byte{"a page": []byte("<script>"), "nothing": nil, "too much": append(drawn.Bytes(), make([]byte, maxPicture)...)} {
		if got := upload(content); got.StatusCode != 400 || !strings.Contains(got.Body, `role="alert"`) {
			t.Errorf("%s: got %d, %s; want 400 and a complaint", name, got.StatusCode, got.Body)
		}
	}
	if got := ada.get("/story/1/picture"); got.StatusCode != 404 {
		t.Errorf("a story without a picture: got %d; want 404", got.StatusCode)
	}
}

// The key is made once, and the environment's comes first.
func TestCookieSecret(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("COOKIE_SECRET", "")
	first, err := cookieSecret()
	again, err2 := cookieSecret()
	if err != nil || err2 != nil || len(first) < 32 || first != again {
		t.Errorf("got %q, %v, then %q, %v; want the same long text", first, err, again, err2)
	}
	t.Setenv("COOKIE_SECRET", "of the environment")
	if got, err := cookieSecret(); got != "of the environment" || err != nil {
		t.Errorf("got %q, %v; want that of the environment", got, err)
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
	blog := tornadotest.Serve(t, newApplication(NewStore(), room, testSecret))

	go room.Say("Ada", "Is <anybody> here?") // ends by itself
	first := messages(t, blog.Get("/chat/after/0"))
	if len(first) != 1 || first[0].Name != "Ada" || first[0].Text != "Is <anybody> here?" {
		t.Fatalf("got %+v; want what was said", first)
	}

	redirects(t, newVisitor(blog).post("/chat", url.Values{"name": {"Grace"}, "text": {"Yes."}}), "/chat")
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
