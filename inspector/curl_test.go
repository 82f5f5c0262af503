package inspector

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestCurlCommand(t *testing.T) {
	const address = "127.0.0.1:8888"
	for _, tt := range []struct {
		name string
		r    Request
		want string
	}{
		{"plain",
			Request{Method: "GET", URI: "/a?b=c&d", Version: "HTTP/1.1", Head: "GET /a HTTP/1.1\r\nHost: 127.0.0.1:8888\r\nUser-Agent: x\r\nAccept: */*\r\nConnection: keep-alive\r\n"},
			`curl -i -H 'User-Agent: x' -H 'Accept: */*' 'http://127.0.0.1:8888/a?b=c&d'`},
		{"what curl would add is switched off",
			Request{Method: "GET", URI: "/", Head: "GET / HTTP/1.1\r\nHost: example.org\r\n"},
			`curl -i -H 'Host: example.org' -H User-Agent: -H Accept: http://127.0.0.1:8888/`},
		{"body",
			Request{Method: "POST", URI: "/", Head: "POST / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\nUser-Agent: x\r\nAccept: y\r\nContent-Type: a/b\r\nContent-Length: 9\r\n", Body: []byte("it's\na=ä"), BodyLen: 9},
			"curl -i -H 'User-Agent: x' -H 'Accept: y' -H 'Content-Type: a/b' -H Expect: --data-binary 'it'\\''s\na=ä' http://127.0.0.1:8888/"},
		{"binary body, other method",
			Request{Method: "PUT", URI: "/", Head: "PUT / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\nUser-Agent: x\r\nAccept: y\r\nContent-Type: a/b\r\n", Body: []byte("\x00'%\\\xffa"), BodyLen: 6},
			`printf '\000\047%%\\\377a' | curl -i -X PUT -H 'User-Agent: x' -H 'Accept: y' -H 'Content-Type: a/b' -H Expect: --data-binary @- http://127.0.0.1:8888/`},
		{"body that begins with @",
			Request{Method: "POST", URI: "/", Head: "POST / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\nUser-Agent: x\r\nAccept: y\r\nContent-Type: a/b\r\n", Body: []byte("@/etc/passwd"), BodyLen: 12},
			`printf '@/etc/passwd' | curl -i -H 'User-Agent: x' -H 'Accept: y' -H 'Content-Type: a/b' -H Expect: --data-binary @- http://127.0.0.1:8888/`},
		{"hostile",
			Request{Method: "GET", URI: "/$(rm)`x`';[1-9]/../a", Head: "GET / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\nUser-Agent: \x1b[31m'\\\r\nAccept:\r\n@/etc/passwd: x\r\n"},
			`curl -i --globoff --path-as-is -H $'User-Agent: \033[31m\'\\' -H 'Accept;' ` + "'http://127.0.0.1:8888/$(rm)`x`'\\'';[1-9]/../a'"},
		{"HEAD and an old version",
			Request{Method: "HEAD", URI: "/", Version: "HTTP/1.0", Head: "HEAD / HTTP/1.0\r\nUser-Agent: x\r\nAccept: y\r\n"},
			`curl -i --head --http1.0 -H 'User-Agent: x' -H 'Accept: y' http://127.0.0.1:8888/`},
		{"DELETE without a body",
			Request{Method: "DELETE", URI: "/", Head: "DELETE / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\nUser-Agent: x\r\nAccept: y\r\n"},
			`curl -i -X DELETE -H 'User-Agent: x' -H 'Accept: y' http://127.0.0.1:8888/`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.r.Done = true
			got, err := CurlCommand(&tt.r, address)
			if err != nil || got != tt.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, tt.want)
			}
			if PrintableLines(got) != got {
				t.Errorf("not fit for a terminal: %q", got)
			}
		})
	}
}

