package web

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/log"
)

// Each test here is named after a weakness that Tornado or another framework of this
// kind has had, with the version or the identifier that closed it. Those of paths are
// lines of TestStaticFiles and TestDefaultFilename, those of sessions stand with the
// sessions, and what the connection sees to with http1connection and httputil.

// asking answers a request with a script.
func asking(t *testing.T, settings Settings, raw string, run script) response {
	t.Helper()
	return exchangeWithFake(t, NewApplication(settings, kinds[0].route(`/.*`, run)), raw)
}

// 1.1.1: what a page of another site can send counts as much as a form.
func TestScriptsAreNotExemptFromXSRF(t *testing.T) {
	captureLog(t)
	for _, field := range []string{"X-Requested-With: XMLHttpRequest", "Origin: http://localhost", "Content-Type: application/json"} {
		got := asking(t, Settings{XSRFCookies: true}, ask("POST", "/", "", field), func(*RequestHandler) error { return nil })
		if got.status != 403 {
			t.Errorf("%s: got %d; want 403", field, got.status)
		}
	}
}

// 3.2.2, BREACH: what is compressed together with a secret gives it away if it is the same
// in each answer.
func TestXSRFTokensAreMaskedAnew(t *testing.T) {
	captureLog(t)
	token := xsrfToken{2, []byte("0123456789abcdef"), 0}
	cookie := "Cookie: _xsrf=" + token.encode(2, []byte{1, 2, 3, 4})
	seen := map[string]bool{}
	for range 8 {
		got := asking(t, Settings{}, get("/", cookie), func(h *RequestHandler) error { h.Write(h.XSRFToken()); return nil })
		if decoded := decodeXSRFToken(got.body, time.Now()); string(decoded.value) != string(token.value) {
			t.Errorf("got the token %q", decoded.value)
		}
		seen[got.body] = true
	}
	if len(seen) != 8 {
		t.Errorf("8 answers had %d masks", len(seen))
	}
}

// 2.2.1: line ends in fields, and in cookies' attributes (GHSA-78cv-mqj4-43f7) and reasons
// (CVE-2025-67724), begin fields of their own.
func TestHeadersCannotBeSplit(t *testing.T) {
	captureLog(t)
	const evil = "x\r\nSet-Cookie: a=b"
	for name, run := range map[string]script{
		"SetHeader":             func(h *RequestHandler) error { h.SetHeader("X-A", evil); return nil },
		"AddHeader":             func(h *RequestHandler) error { h.AddHeader("X-A", evil); return nil },
		"name":                  func(h *RequestHandler) error { h.SetHeader(evil, "x"); return nil },
		"line feed":             func(h *RequestHandler) error { h.SetHeader("X-A", "x\ny"); return nil },
		"zero":                  func(h *RequestHandler) error { h.SetHeader("X-A", "x\x00y"); return nil },
		"bytes":                 func(h *RequestHandler) error { h.SetHeader("X-A", []byte(evil)); return nil },
		"Redirect":              func(h *RequestHandler) error { h.Redirect("/" + evil); return nil },
		"cookie":                func(h *RequestHandler) error { h.SetCookie("a", evil); return nil },
		"cookie's name":         func(h *RequestHandler) error { h.SetCookie(evil, "x"); return nil },
		"cookie's domain":       func(h *RequestHandler) error { h.SetCookie("a", "b", CookieOptions{Domain: "x; HttpOnly"}); return nil },
		"cookie's path":         func(h *RequestHandler) error { h.SetCookie("a", "b", CookieOptions{Path: "/;Domain=x"}); return nil },
		"cookie's SameSite":     func(h *RequestHandler) error { h.SetCookie("a", "b", CookieOptions{SameSite: "Lax\x7f"}); return nil },
		"cookie that is signed": func(h *RequestHandler) error { h.SetSignedCookie("a;b", "c"); return nil },
		"reason":                func(h *RequestHandler) error { h.SetStatus(200, evil); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			got := asking(t, Settings{CookieSecret: testSecret}, get("/"), run)
			if got.status != 500 || got.header.Has("Set-Cookie") || got.header.Has("X-A") || got.header.Has("Location") {
				t.Errorf("got %d, %q", got.status, string(got.header.Append(nil)))
			}
		})
	}
}

