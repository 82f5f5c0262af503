package websocket

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/internal/wstest"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

// A vector is one case of testdata/websocket.json.
type vector struct {
	ID, Fn, Request, Path string
	Response              *struct {
		Status  int
		Headers [][2]string
		Body    *string
	}
	Headers    [][2]string
	SendAtOnce string `json:"send_at_once"`
	Send       []struct {
		Data      []byte `json:"b64"`
		Repeat    int
		PauseMS   int  `json:"pause_ms"`
		HalfClose bool `json:"half_close"`
	}
	Expect struct {
		Frames []struct {
			Opcode     frame.Opcode
			Text       *string
			Data       []byte `json:"b64"`
			Length     int
			Code       *frame.Code
			Reason     string
			Compressed bool
		}
		Closed bool
		Events [][]any
	}
}

// deviations are the cases that are answered differently on purpose, and what is
// answered: an answer's status and extension, or frames. The original's unmasked
// frames, missing close frames and 500s are faults that it knows of.
var deviations = map[string]string{
	// Version 13 alone, a key of 16 octets, once, over HTTP/1.1; OPTIONS is answered.
	"websocket/handshake/13": "426",
	"websocket/handshake/21": "400",
	"websocket/handshake/24": "204",
	"websocket/handshake/25": "400",
	"websocket/handshake/33": "400",
	// Hosts are compared without case; what cannot be parsed is another's.
	"websocket/origin/4":  "101; Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
	"websocket/origin/12": "403",
	"websocket/origin/13": "426",
	"websocket/origin/14": "426",
	// An impossible offer is declined; what is agreed upon is said; 8 bits will do.
	"websocket/deflate_offer/4":  "101; Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
	"websocket/deflate_offer/6":  "101; Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=; Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8",
	"websocket/deflate_offer/7":  "101; Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=; Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover",
	"websocket/deflate_offer/8":  "101; Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=; Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover",
	"websocket/deflate_offer/9":  "101; Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
	"websocket/deflate_offer/10": "101; Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
	"websocket/deflate_offer/11": "101; Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
	"websocket/deflate_offer/15": "101; Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
	"websocket/deflate_offer/17": "101; Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
	"websocket/deflate_offer/18": "101; Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=; Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10; client_max_window_bits=12",
	// Frames must be masked and lengths minimal; whoever breaks a rule is told so; an
	// error of the handler is 1011; control frames do not count for the size.
	"websocket/messages/8":   "text hi\nclose 1002 a frame without a mask\nend",
	"websocket/messages/9":   "close 1002 a length that is not minimal\nend",
	"websocket/messages/10":  "close 1002 a length that is not minimal\nend",
	"websocket/messages/15":  "close 1011\nend",
	"websocket/fragments/5":  "close 1002 a new message before the end of the last\nend",
	"websocket/fragments/6":  "close 1002 a continuation of no message\nend",
	"websocket/fragments/7":  "text a\nclose 1002 a continuation of no message\nend",
	"websocket/fragments/11": "pong p\ntext aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"websocket/control/5":    "close 1002 a control frame of more than 125 bytes\nend",
	"websocket/control/8":    "pong xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	"websocket/close/4":      "close 1002 a close code that must not be sent\nend",
	"websocket/close/8":      "close 1002 a close code that must not be sent\nend",
	"websocket/close/12":     "close 1002 a close code that must not be sent\nend",
	"websocket/close/14":     "close 1007 a close reason that is not UTF-8\nend",
	"websocket/close/16":     "close 1002 a control frame in fragments\nend",
	// Only codes that may be sent are; a long reason is cut.
	"websocket/server_close/5": "close 1000 x\nend",
	"websocket/server_close/6": "close 1011\nend",
	"websocket/server_close/7": "close 1000 x\nend",
	"websocket/server_close/9": "close 1000 rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr\nend",
	"websocket/errors/1":       "close 1002 unknown opcode\nend",
	"websocket/errors/2":       "close 1002 unknown opcode\nend",
	"websocket/errors/3":       "close 1002 unknown opcode\nend",
	"websocket/errors/4":       "close 1002 unknown opcode\nend",
	"websocket/errors/5":       "close 1002 unknown opcode\nend",
	"websocket/errors/6":       "close 1002 unknown opcode\nend",
	"websocket/errors/7":       "close 1002 a compressed control frame\nend",
	"websocket/errors/8":       "close 1002 a reserved bit is set\nend",
	"websocket/errors/9":       "close 1002 a reserved bit is set\nend",
	"websocket/errors/10":      "close 1002 a reserved bit is set\nend",
	"websocket/errors/11":      "close 1002 a reserved bit is set\nend",
	"websocket/errors/12":      "close 1002 a reserved bit is set\nend",
	"websocket/errors/13":      "close 1007 text that is not UTF-8\nend",
	"websocket/errors/14":      "close 1007 text that is not UTF-8\nend",
	"websocket/errors/15":      "close 1007 text that is not UTF-8\nend",
	"websocket/errors/16":      "text ok\nclose 1007 text that is not UTF-8\nend",
	"websocket/deflate/4":      "close 1002 a compressed frame, but compression was not agreed upon\nend",
	"websocket/deflate/6":      "close 1002 a continuation that says compressed\nend",
	"websocket/deflate/7":      "close 1002 a compressed control frame\nend",
	"websocket/deflate/10":     "close 1002 a compressed frame, but compression was not agreed upon\nend",
	"websocket/deflate/11":     "close 1002 a compressed frame, but compression was not agreed upon\nend",
	"websocket/deflate_size/3": "close 1009 message too big after decompression\nend",
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	data, err := os.ReadFile("testdata/websocket.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []vector }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Cases
}

func quiet(t *testing.T) {
	previous := log.SetOutput(io.Discard)
	t.Cleanup(func() { log.SetOutput(previous) })
}

func TestHandshakeVectors(t *testing.T) {
	quiet(t)
	s := serve(t, vectorRoutes(wstest.NewEvents())...)
	ran := 0
	for _, v := range readVectors(t) {
		if v.Fn != "handshake" || v.Response == nil {
			continue
		}
		ran++
		t.Run(v.ID, func(t *testing.T) {
			c := connect(t, s)
			defer c.conn.Close()
			request := v.Request
			c.request(latin1(request), "")
			got := fmt.Sprint(c.response.StatusCode)
			want := fmt.Sprint(v.Response.Status)
			for _, name := range []string{"Sec-WebSocket-Accept", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "X-Extra"} {
				if value := c.response.Header.Get(name); value != "" {
					got += "; " + name + ": " + value
				}
				for _, field := range v.Response.Headers {
					if strings.EqualFold(field[0], name) {
						want += "; " + name + ": " + field[1]
					}
				}
			}
			check(t, v.ID, got, want)
		})
	}
	if ran == 0 {
		t.Error("no case ran")
	}
}

// latin1 turns text, of which each character stands for an octet, into octets.
func latin1(s string) string {
	octets := make([]byte, 0, len(s))
	for _, r := range s {
		octets = append(octets, byte(r))
	}
	return string(octets)
}

// check compares, and knows the deviations.
func check(t *testing.T, id, got, want string) {
	t.Helper()
	if deviation, ok := deviations[id]; ok {
		if deviation == want {
			t.Errorf("%s is no deviation", id)
		}
		want = deviation
	}
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", wstest.Shorten(got), wstest.Shorten(want))
	}
}

