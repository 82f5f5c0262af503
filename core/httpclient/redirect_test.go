package httpclient

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tornado-dev/tornado/core/ssl"
)

func TestRedirected(t *testing.T) {
	for _, tt := range []struct {
		name         string
		method       string
		code         int
		from, to     string
		wantMethod   string
		wantURL      string // empty for an error
		body, secret bool   // are kept
	}{
		{"301 get", "GET", 301, "http://a/x", "/y", "GET", "http://a/y", true, true},
		{"301 post", "POST", 301, "http://a/x", "/y", "GET", "http://a/y", false, true},
		{"302 post", "POST", 302, "http://a/x", "/y", "GET", "http://a/y", false, true},
		{"302 put", "PUT", 302, "http://a/x", "/y", "PUT", "http://a/y", true, true},
		{"301 delete", "DELETE", 301, "http://a/x", "/y", "DELETE", "http://a/y", true, true},
		{"303 post", "POST", 303, "http://a/x", "/y", "GET", "http://a/y", false, true},
		{"303 put", "PUT", 303, "http://a/x", "/y", "GET", "http://a/y", false, true},
		{"303 delete", "DELETE", 303, "http://a/x", "/y", "GET", "http://a/y", false, true},
		{"303 head", "HEAD", 303, "http://a/x", "/y", "HEAD", "http://a/y", true, true},
		{"307 post", "POST", 307, "http://a/x", "/y", "POST", "http://a/y", true, true},
		{"308 patch", "PATCH", 308, "http://a/x", "/y", "PATCH", "http://a/y", true, true},
		{"relative", "GET", 302, "http://a/x/y?q", "z?r", "GET", "http://a/x/z?r", true, true},
		{"query alone", "GET", 302, "http://a/x?q", "?r", "GET", "http://a/x?r", true, true},
		{"fragment is inherited", "GET", 302, "http://a/x#f", "/y", "GET", "http://a/y#f", true, true},
		{"fragment of its own", "GET", 302, "http://a/x#f", "/y#g", "GET", "http://a/y#g", true, true},
		{"same origin, written out", "GET", 302, "http://a/x", "http://A:80/y", "GET", "http://A:80/y", true, true},
		{"other host", "GET", 302, "http://a/x", "http://b/y", "GET", "http://b/y", true, false},
		{"host without scheme", "GET", 302, "http://a/x", "//b/y", "GET", "http://b/y", true, false},
		{"subdomain", "GET", 302, "http://a.b/x", "http://b/y", "GET", "http://b/y", true, false},
		{"other port", "GET", 302, "http://a/x", "http://a:81/y", "GET", "http://a:81/y", true, false},
		{"other scheme", "GET", 302, "https://a/x", "http://a/y", "GET", "http://a/y", true, false},
		{"better scheme", "GET", 302, "http://a/x", "https://a/y", "GET", "https://a/y", true, false},
		{"other host with a body", "POST", 307, "http://a/x", "http://b/y", "POST", "http://b/y", true, false},
		{"credentials of the server", "GET", 302, "http://a/x", "http://u:p@a/y", "GET", "http://a/y", true, true},
		{"file", "GET", 302, "http://a/x", "file:///etc/passwd", "", "", false, false},
		{"ftp", "GET", 302, "http://a/x", "ftp://a/y", "", "", false, false},
		{"javascript", "GET", 302, "http://a/x", "javascript:alert(1)", "", "", false, false},
		{"control character", "GET", 302, "http://a/x", "/y\r\nX: y", "", "", false, false},
		{"no host", "GET", 302, "http://a/x", "http:///y", "", "", false, false},
		{"bad port", "GET", 302, "http://a/x", "http://a:0/y", "", "", false, false},
		{"space in the query", "GET", 302, "http://a/x", "/y?a b", "GET", "http://a/y?a%20b", true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &HTTPRequest{URL: tt.from, Method: tt.method, AuthUsername: "u", AuthPassword: "p", AllowNonstandardMethods: true, Body: []byte("b")}
			for name, value := range map[string]string{"Authorization": "secret", "Cookie": "secret", "Host": "front", "X-Own": "kept", "Content-Type": "text/x"} {
				r.Headers.Set(name, value)
			}
			first, err := firstHop(r)
			if err != nil {
				t.Fatal(err)
			}
			got, err := first.redirected(tt.code, tt.to)
			if (err == nil) != (tt.wantURL != "") {
				t.Fatalf("got %v; want %q", err, tt.wantURL)
			}
			if err != nil {
				return
			}
			secret := got.headers.Has("Authorization")
			if got.method != tt.wantMethod || got.url.String() != tt.wantURL || got.hasBody != tt.body || secret != tt.secret {
				t.Errorf("got %s %s, body %v, secrets %v", got.method, got.url, got.hasBody, secret)
			}
			if got.headers.Has("Cookie") != secret || (got.username != "") != secret || got.headers.Has("Host") ||
				got.headers.Get("X-Own") != "kept" || got.headers.Has("Content-Type") != tt.body {
				t.Errorf("got the user %q and the fields %v", got.username, got.headers.String())
			}
			if first.headers.Get("Cookie") != "secret" || first.url.String() != tt.from {
				t.Error("the hop before was changed")
			}
		})
	}
}