func TestIncompleteRequest(t *testing.T) {
	const head = "POST / HTTP/1.1\r\nContent-Length: 10\r\n"
	for _, tt := range []struct {
		name string
		r    Request
	}{
		{"trimmed", Request{Method: "GET", URI: "/", Trimmed: true, Head: head, Done: true}},
		{"sampled", Request{Method: "GET", URI: "/", Sampled: true, Done: true}},
		{"large body", Request{Method: "POST", URI: "/", Head: head, Body: []byte("x"), BodyLen: 10, Done: true}},
		{"in flight", Request{Method: "POST", URI: "/", Head: head}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := CurlCommand(&tt.r, "127.0.0.1:1"); !errors.Is(err, ErrTrimmed) {
				t.Errorf("CurlCommand: got %q, %v; want ErrTrimmed", got, err)
			}
			if _, err := Replay(t.Context(), "127.0.0.1:1", &tt.r, nil); !errors.Is(err, ErrTrimmed) {
				t.Errorf("Replay: got %v, want ErrTrimmed", err)
			}
		})
	}
}

func TestCurlAddress(t *testing.T) {
	r := &Request{Method: "GET", URI: "/x", Head: "GET /x HTTP/1.1\r\nHost: a:1\r\nAccept: y\r\nUser-Agent: z\r\n", Done: true}
	for _, tt := range []struct {
		address, want string // of the URL; empty is an error
	}{
		{"https://a:1", "https://a:1/x"},
		{"http://a:1/", "http://a:1/x"},
		{"[::1]:8888", "'http://[::1]:8888/x'"},
		{"", ""},
		{"a b", ""},
		{"a/b", ""},
	} {
		got, err := CurlCommand(r, tt.address)
		if (err == nil) != (tt.want != "") || !strings.HasSuffix(got, tt.want) {
			t.Errorf("%q: got %s, %v; want %s", tt.address, got, err, tt.want)
		}
	}
	r.URI = "*"
	if got, err := CurlCommand(r, "a:1"); err == nil {
		t.Errorf("OPTIONS *: got %s, want an error", got)
	}
}

// shellArguments runs a command in which curl prints its arguments and its input.
func shellArguments(t testing.TB, shell, command string) (args []string, input string) {
	t.Helper()
	const curl = `curl() { for a in "$@"; do printf '%s\0' "$a"; done; printf 'END\0'; case "$*" in *@-*) cat;; esac; }; `
	out, err := exec.Command(shell, "-c", curl+command).Output()
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	before, after, _ := strings.Cut(string(out), "END\x00")
	return strings.Split(strings.TrimSuffix(before, "\x00"), "\x00"), after
}

// What a real shell makes of the command is what was received.
func FuzzCurlCommand(f *testing.F) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		f.Skip("bash, the shell this is tried with, is not installed")
	}
	f.Add("/a", "x", []byte("body"))
	f.Add("/a", "x", []byte("-\xae"))
	f.Add("/'$(x)`\\\n\t", "\x1b'\\\"", []byte("%s\\n'\x00\xff@"))
	f.Fuzz(func(t *testing.T, uri, value string, body []byte) {
		if strings.ContainsAny(uri+value, "\x00\r\n") || strings.Trim(value, " \t") != value || value == "" {
			return
		}
		r := &Request{Method: "POST", URI: "/" + uri, Head: "POST / HTTP/1.1\r\nX-A: " + value + "\r\n", Body: body, BodyLen: int64(len(body)), Done: true}
		command, err := CurlCommand(r, "localhost")
		if err != nil {
			t.Fatal(err)
		}
		if PrintableLines(command) != command {
			t.Fatalf("not fit for a terminal: %q", command)
		}
		args, input := shellArguments(t, shell, command)
		if last := args[len(args)-1]; last != "http://localhost/"+uri {
			t.Errorf("%s\ngives the URL %q", command, last)
		}
		if !slices.Contains(args, "X-A: "+value) {
			t.Errorf("%s\ngives %q without the field %q", command, args, value)
		}
		if at := slices.Index(args, "--data-binary"); len(body) > 0 {
			got := args[at+1]
			if got == "@-" {
				got = input
			}
			if got != string(body) {
				t.Errorf("%s\ngives the body %q, want %q", command, got, body)
			}
		}
	})
}

