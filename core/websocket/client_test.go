package websocket

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/internal/wstest"
	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/websocket/frame"
	"github.com/tornado-dev/tornado/core/websocketclient"
)

func TestMain(m *testing.M) { leak.Main(m) }

var mask = [4]byte{0x12, 0x34, 0x56, 0x78}

// openClient connects, and closes when the test ends.
func openClient(t testing.TB, s *tornadotest.Server, path string, o websocketclient.Options) *websocketclient.Connection {
	t.Helper()
	c, err := websocketclient.Connect(wstest.Patient(t), "ws://"+s.Address()+path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(0, "") })
	return c
}

// A rawClient speaks the protocol by itself, and breaks it where a test wants that.
type rawClient struct {
	t        testing.TB
	conn     net.Conn
	r        *bufio.Reader
	response *http.Response
	inflater *frame.Inflater
}

const upgradeHead = "Host: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

// dial opens a WebSocket.
func dial(t testing.TB, s *tornadotest.Server, path string, fields ...string) *rawClient {
	t.Helper()
	return dialWith(t, s, path, "", fields...)
}

// dialWith sends early in the same write as the handshake.
func dialWith(t testing.TB, s *tornadotest.Server, path, early string, fields ...string) *rawClient {
	t.Helper()
	c := connect(t, s)
	c.request("GET "+path+" HTTP/1.1\r\n"+upgradeHead+lines(fields)+"\r\n", early)
	if c.response.StatusCode != 101 {
		t.Fatalf("got %s; want an upgrade", c.response.Status)
	}
	return c
}

func lines(fields []string) string {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(f + "\r\n")
	}
	return b.String()
}

func connect(t testing.TB, s *tornadotest.Server) *rawClient {
	t.Helper()
	conn := s.Dial()
	return &rawClient{t: t, conn: conn, r: newReader(conn)}
}

func newReader(r io.Reader) *bufio.Reader { return bufio.NewReader(r) }

// request sends a request and reads the head of the answer.
func (c *rawClient) request(head, early string) {
	c.t.Helper()
	c.write(head + early)
	response, err := http.ReadResponse(c.r, nil)
	if err != nil {
		c.t.Fatalf("reading the answer: %v", err)
	}
	c.response = response
	if strings.Contains(response.Header.Get("Sec-WebSocket-Extensions"), "permessage-deflate") {
		takeover := !strings.Contains(response.Header.Get("Sec-WebSocket-Extensions"), "server_no_context_takeover")
		c.inflater = frame.NewInflater(0, takeover)
	}
}

func (c *rawClient) write(data string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, data); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// f is a masked frame: its first octet as it is, and the minimal length.
func f(first byte, payload string) string {
	h := frame.Header{Masked: true, Mask: mask, Length: int64(len(payload))}
	wire := h.Append(nil)
	wire[0] = first
	wire = append(wire, payload...)
	frame.Mask(mask, 0, wire[len(wire)-len(payload):])
	return string(wire)
}

// packed is a text as a compressed payload.
func packed(text string) string {
	d, _ := frame.NewDeflater(0, 0, false)
	return string(d.Append(nil, []byte(text)))
}

// errEnded is what next returns when the server has closed the connection.
var errEnded = errors.New("ended")

// A received is a frame of the server.
type received struct {
	frame.Header
	payload []byte // inflated
	code    frame.Code
	reason  string
}

func (r received) String() string {
	switch {
	case r.Opcode == frame.Close:
		return strings.TrimSpace(fmt.Sprintf("close %d %s", r.code, r.reason))
	case r.Compressed:
		return fmt.Sprintf("%s %s (compressed)", r.Opcode, wstest.Brief(string(r.payload)))
	}
	return fmt.Sprintf("%s %s", r.Opcode, wstest.Brief(string(r.payload)))
}

// next reads a frame, and holds it to the rules.
func (c *rawClient) next() (received, error) {
	var head []byte
	for {
		h, n, err := frame.ParseHeader(head)
		if err != nil {
			return received{}, fmt.Errorf("the server broke a rule: %w", err)
		}
		if n == 0 {
			b, err := c.r.ReadByte()
			if err != nil {
				var timeout net.Error
				if errors.As(err, &timeout) && timeout.Timeout() {
					return received{}, err
				}
				return received{}, errEnded
			}
			head = append(head, b)
			continue
		}
		return c.payload(h)
	}
}

func (c *rawClient) payload(h frame.Header) (received, error) {
	r := received{Header: h, payload: make([]byte, h.Length)}
	if h.Masked {
		return r, errors.New("the server masked a frame")
	}
	_, err := io.ReadFull(c.r, r.payload)
	if err == nil && h.Compressed {
		if c.inflater == nil {
			return r, errors.New("the server compressed without agreement")
		}
		r.payload, err = c.inflater.Append(nil, r.payload, 64<<20)
	}
	if err == nil && h.Opcode == frame.Close {
		r.code, r.reason, err = frame.ParseClose(r.payload)
	}
	return r, err
}

// expect reads frames and compares what they say; "end" is the end of the
// connection.
func (c *rawClient) expect(want ...string) {
	c.t.Helper()
	for i, w := range want {
		got := ""
		r, err := c.next()
		switch {
		case err == errEnded:
			got = "end"
		case err != nil:
			c.t.Fatalf("frame %d: %v; want %q", i, err, w)
		default:
			got = r.String()
		}
		if got != w {
			c.t.Fatalf("frame %d: got %q; want %q", i, wstest.Shorten(got), wstest.Shorten(w))
		}
	}
}

// wait waits until the events are these.
// serve serves one type of handler on /.
func serve(t testing.TB, routes ...web.Route) *tornadotest.Server {
	t.Helper()
	return tornadotest.Serve(t, web.NewApplication(web.Settings{Loops: 1, LogFunction: func(*web.RequestHandler) {}}, routes...))
}