// TestBackAgain wants secrets to stay away on the way back to where they were for.
func TestBackAgain(t *testing.T) {
	r := &HTTPRequest{URL: "https://a/x", AuthUsername: "u", ClientCert: "cert", ClientKey: "key"}
	r.Headers.Set("Cookie", "secret")
	first, _ := firstHop(r)
	there, err := first.redirected(302, "https://b/")
	if err != nil {
		t.Fatal(err)
	}
	back, err := there.redirected(302, "https://a/x")
	if err != nil || back.username != "" || back.headers.Has("Cookie") || !back.foreign {
		t.Errorf("got %+v, %v", back, err)
	}
	if o := sslOptions(r, back.foreign); o.CertFile != "" || o.KeyFile != "" {
		t.Errorf("the certificate %s is shown", o.CertFile)
	}
	if o := sslOptions(r, first.foreign); o.CertFile != "cert" || o.KeyFile != "key" {
		t.Errorf("the certificate is %q", o.CertFile)
	}
	config := &tls.Config{Certificates: make([]tls.Certificate, 1), ServerName: "a", ClientSessionCache: tls.NewLRUClientSessionCache(1),
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return nil, nil }, MinVersion: tls.VersionTLS13}
	r.SSLOptions = &ssl.Options{Config: config}
	o := sslOptions(r, back.foreign)
	if c := o.Config; c.Certificates != nil || c.GetClientCertificate != nil || c.ClientSessionCache != nil || c.ServerName != "" || c.MinVersion != tls.VersionTLS13 {
		t.Errorf("the configuration has kept who we are: %+v", c)
	}
	if o := sslOptions(r, first.foreign); o.Config != config || config.Certificates == nil {
		t.Error("the configuration was changed")
	}
}

// TestCredentialsOverOrigins looks at what really arrives.
func TestCredentialsOverOrigins(t *testing.T) {
	report := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s|%s|%s|%s", r.Header.Get("Authorization"), r.Header.Get("Cookie"), r.Host, r.Header.Get("X-Own"))
	}
	other := serveHTTP(t, report)
	var home string
	first := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/same":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/other":
			http.Redirect(w, r, other.URL+"/end", http.StatusTemporaryRedirect)
		default:
			report(w, r)
		}
	})
	home = strings.TrimPrefix(first.URL, "http://")
	c := newClient(t, Options{})
	for path, want := range map[string]string{
		"/same":  "Basic dTpw|a=b|" + home + "|x",
		"/other": "||" + strings.TrimPrefix(other.URL, "http://") + "|x",
	} {
		r := &HTTPRequest{URL: first.URL + path, AuthUsername: "u", AuthPassword: "p"}
		r.Headers.Set("Cookie", "a=b")
		r.Headers.Set("X-Own", "x")
		if got := get(t, c, r); string(got.Body) != want {
			t.Errorf("%s: got %q; want %q", path, got.Body, want)
		}
	}
}