// CVE-2025-67724: a reason stands in the error page too; 3.2: so may an apostrophe.
func TestReasonsAreNoHTML(t *testing.T) {
	captureLog(t)
	const evil = "<script>alert(1)</script>"
	for name, run := range map[string]script{
		"HTTPError":            func(*RequestHandler) error { return HTTPError{StatusCode: 400, Reason: evil} },
		"SendError":            func(h *RequestHandler) error { h.SendError(400, evil); return nil },
		"apostrophe in a page": func(h *RequestHandler) error { return HTTPError{StatusCode: 400, Reason: `a'b"c&d`} },
		"message for the log":  func(*RequestHandler) error { return HTTPError{StatusCode: 400, LogMessage: evil} },
		"error":                func(*RequestHandler) error { return errors.New(evil) },
	} {
		got := asking(t, Settings{}, get("/"), run)
		if text := got.reason + got.body; strings.Contains(text, evil) || strings.ContainsAny(got.body, `'"`) && strings.Contains(got.body, "a'b") {
			t.Errorf("%s: got %q %q", name, got.reason, got.body)
		}
	}
}

// 3.1: who may read the log may not read passwords.
func TestBodiesStayOutOfLogs(t *testing.T) {
	logged := captureLog(t)
	body := "password=hunter2"
	raw := ask("POST", "/", body, "Content-Type: application/x-www-form-urlencoded", "Authorization: Basic aHVudGVyMg==", "Cookie: a=hunter2")
	asking(t, Settings{}, raw, func(*RequestHandler) error { return errors.New("oh") })
	asking(t, Settings{}, raw, func(*RequestHandler) error { panic("oh") })
	if text := logged.String(); strings.Contains(text, "hunter2") || strings.Contains(text, "aHVudGVyMg") || !strings.Contains(text, "oh") {
		t.Errorf("logged %q", text)
	}
}

// What failed, and where, tells an attacker what to try next.
func TestStacksAreForDevelopers(t *testing.T) {
	captureLog(t)
	got := asking(t, Settings{}, get("/"), func(*RequestHandler) error { panic("a secret") })
	if strings.Contains(got.body, "a secret") || strings.Contains(got.body, ".go") {
		t.Errorf("got %q", got.body)
	}
}

// 3.2.1: a cookie that was signed for one purpose passes for another.
func TestSignedCookiesAreBoundToTheirNames(t *testing.T) {
	signing := Signing{Secret: testSecret}
	for _, version := range []int{1, 2} {
		signed, err := signing.CreateSignedValue("role", "admin", version)
		if err != nil {
			t.Fatal(err)
		}
		// With nothing between name and value, "role" and "admin" would sign as "rolea" and "dmin".
		for _, name := range []string{"user", "rol", "rolea", ""} {
			if value, ok := signing.DecodeSignedValue(name, signed, 0, 1); ok {
				t.Errorf("version %d: %q was accepted for %q", version, value, name)
			}
		}
	}
}

// 1.0.1: what stands between value and time is not signed.
func TestTimestampsOfOldSignedCookiesCannotBeMoved(t *testing.T) {
	signing := Signing{Secret: testSecret}
	signed, err := signing.CreateSignedValue("a", "value12", 1)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(signed, "|")
	for name, forged := range map[string]string{
		"digits of the time in the value": parts[0] + parts[1][:4] + "|" + parts[1][4:] + "|" + parts[2],
		"leading zero":                    parts[0] + "|0" + parts[1] + "|" + parts[2],
		"end of the value in the time":    parts[0][:len(parts[0])-4] + "|" + parts[0][len(parts[0])-4:] + parts[1] + "|" + parts[2],
	} {
		if value, ok := signing.DecodeSignedValue("a", forged, 0, 1); ok {
			t.Errorf("%s: %q was accepted", name, value)
		}
	}
}

