package httpclient

import (
	"context"
	"errors"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/netutil"
)

const (
	// maxDiscarded is how much of a body that nobody gets is read, so that the
	// connection can be used again. A new connection costs more than that.
	maxDiscarded = 64 << 10
	// maxUnwritten is how much of a body may wait for the server.
	maxUnwritten = 256 << 10
)

var errUpgraded = errors.New("the server changes to another protocol, which was not asked for")

// An exchange sends one hop on one connection and takes its answer. It is the
// connection's ClientDelegate, and belongs to the loop.
type exchange struct {
	fetch *fetch
	began time.Time
	conn  *http1connection.ClientConnection // nil before there is one
	over  bool                              // nothing more is wanted from conn

	cancel  context.CancelFunc // of connecting; nil otherwise
	sent    httputil.HTTPHeaders
	reused  bool            // conn was used before
	expects bool            // the server is asked for 100 (Continue)
	waiting *ioloop.Timeout // for that
	sending bool            // the body, or nothing of it is left
	rest    []byte          // of the body

	next     intention
	code     int
	reason   string
	headers  httputil.HTTPHeaders
	trailers httputil.HTTPHeaders
	body     []byte
	bytes    int64
	info     TimeInfo
	record   *Hop // nil while nobody listens
}

func newExchange(f *fetch) *exchange { return &exchange{fetch: f, began: time.Now()} }

func (x *exchange) client() *AsyncHTTPClient { return x.fetch.client }
func (x *exchange) loop() *ioloop.IOLoop     { return x.fetch.client.state.loop }

func (x *exchange) elapsed() time.Duration { return max(time.Since(x.began), 1) }

func (x *exchange) prepare() (err error) {
	x.sent, err = x.fetch.hop.wireHeaders()
	x.expects = httputil.EqualFold(x.sent.Get("Expect"), "100-continue") && x.fetch.hop.hasBody
	return err
}

// connect opens a connection, and sends the hop on it.
func (x *exchange) connect() {
	f, c := x.fetch, x.client()
	way := &f.hop.route
	f.phase = Connecting
	if way.proxy == nil && !netutil.IsValidIP(f.hop.origin.host) || way.proxy != nil && !netutil.IsValidIP(way.proxy.Host) {
		f.phase = Resolving
	}
	ctx, cancel := context.WithCancel(context.Background())
	x.cancel = cancel
	conn := http1connection.NewClient(&c.state.pool)
	c.state.attempts++
	connected := Connect(x.loop(), ConnectOptions{
		Host: f.hop.origin.host, Port: f.hop.origin.port, SSL: way.ssl, Proxy: way.proxy, Forward: way.forward,
		Timeout: timeout(f.request.ConnectTimeout), Context: ctx, Family: way.family, SourceIP: way.sourceIP,
		Resolver: c.options.Resolver, Consumer: conn, Progress: x.progress, secureProxy: way.sslProxy,
	})
	ioloop.AddFuture(x.loop(), connected, func(future *concurrent.Future[*iostream.IOStream]) {
		cancel()
		c.state.attempts--
		defer c.tellEmptied()
		stream, err := future.Result()
		switch {
		case err == nil && x.over:
			stream.Close(nil)
		case err == nil:
			conn.Open(stream)
			c.state.connected++
			conn.Number = c.state.connected
			x.send(conn)
		case !x.over:
			f.fail(f.connectError(err))
		}
	})
}

func (x *exchange) progress(step ConnectStep) {
	if x.over {
		return
	}
	switch step {
	case Resolved:
		x.info.NameLookup, x.fetch.phase = x.elapsed(), Connecting
	case Connected:
		x.info.Connect, x.fetch.phase = x.elapsed(), Securing
	case Secured:
		x.info.TLS = x.elapsed()
	}
}

// send sends the hop on a connection.
func (x *exchange) send(c *http1connection.ClientConnection) {
	f, o := x.fetch, &x.client().options
	x.conn = c
	f.phase = Sending
	x.traceConnected()
	if c.Closed() {
		x.OnConnectionClose(errClosedEarly)
		return
	}
	headerSize := f.request.MaxHeaderSize
	if headerSize == 0 {
		headerSize = o.MaxHeaderSize
	}
	x.info.PreTransfer = x.elapsed()
	err := c.Start(http1connection.ClientRequest{
		Method: f.hop.method, Target: f.hop.target(), Headers: &x.sent, MaxBodySize: f.request.maxBodySize(o),
		Decoders: f.hop.decoders, Limits: http1connection.Limits{MaxHeaderSize: headerSize},
	}, x)
	switch {
	case err != nil:
		f.fail(err)
	case x.expects:
		x.waiting = x.loop().CallLater(continueTimeout, x.sendBody)
	default:
		x.sendBody()
	}
}

var errClosedEarly = errors.New("the server closed the connection at once")

// sendBody sends the body, unless that has begun.
func (x *exchange) sendBody() {
	if x.over || x.sending {
		return
	}
	x.sending = true
	x.loop().RemoveTimeout(x.waiting)
	h := &x.fetch.hop
	switch {
	case h.hasBody && h.request.BodyProducer != nil:
		x.produce()
	case h.hasBody:
		x.rest = h.request.Body
		x.sendRest(nil)
	default:
		x.requestSent()
	}
}

