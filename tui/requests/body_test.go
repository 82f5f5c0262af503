package requests

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/pane"
	"github.com/tornado-dev/tornado/tui/theme"
)

func packed(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestBodyLines(t *testing.T) {
	for _, tt := range []struct {
		name           string
		body           string
		size           int64 // zero means all of body
		kind, encoding string
		form           bodyForm
		want           string
	}{
		{"nothing", "", 0, "text/html", "", pretty, ""},
		{"text", "one\r\n\ttwo", 0, "text/plain", "", pretty, "|Body  9 B, text/plain|one|    two"},
		{"a part", "one", 3 << 20, "text/plain", "", pretty, "|Body  3 B of 3.0 MiB kept, text/plain|one"},
		{"nothing kept", "", 512, "text/plain", "", pretty, "|Body  0 B of 512 B kept, text/plain"},
		{"JSON", `{"a":[1]}`, 0, "application/json", "", pretty, `|Body  9 B, application/json|{|  "a": [|    1|  ]|}`},
		{"JSON that nobody declared", `[1]`, 0, "", "", pretty, "|Body  3 B|[|  1|]"},
		{"JSON as it is", `{"a":[1]}`, 0, "application/json", "", text, `|Body  9 B, application/json|{"a":[1]}`},
		{"JSON that is wrong", "{\"a\":\n?}", 0, "application/json", "", pretty, "|Body  8 B, application/json|not JSON at byte 7, line 2: invalid character '?' looking for beginning of value|{\"a\":|?}"},
		{"JSON that is cut", `{"a":`, 900, "application/problem+json", "", pretty, `|Body  5 B of 900 B kept, application/problem+json|shown as it is: the rest is missing|{"a":`},
		{"bytes", "\x00\x01\xffA", 0, "image/png", "", pretty, "|Body  4 B, image/png, as bytes|00000000  00 01 ff 41                                     ···A"},
		{"text as bytes", "Az", 0, "", "", bytewise, "|Body  2 B, as bytes|00000000  41 7a                                           Az"},
		{"a character cut in two", "日本"[:5], 6, "", "", pretty, "|Body  5 B of 6 B kept|日\\xe6\\x9c"},
		{"packed", packed(t, "hello"), 0, "text/plain", "gzip", pretty, "|Body  29 B, text/plain, unpacked from gzip|hello"},
		{"not what it says", "hello", 0, "text/plain", "gzip", pretty, "|Body  5 B, text/plain|hello"},
		{"steering", "a\x1b[31mb and text enough to count as text, which a single control character does not change", 0, "", "", pretty, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			size := tt.size
			if size == 0 {
				size = int64(len(tt.body))
			}
			got := strings.Join(bodyLines(theme.Theme{}, "Body", []byte(tt.body), size, tt.kind, tt.encoding, tt.form, 100), "|")
			if strings.Contains(got, "\x1b") {
				t.Fatalf("an escape character is left in %q", got)
			}
			if tt.name != "steering" && got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A packed body may be made to grow without end.
func TestUnpackIsBounded(t *testing.T) {
	got, ok := unpack([]byte(packed(t, strings.Repeat("\x00", 10<<20))), "gzip")
	if !ok || len(got) != unpackLimit {
		t.Errorf("got %d bytes, %v; want %d", len(got), ok, unpackLimit)
	}
}

func TestFields(t *testing.T) {
	const head = "GET / HTTP/1.1\r\nHost: a\r\nX-Two:  b c \r\n\r\n"
	if got := strings.Join(fieldLines(head), "|"); got != "Host: a|X-Two:  b c " {
		t.Errorf("got %q", got)
	}
	for name, want := range map[string]string{"host": "a", "X-TWO": "b c", "X": ""} {
		if got := field(head, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got := field("", "Host"); got != "" {
		t.Errorf("of no head: got %q", got)
	}
}

func TestSecret(t *testing.T) {
	for name, want := range map[string]bool{"password": true, "new_Password2": true, "access_token": true, "title": false, "": false} {
		if got := secret(name); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
}

// What goes into a bug report has the secrets only if they are on the screen, too.
func TestMarkdownIsMasked(t *testing.T) {
	r := &inspector.Request{Method: "GET", URI: "/?token=verysecret", Done: true, Status: 200, Duration: time.Millisecond,
		Head: "GET /?token=verysecret HTTP/1.1\r\nCookie: session=verysecret\r\n"}
	for _, unmasked := range []bool{false, true} {
		m := New(&pane.Env{})
		m.unmasked = unmasked
		if got := m.markdown(r); strings.Contains(got, "verysecret") != unmasked {
			t.Errorf("unmasked %t: got\n%s", unmasked, got)
		}
	}
}

// BenchmarkBody is what it takes to show the largest body that is kept: it is
// made while the cursor is on its request.
func BenchmarkBody(b *testing.B) {
	json := []byte(`{"rows":[` + strings.Repeat(`{"id":1,"title":"once upon a time"},`, trace.BodyLimit/40) + `{}]}`)
	for name, body := range map[string][]byte{"bytes": make([]byte, trace.BodyLimit), "JSON": json, "text": bytes.Repeat([]byte("Grüße aus Köln, 日本\n"), trace.BodyLimit/28)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				bodyLines(theme.Theme{}, "Body", body, int64(len(body)), "", "", pretty, 80)
			}
		})
	}
}
