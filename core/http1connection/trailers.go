package http1connection

import "github.com/tornado-dev/tornado/core/httputil"

// SetTrailers gives the fields that follow the body of the answer (RFC 9110 section
// 6.5), to be sent by Finish. Only a body without Content-Length has a place for
// them, and not one for a client of HTTP/1.0; otherwise they are left out.
func (c *ServerConnection) SetTrailers(fields *httputil.HTTPHeaders) {
	if c.message != nil {
		c.answer.trailers = fields.Append(nil)
	}
}

// writeLastChunk ends a chunked body.
func (c *ServerConnection) writeLastChunk() {
	if c.answer.trailers == nil {
		c.stream.Write([]byte(lastChunk))
		return
	}
	out := append(append(c.stream.Buffer(), "0\r\n"...), c.answer.trailers...)
	c.stream.SetBuffer(append(out, "\r\n"...))
}