func TestReplay(t *testing.T) {
	for _, tt := range []struct {
		name string
		r    Request
		want string
	}{
		{"GET", Request{Head: "GET /a HTTP/1.1\r\nHost: x\r\nX-Odd:  a\t\r\n"},
			"GET /a HTTP/1.1\r\nHost: x\r\nX-Odd:  a\t\r\nConnection: close\r\n\r\n"},
		{"head without its last line end", Request{Head: "GET /a HTTP/1.1\r\nHost: x"},
			"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"},
		{"keep-alive", Request{Head: "GET /a HTTP/1.1\r\nConnection: keep-alive, x\r\nHost: x\r\n\r\n"},
			"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"},
		{"body", Request{Head: "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n", Body: []byte("a\x00b"), BodyLen: 3},
			"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\na\x00b"},
		{"chunks", Request{Head: "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n", Body: []byte("0123456789abcdef"), BodyLen: 16},
			"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n"},
		{"no chunks", Request{Head: "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"},
			"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.r.Done = true
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			type seen struct{ from, message string }
			got := make(chan seen, 1)
			go func() { // ends with the connection; got is received from below
				conn, err := listener.Accept()
				if err != nil {
					got <- seen{}
					return
				}
				defer conn.Close()
				message := make([]byte, len(tt.want))
				n, _ := io.ReadFull(conn, message)
				io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
				got <- seen{conn.RemoteAddr().String(), string(message[:n])}
			}()
			announced := ""
			local, err := Replay(t.Context(), listener.Addr().String(), &tt.r, func(a string) { announced = a })
			if err != nil {
				t.Fatal(err)
			}
			s := <-got
			if s.message != tt.want {
				t.Errorf("got %q, want %q", s.message, tt.want)
			}
			if local != s.from || announced != s.from {
				t.Errorf("got address %s, announced as %s; want %s", local, announced, s.from)
			}
		})
	}
}

// A real server understands it, and its own parser has the last word.
func TestReplayToServer(t *testing.T) {
	type call struct {
		method, uri string
		body        []byte
		close       bool
	}
	calls := make(chan call, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- call{r.Method, r.RequestURI, body, r.Close}
	}))
	defer server.Close()
	body := bytes.Repeat([]byte{0, 1, 2, 255}, 1000)
	for _, framing := range []string{"Content-Length: 4000", "Transfer-Encoding: chunked"} {
		r := &Request{Method: "PUT", URI: "/a?b", Head: "PUT /a?b HTTP/1.1\r\nHost: x\r\n" + framing + "\r\n", Body: body, BodyLen: 4000, Done: true}
		if _, err := Replay(t.Context(), server.Listener.Addr().String(), r, nil); err != nil {
			t.Fatal(err)
		}
		if c := <-calls; c.method != "PUT" || c.uri != "/a?b" || !bytes.Equal(c.body, body) || !c.close {
			t.Errorf("%s: got %s %s with %d bytes, close %v", framing, c.method, c.uri, len(c.body), c.close)
		}
	}
}

func TestReplayFails(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { // ends with the listener, below
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	address := listener.Addr().String()
	get := Request{Method: "GET", URI: "/", Head: "GET / HTTP/1.1\r\nHost: x\r\n", Done: true}
	if _, err := Replay(t.Context(), address, &get, nil); err == nil {
		t.Error("no answer: got no error")
	}
	listener.Close()
	if _, err := Replay(t.Context(), address, &get, nil); err == nil {
		t.Error("nobody listens: got no error")
	}
	upgrade := Request{Method: "GET", URI: "/", Head: "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n", Done: true}
	if _, err := Replay(t.Context(), address, &upgrade, nil); err == nil || !strings.Contains(err.Error(), "websocket") {
		t.Errorf("upgrade: got %v", err)
	}
	short := Request{Method: "POST", URI: "/", Head: "POST / HTTP/1.1\r\nContent-Length: 9\r\n", Body: []byte("x"), BodyLen: 1, Done: true}
	if _, err := Replay(t.Context(), address, &short, nil); !errors.Is(err, ErrTrimmed) {
		t.Errorf("cut off: got %v, want ErrTrimmed", err)
	}
}
