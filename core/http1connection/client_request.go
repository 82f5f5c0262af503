package http1connection

import (
	"fmt"

	"github.com/tornado-dev/tornado/core/httputil"
)

// A requestBody is how far the body of a request was sent.
type requestBody struct {
	framing framing // none, length or chunked
	left    int64   // of a body with Content-Length
	done    bool
	last    bool // the request says that it is the last one on its connection
}

// appendRequestHead appends the head of a request, and says which body follows.
func appendRequestHead(dst []byte, r *ClientRequest) ([]byte, requestBody, error) {
	if !httputil.ValidToken(r.Method) {
		return dst, requestBody{}, httputil.Malformed("invalid method %q", r.Method)
	}
	if !httputil.ValidTarget(r.Target) {
		return dst, requestBody{}, httputil.Malformed("invalid target %q", r.Target)
	}
	body, err := requestFraming(r.Headers)
	if err != nil {
		return dst, requestBody{}, err
	}
	dst = append(dst, r.Method...)
	dst = append(dst, ' ')
	dst = append(dst, r.Target...)
	dst = append(dst, " HTTP/1.1\r\n"...)
	dst = r.Headers.Append(dst)
	return append(dst, "\r\n"...), body, nil
}

// requestFraming reads from the fields of a request how its body is delimited.
// HTTPHeaders let no field in that could end its line.
func requestFraming(headers *httputil.HTTPHeaders) (body requestBody, err error) {
	body.last = hasToken(headers.Get("Connection"), "close")
	chunked, err := httputil.IsTransferEncodingChunked(headers)
	switch {
	case err != nil:
		return body, err
	case chunked:
		body.framing = framingChunked
	case headers.Has("Content-Length"):
		body.framing = framingLength
		if body.left, err = httputil.ParseInt(headers.Get("Content-Length")); err != nil {
			return body, fmt.Errorf("Content-Length: %w", err)
		}
	}
	body.done = body.framing == framingNone || body.framing == framingLength && body.left == 0
	return body, nil
}

// Write sends a piece of the request's body, which is copied. It fails with
// ErrOutput if there is no request that expects it, or if it is more than
// Content-Length promised.
func (c *ClientConnection) Write(chunk []byte) error {
	b := &c.sending
	switch {
	case len(chunk) == 0:
		return nil
	case c.delegate == nil || c.stream.Closed() || b.done:
		return fmt.Errorf("http1connection: Write outside of a request's body: %w", httputil.ErrOutput)
	case b.framing == framingLength && int64(len(chunk)) > b.left:
		return fmt.Errorf("http1connection: %d bytes more than Content-Length said: %w", int64(len(chunk))-b.left, httputil.ErrOutput)
	}
	if b.framing == framingChunked {
		c.stream.SetBuffer(appendChunk(c.stream.Buffer(), chunk))
		return nil
	}
	c.stream.Write(chunk)
	b.left -= int64(len(chunk))
	b.done = b.left == 0
	return nil
}

// FinishRequest ends the body of the request. It fails with ErrOutput, and the
// connection must be closed, if it is shorter than Content-Length promised.
func (c *ClientConnection) FinishRequest() error {
	b := &c.sending
	switch {
	case b.done || c.delegate == nil:
		return nil
	case b.framing == framingLength:
		return fmt.Errorf("http1connection: %d bytes fewer were written than Content-Length said: %w", b.left, httputil.ErrOutput)
	}
	b.done = true
	c.stream.Write([]byte(lastChunk))
	return nil
}
