package web

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

type Paging struct {
	Page int `form:"page"`
}

type entryForm struct {
	Paging
	Title   string    `form:"title"`
	Age     *uint8    `form:"-"`
	Stars   float64   `json:"stars,omitempty"`
	Hidden  bool      `form:"hidden"`
	Small   int8      `form:"small"`
	Tags    []string  `form:"tag"`
	Numbers []uint    `form:"n"`
	Posted  time.Time `form:"posted"`
	Plain   string
	secret  string
}

func (e *entryForm) Validate() error {
	if e.Title == "taken" {
		return HTTPError{StatusCode: 409}
	}
	if e.Title == "bad" {
		return errors.New("that is no title")
	}
	return nil
}

func TestReadForm(t *testing.T) {
	captureLog(t)
	var got entryForm
	run := func(h *RequestHandler) error {
		got = entryForm{Title: "as it was", Small: 7}
		return h.ReadForm(&got)
	}
	refuseTitle := func(v any) error {
		if v.(*entryForm).Title == "refused" {
			return FieldErrors{{"title", "is refused"}, {"tag", "is missing"}}
		}
		return nil
	}
	everywhere(t, Settings{Validator: refuseTitle}, run, func(t *testing.T, fetch func(string) response) {
		for _, tt := range []struct {
			body   string
			status int
			want   entryForm
			detail string
		}{
			{"title=+a+b+&page=3&stars=1.5&hidden=on&small=-128&tag=x&tag=y&n=1&n=2&posted=2024-01-02T03:04:05Z&Plain=p&secret=s", 200,
				entryForm{Paging{3}, "a b", nil, 1.5, true, -128, []string{"x", "y"}, []uint{1, 2}, time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), "p", ""}, ""},
			{"", 200, entryForm{Title: "as it was", Small: 7}, ""},
			{"title=&small=&n=&hidden=&posted=", 200, entryForm{Small: 7, Numbers: []uint{0}}, ""},
			{"title=one&title=two", 200, entryForm{Title: "two", Small: 7}, ""},
			{"small=128&n=1&n=-1&hidden=maybe&stars=x&page=1e3&posted=today", 400, entryForm{},
				"page: must be an integer of at most 64 bits; stars: must be a number; hidden: must be true or false; " +
					"small: must be an integer of at most 8 bits; n: must be a non-negative integer of at most 64 bits; posted: cannot be understood"},
			{"title=refused", 400, entryForm{}, "title: is refused; tag: is missing"},
			{"title=bad", 400, entryForm{}, "that is no title"},
			{"title=taken", 409, entryForm{}, ""},
			{"title=%ff", 400, entryForm{}, ""},
		} {
			answer := fetch(ask("POST", "/", tt.body, "Content-Type: application/x-www-form-urlencoded", "Accept: text/plain"))
			if answer.status != tt.status || !strings.Contains(answer.body, tt.detail) {
				t.Errorf("%q: got %d, %q; want %d, %q", tt.body, answer.status, answer.body, tt.status, tt.detail)
			}
			if tt.status == 200 && !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%q: got %+v; want %+v", tt.body, got, tt.want)
			}
		}
		answer := fetch(ask("POST", "/", "title=refused", "Content-Type: application/x-www-form-urlencoded", "Accept: application/json"))
		if want := `"fields":[{"field":"title","message":"is refused"},{"field":"tag","message":"is missing"}]`; !strings.Contains(answer.body, want) {
			t.Errorf("as JSON: got %s; want %s", answer.body, want)
		}
	})
}

func TestFieldErrors(t *testing.T) {
	e := FieldErrors{{"a", "one"}, {"a", "two"}, {"", "three"}}
	if got := e.Of("a") + e.Of("b"); got != "one" {
		t.Errorf("got %q; want the first message", got)
	}
	if got, want := e.Error(), "a: one; a: two; three"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestReadFormMisused(t *testing.T) {
	h := new(RequestHandler)
	for _, v := range []any{nil, entryForm{}, new(int), (*entryForm)(nil)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%T: no panic", v)
				}
			}()
			h.ReadForm(v)
		}()
	}
}
