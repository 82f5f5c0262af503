package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDerived(t *testing.T) {
	l := pendingLogin{secret: "secret"}
	seen := map[string]bool{}
	for _, text := range []string{l.state(), l.nonce(), l.verifier()} {
		// RFC 7636 section 4.1: 43 to 128 of these characters.
		if len(text) != 43 || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" || seen[text] {
			t.Errorf("got %q, after %v", text, seen)
		}
		seen[text] = true
	}
	if other := (pendingLogin{secret: "other"}); other.state() == l.state() {
		t.Error("two logins have one state")
	}
	if a, b := begin(time.Now(), "/"), begin(time.Now(), "/"); a.secret == b.secret || len(a.secret) < 26 {
		t.Errorf("got %q and %q; want two secrets of 128 bits or more", a.secret, b.secret)
	}
}

func TestPending(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	login := func(secret string, age time.Duration, next string) pendingLogin {
		return pendingLogin{secret, start.Add(-age), next}
	}
	long := "/" + strings.Repeat("x", maxNext-1)
	for _, tt := range []struct {
		name         string
		logins, want []pendingLogin
	}{
		{"none", nil, nil},
		{"one", []pendingLogin{login("a", 0, "/")}, []pendingLogin{login("a", 0, "/")}},
		{"a path with all that a path can have", []pendingLogin{login("a", 0, "/ b c?d=é&e|f:g,h")}, []pendingLogin{login("a", 0, "/ b c?d=é&e|f:g,h")}},
		{"too old", []pendingLogin{login("a", patience+time.Second, "/"), login("b", patience, "/")}, []pendingLogin{login("b", patience, "/")}},
		{"too many", []pendingLogin{login("a", 5, "/"), login("b", 4, "/"), login("c", 3, "/"), login("d", 2, "/"), login("e", 1, "/")},
			[]pendingLogin{login("b", 4, "/"), login("c", 3, "/"), login("d", 2, "/"), login("e", 1, "/")}},
		{"too long", []pendingLogin{login("a", 2, long), login("b", 1, long), login("c", 0, long)},
			[]pendingLogin{login("b", 1, long), login("c", 0, long)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := formatPending(tt.logins)
			if len(text) > maxPendingText {
				t.Errorf("got %d bytes; want no more than %d", len(text), maxPendingText)
			}
			got := parsePending(text, start)
			for i := range tt.want {
				tt.want[i].begun = tt.want[i].begun.Truncate(time.Second)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(pendingLogin{})); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestTake(t *testing.T) {
	a, b, c := pendingLogin{secret: "a"}, pendingLogin{secret: "b"}, pendingLogin{secret: "c"}
	for _, tt := range []struct {
		name, state string
		want        string // its secret
		others      int
	}{
		{"the first", a.state(), "a", 2},
		{"the last", c.state(), "c", 2},
		{"none", "x", "", 3},
		{"no state", "", "", 3},
		{"a nonce", b.nonce(), "", 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, others, ok := take([]pendingLogin{a, b, c}, tt.state)
			if got.secret != tt.want || len(others) != tt.others || ok != (tt.want != "") {
				t.Errorf("got %q and %d others, %t", got.secret, len(others), ok)
			}
		})
	}
}

// A cookie that another program has signed, with the same secret, ends nothing.
func FuzzParsePending(f *testing.F) {
	f.Add("")
	f.Add("secret 1700000000 /next")
	f.Add("a 1700000000 /\nb 1699999999 / /\n\nc\nd 99999999999999999999 /")
	now := time.Unix(1_700_000_000, 0)
	f.Fuzz(func(t *testing.T, text string) {
		logins := parsePending(text, now)
		if len(logins) > maxPending {
			logins = logins[len(logins)-maxPending:]
		}
		again := parsePending(formatPending(logins), now)
		if len(again) > len(logins) {
			t.Errorf("%q: %d logins became %d", text, len(logins), len(again))
		}
		for i, l := range again {
			if l != logins[len(logins)-len(again)+i] {
				t.Errorf("%q: %v became %v", text, logins, again)
			}
		}
	})
}

func TestClean(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"words", "The user said no.", "The user said no."},
		{"lines", " a\r\n\tb\u2028c ", "a b c"},
		{"letters of all kinds", "Zugriff verweigert für Ängström 漢字", "Zugriff verweigert für Ängström 漢字"},
		{"letters that command a terminal", "a\x1b[2J\x07\u009bb", "a[2Jb"},
		{"letters that turn the text around", "a\u202eb\u2066c\u200fd\ufeffe", "abcde"},
		{"no letters", "a\xffb\xc3", "a\ufffdb\ufffd"},
		{"many", strings.Repeat("é", 300), strings.Repeat("é", 200) + "…"},
		{"nothing", "\x00\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := clean(tt.in, maxDescription); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestClaims(t *testing.T) {
	c := claims{
		"text": []byte(`"a\nb"`), "number": []byte(`12345678901234567890`), "fraction": []byte(`1.5`), "list": []byte(`["a"]`),
		"yes": []byte(`true`), "text yes": []byte(`"true"`), "one": []byte(`1`), "no": []byte(`false`), "null": []byte(`null`), "two": []byte(`2`),
	}
	for name, want := range map[string]string{"text": "a\nb", "number": "12345678901234567890", "fraction": "", "list": "", "null": "", "not there": ""} {
		if got := c.text(name); got != want {
			t.Errorf("text(%q) = %q; want %q", name, got, want)
		}
	}
	for name, want := range map[string]bool{"yes": true, "text yes": true, "one": true, "no": false, "null": false, "two": false, "not there": false, "list": false} {
		if got := c.isTrue(name); got != want {
			t.Errorf("isTrue(%q) = %t; want %t", name, got, want)
		}
	}
}
