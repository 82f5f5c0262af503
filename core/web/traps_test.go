package web

import (
	"strings"
	"testing"
)

// Each test here holds what the framework that this one learned from got wrong, if no
// other test tells of it.

// The mask of a token is another each time, and made another page of each.
func TestPagesWithTokensKeepTheirETag(t *testing.T) {
	captureLog(t)
	page := func(h *RequestHandler) error { h.Write("<form>" + h.XSRFFormHTML() + "</form>"); return nil }
	first := asking(t, Settings{}, get("/"), page)
	cookie, _, _ := strings.Cut(first.header.Get("Set-Cookie"), ";")
	etag := first.header.Get("Etag")
	again := asking(t, Settings{}, get("/", "Cookie: "+cookie), page)
	if again.body == first.body || again.header.Get("Etag") != etag {
		t.Errorf("got %q of %q, then %q of %q; want one ETag for both masks", first.body, etag, again.body, again.header.Get("Etag"))
	}
	if got := asking(t, Settings{}, get("/", "Cookie: "+cookie, "If-None-Match: "+etag), page); got.status != 304 || got.body != "" {
		t.Errorf("got %d %q; want 304", got.status, got.body)
	}
	// What another client has is of no use here.
	if got := asking(t, Settings{}, get("/", "If-None-Match: "+etag), page); got.status != 200 || got.header.Get("Etag") == etag {
		t.Errorf("another client got %d, %s", got.status, got.header.Get("Etag"))
	}
}

// max_age=0, which means now, was taken for nothing.
func TestCookiesCanBeDeletedAtOnce(t *testing.T) {
	captureLog(t)
	for name, run := range map[string]script{
		"MaxAge":      func(h *RequestHandler) error { h.SetCookie("a", "", CookieOptions{MaxAge: -1}); return nil },
		"ClearCookie": func(h *RequestHandler) error { h.ClearCookie("a"); return nil },
	} {
		got := asking(t, Settings{}, get("/"), run)
		if cookie := got.header.Get("Set-Cookie"); !strings.Contains(cookie, "; Max-Age=0;") {
			t.Errorf("%s: got %q; want Max-Age=0", name, cookie)
		}
	}
}

// What stands before the first boundary was counted as a part.
func TestFormsMayHaveAllTheirParts(t *testing.T) {
	captureLog(t)
	part := "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"
	for n, want := range map[int]int{100: 200, 101: 413} {
		got := asking(t, Settings{}, ask("POST", "/", strings.Repeat(part, n)+"--b--\r\n", "Content-Type: multipart/form-data; boundary=b"),
			func(h *RequestHandler) error { h.Write(itoa(len(h.GetArguments("a")))); return nil })
		if got.status != want || want == 200 && got.body != itoa(n) {
			t.Errorf("%d parts: got %d %q; want %d", n, got.status, got.body, want)
		}
	}
}
