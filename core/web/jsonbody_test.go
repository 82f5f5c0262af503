package web

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

type author struct {
	Name string `json:"name"`
	Age  uint8  `json:"age"`
}

type comment struct {
	Author author    `json:"author"`
	Tags   []string  `json:"tags"`
	Stars  float64   `json:"stars"`
	Hidden bool      `json:"hidden"`
	Posted time.Time `json:"posted"`
}

var errNoName = errors.New("a comment needs a name")

func (c *comment) Validate() error {
	switch c.Author.Name {
	case "":
		return errNoName
	case "taken":
		return HTTPError{StatusCode: 409}
	}
	return nil
}

func TestReadJSON(t *testing.T) {
	captureLog(t)
	const jsonType = "Content-Type: application/json"
	var options JSONOptions
	run := func(h *RequestHandler) error {
		var c comment
		if err := h.ReadJSON(&c, options); err != nil {
			return err
		}
		h.Write(c.Author.Name + " " + strings.Join(c.Tags, "+"))
		return nil
	}
	for _, tt := range []struct {
		name, body, contentType string
		options                 JSONOptions
		status                  int
		detail, field           string // or what is written
	}{
		{"whole", "\n{\"author\": {\"name\": \"Ada\", \"age\": 36}, \"tags\": [\"a\", \"b\"], \"more\": 1}\n", jsonType, JSONOptions{}, 200, "Ada a+b", ""},
		{"with a charset", `{"author": {"name": "é"}}`, jsonType + "; charset=UTF-8", JSONOptions{}, 200, "é ", ""},
		{"of a vendor", `{"author": {"name": "x"}}`, "Content-Type: application/vnd.x+json", JSONOptions{}, 200, "x ", ""},
		{"anything", `{"author": {"name": "x"}}`, "Content-Type: text/plain", JSONOptions{AnyContentType: true}, 200, "x ", ""},

		{"a form", "a=b", "Content-Type: application/x-www-form-urlencoded", JSONOptions{}, 415, "application/json in UTF-8", ""},
		{"no type", `{}`, "X: y", JSONOptions{}, 415, `its Content-Type is ""`, ""},
		{"another charset", `{}`, jsonType + "; charset=latin1", JSONOptions{}, 415, "latin1", ""},
		{"text that ends in json", `{}`, "Content-Type: text/x+json", JSONOptions{}, 415, "text/x+json", ""},
		{"too long", `{"tags": ["123456789"]}`, jsonType, JSONOptions{MaxSize: 10}, 413, "23 bytes; there must not be more than 10", ""},
		{"too long by default", `{"tags": ["` + strings.Repeat("x", 1<<20) + `"]}`, jsonType, JSONOptions{}, 413, "more than 1048576", ""},
		{"long, and welcome", `{"author": {"name": "x"}, "tags": ["` + strings.Repeat(" ", 1<<20) + `"]}`, jsonType, JSONOptions{MaxSize: -1}, 200, "x ", ""},
		{"nothing but space", " \r\n", jsonType, JSONOptions{}, 400, "the body is empty; it must be JSON", ""},
		{"not UTF-8", "{\"author\": {\"name\": \"\xff\"}}", jsonType, JSONOptions{}, 400, "the body is not UTF-8", ""},

		{"a comma too many", "{\"author\": {\"name\": \"x\",\n  }}", jsonType, JSONOptions{}, 400, "(line 2, column 3)", ""},
		{"cut off", `{"author": `, jsonType, JSONOptions{}, 400, "the JSON ends too early (line 1, column 12)", ""},
		{"two values", "{}\n {}", jsonType, JSONOptions{}, 400, "something follows the JSON value (line 1, column 3)", ""},
		{"a list for an object", `[1]`, jsonType, JSONOptions{}, 400, "must be an object, not list", ""},
		{"a number for a text", "{\"author\":\n {\"name\": 7}}", jsonType, JSONOptions{}, 400, "author.name: must be a string, not number (line 2, column 11)", "author.name"},
		{"a text for a number", `{"stars": "many"}`, jsonType, JSONOptions{}, 400, "stars: must be a number, not string", "stars"},
		{"a number that does not fit", `{"author": {"age": 300}}`, jsonType, JSONOptions{}, 400, "author.age: must be a non-negative integer of at most 8 bits, not 300", "author.age"},
		{"a text for a list", `{"tags": "a"}`, jsonType, JSONOptions{}, 400, "tags: must be a list, not string", "tags"},
		{"a text for a truth", `{"hidden": "no"}`, jsonType, JSONOptions{}, 400, "hidden: must be true or false, not string", "hidden"},
		{"a bad time", `{"posted": "yesterday"}`, jsonType, JSONOptions{}, 400, `parsing time "yesterday"`, ""},
		{"unknown", "{\"more\": 1,\n \"name\": 2}", jsonType, JSONOptions{RefuseUnknownFields: true}, 400, "more: there is no such field", "more"},

		{"invalid", `{}`, jsonType, JSONOptions{}, 400, "a comment needs a name", ""},
		{"invalid with a status", `{"author": {"name": "taken"}}`, jsonType, JSONOptions{}, 409, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			options = tt.options
			for _, kind := range kinds {
				app := NewApplication(Settings{}, kind.route(`/`, run))
				got := exchangeWithFake(t, app, ask("POST", "/", tt.body, tt.contentType, "Accept: application/json"))
				if got.status != tt.status {
					t.Fatalf("%s: got %d %q; want %d", kind.name, got.status, got.body, tt.status)
				}
				if got.status == 200 {
					if !strings.HasPrefix(got.body, tt.detail) {
						t.Errorf("%s: got %q; want %q", kind.name, got.body, tt.detail)
					}
					continue
				}
				var answer struct {
					Error struct {
						Code                   int
						Message, Detail, Field string
					}
				}
				if err := json.Unmarshal([]byte(got.body), &answer); err != nil {
					t.Fatalf("%s: %v: %s", kind.name, err, got.body)
				}
				if e := answer.Error; e.Code != tt.status || !strings.Contains(e.Detail, tt.detail) || e.Field != tt.field {
					t.Errorf("%s: got %+v; want %d, %q, %q", kind.name, e, tt.status, tt.detail, tt.field)
				}
			}
		})
	}
}

