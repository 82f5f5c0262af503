package httpclient

import (
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
)

// A Trace is told what a fetch does. Each function may be nil. They are called on
// the client's loop, must not wait, and may look at the Hop until it has finished
// and afterwards; only the client changes it.
type Trace struct {
	// Queued is called when all of MaxClients are taken and the fetch has to wait.
	Queued func(*HTTPRequest)

	HopStarted      func(*Hop) // a request is about to be made
	Connected       func(*Hop) // there is a connection
	RequestSent     func(*Hop) // all of the request was given to the connection
	InterimReceived func(h *Hop, code int, headers httputil.HTTPHeaders)
	ResponseStarted func(*Hop) // the head of the answer is there
	HopFinished     func(*Hop) // the answer is there, or there is none
}

// A Hop is one request with its answer. A fetch makes several if it is redirected,
// if it has to answer a challenge, or if a connection that was used again turns out
// to be dead.
type Hop struct {
	Request *HTTPRequest // of which it is a part
	Method  string
	URL     string // without name and password
	Headers httputil.HTTPHeaders
	Body    []byte // nil if there is none, or a BodyProducer makes it

	StartTime  time.Time
	Connection uint64 // counted from 1, of the client; zero if there is none
	Reused     bool   // the connection had been used before
	Remote     string // address that it leads to, perhaps a proxy's
	Proxy      *Proxy // nil if there is none

	Code            int // zero as long as there is no answer
	Version         string
	Reason          string
	ResponseHeaders httputil.HTTPHeaders // as they came
	ResponseBody    []byte               // nil if it was streamed, or thrown away
	ResponseBytes   int64                // of the body, decompressed

	TimeInfo TimeInfo // Queue and Redirect are zero
	Err      error    // why there is no answer
}
