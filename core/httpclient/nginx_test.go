package httpclient

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
)

// TestNginx fetches from nginx, where it is installed.
func TestNginx(t *testing.T) {
	program, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("nginx is not installed; the servers of the other tests are net/http's and our own")
	}
	echo := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	url := startNginx(t, program, strings.TrimPrefix(echo.URL, "http://"))
	trace, made, reused := connections()
	c := newClient(t, Options{Trace: trace})
	text := strings.Repeat("a line of text\n", 1000)
	large := bytes.Repeat([]byte("0123456789"), 100_000)
	const page = "a page of nginx's own"
	for _, tt := range []struct {
		name string
		r    HTTPRequest
		code int
		body string
	}{
		{"compressed", HTTPRequest{URL: "/file.txt"}, 200, text},
		{"plain", HTTPRequest{URL: "/file.txt", NoDecompressResponse: true}, 200, text},
		{"head", HTTPRequest{URL: "/file.txt", Method: "HEAD"}, 200, ""},
		{"not modified", HTTPRequest{URL: "/file.txt", IfModifiedSince: time.Now().Add(time.Hour)}, 304, ""},
		{"part", HTTPRequest{URL: "/file.txt", Headers: httputil.ParsedHeaders("Range: bytes=2-5"), NoDecompressResponse: true}, 206, "line"},
		{"no such part", HTTPRequest{URL: "/file.txt", Headers: httputil.ParsedHeaders("Range: bytes=99999999-"), NoRaiseError: true}, 416, page},
		{"not found", HTTPRequest{URL: "/none", NoRaiseError: true}, 404, page},
		{"method", HTTPRequest{URL: "/file.txt", Method: "POST", Body: []byte("x"), NoRaiseError: true}, 405, page},
		{"redirect", HTTPRequest{URL: "/old"}, 200, text},
		{"empty", HTTPRequest{URL: "/empty"}, 204, ""},
		{"post", HTTPRequest{URL: "/ok", Method: "POST", Body: bytes.Repeat([]byte("b"), 1<<20)}, 200, "ok"},
		{"produced", HTTPRequest{URL: "/ok", Method: "PUT", BodyProducer: producer("one", "two")}, 200, "ok"},
		{"asked before the body", HTTPRequest{URL: "/echo", Method: "POST", Body: []byte("abc"), ExpectContinue: true}, 200, "abc"},
		{"echoed", HTTPRequest{URL: "/echo", Method: "POST", Body: large}, 200, string(large)},
		{"echoed from pieces", HTTPRequest{URL: "/echo", Method: "POST", BodyProducer: producer("one", "two")}, 200, "onetwo"},
		{"too large", HTTPRequest{URL: "/small", Method: "POST", Body: large, NoRaiseError: true}, 413, page},
		{"too large, asked before", HTTPRequest{URL: "/small", Method: "POST", Body: large, ExpectContinue: true, NoRaiseError: true}, 413, page},
		{"closed after each answer", HTTPRequest{URL: "/last"}, 200, "last"},
		{"and again", HTTPRequest{URL: "/last"}, 200, "last"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.r.URL = url + tt.r.URL
			if got := get(t, c, &tt.r); got.Code != tt.code || string(got.Body) != tt.body && tt.body != page {
				t.Errorf("got %d %.100q; want %d %.100q", got.Code, got.Body, tt.code, tt.body)
			}
		})
	}
	if reused.Load() == 0 {
		t.Errorf("%d connections were made, and none was used again", made.Load())
	}
}

// startNginx starts it with files of its own, and with a server behind it.
func startNginx(t *testing.T, program, behind string) (url string) {
	t.Helper()
	dir := t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // for a port that is free
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	config := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log stderr;
events {}
http {
	access_log off; gzip on; gzip_types *; gzip_min_length 1; root %[1]s; default_type text/plain;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
	if_modified_since before; client_max_body_size 4m;
	server {
		listen %[2]s;
		location /old { return 301 /file.txt; }
		location /empty { return 204; }
		location /ok { return 200 ok; }
		location /last { keepalive_timeout 0; return 200 last; }
		location /small { client_max_body_size 1k; proxy_pass http://%[3]s; }
		location /echo { proxy_pass http://%[3]s; proxy_http_version 1.1; }
	}
}`, dir, address, behind)
	for name, text := range map[string]string{"nginx.conf": config, "file.txt": strings.Repeat("a line of text\n", 1000)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command(program, "-c", filepath.Join(dir, "nginx.conf"), "-p", dir)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
	})
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(patience); ; <-again.C {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return "http://" + address
		}
		if time.Now().After(deadline) {
			t.Fatalf("nginx does not listen: %v\n%s", err, &output)
		}
	}
}