// sendRest sends as much of the body as the server takes.
func (x *exchange) sendRest(err error) {
	for len(x.rest) > 0 && !x.over && err == nil {
		piece := x.rest[:min(len(x.rest), maxUnwritten)]
		x.rest = x.rest[len(piece):]
		if err = x.conn.Write(piece); err == nil && x.conn.Stream().Unwritten() >= maxUnwritten {
			// In another turn of the loop: others want theirs, and there may be an answer.
			x.conn.Stream().NotifyDrained(func(err error) { x.loop().AddCallback(func() { x.sendRest(err) }) })
			return
		}
	}
	switch {
	case x.over || errors.As(err, new(*iostream.StreamClosedError)): // that is told otherwise
	case err != nil:
		x.fetch.fail(err)
	default:
		x.requestSent()
	}
}

func (x *exchange) requestSent() {
	x.info.Sent = x.elapsed()
	if x.fetch.phase == Sending {
		x.fetch.phase = Awaiting
	}
	x.traceSent()
}

// InterimReceived is called by the connection.
func (x *exchange) InterimReceived(head *http1connection.ResponseHead) {
	if x.over {
		return
	}
	x.traceInterim(head)
	if head.Code == 100 && x.expects {
		x.sendBody()
	}
}

// HeadersReceived is called by the connection.
func (x *exchange) HeadersReceived(head *http1connection.ResponseHead) *concurrent.Future[struct{}] {
	f := x.fetch
	if x.over {
		return nil
	}
	f.phase = Receiving
	x.info.StartTransfer = x.elapsed()
	x.code, x.reason, x.headers = head.Code, head.Reason, httputil.ParsedHeaders(head.Fields)
	x.traceHead(head)
	if head.Decoded != "" {
		x.headers.Del("Content-Encoding")
		_ = x.headers.Set("X-Consumed-Content-Encoding", head.Decoded) // it was the value of a field
	}
	x.loop().RemoveTimeout(x.waiting)
	switch x.next = f.intend(x); {
	case head.Code == 101:
		f.fail(errUpgraded)
	case x.next != giveBack && head.ContentLength > maxDiscarded && f.hop.method != "HEAD":
		x.abandon()
	case x.next == giveBack && f.request.HeaderCallback != nil:
		x.tellHeaders(head)
	}
	return nil
}

func (x *exchange) tellHeaders(head *http1connection.ResponseHead) {
	call := x.fetch.request.HeaderCallback
	line := httputil.ResponseStartLine{Version: head.Version, Code: head.Code, Reason: head.Reason}
	call(startLine(line))
	for name, value := range x.headers.All() {
		call(name + ": " + value)
	}
	call("")
}

// DataReceived is called by the connection.
func (x *exchange) DataReceived(chunk []byte) *concurrent.Future[struct{}] {
	x.bytes += int64(len(chunk))
	switch callback := x.fetch.request.StreamingCallback; {
	case x.over:
	case x.next != giveBack:
		if x.bytes > maxDiscarded {
			x.abandon()
		}
	case callback != nil:
		return callback(chunk)
	default:
		x.body = append(x.body, chunk...)
	}
	return nil
}

// Finish is called by the connection.
func (x *exchange) Finish() {
	if x.over {
		return
	}
	x.stop()
	x.trailers = x.conn.Trailers()
	x.client().state.pool.put(x.fetch.hop.route.key, x.conn)
	x.finished()
}

// abandon does without the rest of an answer that nobody gets, and without its
// connection.
func (x *exchange) abandon() {
	x.stop()
	x.conn.Close(nil)
	x.finished()
}

func (x *exchange) finished() {
	x.info.Total = x.elapsed()
	x.traceEnd(nil)
	if !x.fetch.ended { // by a function of the trace
		x.fetch.exchanged(x)
	}
}

// OnConnectionClose is called by the connection.
func (x *exchange) OnConnectionClose(err error) {
	if x.over {
		return
	}
	f := x.fetch
	x.stop()
	err = closedError(f.phase, err)
	x.traceEnd(err)
	switch {
	case f.ended:
	case x.mayRetry():
		f.retried = true
		f.startHop()
	default:
		f.fail(err)
	}
}

// mayRetry reports whether the hop may be sent once more. The server may close a
// connection at the moment at which it is used again; then it has done nothing, most
// probably, but only what may be done twice is risked (RFC 9112 section 9.3.1).
func (x *exchange) mayRetry() bool {
	return x.reused && !x.conn.Answered() && (isIdempotent(x.fetch.hop.method) || x.conn.Untouched())
}

// stop lets nothing more happen to the exchange.
func (x *exchange) stop() {
	x.over = true
	x.rest = nil
	x.loop().RemoveTimeout(x.waiting)
	if x.cancel != nil {
		x.cancel()
	}
	if p := x.fetch.producing; p != nil {
		p.cancel()
	}
}

// giveUp ends the exchange without an answer.
func (x *exchange) giveUp(err error) {
	if x.over {
		return
	}
	x.stop()
	if x.conn != nil {
		x.conn.Close(err)
	}
	x.traceEnd(err)
}
