package httpclient

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/tornado-dev/tornado/core/internal/testcert"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/core/ssl"
)

func proxyAt(scheme, address string) *Proxy {
	a, err := netutil.ParseAddress(address)
	if err != nil {
		panic(err)
	}
	return &Proxy{Scheme: scheme, Host: a.Host, Port: a.Port}
}

// A testProxy notes what it is asked for.
type testProxy struct {
	*rawServer
	mu    sync.Mutex // guards what follows
	asked []string
}

func (p *testProxy) note(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, what)
}

// requests are those since the last call.
func (p *testProxy) requests() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := strings.Join(p.asked, "; ")
	p.asked = nil
	return asked
}

// A byteByByte connection reads as little as it can, so that nothing that follows is
// taken away from who comes next.
type byteByByte struct{ net.Conn }

func (c byteByByte) Read(p []byte) (int, error) { return c.Conn.Read(p[:min(1, len(p))]) }

// pipe carries bytes to address and back, until one side has ended.
func pipe(client net.Conn, address string) {
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	var back sync.WaitGroup
	back.Go(func() {
		io.Copy(client, server)
		client.Close()
	})
	io.Copy(server, client)
	server.Close()
	back.Wait()
}

// local is where the hosts of these tests are in truth.
func local(address string) string {
	_, port, _ := net.SplitHostPort(address)
	if port == "" {
		port = "80"
	}
	return "127.0.0.1:" + port
}

const wanted = "Basic dTpw" // u:p

