package validate_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-playground/validator/v10"

	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/web/validate"
)

type author struct {
	Name string `json:"name" form:"name" validate:"required,max=5"`
	Age  int    `json:"age" form:"age" validate:"gte=18"`
}

type comment struct {
	Author   author   `json:"author"`
	Email    string   `json:"email" validate:"omitempty,email"`
	Tags     []string `json:"tags" validate:"max=2,dive,alphanum"`
	Kind     string   `json:"kind" validate:"omitempty,oneof=news essay"`
	Others   []author `json:"others" validate:"dive"`
	Fruit    string   `json:"fruit" validate:"omitempty,fruit"`
	Password string   `validate:"omitempty,min=8"`
	Again    string   `validate:"eqfield=Password"`
}

type handler struct{ web.RequestHandler }

func (h *handler) Post(kind string) error {
	switch kind {
	case "form":
		return h.ReadForm(new(author))
	case "list":
		return h.ReadJSON(new([]author))
	case "map":
		return h.ReadJSON(new(map[string]any))
	case "broken":
		return h.ReadJSON(new(struct {
			A string `validate:"nosuchrule"`
		}))
	}
	return h.ReadJSON(new(comment))
}

func fruit(v *validator.Validate) {
	if err := v.RegisterValidation("fruit", func(f validator.FieldLevel) bool { return f.Field().String() == "apple" }); err != nil {
		panic(err)
	}
}

func TestTags(t *testing.T) {
	tornadotest.ExpectLog(t, "fields:", "nosuchrule", "400 POST", "500 POST", "JSON body")
	s := tornadotest.Serve(t, web.NewApplication(web.Settings{Loops: 1, Validator: validate.Tags(fruit)}, web.URL[handler](`/(\w+)`)))
	const good = `"author": {"name": "Ada", "age": 36}`
	for _, tt := range []struct {
		path, body string
		status     int
		want       string // field and message, as they stand in the JSON
	}{
		{"/json", `{` + good + `}`, 200, ""},
		{"/json", `{` + good + `, "email": "a@example.com", "tags": ["a", "b"], "kind": "news", "fruit": "apple"}`, 200, ""},
		{"/json", `{"author": {"age": 36}}`, 400, "author.name: is required"},
		{"/json", `{"author": {"name": "Augusta", "age": 3}}`, 400, "author.name: must have at most 5 characters; author.age: must be at least 18"},
		{"/json", `{` + good + `, "email": "a"}`, 400, "email: must be an e-mail address"},
		{"/json", `{` + good + `, "tags": ["a", "b", "c"]}`, 400, "tags: must have at most 2 elements"},
		{"/json", `{` + good + `, "tags": ["a", "<b>"]}`, 400, "tags[1]: must have letters and digits only"},
		{"/json", `{` + good + `, "kind": "poem"}`, 400, "kind: must be one of: news, essay"},
		{"/json", `{` + good + `, "others": [{"name": "Eve"}]}`, 400, "others[0].age: must be at least 18"},
		{"/json", `{` + good + `, "fruit": "stone"}`, 400, "fruit: does not follow the rule fruit"},
		{"/json", `{` + good + `, "Password": "longenough"}`, 400, "Again: must be the same as Password"},
		{"/json", `{` + good, 400, "the JSON ends too early"},
		{"/list", `[{"name": "Ada", "age": 36}, {"name": "Eve"}]`, 400, "[1].age: must be at least 18"},
		{"/map", `{"a": 1}`, 200, ""},
		{"/form", "name=Ada&age=36", 200, ""},
		{"/form", "name=+&age=36", 400, "name: is required"},
		{"/form", "name=Ada&age=x", 400, "age: must be an integer of at most 64 bits"},
		{"/broken", `{}`, 500, ""},
	} {
		r := tornadotest.Request{Method: "POST", Path: tt.path, Body: tt.body, Header: map[string][]string{"Content-Type": {"application/json"}, "Accept": {"text/plain"}}}
		if tt.path == "/form" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		got := s.Do(r)
		if got.StatusCode != tt.status || !strings.Contains(got.Body, tt.want) {
			t.Errorf("%s %s: got %d, %q; want %d, %q", tt.path, tt.body, got.StatusCode, got.Body, tt.status, tt.want)
		}
	}
}

func TestFieldErrorsAreFound(t *testing.T) {
	var wrong web.FieldErrors
	if err := validate.Tags()(&author{Name: "Ada"}); !errors.As(err, &wrong) || wrong.Of("age") != "must be at least 18" {
		t.Errorf("got %v", err)
	}
}
