package frame_test

import (
	"errors"
	"fmt"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/websocket/frame"
)

func ExampleReader() {
	rules := &frame.Rules{MaxMessage: 1 << 20}
	r := frame.NewReader(rules, nil)
	mask := [4]byte{1, 2, 3, 4}
	wire := frame.AppendMasked(nil, frame.Text, false, []byte("hello"), mask)
	wire = frame.AppendMasked(wire, frame.Ping, false, nil, mask)
	wire = append(wire, 0x81, 0x00) // without a mask
	for {
		event, n, err := r.Next(wire)
		wire = wire[n:]
		var breach *frame.Error
		if errors.As(err, &breach) {
			fmt.Println("close with", uint16(breach.Code), breach.Reason)
			return
		}
		fmt.Printf("%v %q\n", event.Opcode, event.Payload)
	}
	// Output:
	// text "hello"
	// ping ""
	// close with 1002 a frame without a mask
}

func ExampleCheckRequest() {
	headers := httputil.ParsedHeaders("Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
	key, err := frame.CheckRequest("GET", "HTTP/1.1", &headers)
	fmt.Println(frame.Accept(key), err)
	_, err = frame.CheckRequest("POST", "HTTP/1.1", &headers)
	fmt.Println(err)
	// Output:
	// s3pPLMBiTxaQ9kYGzzhZRbK+xOo= <nil>
	// websocket: handshake refused with 405: A WebSocket begins with GET.
}

func ExampleNegotiate() {
	offers := []string{"permessage-deflate; server_max_window_bits=99, permessage-deflate; client_max_window_bits"}
	_, answer, _ := frame.Negotiate(offers, frame.DeflateOptions{})
	fmt.Println(answer)
	// Output:
	// permessage-deflate; server_no_context_takeover; client_no_context_takeover
}

func ExampleDeflater() {
	deflater, _ := frame.NewDeflater(0, 0, false)
	inflater := frame.NewInflater(0, false)
	wire := deflater.Append(nil, []byte("again and again and again and again"))
	text, err := inflater.Append(nil, wire, 100)
	fmt.Println(len(wire) < len(text), string(text), err)
	// Output:
	// true again and again and again and again <nil>
}

func ExampleUTF8() {
	var text frame.UTF8
	fmt.Println(text.Valid([]byte("caf\xc3")), text.Complete())
	fmt.Println(text.Valid([]byte("\xa9")), text.Complete())
	fmt.Println(text.Valid([]byte("\xff")))
	// Output:
	// true false
	// true true
	// false
}

func ExampleCode() {
	fmt.Println(frame.GoingAway, frame.GoingAway.Sendable(), frame.Abnormal.Sendable())
	// Output:
	// going away true false
}
