package websocket

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/internal/testcert"
	"github.com/tornado-dev/tornado/core/internal/wstest"
	"github.com/tornado-dev/tornado/core/ssl"
	"github.com/tornado-dev/tornado/core/web"
)

// TestEncrypted has the same over TLS: fragments, a close, and a rule broken.
func TestEncrypted(t *testing.T) {
	certFile, keyFile := testcert.New(t).Issue("localhost", "127.0.0.1")
	security, err := ssl.Server(ssl.Options{CertFile: certFile, KeyFile: keyFile})
	if err != nil {
		t.Fatal(err)
	}
	app := web.NewApplication(web.Settings{Loops: 1, LogFunction: func(*web.RequestHandler) {}, Server: httpserver.Options{SSL: security}},
		web.URL[plainEcho](`/`))
	server, err := app.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	long := strings.Repeat("long ", 30000)
	for _, tt := range []struct {
		name, send string
		want       []string
	}{
		{"messages", f(0x81, "a") + chop(0x81, long, 1000) + f(0x89, "p") + bye, []string{"text a", "text " + wstest.Brief(long), "pong p", "close 1000", "end"}},
		{"a broken rule", "\x81\x00", []string{"close 1002 a frame without a mask", "end"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// Who signed the certificate is not what is tested here.
			conn, err := tls.Dial("tcp", server.Addresses()[0], &tls.Config{InsecureSkipVerify: true})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(10 * time.Second))
			c := &rawClient{t: t, conn: conn, r: newReader(conn)}
			c.request("GET / HTTP/1.1\r\n"+upgradeHead+"Origin: https://example.com\r\n\r\n", "")
			c.write(tt.send)
			c.expect(tt.want...)
		})
	}
}
