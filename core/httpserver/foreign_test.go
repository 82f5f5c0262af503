package httpserver

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/internal/testcert"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/ssl"
)

// encrypted starts a server with a certificate of its own, and returns the file
// of the authority that signed it.
func encrypted(t *testing.T, o Options) (s *HTTPServer, address, authority string) {
	t.Helper()
	a := testcert.New(t)
	certFile, keyFile := a.Issue("localhost", "127.0.0.1")
	security, err := ssl.Server(ssl.Options{CertFile: certFile, KeyFile: keyFile})
	if err != nil {
		t.Fatal(err)
	}
	o.SSL = security
	s, address = start(t, echo{}, o)
	return s, address, a.File
}

func trusting(t *testing.T, authority string) *tls.Config {
	t.Helper()
	text, err := os.ReadFile(authority)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return &tls.Config{RootCAs: pool}
}

// TestGoClient has many goroutines share net/http's client, plain and encrypted.
func TestGoClient(t *testing.T) {
	_, plain := start(t, echo{}, Options{Loops: 2})
	_, secure, authority := encrypted(t, Options{Loops: 2})
	for url, config := range map[string]*tls.Config{"http://" + plain: nil, "https://" + secure: trusting(t, authority)} {
		transport := &http.Transport{TLSClientConfig: config, MaxIdleConnsPerHost: 8, ExpectContinueTimeout: 10 * time.Second}
		client := &http.Client{Transport: transport, Timeout: 20 * time.Second}
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				for i := range 30 {
					body := strings.Repeat(fmt.Sprint(n), i*1000)
					request, err := http.NewRequest("POST", fmt.Sprintf("%s/%d?%d", url, n, i), strings.NewReader(body))
					if err != nil {
						t.Error(err)
						return
					}
					switch i % 3 {
					case 1:
						request.ContentLength = -1 // chunked
					case 2:
						request.Header.Set("Expect", "100-continue")
					}
					response, err := client.Do(request)
					if err != nil {
						t.Error(err)
						return
					}
					got, err := io.ReadAll(response.Body)
					response.Body.Close()
					if want := fmt.Sprintf("POST /%d?%d %s", n, i, body); string(got) != want || err != nil {
						t.Errorf("got %d bytes, %v; want %d", len(got), err, len(want))
					}
				}
			})
		}
		wg.Wait()
		transport.CloseIdleConnections()
	}
}

// run runs a foreign program, or skips the test.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed: %v", name, err)
	}
	output, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, output)
	}
	return string(output)
}

func TestCurl(t *testing.T) {
	_, plain := start(t, echo{}, Options{Loops: 1})
	_, secure, authority := encrypted(t, Options{Loops: 1})
	file := filepath.Join(t.TempDir(), "body")
	body := strings.Repeat("0123456789", 200_000)
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"GET", []string{"http://" + plain + "/a?b"}, "GET /a?b "},
		{"HTTP/1.0", []string{"-0", "http://" + plain + "/a"}, "GET /a "},
		{"form", []string{"-d", "c=d", "http://" + plain + "/a"}, "POST /a c=d"},
		{"upload after 100", []string{"-T", file, "http://" + plain + "/a"}, "PUT /a " + body},
		{"chunked upload", []string{"-H", "Transfer-Encoding: chunked", "-T", file, "http://" + plain + "/a"}, "PUT /a " + body},
		{"three on one connection", []string{"http://" + plain + "/[1-3]"}, "GET /1 GET /2 GET /3 "},
		{"encrypted", []string{"--cacert", authority, "https://" + secure + "/a"}, "GET /a "},
		{"encrypted upload", []string{"--cacert", authority, "-T", file, "https://" + secure + "/a"}, "PUT /a " + body},
		{"encrypted, TLS 1.2", []string{"--cacert", authority, "--tls-max", "1.2", "https://" + secure + "/[1-2]"}, "GET /1 GET /2 "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"--silent", "--show-error", "--fail", "--max-time", "20", "--noproxy", "*"}, tt.args...)
			if got := run(t, "curl", args...); got != tt.want {
				t.Errorf("got %.200q; want %.200q", got, tt.want)
			}
		})
	}
	head := run(t, "curl", "--silent", "--noproxy", "*", "--head", "http://"+plain+"/")
	if !strings.HasPrefix(head, "HTTP/1.1 200 OK\r\n") || !strings.Contains(head, "\r\nContent-Length: 7\r\n") {
		t.Errorf("got the head %q", head)
	}
}

