package http1connection_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httputil"
)

// An app is the application that the vectors describe, and some paths of our own,
// as a delegate.
type app struct{}

func (app) StartRequest(r *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	return &exchange{request: *r}
}

type exchange struct {
	request httputil.HTTPServerRequest
	body    []byte
}

func (x *exchange) HeadersReceived() *concurrent.Future[struct{}] {
	switch base, number := x.route(); {
	case x.request.Method != "POST":
	case base == "/stream_body_max":
		x.request.Connection.SetMaxBodySize(int64(number))
	case base == "/stream_body_reject":
		x.page(401)
	case base == "/stream_body_finish":
		x.answer(200, "early")
	}
	return nil
}

func (x *exchange) DataReceived(chunk []byte) *concurrent.Future[struct{}] {
	x.body = append(x.body, chunk...)
	return nil
}

func (x *exchange) OnConnectionClose(error) {}

// route splits "/status/204" into "/status" and 204.
func (x *exchange) route() (base string, number int) {
	base = x.request.Path
	if i := strings.LastIndexByte(base, '/'); i > 0 {
		if n, err := strconv.Atoi(base[i+1:]); err == nil {
			return base[:i], n
		}
	}
	return base, 0
}

// methods are those of paths that do not take all.
var methods = map[string]string{
	"/async": "GET POST", "/raise": "GET", "/stream_body": "POST PUT",
}

func (x *exchange) Finish() {
	base, number := x.route()
	standard := strings.Contains(" GET HEAD POST PUT DELETE PATCH OPTIONS ", " "+x.request.Method+" ")
	if only, ok := methods[base]; !standard || ok && !strings.Contains(only, x.request.Method) {
		x.page(405)
		return
	}
	switch base {
	case "/status":
		if !x.answer(number, "") {
			x.page(500)
		}
	case "/status_body":
		if number == 204 || number == 304 {
			x.page(500) // the handler's fault
			return
		}
		x.answer(number, "body")
	case "/hints":
		x.begin(103, "Link", "</style.css>")
		x.begin(103, "Link", "</script.js>")
		x.answer(200, "hinted")
	case "/length":
		x.begin(number, "Content-Length", "0")
		x.finish()
	case "/chunks":
		x.begin(number)
		x.write("body")
		x.finish()
	case "/stream":
		x.begin(200)
		for _, piece := range []string{"one", "", "two", "three"} {
			x.write(piece)
		}
		x.finish()
	case "/empty_flush":
		x.begin(200)
		x.finish()
	case "/close_header":
		x.answer(200, "bye", "Connection", "close")
	case "/short":
		x.begin(200, "Content-Length", "10")
		x.write("short")
		x.finish()
	case "/long":
		x.begin(200, "Content-Length", "3")
		x.write("too long")
		x.finish()
	case "/exact":
		x.begin(200, "Content-Length", "5")
		x.write("exact")
		x.finish()
	case "/raise":
		x.page(500)
	case "/raise_after_flush", "/raise_after_flush_length":
		if base == "/raise_after_flush" {
			x.begin(200)
		} else {
			x.begin(200, "Content-Length", "10")
		}
		x.write("part")
		x.request.Connection.Abort(fmt.Errorf("the handler failed"))
	case "/raise_after_finish":
		x.answer(200, "ok") // what fails afterwards is only logged
	case "/async":
		go func() { // ends by itself; the answer is read
			<-time.After(50 * time.Millisecond)
			x.request.Connection.AddCallback(func() { x.answer(200, "async") })
		}()
	case "/stream_body", "/stream_body_max":
		x.json(map[string]any{"total": len(x.body), "body": latin1(string(x.body))})
	case "/large":
		x.answer(200, strings.Repeat("x", number))
	case "/text":
		x.answer(200, x.request.Method+" "+x.request.URI+" "+string(x.body))
	default:
		x.echo()
	}
}

func (x *exchange) echo() {
	r := &x.request
	r.Body = x.body
	if err := r.ParseBody(); err != nil {
		x.page(err.(*httputil.HTTPInputError).Status())
		return
	}
	headers := [][2]string{}
	for name, value := range r.Headers.All() {
		headers = append(headers, [2]string{name, latin1(value)})
	}
	x.json(map[string]any{
		"method": r.Method, "uri": latin1(r.URI), "path": latin1(r.Path), "query": latin1(r.Query), "version": r.Version,
		"host": r.Host, "host_name": r.HostName(), "remote_ip": r.RemoteIP, "protocol": r.Protocol,
		"headers": headers, "body": latin1(string(x.body)), "query_arguments": latin1Map(r.QueryArguments()),
		"body_arguments": latin1Map(r.BodyArguments()), "arguments": latin1Map(r.Arguments()), "files": latin1Files(r.Files()),
	})
}

func latin1Map(arguments map[string][]string) map[string][]string {
	shown := map[string][]string{}
	for name, values := range arguments {
		for _, value := range values {
			shown[latin1(name)] = append(shown[latin1(name)], latin1(value))
		}
	}
	return shown
}

func latin1Files(files map[string][]httputil.HTTPFile) map[string][][]string {
	shown := map[string][][]string{}
	for name, list := range files {
		for _, f := range list {
			shown[latin1(name)] = append(shown[latin1(name)], []string{latin1(f.Filename), f.ContentType, latin1(string(f.Body))})
		}
	}
	return shown
}

// latin1 shows octets as code points, as the vectors do.
func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

func (x *exchange) page(status int) {
	title := fmt.Sprintf("%d: %s", status, httputil.StatusText(status))
	x.answer(status, "<html><title>"+title+"</title><body>"+title+"</body></html>")
}

func (x *exchange) json(value any) {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	x.answer(200, string(text))
}

// answer reports whether the connection takes the answer.
func (x *exchange) answer(status int, body string, fields ...string) bool {
	if status != 204 && status != 304 {
		fields = append(fields, "Content-Length", fmt.Sprint(len(body)))
	}
	if x.begin(status, fields...) != nil {
		return false
	}
	x.write(body)
	x.finish()
	return true
}

func (x *exchange) begin(status int, fields ...string) error {
	var headers httputil.HTTPHeaders
	for i := 0; i < len(fields); i += 2 {
		headers.Set(fields[i], fields[i+1])
	}
	return x.request.Connection.WriteHeaders(httputil.ResponseStartLine{Code: status}, &headers, nil)
}

func (x *exchange) write(text string) { x.request.Connection.Write([]byte(text)) }
func (x *exchange) finish()           { x.request.Connection.Finish() }

// finishLargeEarly answers with more than sockets hold before the body has come.
func finishLargeEarly(x *exchange) *concurrent.Future[struct{}] {
	if x.request.Path == "/stream_body_finish_large" {
		x.answer(200, strings.Repeat("x", 20<<20))
	}
	return nil
}
