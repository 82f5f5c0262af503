package template

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"
	"time"
)

type (
	state int

	// A base has a method of pointers, which its copies shall have too.
	base struct{ ID int }

	article struct {
		base
		State   state
		Summary sql.NullString
		Seen    sql.NullTime
		Rank    sql.Null[int]
		Raw     json.RawMessage
		Tags    []string
		Hook    func()
	}

	bag[T any] struct{ items []T }
)

func (s state) String() string { return [...]string{"draft", "live"}[s] }

func (b *base) Slug() string { return fmt.Sprint("b", b.ID) }

func (b bag[T]) Len() int         { return len(b.items) }
func (b bag[T]) All() iter.Seq[T] { return slices.Values(b.items) }

func TestGoValues(t *testing.T) {
	args := map[string]any{
		"a": article{
			base: base{3}, State: 1, Summary: sql.NullString{String: "<s>", Valid: true}, Rank: sql.Null[int]{V: 4, Valid: true},
			Raw: json.RawMessage(`{"a":[1]}`),
		},
		"p":     &article{},
		"n":     json.Number("1.50"),
		"big":   json.Number("12345678901234567890"),
		"bag":   bag[string]{[]string{"x", "y"}},
		"empty": &bag[int]{},
		"d":     time.Minute,
		"count": func(yield func(int) bool) {
			for n := 0; yield(n); n++ {
			}
		},
		"pairs": maps.All(map[string]int{"a": 1}),
		"byte":  func(n uint8) uint8 { return n },
		"text":  func(s string) string { return "[" + s + "]" },
		"var":   func(sep string, n ...int) string { return fmt.Sprint(sep, n) },
	}
	for _, tt := range []struct{ name, text, want string }{
		{"method of pointers", "{{ a.slug }} {{ a.slug() }} {{ a.Slug() }} {{ p.slug }}", "b3 b3 b3 b0"},
		{"Stringer in formats", "{{ '%s %d' % (a.state, a.state) }} {{ '%s' % a.state }} {{ f'{a.state}' }}", "live 1 live live"},
		{"null", "{{ a.summary }} {{ a.summary.upper() }} {{ a.summary.string }} {{ a.rank + 1 }} {{ a.rank }} {{ [a.summary] }}", "<s> <S> <s> 5 4 ['<s>']"},
		{"null that is NULL", "{{ p.summary }} {{ p.seen or 'never' }} {{ p.rank is None }} {{ p.seen.valid }} {{ [p.rank] }}", "None never True False [None]"},
		{"null compared", "{{ a.summary == '<s>' }} {{ a.rank == 4 }} {{ p.rank == None }} {% if p.rank %}y{% else %}n{% end %}", "True True True n"},
		{"null as an argument", "{{ text(a.summary) }} {{ json_encode({'s': a.summary, 'r': p.rank}) }}", `[<s>] {"s": "<s>", "r": null}`},
		{"number of JSON", "{{ n }} {{ n + 1 }} {{ n > 1 }} {{ big + 1 }} {{ text(n) }}", "1.50 2.5 True 12345678901234567891 [1.50]"},
		{"JSON as it is", "{{ json_encode(a.raw) }}", `{"a": [1]}`},
		{"list without elements", "{{ json_encode(a.tags) }} {{ json_encode({'t': a.tags}) }}", `[] {"t": []}`},
		{"container", "{{ len(bag) }} {% for x in bag %}{{ x }}{% end %} {{ ','.join(bag) }} {{ list(bag) }}", "2 xy x,y ['x', 'y']"},
		{"container without elements", "{% if empty %}y{% else %}n{% end %} {{ len(empty) }}{% for x in empty %}{{ x }}{% end %}", "n 0"},
		{"endless iterator", "{% for n in count %}{% if n == 1 %}{% continue %}{% end %}{% if n > 3 %}{% break %}{% end %}{{ n }}{% else %}no{% end %}", "023"},
		{"iterator to its end", "{% for x in bag %}{{ x }}{% else %}!{% end %}{% for k, v in pairs %}{{ k }}{{ v }}{% end %}", "xy!a1"},
		{"error in the loop over an iterator", "{% try %}{% for n in count %}{{ 1 / (n - 2) }} {% end %}{% except ZeroDivisionError %}zero{% end %}", "-0.5 -1.0 zero"},
		{"nil function", "{{ a.hook() }}", "!hook() is nil and cannot be called"},
		{"out of range", "{{ byte(255) }} {{ byte(256) }}", "!argument 1 of byte() is 256, out of the range of uint8"},
		{"too few", "{{ var() }}", "!var() takes at least 1 argument, not 0"},
		{"wrong type", "{{ var('a', 'b') }}", "!argument 2 of var() must be an int, not str"},
		{"duration and number", "{{ d > 0 }}", "!'>' not supported between instances of 'timedelta' and 'int'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := rendered(t, tt.text, args); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