func TestWrk(t *testing.T) {
	s, address := start(t, echo{}, Options{Loops: 1})
	output := run(t, "wrk", "-t1", "-c20", "-d1s", "http://"+address+"/")
	if strings.Contains(output, "Socket errors") || strings.Contains(output, "Non-2xx") {
		t.Error(output)
	}
	if stats := s.Stats(); stats.Answered[2] < 100 || stats.Answered[2] < stats.Requests-20 {
		t.Errorf("got %+v", stats)
	}
}

func TestApacheBench(t *testing.T) {
	_, address := start(t, echo{}, Options{Loops: 1})
	_, secure, _ := encrypted(t, Options{Loops: 1})
	for _, args := range [][]string{
		{"http://" + address + "/"},
		{"-k", "http://" + address + "/"},
		{"-k", "https://" + secure + "/"},
		{"https://" + secure + "/"},
	} {
		output := run(t, "ab", append([]string{"-q", "-n", "200", "-c", "10"}, args...)...)
		if !regexp.MustCompile(`Complete requests: +200\n`).MatchString(output) || !regexp.MustCompile(`Failed requests: +0\n`).MatchString(output) {
			t.Errorf("%q: %s", args, output)
		}
	}
}

func TestEncryption(t *testing.T) {
	log.SetLevel(log.LevelNone)
	defer log.SetLevel(log.LevelWarning)
	a := testcert.New(t)
	certFile, keyFile := a.Issue("localhost", "127.0.0.1")
	security, err := ssl.Server(ssl.Options{CertFile: certFile, KeyFile: keyFile})
	if err != nil {
		t.Fatal(err)
	}
	s, address := start(t, whence{}, Options{Loops: 1, SSL: security,
		Parameters: http1connection.Parameters{HeaderTimeout: 300 * time.Millisecond}})
	secure := func() *client {
		c := dial(t, address)
		config := trusting(t, a.File)
		config.ServerName = "localhost"
		c.conn = tls.Client(c.conn, config)
		c.in.Reset(c.conn)
		return c
	}
	t.Run("protocol", func(t *testing.T) {
		c := secure()
		c.get("/")
		c.get("/")
		c.want("127.0.0.1 https ")
		c.want("127.0.0.1 https ")
	})
	t.Run("plain HTTP", func(t *testing.T) {
		c := dial(t, address)
		c.get("/")
		response, err := http.ReadResponse(c.in, nil)
		if err != nil || response.StatusCode != 400 || !response.Close {
			t.Fatalf("got %v, %v; want a 400", response, err)
		}
		io.Copy(io.Discard, response.Body)
		c.wantEnd()
	})
	for name, sent := range map[string]string{
		"garbage":          "\x00\x01\x02",
		"a broken record":  "\x16\x03\x01\x00\x05hello",
		"nothing":          "",
		"half a handshake": "\x16\x03\x01\x02\x00\x01",
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, address)
			c.send(sent)
			if rest, err := io.ReadAll(c.in); len(rest) > 100 {
				t.Errorf("got %q, %v; want the end", rest, err)
			}
		})
	}
	c := secure()
	c.get("/")
	c.want("127.0.0.1 https ")
	if stats := s.Stats(); stats.FailedHandshakes != 3 || stats.HeaderTimeouts != 1 || stats.Refused != 1 {
		t.Errorf("got %+v", stats)
	}
	result := shutdown(s, t.Context())
	c.wantEnd()
	if err := <-result; err != nil {
		t.Error(err)
	}
}

// TestIntroducedAndEncrypted has a proxy say who the client is, and the client
// shake hands behind it.
func TestIntroducedAndEncrypted(t *testing.T) {
	a := testcert.New(t)
	certFile, keyFile := a.Issue("localhost")
	security, err := ssl.Server(ssl.Options{CertFile: certFile, KeyFile: keyFile})
	if err != nil {
		t.Fatal(err)
	}
	_, address := start(t, whence{}, Options{Loops: 1, SSL: security, Parameters: http1connection.Parameters{ProxyProtocol: true}})
	c := dial(t, address)
	c.send("PROXY TCP4 192.0.2.1 192.0.2.2 4711 443\r\n")
	config := trusting(t, a.File)
	config.ServerName = "localhost"
	c.conn = tls.Client(c.conn, config)
	c.in.Reset(c.conn)
	c.get("/")
	c.want("192.0.2.1 https ")
}
