// Package httputil holds the values of HTTP and the rules on them: header
// fields, start lines, requests, form bodies, cookies.
//
// Nothing in it touches a socket or starts a goroutine; any goroutine may use
// it. The types are not locked: one owner at a time.
//
//   - HTTPHeaders: a multi-map of fields that keeps their order
//   - RequestStartLine, ResponseStartLine
//   - HTTPServerRequest: a request as a handler sees it
//   - HTTPServerConnectionDelegate, HTTPMessageDelegate, HTTPConnection: how the
//     bytes of a connection and the meaning of its messages meet
//   - ParseBodyArguments, ParseCookie, URLConcat, FormatTimestamp, ...
package httputil

import (
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
)

// An HTTPServerConnectionDelegate receives what happens on the connections of a
// server. Its methods run on the connection's loop.
type HTTPServerConnectionDelegate interface {
	// StartRequest is called when the head of a request has been read; what it
	// returns is told the rest. request is complete but for its body. It is valid
	// until StartRequest returns: who needs it later copies it.
	StartRequest(request *HTTPServerRequest) HTTPMessageDelegate
}

// An HTTPMessageDelegate is told of one message as it arrives, on the
// connection's loop: HeadersReceived once, DataReceived for each piece of the
// body, and then either Finish or OnConnectionClose. Whoever finishes the answer
// before it was told the end has set the end itself, and is told nothing more: the
// rest of the body is not wanted. So exactly one of the three ends a message.
//
// A future that HeadersReceived or DataReceived returns holds up the reading of
// the connection until it is done; nil means go on at once.
type HTTPMessageDelegate interface {
	// HeadersReceived is called before any of the body is read. A client that waits for
	// 100 (Continue) gets it afterwards, unless the answer has begun by then.
	HeadersReceived() *concurrent.Future[struct{}]

	// DataReceived is given a piece of the body. chunk is valid until it returns.
	DataReceived(chunk []byte) *concurrent.Future[struct{}]

	// Finish is called after the last of the body. From then on the answer must
	// come, at once or later.
	Finish()

	// OnConnectionClose is called when the connection ends before the message has
	// been read whole, or before its answer has been finished.
	OnConnectionClose(err error)
}

// A PeerEndDelegate is an HTTPMessageDelegate that wants to know when the client
// has ended its side of the connection before it got its answer, and has taken nothing
// for a second. It may have left, or may still read: the answer is sent in any case.
type PeerEndDelegate interface {
	OnPeerEnd()
}

// A TimedConnection is an HTTPConnection that can be told how long the client may
// take to send the body of this request. Zero means as long as the server allows,
// negative for ever.
type TimedConnection interface {
	SetBodyTimeout(time.Duration)
}

// An HTTPConnection writes one answer: WriteHeaders once, Write as often as
// needed, Finish. It is used on the connection's loop alone, AddCallback
// excepted.
type HTTPConnection interface {
	// WriteHeaders sends the start line, the fields and, if chunk is not empty, the
	// first of the body, which is copied. The framing follows from the fields: with
	// Content-Length the body has that length; without, it is chunked, or ends with
	// the connection for HTTP/1.0. Date and Connection are added where they are
	// missing.
	WriteHeaders(line ResponseStartLine, headers *HTTPHeaders, chunk []byte) error

	// Write sends a piece of the body, which is copied. More than Content-Length
	// promised closes the connection and fails with ErrOutput. Where there is no body,
	// to a HEAD and with a status of 1xx, 204, 205 or 304, it does nothing.
	Write(chunk []byte) error

	// Finish ends the answer. If less was written than Content-Length promised it
	// closes the connection and fails with ErrOutput.
	Finish() error

	// Abort closes the connection, so that the client sees that the answer which
	// has begun is incomplete.
	Abort(err error)

	// NotifyDrained calls f on the loop when all that was written so far has left
	// for the socket, or with an error when the connection ended before.
	NotifyDrained(f func(error))

	// SetMaxBodySize replaces the server's limit for the body of this request; call
	// it before HeadersReceived has returned.
	SetMaxBodySize(bytes int64)

	// AddCallback runs f on the connection's loop. It may be called from any
	// goroutine.
	AddCallback(f func())
}
