package web

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httputil"
)

// exchangeOverSocket serves the application on a real socket for one request.
func exchangeOverSocket(t testing.TB, app *Application, raw string) response {
	t.Helper()
	server, err := app.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	conn, err := net.Dial("tcp", server.Addresses()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, strings.Replace(raw, "\r\n", "\r\nConnection: close\r\n", 1)); err != nil {
		t.Fatal(err)
	}
	answer, readErr := io.ReadAll(conn)
	return parseResponse(t, string(answer), strings.HasPrefix(raw, "HEAD "), readErr)
}

// parseResponse reads an answer up to the connection's end. It is aborted if it
// ends before its framing says so.
func parseResponse(t testing.TB, answer string, head bool, readErr error) (r response) {
	t.Helper()
	top, body, ok := strings.Cut(answer, "\r\n\r\n")
	if !ok {
		return response{aborted: true}
	}
	first, fields, _ := strings.Cut(top, "\r\n")
	line, err := httputil.ParseResponseStartLine(first)
	if err != nil {
		t.Fatal(err)
	}
	r.status, r.reason, r.header = line.Code, line.Reason, httputil.ParsedHeaders(fields)
	r.aborted = readErr != nil
	switch {
	case head:
		r.body = body
	case r.header.Get("Transfer-Encoding") == "chunked":
		var decoder http1connection.ChunkedDecoder
		done := false
		for data := []byte(body); len(data) > 0 && !done; {
			piece, consumed, end, err := decoder.Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if consumed == 0 {
				break
			}
			r.body += string(piece)
			data, done = data[consumed:], end
		}
		r.aborted = r.aborted || !done
	default:
		r.body = body
		length, err := httputil.ParseInt(r.header.Get("Content-Length"))
		r.aborted = r.aborted || err == nil && int(length) != len(body)
	}
	return r
}

// A transport takes a request to an application and brings the answer.
type transport struct {
	name     string
	exchange func(t testing.TB, app *Application, raw string) response
}

var transports = []transport{{"fake", exchangeWithFake}, {"socket", exchangeOverSocket}}