func TestFrameVectors(t *testing.T) {
	quiet(t)
	ran := 0
	for _, v := range readVectors(t) {
		if v.Fn != "frames" {
			continue
		}
		ran++
		t.Run(v.ID, func(t *testing.T) { runFrames(t, &v) })
	}
	if ran == 0 {
		t.Error("no case ran")
	}
}

func runFrames(t *testing.T, v *vector) {
	e := wstest.NewEvents()
	s := serve(t, vectorRoutes(e)...)
	c := open(t, s, v)
	original := v.conversation()
	wanted, deviates := deviations[v.ID]
	if !deviates {
		wanted = original
	}
	check(t, v.ID, c.conversation(wanted), original)
	if deviates || v.ID == "websocket/close/20" {
		return // there a message is dropped that came behind our close frame
	}
	want := v.events()
	e.WaitFor(t, strings.Join(want, "\n"), func(got string) bool { return sameEvents(got, want) })
}

// open makes the connection and sends what the case sends.
func open(t *testing.T, s *tornadotest.Server, v *vector) *rawClient {
	t.Helper()
	var fields []string
	for _, field := range v.Headers {
		fields = append(fields, field[0]+": "+field[1])
	}
	var pieces []string
	for _, piece := range v.Send {
		pieces = append(pieces, strings.Repeat(string(piece.Data), max(piece.Repeat, 1)))
	}
	early := ""
	switch v.SendAtOnce {
	case "with the handshake":
		early, pieces = strings.Join(pieces, ""), nil
	case "in one write":
		pieces = []string{strings.Join(pieces, "")}
	}
	c := dialWith(t, s, v.Path, early, fields...)
	for _, piece := range pieces {
		// The server may have closed the connection already.
		_, _ = io.WriteString(c.conn, piece)
	}
	if n := len(v.Send); n > 0 && v.Send[n-1].HalfClose {
		_ = c.conn.(*net.TCPConn).CloseWrite()
	}
	return c
}