func TestRedirects(t *testing.T) {
	var produced, shown atomic.Int64
	s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/end":
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %s", r.Method, body)
		case r.URL.Path == "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case r.URL.Path == "/nowhere":
			w.WriteHeader(302)
			io.WriteString(w, "no location")
		case r.URL.Path == "/empty":
			w.Header()["Location"] = []string{""}
			w.WriteHeader(302)
		case r.URL.Path == "/twice":
			w.Header()["Location"] = []string{"/end", "/end"}
			w.WriteHeader(302)
		case r.URL.Path == "/two":
			w.Header()["Location"] = []string{"/end", "/elsewhere"}
			w.WriteHeader(302)
		case r.URL.Path == "/file":
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(302)
		case r.URL.Path == "/long":
			w.Header().Set("Location", "/end")
			w.WriteHeader(302)
			w.Write(make([]byte, 10<<20))
		default:
			var code int
			fmt.Sscanf(r.URL.Path, "/%d", &code)
			io.Copy(io.Discard, r.Body)
			w.Header().Set("Location", "/end")
			w.WriteHeader(code)
			io.WriteString(w, "elsewhere")
		}
	})
	body := func(_ context.Context, w io.Writer) error {
		produced.Add(1)
		_, err := io.WriteString(w, "made")
		return err
	}
	for _, tt := range []struct {
		name string
		r    HTTPRequest
		code int
		body string
		made int64
	}{
		{"301", HTTPRequest{URL: "/301"}, 200, "GET ", 0},
		{"303 post", HTTPRequest{URL: "/303", Method: "POST", Body: []byte("b")}, 200, "GET ", 0},
		{"307 post", HTTPRequest{URL: "/307", Method: "POST", Body: []byte("b")}, 200, "POST b", 0},
		{"308 put", HTTPRequest{URL: "/308", Method: "PUT", Body: []byte("b")}, 200, "PUT b", 0},
		{"307 produced", HTTPRequest{URL: "/307", Method: "POST", BodyProducer: body}, 200, "POST made", 2},
		{"303 produced", HTTPRequest{URL: "/303", Method: "POST", BodyProducer: body}, 200, "GET ", 1},
		{"300", HTTPRequest{URL: "/300"}, 300, "elsewhere", 0},
		{"304", HTTPRequest{URL: "/304"}, 304, "", 0},
		{"not followed", HTTPRequest{URL: "/302", NoFollowRedirects: true}, 302, "elsewhere", 0},
		{"too many", HTTPRequest{URL: "/loop"}, 302, "<a href=\"/loop\">Found</a>.\n\n", 0},
		{"no location", HTTPRequest{URL: "/nowhere"}, 302, "no location", 0},
		{"empty location", HTTPRequest{URL: "/empty"}, 302, "", 0},
		{"one location twice", HTTPRequest{URL: "/twice"}, 200, "GET ", 0},
		{"long body", HTTPRequest{URL: "/long"}, 200, "GET ", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t, Options{})
			produced.Store(0)
			r := tt.r
			r.URL = s.URL + r.URL
			if got := get(t, c, &r); got.Code != tt.code || string(got.Body) != tt.body || produced.Load() != tt.made {
				t.Errorf("got %d %q, produced %d times; want %d %q, %d", got.Code, got.Body, produced.Load(), tt.code, tt.body, tt.made)
			}
		})
	}
	c := newClient(t, Options{})
	for path, about := range map[string]string{"/file": `scheme "file"`, "/two": "two Location fields"} {
		if _, err := c.Fetch(patient(t), &HTTPRequest{URL: s.URL + path}); err == nil || !strings.Contains(err.Error(), about) {
			t.Errorf("%s: got %v; want an error about %s", path, err, about)
		}
	}
	got := get(t, c, &HTTPRequest{URL: s.URL + "/302", HeaderCallback: func(string) { shown.Add(1) }})
	if got.EffectiveURL != s.URL+"/end" || got.Request.URL != s.URL+"/302" || shown.Load() != int64(got.Headers.Len()+2) {
		t.Errorf("got %s, %d lines", got.EffectiveURL, shown.Load())
	}
}