// serveHTTPProxy is a proxy that wants to be authenticated to.
func serveHTTPProxy(t *testing.T, secure *tls.Config) *testProxy {
	p := new(testProxy)
	p.rawServer = serveRaw(t, func(conn net.Conn, _ int) {
		if secure != nil {
			conn = tls.Server(conn, secure)
			defer conn.Close()
		}
		for {
			head, err := readRequest(bufio.NewReaderSize(byteByByte{conn}, 16))
			if err != nil {
				return
			}
			line, _, _ := strings.Cut(head, "\r\n")
			method, rest, _ := strings.Cut(line, " ")
			target, _, _ := strings.Cut(rest, " ")
			p.note(method + " " + target)
			switch {
			case !strings.Contains(head, "Proxy-Authorization: "+wanted+"\r\n"):
				io.WriteString(conn, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
			case method == "CONNECT":
				io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
				pipe(conn, local(target))
				return
			default:
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nforwarded")
			}
		}
	})
	return p
}

// serveSOCKS is a proxy that speaks SOCKS 5.
func serveSOCKS(t *testing.T, password string, reply byte) *testProxy {
	p := new(testProxy)
	p.rawServer = serveRaw(t, func(conn net.Conn, _ int) {
		read := func(n int) []byte {
			b := make([]byte, n)
			if _, err := io.ReadFull(conn, b); err != nil {
				return make([]byte, n)
			}
			return b
		}
		methods := read(int(read(2)[1]))
		if password != "" {
			if !bytes.Contains(methods, []byte{2}) {
				conn.Write([]byte{5, 0xff})
				return
			}
			conn.Write([]byte{5, 2})
			user := read(int(read(2)[1]))
			pass := read(int(read(1)[0]))
			if string(user) != "u" || string(pass) != password {
				conn.Write([]byte{1, 1})
				return
			}
			conn.Write([]byte{1, 0})
		} else {
			conn.Write([]byte{5, 0})
		}
		var host string
		switch request := read(4); request[3] {
		case 1:
			host = net.IP(read(4)).String()
		case 4:
			host = net.IP(read(16)).String()
		case 3:
			host = string(read(int(read(1)[0])))
		}
		address := net.JoinHostPort(host, fmt.Sprint(binary.BigEndian.Uint16(read(2))))
		p.note(address)
		conn.Write(append([]byte{5, reply, 0, 3, 4}, "hostxx"...))
		if reply == 0 {
			pipe(conn, local(address))
		}
	})
	return p
}

func TestProxies(t *testing.T) {
	plain := serveHTTP(t, foreign)
	plainPort := plain.URL[strings.LastIndex(plain.URL, ":"):]
	authority := testcert.New(t)
	cert, key := authority.Issue("127.0.0.1", "far.test")
	secure := serveCertified(t, foreign, cert, key)
	securePort := secure.URL[strings.LastIndex(secure.URL, ":"):]

	http := serveHTTPProxy(t, nil)
	https := serveHTTPProxy(t, tlsConfig(t, cert, key))
	socks := serveSOCKS(t, "", 0)
	socksAuth := serveSOCKS(t, "p", 0)
	socksRefuses := serveSOCKS(t, "", 2)
	other := &testProxy{rawServer: serveRaw(t, silent("SSH-2.0-other\r\n\r\n"))}
	by := func(scheme string, p *testProxy, user string) *Proxy {
		proxy := proxyAt(scheme, p.address)
		proxy.Username, proxy.SSLOptions = user, ssl.Options{CACerts: authority.File}
		if user != "" {
			proxy.Password = "p"
		}
		return proxy
	}
	for _, tt := range []struct {
		name  string
		url   string
		at    *testProxy
		proxy *Proxy
		asked string
		body  string
		err   string
	}{
		{"http by http", "http://far.test/a?b", http, by("http", http, "u"), "GET http://far.test/a?b", "forwarded", ""},
		{"https by http", "https://far.test" + securePort + "/a", http, by("http", http, "u"), "CONNECT far.test" + securePort, "GET /a", ""},
		{"http by https", "http://far.test/a", https, by("https", https, "u"), "GET http://far.test/a", "forwarded", ""},
		{"https by https", "https://far.test" + securePort + "/big", https, by("https", https, "u"), "CONNECT far.test" + securePort, strings.Repeat("0123456789abcdef", 1<<16), ""},
		{"http by socks", "http://far.test" + plainPort + "/a", socks, by("socks5", socks, ""), "far.test" + plainPort, "GET /a", ""},
		{"https by socks", "https://far.test" + securePort + "/a", socks, by("socks5", socks, ""), "far.test" + securePort, "GET /a", ""},
		{"IPv4 by socks", plain.URL + "/a", socks, by("socks5", socks, ""), "127.0.0.1" + plainPort, "GET /a", ""},
		{"IPv6 by socks", "http://[::1]" + plainPort + "/a", socks, by("socks5", socks, ""), "[::1]" + plainPort, "GET /a", ""},
		{"socks with a password", plain.URL + "/a", socksAuth, by("socks5", socksAuth, "u"), "127.0.0.1" + plainPort, "GET /a", ""},
		{"socks with a wrong name", plain.URL + "/a", socksAuth, by("socks5", socksAuth, "x"), "", "", "knows no such name"},
		{"socks without a name", plain.URL + "/a", socksAuth, by("socks5", socksAuth, ""), "", "", "in another way"},
		{"socks refuses", plain.URL + "/a", socksRefuses, by("socks5", socksRefuses, ""), "127.0.0.1" + plainPort, "", "not allowed"},
		{"tunnel without a name", "https://far.test/", http, by("http", http, ""), "CONNECT far.test:443", "", "407 Proxy Authentication Required"},
		{"a proxy that speaks something else", "https://far.test/", other, by("http", other, ""), "", "", "answer to CONNECT"},
		{"a proxy that is believed by nobody", "http://far.test/", https, proxyAt("https", https.address), "", "", "certificate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t, Options{})
			for i := range 2 { // on the same connection, if there is one
				got, err := c.Fetch(patient(t), &HTTPRequest{URL: tt.url, Proxy: tt.proxy, CACerts: authority.File})
				asked := tt.at.requests()
				if i == 1 && err == nil && !tt.proxy.forwards() || i == 1 && strings.HasPrefix(tt.asked, "CONNECT") && err == nil {
					tt.asked = ""
				}
				if asked != tt.asked {
					t.Errorf("the proxy was asked for %q; want %q", asked, tt.asked)
				}
				if tt.err != "" {
					if err == nil || !strings.Contains(err.Error(), tt.err) {
						t.Errorf("got %v; want an error about %q", err, tt.err)
					}
					return
				}
				if err != nil || string(got.Body) != tt.body {
					t.Fatalf("got %+.300v, %v; want %.100q", got, err, tt.body)
				}
			}
		})
	}
	t.Run("refused when forwarded", func(t *testing.T) {
		got := get(t, newClient(t, Options{}), &HTTPRequest{URL: "http://far.test/", Proxy: by("http", http, "")})
		if got.Code != 407 {
			t.Errorf("got %d", got.Code)
		}
	})
}

