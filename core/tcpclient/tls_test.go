//go:build unix

package tcpclient

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/internal/testcert"
	"github.com/tornado-dev/tornado/core/ssl"
)

func TestConnectWithTLS(t *testing.T) {
	authority, stranger := testcert.New(t), testcert.New(t)
	pair, err := tls.LoadX509KeyPair(authority.Issue("localhost", "127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	at := serve(t, "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	for _, tt := range []struct {
		name, host string
		authority  string
		err        string
	}{
		{"name", "localhost", authority.File, ""},
		{"address", "127.0.0.1", authority.File, ""},
		{"wrong name", "other.example", authority.File, "certificate is valid for localhost"},
		{"wrong authority", "localhost", stranger.File, "unknown authority"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			security, err := ssl.ClientFor(ssl.Options{CACerts: tt.authority})
			if err != nil {
				t.Fatal(err)
			}
			f := newFixture(t)
			stream, err := f.connect(&TCPClient{Resolver: resolver(at)}, tt.host, 443, ConnectOptions{SSL: security})
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("got %v; want %q", err, tt.err)
			}
			if err != nil {
				return
			}
			f.echo(stream)
			if c := ssl.PeerCertificate(stream.SecureConn()); c == nil || c.Subject.CommonName != "localhost" {
				t.Errorf("got the certificate %v", c)
			}
		})
	}
}

// TestTimeoutOfHandshake has a server that accepts and says nothing more.
func TestTimeoutOfHandshake(t *testing.T) {
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	security, err := ssl.ClientFor(ssl.Options{CertReqs: ssl.CertNone})
	if err != nil {
		t.Fatal(err)
	}
	client := &TCPClient{Resolver: resolver(netip.MustParseAddrPort(mute.Addr().String()))}
	_, err = newFixture(t).connect(client, "x", 1, ConnectOptions{SSL: security, Timeout: 500 * time.Millisecond})
	if !errors.Is(err, ErrTimeout) || !strings.Contains(err.Error(), "500ms agreeing on encryption") {
		t.Errorf("got %v; want ErrTimeout, and what took so long", err)
	}
}

// TestServerIsToldWhy wants a server whose certificate is refused to learn that.
func TestServerIsToldWhy(t *testing.T) {
	pair, err := tls.LoadX509KeyPair(testcert.New(t).Issue("localhost"))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	told := make(chan error, 1)
	go func() { // waited for below
		conn, err := listener.Accept()
		if err == nil {
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(patience))
			_, err = conn.Read(make([]byte, 1))
		}
		told <- err
	}()
	security, err := ssl.ClientFor(ssl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	client := &TCPClient{Resolver: resolver(netip.MustParseAddrPort(listener.Addr().String()))}
	if _, err := newFixture(t).connect(client, "localhost", 1, ConnectOptions{SSL: security}); err == nil {
		t.Error("an unknown authority is trusted")
	}
	var alert *net.OpError
	if err := <-told; !errors.As(err, &alert) || alert.Op != "remote error" {
		t.Errorf("the server got %v; want an alert", err)
	}
}
