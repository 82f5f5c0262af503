package http1connection

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/log"
)

// refuseError answers a request that breaks the rules.
func (c *ServerConnection) refuseError(err error) {
	status := 400
	var input *httputil.HTTPInputError
	if errors.As(err, &input) {
		status = input.Status()
	}
	c.refuse(status, err.Error())
}

// refuseHead answers a request whose head, at the beginning of data, breaks the
// rules. Also then nothing follows the answer to a HEAD (RFC 9110 section 9.3.2).
func (c *ServerConnection) refuseHead(err error, data []byte) {
	c.beginExchange()
	if start, _ := skipEmptyLines(data); bytes.HasPrefix(data[start:], []byte("HEAD ")) {
		c.answer.method = "HEAD"
	}
	c.refuseError(err)
}

// refuse answers a request whose rest is not read, and ends the connection.
func (c *ServerConnection) refuse(status int, why string) {
	log.General.Info("Malformed HTTP message from %s: %s", c.remoteIP, why)
	c.shared.Counters.Refused.Add(1)
	c.traceRefused(status, why)
	c.dropBody()
	if message := c.message; message != nil {
		c.message = nil
		message.OnConnectionClose(&httputil.HTTPInputError{StatusCode: status, Message: why})
	}
	switch {
	case !c.answer.headersSent:
		c.writeRefusal(status, why)
	case !c.answer.finished:
		c.Abort(errors.New(why))
		return
	}
	c.closeWhenWritten(true)
}

// writeRefusal writes a complete answer to a request that was not understood.
func (c *ServerConnection) writeRefusal(status int, why string) {
	body := strconv.Itoa(status) + " " + httputil.StatusText(status) + ": " + why + "\n"
	out, _ := appendStatusLine(c.stream.Buffer(), status, "")
	out = append(out, "Content-Type: text/plain; charset=UTF-8\r\nDate: "...)
	out = append(out, dateText(c.stream.Loop().Now())...)
	out = append(out, "\r\nContent-Length: "...)
	out = strconv.AppendInt(out, int64(len(body)), 10)
	out = append(out, "\r\nConnection: close\r\n\r\n"...)
	if c.answer.method != "HEAD" {
		out = append(out, body...)
	}
	c.stream.SetBuffer(out)
	c.shared.tally.answered(status)
	c.publish()
}
