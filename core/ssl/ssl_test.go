package ssl

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/internal/testcert"
	"github.com/tornado-dev/tornado/core/iostream"
)

func TestMain(m *testing.M) { leak.Main(m) }

// A meeting is what came of a handshake and one byte from the server.
type meeting struct {
	server, client       iostream.SecureConn
	serverErr, clientErr error
}

// meet lets both sides meet over TCP.
func meet(t *testing.T, server, client iostream.Security) (m meeting) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	near, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	far, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	near.SetDeadline(time.Now().Add(20 * time.Second))
	far.SetDeadline(time.Now().Add(20 * time.Second))
	m.server, m.client = server(far), client(near)
	ended := make(chan struct{})
	go func() { // meet waits for it
		defer close(ended)
		defer far.Close()
		if m.serverErr = m.server.HandshakeContext(t.Context()); m.serverErr == nil {
			m.server.Write([]byte("!"))
			m.server.CloseWrite()
		}
	}()
	if m.clientErr = m.client.HandshakeContext(t.Context()); m.clientErr == nil {
		// In TLS 1.3 the client learns only now that it was refused, and gets its
		// ticket.
		_, m.clientErr = io.ReadFull(m.client, make([]byte, 1))
	}
	near.Close()
	<-ended
	return m
}

// want checks for success, or for a failure on either side with this text.
func (m meeting) want(t *testing.T, err string) {
	t.Helper()
	if both := errors.Join(m.serverErr, m.clientErr); (both == nil) != (err == "") || both != nil && !strings.Contains(both.Error(), err) {
		t.Errorf("got server %v, client %v; want %q", m.serverErr, m.clientErr, err)
	}
}

