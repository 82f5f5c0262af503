package httpclient

import (
	"strconv"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/netutil"
)

// traceStart begins the record of the exchange, if somebody listens.
func (x *exchange) traceStart() {
	t := x.fetch.trace()
	if t == nil {
		return
	}
	h := &x.fetch.hop
	x.record = &Hop{
		Request: h.request, Method: h.method, URL: h.url.String(), Headers: x.sent, StartTime: x.began, Proxy: h.route.proxy,
	}
	if h.hasBody {
		x.record.Body = h.request.Body
	}
	if t.HopStarted != nil {
		t.HopStarted(x.record)
	}
}

func (x *exchange) traceConnected() {
	if x.record == nil {
		return
	}
	x.record.Connection, x.record.Reused = x.conn.Number, x.reused
	x.record.Remote = netutil.RemoteAddress(x.conn.Stream().FD())
	x.record.TimeInfo = x.info
	if t := x.fetch.trace(); t.Connected != nil {
		t.Connected(x.record)
	}
}

func (x *exchange) traceSent() {
	if x.record == nil {
		return
	}
	x.record.TimeInfo = x.info
	if t := x.fetch.trace(); t.RequestSent != nil {
		t.RequestSent(x.record)
	}
}

func (x *exchange) traceInterim(head *http1connection.ResponseHead) {
	if x.record == nil {
		return
	}
	if t := x.fetch.trace(); t.InterimReceived != nil {
		t.InterimReceived(x.record, head.Code, httputil.ParsedHeaders(head.Fields))
	}
}

func (x *exchange) traceHead(head *http1connection.ResponseHead) {
	if x.record == nil {
		return
	}
	r := x.record
	r.Code, r.Version, r.Reason, r.ResponseHeaders = head.Code, head.Version, head.Reason, x.headers
	r.TimeInfo = x.info
	if t := x.fetch.trace(); t.ResponseStarted != nil {
		t.ResponseStarted(r)
	}
}

func (x *exchange) traceEnd(err error) {
	if x.record == nil {
		return
	}
	r := x.record
	r.Err, r.ResponseBody, r.ResponseBytes, r.TimeInfo = err, x.body, x.bytes, x.info
	r.TimeInfo.Total = x.elapsed()
	if t := x.fetch.trace(); t.HopFinished != nil {
		t.HopFinished(r)
	}
}

func startLine(line httputil.ResponseStartLine) string {
	return line.Version + " " + strconv.Itoa(line.Code) + " " + line.Reason
}
