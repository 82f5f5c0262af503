package http1connection

import (
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/netutil"
)

// BytesReceived is called by the stream.
func (c *ServerConnection) BytesReceived(data []byte) (consumed int) {
	c.receiving = true
	var t turn
	for consumed < len(data) && !c.stream.Closed() {
		n := 0
		switch c.progress {
		case readingProxyHeader:
			if !c.held {
				n = c.readProxyHeader(data[consumed:])
			}
		case readingHello:
			if !c.held {
				c.readHello(data[consumed:])
			}
		case readingHead:
			if c.held || !c.mayReadOn(&t) {
				break
			}
			n = c.readHead(data[consumed:])
			t.requests++
		case readingBody:
			if c.mayReadBody() {
				n = c.readBody(data[consumed:])
			}
		case upgraded:
			n = c.upgraded.consumer.BytesReceived(data[consumed:])
		}
		if n == 0 {
			break
		}
		consumed += n
	}
	c.receiving = false
	c.shared.tally.bytesIn += int64(consumed)
	c.publish()
	return consumed
}

// readOn reads what was left unread before, and the end if it has come.
func (c *ServerConnection) readOn() {
	c.stream.Deliver()
	c.noticeEnd()
}

// mayReadOn reports whether the next pipelined request may be read in this turn.
func (c *ServerConnection) mayReadOn(t *turn) bool {
	switch {
	case c.yielded:
	case c.stream.Unwritten() > maxUnsent:
		c.yielded = true
		c.NotifyDrained(func(error) { c.resumeReading() })
	case t.isOver():
		c.yielded = true
		c.AddCallback(c.resumeReading)
	default:
		return true
	}
	return false
}

func (c *ServerConnection) resumeReading() {
	c.yielded = false
	c.readOn()
}

// readHead reads a request's head if it is there whole, and starts the request.
func (c *ServerConnection) readHead(data []byte) (consumed int) {
	limits := &c.shared.Parameters.Limits
	recent := c.shared.recent.of(c.stream.FD())
	var head RequestHead
	if c.headBytes == 0 { // once for each head
		if end := recent.read(data, limits, &head); end > 0 {
			c.startRequest(&head, data[:end])
			return end
		}
	}
	start, end, err := FindRequestEnd(data, c.headBytes, limits)
	if err != nil {
		c.refuseHead(err, data)
		return len(data)
	}
	if end == 0 {
		if c.headBytes == 0 {
			c.flushing = false
			c.stream.SetDeadline(c.shared.Parameters.HeaderTimeout)
		}
		c.headBytes = len(data)
		return 0
	}
	c.headBytes = 0
	// The one copy: everything in the request is a part of this string, so that
	// it stays valid for as long as somebody keeps any of it.
	raw := string(data[start:end])
	if err := head.Parse(raw, limits); err != nil {
		c.refuseHead(err, data)
		return len(data)
	}
	recent.remember(raw, &head)
	c.startRequest(&head, data[start:end])
	return end
}

// startRequest tells the delegate of a request whose head was read from raw.
func (c *ServerConnection) startRequest(head *RequestHead, raw []byte) {
	goesOn := canKeepAlive(head)
	c.beginExchange()
	c.answer = answer{method: head.Method, http10: head.HTTP10, mayUpgrade: head.Upgrade,
		keepAlive: goesOn && !c.shared.Parameters.NoKeepAlive, clientGoesOn: goesOn}
	c.serial++
	c.begun = true
	c.shared.tally.requests++
	c.bodyLeft = max(head.ContentLength, 0)
	c.maxBody, c.expects100 = max(c.shared.Parameters.MaxBodySize, 0), wantsContinue(head)
	if head.Chunked {
		c.chunks = new(ChunkedDecoder)
	}
	request := &c.shared.request
	*request = httputil.HTTPServerRequest{}
	request.RemoteIP, request.Protocol = c.remoteIP, c.protocol()
	request.Started, request.Connection = c.stream.Loop().Now(), c
	head.Fill(request)
	if c.shared.Parameters.DecompressRequest {
		c.consumeEncoding(request)
	}
	if c.shared.Parameters.Adjust != nil {
		c.shared.Parameters.Adjust(request)
	}
	c.traceRequest(head, raw, request.RemoteIP)
	if c.trace != nil {
		request.Trace, request.TraceID = c.trace, c.trace.ID
	}
	c.progress = awaitingDelegate
	c.message = c.shared.Delegate.StartRequest(request)
	c.after(c.message.HeadersReceived(), stepBeginBody)
}

// protocol is "http", "https", or what the server was told to say.
func (c *ServerConnection) protocol() string {
	switch {
	case c.shared.Parameters.Protocol != "":
		return c.shared.Parameters.Protocol
	case c.stream.SecureConn() != nil:
		return "https"
	}
	return "http"
}

// consumeEncoding begins to decompress the body if it has a coding that is taken
// off.
func (c *ServerConnection) consumeEncoding(request *httputil.HTTPServerRequest) {
	coding := request.Headers.Get("Content-Encoding")
	if !isGzip(coding) {
		return
	}
	c.inflater = newInflater()
	request.Headers.Del("Content-Encoding")
	_ = request.Headers.Set("X-Consumed-Content-Encoding", coding) // it was the value of a field
}

// endRequest is called when the request is read and its answer finished.
func (c *ServerConnection) endRequest() {
	c.message, c.waits = nil, false
	c.requestEnded()
	if !c.answer.keepAlive || c.draining {
		// A client that did not ask for the end may have sent more. To close on that
		// would be a reset, and could cost it the answer.
		c.closeWhenWritten(!c.answer.bodyRead || c.answer.clientGoesOn && netutil.HasUnread(c.stream.FD()))
		return
	}
	c.awaitHead()
	switch {
	case c.leaving:
		// The stream may be in the middle of showing us bytes.
		c.AddCallback(c.tellIdle)
	case !c.receiving:
		c.readOn()
	}
}

// requestEnded counts the end of a request, and lets go of its body.
func (c *ServerConnection) requestEnded() {
	c.dropBody()
	c.begun = false
	c.shared.tally.ended++
	c.countSent()
	if info := c.Info(); info != nil {
		info.Requests.Add(1)
	}
	c.publish()
}

func (c *ServerConnection) countSent() {
	sent := c.stream.Sent()
	c.shared.tally.bytesOut += sent - c.counted
	c.counted = sent
}