func mustServer(t *testing.T, o Options) iostream.Security {
	t.Helper()
	s, err := Server(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustClient(t *testing.T, o Options, host string) iostream.Security {
	t.Helper()
	s, err := Client(o, host)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOptionsFail(t *testing.T) {
	authority := testcert.New(t)
	cert, key := authority.Issue("localhost")
	_, otherKey := authority.Issue("localhost")
	missing := filepath.Join(t.TempDir(), "missing.pem")
	junk := filepath.Join(t.TempDir(), "junk.pem")
	if err := os.WriteFile(junk, []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name           string
		options        Options
		server, client string // parts of the errors; empty for none
	}{
		{"nothing", Options{}, "needs a certificate", ""},
		{"certificate", Options{CertFile: cert, KeyFile: key}, "", ""},
		{"no such certificate", Options{CertFile: missing, KeyFile: key}, missing, missing},
		{"no such key", Options{CertFile: cert, KeyFile: missing}, missing, missing},
		{"junk certificate", Options{CertFile: junk, KeyFile: key}, junk, junk},
		{"junk key", Options{CertFile: cert, KeyFile: junk}, junk, junk},
		{"another's key", Options{CertFile: cert, KeyFile: otherKey}, otherKey, otherKey},
		{"no key", Options{CertFile: cert}, cert, cert},
		{"only a key", Options{KeyFile: key}, "CertFile is not given", "CertFile is not given"},
		{"second certificate", Options{CertFile: cert, KeyFile: key, Certificates: []KeyPair{{missing, key}}}, missing, missing},
		{"no such authorities", Options{CertFile: cert, KeyFile: key, CACerts: missing}, missing, missing},
		{"junk authorities", Options{CertFile: cert, KeyFile: key, CACerts: junk}, junk, junk},
		{"nobody to trust", Options{CertFile: cert, KeyFile: key, CertReqs: CertRequired}, "CACerts", ""},
		{"nobody to trust if one comes", Options{CertFile: cert, KeyFile: key, CertReqs: CertOptional}, "CACerts", ""},
		{"old version", Options{CertFile: cert, KeyFile: key, MinVersion: tls.VersionTLS11}, "TLS 1.1", "TLS 1.1"},
		{"from the base", Options{Config: &tls.Config{Certificates: make([]tls.Certificate, 1)}}, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, serverErr := Server(tt.options)
			_, clientErr := Client(tt.options, "localhost")
			for _, one := range []struct {
				side string
				err  error
				want string
			}{{"server", serverErr, tt.server}, {"client", clientErr, tt.client}} {
				if (one.err == nil) != (one.want == "") || one.err != nil && !(strings.HasPrefix(one.err.Error(), "ssl: ") && strings.Contains(one.err.Error(), one.want)) {
					t.Errorf("%s: got %v; want %q", one.side, one.err, one.want)
				}
			}
		})
	}
	if _, err := Client(Options{}, ""); err == nil || !strings.Contains(err.Error(), "no host name") {
		t.Errorf("got %v; want that there is nothing to verify", err)
	}
	if _, err := Client(Options{CertReqs: CertNone}, ""); err != nil {
		t.Errorf("got %v; want that nothing is verified", err)
	}
}

func TestClientVerifies(t *testing.T) {
	authority, stranger := testcert.New(t), testcert.New(t)
	cert, key := authority.Issue("localhost", "127.0.0.1", "::1", "*.example.com")
	server := mustServer(t, Options{CertFile: cert, KeyFile: key})
	trusting := Options{CACerts: authority.File}
	for _, tt := range []struct {
		name    string
		options Options
		host    string
		err     string
	}{
		{"right", trusting, "localhost", ""},
		{"with a dot at the end", trusting, "localhost.", ""},
		{"an address", trusting, "127.0.0.1", ""},
		{"an IPv6 address", trusting, "::1", ""},
		{"an IPv6 address with its interface", trusting, "::1%lo", ""},
		{"wildcard", trusting, "a.example.com", ""},
		{"wildcard too deep", trusting, "a.b.example.com", "a.b.example.com"},
		{"wrong name", trusting, "other.example", "other.example"},
		{"wrong address", trusting, "127.0.0.2", "127.0.0.2"},
		{"another name asked for", Options{CACerts: authority.File, ServerName: "localhost"}, "other.example", ""},
		{"wrong authority", Options{CACerts: stranger.File}, "localhost", "unknown authority"},
		{"the system's authorities", Options{}, "localhost", "unknown authority"},
		{"optional is required", Options{CertReqs: CertOptional}, "localhost", "unknown authority"},
		{"required over the base", Options{CertReqs: CertRequired, Config: &tls.Config{InsecureSkipVerify: true}}, "localhost", "unknown authority"},
		{"nothing verified", Options{CertReqs: CertNone}, "other.example", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			meet(t, server, mustClient(t, tt.options, tt.host)).want(t, tt.err)
		})
	}
}

func TestClientCertificates(t *testing.T) {
	authority, stranger := testcert.New(t), testcert.New(t)
	cert, key := authority.Issue("localhost")
	known, knownKey := authority.Issue("ann")
	unknown, unknownKey := stranger.Issue("eve")
	for _, tt := range []struct {
		name      string
		reqs      CertReqs
		cert, key string
		want      string // who the server sees
		err       string
	}{
		{"not asked", CertDefault, known, knownKey, "", ""},
		{"none wanted", CertNone, known, knownKey, "", ""},
		{"optional, none", CertOptional, "", "", "", ""},
		{"optional, known", CertOptional, known, knownKey, "ann", ""},
		{"required, none", CertRequired, "", "", "", "didn't provide a certificate"},
		{"required, known", CertRequired, known, knownKey, "ann", ""},
		// A client does not show what the server will not take.
		{"optional, unknown", CertOptional, unknown, unknownKey, "", ""},
		{"required, unknown", CertRequired, unknown, unknownKey, "", "didn't provide a certificate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := meet(t,
				mustServer(t, Options{CertFile: cert, KeyFile: key, CACerts: authority.File, CertReqs: tt.reqs}),
				mustClient(t, Options{CertFile: tt.cert, KeyFile: tt.key, CACerts: authority.File}, "localhost"))
			m.want(t, tt.err)
			got := ""
			if c := PeerCertificate(m.server); c != nil {
				got = c.Subject.CommonName
			}
			if got != tt.want {
				t.Errorf("the server sees %q; want %q", got, tt.want)
			}
			if c := PeerCertificate(m.client); tt.err == "" && (c == nil || c.Subject.CommonName != "localhost") {
				t.Errorf("the client sees %v", c)
			}
		})
	}
}

// TestUnknownClientCertificate is about clients that show whatever they have.
func TestUnknownClientCertificate(t *testing.T) {
	authority, stranger := testcert.New(t), testcert.New(t)
	cert, key := authority.Issue("localhost")
	pair, err := tls.LoadX509KeyPair(stranger.Issue("eve"))
	if err != nil {
		t.Fatal(err)
	}
	insistent := &tls.Config{GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }}
	for _, reqs := range []CertReqs{CertOptional, CertRequired} {
		m := meet(t,
			mustServer(t, Options{CertFile: cert, KeyFile: key, CACerts: authority.File, CertReqs: reqs}),
			mustClient(t, Options{CACerts: authority.File, Config: insistent}, "localhost"))
		m.want(t, "unknown authority")
	}
}

func TestServerNames(t *testing.T) {
	authority := testcert.New(t)
	var pairs []KeyPair
	for _, name := range []string{"a.example", "b.example", "*.c.example"} {
		cert, key := authority.Issue(name)
		pairs = append(pairs, KeyPair{cert, key})
	}
	server := mustServer(t, Options{CertFile: pairs[0].CertFile, KeyFile: pairs[0].KeyFile, Certificates: pairs[1:]})
	for _, tt := range []struct{ asked, want string }{
		{"a.example", "a.example"},
		{"b.example", "b.example"},
		{"x.c.example", "*.c.example"},
		{"unknown.example", "a.example"},
		{"127.0.0.1", "a.example"}, // addresses are not asked for by name
	} {
		m := meet(t, server, mustClient(t, Options{CertReqs: CertNone}, tt.asked))
		m.want(t, "")
		if got := PeerCertificate(m.client).Subject.CommonName; got != tt.want {
			t.Errorf("asked for %s: got %s; want %s", tt.asked, got, tt.want)
		}
	}
}