// 4.4.2: a parser that understands quotes lets a cookie of another site's making swallow
// the token.
func TestCookiesAreSplitAsBrowsersDo(t *testing.T) {
	captureLog(t)
	for field, want := range map[string]string{
		`a="b; c="d`:       `"d`,
		`x=1,c=2; c=3`:     "3",
		`bad name=1; c=4`:  "4",
		`c=1; c=5`:         "5",
		`{"a":1}; c=6; ;=`: "6",
	} {
		got := asking(t, Settings{}, get("/", "Cookie: "+field), func(h *RequestHandler) error { h.Write(h.GetCookie("c")); return nil })
		if got.body != want {
			t.Errorf("%s: got %q; want %q", field, got.body, want)
		}
	}
}

// CVE-2023-28370: a path that begins with two slashes is, as a target, another host.
func TestRedirectsStayHere(t *testing.T) {
	captureLog(t)
	led := 0
	for _, route := range []Route{URL[helloHandler](`/.*`, AddSlash()), URL[helloHandler](`/.*`, RemoveSlash()), Redirect(`/(.*)`, "/{0}")} {
		app := NewApplication(Settings{}, route)
		for _, path := range []string{"//evil.example/", "//evil.example", `/\evil.example/`, `/\evil.example`, "///evil.example//", "//evil.example/%2f.."} {
			got := exchangeWithFake(t, app, get(path))
			if location := got.header.Get("Location"); location != "" {
				if led++; !IsLocalPath(location) {
					t.Errorf("%s leads to %s", path, location)
				}
			}
		}
	}
	if led == 0 {
		t.Error("nothing led anywhere")
	}
}

// CVE-2025-47287: a line of log for each mistake of a form fills the disk;
// GHSA-qjxf-f2mg-c6mc: so many parts, or such long heads, fill the memory.
func TestFormsAreReadUpToTheFirstMistake(t *testing.T) {
	const head = "Content-Type: multipart/form-data; boundary=b"
	part := "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"
	for name, tt := range map[string]struct {
		body   string
		status int
		told   string
	}{
		"many mistakes":          {strings.Repeat("--b\r\nno header\r\n\r\n1\r\n", 50) + "--b--\r\n", 400, "no colon in the header line &quot;no header&quot;"},
		"too many parts":         {strings.Repeat(part, 101) + "--b--\r\n", 413, "too many parts"},
		"too large a header":     {"--b\r\nA: " + strings.Repeat("x", 11<<10) + "\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--\r\n", 431, "too large a header"},
		"carriage return inside": {"--b\r\nContent-Disposition: form-data; name=a\rb: c\r\n\r\n1\r\n--b--\r\n", 400, "invalid value"},
		"zero inside":            {"--b\r\nContent-Disposition: form-data; name=\"a\x00\"\r\n\r\n1\r\n--b--\r\n", 400, "invalid value"},
		"HTML":                   {"--b\r\n<script>alert(1)</script>\r\n\r\n1\r\n--b--\r\n", 400, "&lt;script&gt;"},
		"no end":                 {part, 400, "without its last boundary"},
	} {
		t.Run(name, func(t *testing.T) {
			logged := captureLog(t)
			got := asking(t, Settings{}, ask("POST", "/", tt.body, head), func(*RequestHandler) error { return nil })
			if got.status != tt.status || !strings.Contains(got.body, "invalid body: ") || !strings.Contains(got.body, tt.told) || strings.ContainsAny(got.body, "\x00\r") {
				t.Errorf("got %d %q; want %d, %q", got.status, got.body, tt.status, tt.told)
			}
			if n := strings.Count(logged.String(), "invalid body"); n != 1 {
				t.Errorf("%d lines were logged: %q", n, logged)
			}
		})
	}
}