func TestReadJSONMisused(t *testing.T) {
	logged := captureLog(t)
	app := NewApplication(Settings{}, kinds[0].route(`/`, func(h *RequestHandler) error { return h.ReadJSON(comment{}) }))
	if got := exchangeWithFake(t, app, ask("POST", "/", "{}", "Content-Type: application/json")); got.status != 500 {
		t.Errorf("got %d; want 500", got.status)
	}
	logged.expect(t, "ReadJSON needs a pointer")
}

func TestJSONErrorUnwraps(t *testing.T) {
	err := error(&JSONError{StatusCode: 400, Message: "m", Err: errNoName})
	var status HTTPError
	if !errors.Is(err, errNoName) || !errors.As(err, &status) || status.StatusCode != 400 || status.LogMessage != "JSON body: m" {
		t.Errorf("got %v, %+v; want both what failed and the HTTPError", err, status)
	}
}

func TestWriteJSON(t *testing.T) {
	logged := captureLog(t)
	everywhere(t, Settings{}, func(h *RequestHandler) error {
		switch h.Request.Path {
		case "/list":
			h.WriteJSON([]string{"a", "</b>"})
		case "/nothing":
			h.WriteJSON([]int{})
		case "/text":
			h.WriteJSON("x")
		case "/twice":
			h.Finish("x")
			h.WriteJSON(1)
		default:
			h.WriteJSON(func() {})
		}
		return nil
	}, func(t *testing.T, fetch func(string) response) {
		for path, want := range map[string]string{"/list": `["a","<\/b>"]`, "/nothing": `[]`, "/text": `"x"`} {
			got := fetch(get(path))
			if got.body != want || got.header.Get("Content-Type") != jsonContentType {
				t.Errorf("%s: got %q %s; want %q as JSON", path, got.body, got.header.Get("Content-Type"), want)
			}
		}
		if got := fetch(get("/bad")); got.status != 500 {
			t.Errorf("a function: got %d; want 500", got.status)
		}
		if got := fetch(get("/twice")); got.status != 200 || got.body != "x" {
			t.Errorf("after Finish: got %d %q; want what was finished", got.status, got.body)
		}
	})
	logged.expect(t, "WriteJSON", "after the answer was finished")
}