func TestNextProtos(t *testing.T) {
	authority := testcert.New(t)
	cert, key := authority.Issue("localhost")
	for _, tt := range []struct {
		name           string
		server, client []string
		want, err      string
	}{
		{"first of the server", []string{"b", "a"}, []string{"a", "b"}, "b", ""},
		{"common", []string{"b"}, []string{"a", "b"}, "b", ""},
		{"only the client", nil, []string{"a"}, "", ""},
		{"only the server", []string{"a"}, nil, "", ""},
		{"none in common", []string{"a"}, []string{"b"}, "", "no application protocol"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := meet(t,
				mustServer(t, Options{CertFile: cert, KeyFile: key, NextProtos: tt.server}),
				mustClient(t, Options{CACerts: authority.File, NextProtos: tt.client}, "localhost"))
			m.want(t, tt.err)
			if state, ok := ConnectionState(m.server); !ok || state.NegotiatedProtocol != tt.want {
				t.Errorf("got %q, %v; want %q", state.NegotiatedProtocol, ok, tt.want)
			}
		})
	}
}

func TestVersions(t *testing.T) {
	authority := testcert.New(t)
	cert, key := authority.Issue("localhost")
	for _, tt := range []struct {
		name     string
		min, max uint16 // of the server and of the client
		want     uint16
		err      string
	}{
		{"newest", 0, 0, tls.VersionTLS13, ""},
		{"older client", 0, tls.VersionTLS12, tls.VersionTLS12, ""},
		{"client too old", tls.VersionTLS13, tls.VersionTLS12, 0, "protocol version"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := meet(t,
				mustServer(t, Options{CertFile: cert, KeyFile: key, MinVersion: tt.min}),
				mustClient(t, Options{CACerts: authority.File, Config: &tls.Config{MaxVersion: tt.max}}, "localhost"))
			m.want(t, tt.err)
			if state, _ := ConnectionState(m.client); tt.err == "" && state.Version != tt.want {
				t.Errorf("got %s", tls.VersionName(state.Version))
			}
		})
	}
	old := func(transport net.Conn) iostream.SecureConn {
		return tls.Client(transport, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, InsecureSkipVerify: true})
	}
	lax := &tls.Config{MinVersion: tls.VersionTLS10} // has no say in this
	meet(t, mustServer(t, Options{CertFile: cert, KeyFile: key, Config: lax}), old).want(t, "version")
}

func TestSessionsAreResumed(t *testing.T) {
	authority := testcert.New(t)
	cert, key := authority.Issue("localhost", "127.0.0.1")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			server := mustServer(t, Options{CertFile: cert, KeyFile: key})
			client, err := ClientFor(Options{CACerts: authority.File, Config: &tls.Config{MaxVersion: version}})
			if err != nil {
				t.Fatal(err)
			}
			for i, host := range []string{"localhost", "localhost", "127.0.0.1"} {
				security, err := client(host)
				if err != nil {
					t.Fatal(err)
				}
				m := meet(t, server, security)
				m.want(t, "")
				if state, _ := ConnectionState(m.server); state.DidResume != (i == 1) {
					t.Errorf("meeting %d, with %s: resumed %v", i, host, state.DidResume)
				}
			}
		})
	}
}

func TestBaseIsNotChanged(t *testing.T) {
	authority := testcert.New(t)
	cert, key := authority.Issue("localhost")
	base := &tls.Config{}
	o := Options{CertFile: cert, KeyFile: key, CACerts: authority.File, CertReqs: CertRequired, NextProtos: []string{"x"}, Config: base}
	mustServer(t, o)
	mustClient(t, o, "localhost")
	if base.GetCertificate != nil || base.ClientCAs != nil || base.RootCAs != nil || base.NextProtos != nil || base.ServerName != "" || base.MinVersion != 0 {
		t.Errorf("the base has become %+v", base)
	}
}

func TestNotEncrypted(t *testing.T) {
	var plain iostream.SecureConn
	if c := PeerCertificate(plain); c != nil {
		t.Errorf("got %v of a stream that is not encrypted", c)
	}
	if _, ok := ConnectionState(plain); ok {
		t.Error("a stream that is not encrypted has a state")
	}
	if PeerCertificate(tls.Server(nil, &tls.Config{})) != nil {
		t.Error("a certificate before the handshake")
	}
}