// A list can be run as a script by pages of other sites, and an end tag ends one of ours.
func TestJSONIsSafeInBrowsers(t *testing.T) {
	captureLog(t)
	got := asking(t, Settings{}, get("/"), func(h *RequestHandler) error { h.Write(map[string]string{"a": "</script>"}); return nil })
	if strings.Contains(got.body, "</") || !strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
		t.Errorf("got %q of %q", got.body, got.header.Get("Content-Type"))
	}
	if got := asking(t, Settings{}, get("/"), func(h *RequestHandler) error { h.Write([]int{1}); return nil }); got.status != 500 {
		t.Errorf("a list was answered %d %q; want it refused", got.status, got.body)
	}
}

// What a client sends must not look like a line of its own.
func TestLinesInLogsCannotBeForged(t *testing.T) {
	logged := captureLog(t)
	asking(t, Settings{}, get("/"), func(*RequestHandler) error {
		return HTTPError{StatusCode: 400, LogMessage: "first\n[E 000000 00:00:00 forged] second"}
	})
	for line := range strings.SplitSeq(logged.String(), "\n") {
		if strings.HasPrefix(line, "[E ") {
			t.Errorf("logged the line %q", line)
		}
	}
}

// Addresses have passwords in them where nobody expected it.
func TestSummariesStandForAddressesInLogs(t *testing.T) {
	for name, run := range map[string]script{
		"fine":                  func(*RequestHandler) error { return nil },
		"error":                 func(*RequestHandler) error { return errors.New("oh") },
		"HTTPError":             func(*RequestHandler) error { return HTTPError{StatusCode: 404, LogMessage: "gone"} },
		"panic":                 func(*RequestHandler) error { panic("oh") },
		"missing argument":      func(h *RequestHandler) error { h.GetArgument("q"); return nil },
		"after the answer":      func(h *RequestHandler) error { h.Finish(); return errors.New("oh") },
		"panic in the summary":  func(h *RequestHandler) error { h.SetHeader("X-Summary", "fails"); return errors.New("oh") },
		"broken off, and fails": func(h *RequestHandler) error { h.Flush(); return errors.New("oh") },
	} {
		t.Run(name, func(t *testing.T) {
			logged := captureLog(t)
			log.SetLevel(log.LevelInfo)
			app := NewApplication(Settings{}, URL[discreetHandler](`/.*`, Init(func(h *discreetHandler) { h.run = run })))
			exchangeWithFake(t, app, get("/reset?password=hunter2"))
			if text := logged.String(); strings.Contains(text, "hunter2") || !strings.Contains(text, "GET /reset") && !strings.Contains(text, "RequestSummary failed") {
				t.Errorf("logged %q", text)
			}
		})
	}
}

type discreetHandler struct{ loopHandler }

func (h *discreetHandler) RequestSummary() string {
	if h.exchange.headers.Has("X-Summary") {
		panic("no summary")
	}
	return h.Request.Method + " " + h.Request.Path
}

// A comparison that ends at the first difference tells by its time how far a guess was
// right.
func TestSecretsAreComparedInConstantTime(t *testing.T) {
	secret := regexp.MustCompile(`(?i)signature$|mac$|digest$|token\.value|secret`)
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files, compared := token.NewFileSet(), 0
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, source, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				literal := types.ExprString(n.X) == `""` || types.ExprString(n.Y) == `""` || types.ExprString(n.Y) == "nil"
				number := regexp.MustCompile(`^\d+$`).MatchString(types.ExprString(n.Y))
				if (n.Op == token.EQL || n.Op == token.NEQ) && !literal && !number && (secret.MatchString(types.ExprString(n.X)) || secret.MatchString(types.ExprString(n.Y))) {
					t.Errorf("%s: %s; use subtle.ConstantTimeCompare", files.Position(n.Pos()), types.ExprString(n))
				}
			case *ast.CallExpr:
				if name := types.ExprString(n.Fun); name == "subtle.ConstantTimeCompare" || name == "equalInConstantTime" || name == "hmac.Equal" {
					compared++
				}
			}
			return true
		})
	}
	if compared < 4 {
		t.Errorf("found only %d comparisons in constant time; are they made elsewhere now?", compared)
	}
}
