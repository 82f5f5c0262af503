package httpclient

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestNginx fetches from nginx, where it is installed.
func TestNginx(t *testing.T) {
	program, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("nginx is not installed; the servers of the other tests are net/http's and our own")
	}
	url := startNginx(t, program)
	trace, made, reused := connections()
	c := newClient(t, Options{Trace: trace})
	text := strings.Repeat("a line of text\n", 1000)
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
		{"redirect", HTTPRequest{URL: "/old"}, 200, text},
		{"empty", HTTPRequest{URL: "/empty"}, 204, ""},
		{"post", HTTPRequest{URL: "/ok", Method: "POST", Body: bytes.Repeat([]byte("b"), 1<<20)}, 200, "ok"},
		{"produced", HTTPRequest{URL: "/ok", Method: "PUT", BodyProducer: producer("one", "two")}, 200, "ok"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.r.URL = url + tt.r.URL
			if got := get(t, c, &tt.r); got.Code != tt.code || string(got.Body) != tt.body {
				t.Errorf("got %d %.100q; want %d %.100q", got.Code, got.Body, tt.code, tt.body)
			}
		})
	}
	if reused.Load() == 0 {
		t.Errorf("%d connections were made, and none was used again", made.Load())
	}
}

func startNginx(t *testing.T, program string) (url string) {
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
	server { listen %[2]s; location /old { return 301 /file.txt; } location /empty { return 204; } location /ok { return 200 ok; } }
}`, dir, address)
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