func TestProxyErrorTellsTheCode(t *testing.T) {
	p := serveHTTPProxy(t, nil)
	_, err := newClient(t, Options{}).Fetch(patient(t), &HTTPRequest{URL: "https://far.test/", Proxy: proxyAt("http", p.address)})
	var refused *ProxyError
	if !errors.As(err, &refused) || refused.Code != 407 {
		t.Errorf("got %v", err)
	}
}

// TestConnectForOthers reads from a stream that goes by a proxy, as another protocol
// would.
func TestConnectForOthers(t *testing.T) {
	speaks := serveRaw(t, silent("hello\n"))
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(speaks.address)
	for scheme, p := range map[string]*testProxy{"http": serveHTTPProxy(t, nil), "socks5": serveSOCKS(t, "p", 0)} {
		proxy := proxyAt(scheme, p.address)
		proxy.Username, proxy.Password = "u", "p"
		n, _ := netutil.ParseAddress(":" + port)
		got, err := readThrough(l, ConnectOptions{Host: "far.test", Port: n.Port, Proxy: proxy})
		if err != nil || got != "hello\n" {
			t.Errorf("%s: got %q, %v", scheme, got, err)
		}
	}
}

func TestProxyFromEnvironment(t *testing.T) {
	for _, tt := range []struct {
		name    string
		env     map[string]string
		scheme  string
		host    string
		port    int
		want    string // empty for none
		wantErr bool
	}{
		{"nothing set", nil, "http", "a.test", 80, "", false},
		{"http", map[string]string{"http_proxy": "http://p:1"}, "http", "a.test", 80, "proxy http://p:1", false},
		{"capitals", map[string]string{"HTTP_PROXY": "p:1"}, "http", "a.test", 80, "proxy http://p:1", false},
		{"small letters win", map[string]string{"HTTP_PROXY": "p:1", "http_proxy": "p:2"}, "http", "a.test", 80, "proxy http://p:2", false},
		{"a CGI program", map[string]string{"HTTP_PROXY": "p:1", "REQUEST_METHOD": "GET"}, "http", "a.test", 80, "", false},
		{"https", map[string]string{"http_proxy": "p:1", "https_proxy": "socks5://p:2"}, "https", "a.test", 443, "proxy socks5://p:2", false},
		{"all", map[string]string{"all_proxy": "p:1"}, "https", "a.test", 443, "proxy http://p:1", false},
		{"localhost", map[string]string{"all_proxy": "p:1"}, "http", "localhost", 80, "", false},
		{"loopback", map[string]string{"all_proxy": "p:1"}, "http", "127.0.0.2", 80, "", false},
		{"none for all", map[string]string{"all_proxy": "p:1", "no_proxy": "*"}, "http", "a.test", 80, "", false},
		{"none for a domain", map[string]string{"all_proxy": "p:1", "no_proxy": "x, A.test"}, "http", "b.a.test", 80, "", false},
		{"with a dot", map[string]string{"all_proxy": "p:1", "no_proxy": ".a.test"}, "http", "a.test", 80, "proxy http://p:1", false},
		{"part of a name", map[string]string{"all_proxy": "p:1", "no_proxy": "a.test"}, "http", "ba.test", 80, "proxy http://p:1", false},
		{"none for a port", map[string]string{"all_proxy": "p:1", "no_proxy": "a.test:81"}, "http", "a.test", 80, "proxy http://p:1", false},
		{"none for this port", map[string]string{"all_proxy": "p:1", "no_proxy": "a.test:80"}, "http", "a.test", 80, "", false},
		{"none for an address", map[string]string{"all_proxy": "p:1", "NO_PROXY": "10.0.0.1"}, "http", "10.0.0.1", 80, "", false},
		{"none for a network", map[string]string{"all_proxy": "p:1", "no_proxy": "10.0.0.0/8"}, "http", "10.1.2.3", 80, "", false},
		{"not the network", map[string]string{"all_proxy": "p:1", "no_proxy": "10.0.0.0/8"}, "http", "11.1.2.3", 80, "proxy http://p:1", false},
		{"malformed", map[string]string{"all_proxy": "ftp://p"}, "http", "a.test", 80, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, name := range []string{"http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"} {
				t.Setenv(name, tt.env[name])
			}
			proxy, err := ProxyFromEnvironment(tt.scheme, tt.host, tt.port)
			got := ""
			if proxy != nil {
				got = proxy.String()
			}
			if got != tt.want || (err != nil) != tt.wantErr {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}
