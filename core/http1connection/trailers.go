package http1connection

import "github.com/tornado-dev/tornado/core/httputil"

// Trailers are the fields that followed the body, once it is complete: those that
// may, see httputil.ValidTrailer.
func (d *ChunkedDecoder) Trailers() httputil.HTTPHeaders {
	if len(d.trailers) == 0 {
		return httputil.HTTPHeaders{}
	}
	fields := httputil.ParsedHeaders(string(d.trailers))
	return httputil.ValidTrailers(&fields)
}

// tellTrailers tells the delegate of the fields behind the request, if there are any.
func (c *ServerConnection) tellTrailers() {
	if c.chunks == nil || len(c.chunks.trailers) == 0 {
		return
	}
	if d, ok := c.message.(httputil.TrailerDelegate); ok {
		d.TrailersReceived(c.chunks.Trailers())
	}
}

// SetTrailers gives the fields that follow the body of the answer (RFC 9110 section
// 6.5), to be sent by Finish; see httputil.TrailerWriter.
func (c *ServerConnection) SetTrailers(fields *httputil.HTTPHeaders) {
	if c.message != nil {
		valid := httputil.ValidTrailers(fields)
		c.answer.trailers = valid.Append(nil)
	}
}

var _ httputil.TrailerWriter = (*ServerConnection)(nil)

// writeLastChunk ends a chunked body.
func (c *ServerConnection) writeLastChunk() {
	if c.answer.trailers == nil {
		c.stream.Write([]byte(lastChunk))
		return
	}
	out := append(append(c.stream.Buffer(), "0\r\n"...), c.answer.trailers...)
	c.stream.SetBuffer(append(out, "\r\n"...))
}