// conversation reads as many frames as wanted; the end counts as one.
func (c *rawClient) conversation(wanted string) string {
	var got []string
	for len(got) <= strings.Count(wanted, "\n") && wanted != "" {
		r, err := c.next()
		if err != nil {
			if err == errEnded {
				got = append(got, "end")
			}
			break
		}
		got = append(got, r.String())
		if r.Opcode == frame.Close && strings.HasSuffix(wanted, "end") {
			// So that nobody waits for it; it may be an answer itself.
			_, _ = io.WriteString(c.conn, f(0x88, string(r.payload)))
		}
	}
	return strings.Join(got, "\n")
}

func (v *vector) conversation() string {
	var want []string
	for _, one := range v.Expect.Frames {
		r := received{Header: frame.Header{Opcode: one.Opcode, Compressed: one.Compressed}, payload: one.Data, reason: one.Reason, code: frame.NoStatus}
		if one.Text != nil {
			r.payload = []byte(*one.Text)
		}
		if one.Code != nil {
			r.code = *one.Code
		}
		if one.Length > 0 {
			r.payload = make([]byte, one.Length)
		}
		want = append(want, r.String())
	}
	if v.Expect.Closed {
		want = append(want, "end")
	}
	return strings.Join(want, "\n")
}

// events are those that the handler must have seen. Where the original knows no
// code or reason of a close, "close" stands for any.
func (v *vector) events() []string {
	var want []string
	for _, event := range v.Expect.Events {
		line := fmt.Sprint(event[0])
		switch event[0] {
		case "message":
			line = "text " + wstest.Brief(fmt.Sprint(event[1]))
			if data, ok := event[1].(map[string]any); ok {
				line = "binary " + payloadOf(data)
			}
		case "ping", "pong":
			line += " " + latin1(fmt.Sprint(event[1]))
		case "close":
			if event[1] != nil {
				line = fmt.Sprintf("close %v ", event[1])
			}
			if event[2] != nil {
				line += fmt.Sprint(event[2])
			}
		}
		want = append(want, line)
	}
	return want
}

func payloadOf(data map[string]any) string {
	if encoded, ok := data["b64"].(string); ok {
		payload, _ := base64.StdEncoding.DecodeString(encoded)
		return wstest.Brief(string(payload))
	}
	return fmt.Sprintf("(%v bytes)", data["length"])
}

// sameEvents compares what was seen with what was to be seen.
func sameEvents(got string, want []string) bool {
	lines := strings.Split(got, "\n")
	return slices.EqualFunc(lines, want, func(got, want string) bool {
		return got == want || want == "close" && strings.HasPrefix(got, "close ")
	})
}
