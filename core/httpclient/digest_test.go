package httpclient

import (
	"crypto/md5"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// TestDigest has the examples of RFC 7616 section 3.9.1 and RFC 2069 section 2.4, the
// latter as corrected by its erratum.
func TestDigest(t *testing.T) {
	const nonce, cnonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
	field := func(algorithm string) string {
		return `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=` + algorithm +
			`, nonce="` + nonce + `", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
	}
	for _, tt := range []struct {
		name   string
		fields []string
		user   string
		uri    string
		want   []string // parts of the answer; none for a challenge that cannot be answered
	}{
		{"MD5", []string{field("MD5")}, "Mufasa", "/dir/index.html", []string{`response="8ca523f5e9506fed4657c9700eebdbec"`, `nc=00000001`, `qop=auth,`, `algorithm=MD5`, `opaque="FQhe`, `uri="/dir/index.html"`}},
		{"SHA-256", []string{field("SHA-256")}, "Mufasa", "/dir/index.html", []string{`response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"`}},
		{"the stronger one", []string{field("MD5"), field("SHA-256")}, "Mufasa", "/dir/index.html", []string{`algorithm=SHA-256`, "753927fa"}},
		{"in one field", []string{`Basic realm="x, y", ` + field("SHA-512-256") + ", " + field("MD5")}, "Mufasa", "/dir/index.html", []string{"8ca523f5"}},
		{"without quality", []string{`Digest realm="testrealm@host.com",nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc"`}, "Mufasa", "/dir/index.html", []string{`response="670fd8c2df070c60b045671b8b24ff02"`, `opaque="5ccc"`}},
		{"quotes", []string{`digest Realm="a\"b\\c", nonce = n, qop=auth`}, `M"`, "/", []string{`username="M\""`, `realm="a\"b\\c"`}},
		{"only auth-int", []string{`Digest realm="r", nonce="n", qop="auth-int"`}, "", "", nil},
		{"no nonce", []string{`Digest realm="r"`}, "", "", nil},
		{"basic", []string{`Basic realm="r"`}, "", "", nil},
		{"cut", []string{`Digest realm="r`}, "", "", nil},
		{"nothing", nil, "", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, ok := digestChallenge(tt.fields)
			if ok != (tt.want != nil) {
				t.Fatalf("it can be answered: %v", ok)
			}
			if !ok {
				return
			}
			password := "Circle of Life"
			if strings.Contains(tt.name, "without") {
				password = "Circle Of Life"
			}
			got := c.answer("GET", tt.uri, tt.user, password, cnonce)
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("got %s; want %s in it", got, want)
				}
			}
		})
	}
}

// FuzzChallenges wants no field of a server to break the parser.
func FuzzChallenges(f *testing.F) {
	for _, seed := range []string{`Basic realm="a", Digest nonce=b,qop="auth"`, `Negotiate, a=b`, `Digest a="\`, `a b c`, `,,=,`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, field string) {
		if c, ok := digestChallenge([]string{field}); ok && !strings.Contains(c.answer("GET", "/", "u", "p", "c"), "response=") {
			t.Errorf("%q is answered by nothing", field)
		}
	})
}

func TestDigestFetch(t *testing.T) {
	sum := func(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }
	var asked atomic.Int64
	s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		nonce, stale := "old", ""
		if asked.Add(1) > 1 {
			nonce, stale = "new", ", stale=true"
		}
		given, ok := digestChallenge([]string{r.Header.Get("Authorization")})
		var fields map[string]string
		if parsed := parseChallenges(r.Header.Get("Authorization")); len(parsed) == 1 {
			fields = parsed[0].parameters
		}
		want := sum(sum("u:r:p") + ":new:" + fields["nc"] + ":" + fields["cnonce"] + ":auth:" + sum(r.Method+":"+r.RequestURI))
		if !ok || given.nonce != "new" || fields["response"] != want {
			w.Header().Set("WWW-Authenticate", `Digest realm="r", qop="auth", nonce="`+nonce+`"`+stale)
			w.WriteHeader(401)
			return
		}
		fmt.Fprintf(w, "%s %s", r.Method, body)
	})
	for _, tt := range []struct {
		name  string
		r     HTTPRequest
		code  int
		body  string
		asked int64
	}{
		{"get", HTTPRequest{AuthPassword: "p"}, 200, "GET ", 3},
		{"post", HTTPRequest{AuthPassword: "p", Method: "POST", Body: []byte("b")}, 200, "POST b", 3},
		{"produced", HTTPRequest{AuthPassword: "p", Method: "PUT", BodyProducer: producer("b")}, 200, "PUT b", 3},
		{"wrong password", HTTPRequest{AuthPassword: "q"}, 401, "", 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked.Store(0)
			tt.r.URL, tt.r.AuthUsername, tt.r.AuthMode = s.URL+"/a?b", "u", Digest
			got := get(t, newClient(t, Options{}), &tt.r)
			if got.Code != tt.code || string(got.Body) != tt.body || asked.Load() != tt.asked {
				t.Errorf("got %d %q after %d requests; want %d %q, %d", got.Code, got.Body, asked.Load(), tt.code, tt.body, tt.asked)
			}
		})
	}
}
