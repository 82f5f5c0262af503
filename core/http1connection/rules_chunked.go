package http1connection

import "github.com/tornado-dev/tornado/core/httputil"

const (
	maxChunkDigits   = 16
	maxChunkLine     = 4 << 10  // octets of one chunk-size line
	maxChunkOverhead = 16 << 10 // octets of all extensions of a body
	maxTrailerSize   = 8 << 10
	maxTrailerFields = 100
)

// chunkState says what the next octet belongs to.
type chunkState uint8

const (
	chunkSize   chunkState = iota // before or in the digits
	chunkSizeLF                   // the LF after a size line
	chunkData
	chunkDataCR // the CRLF after the data
	chunkDataLF
	extensionAwaited // white space, which only a semicolon may follow
	extensionStart   // after a semicolon
	extensionName
	extensionNameEnd // white space after the name
	extensionEquals  // after the equals sign
	extensionValue
	extensionQuoted
	extensionEscaped // after a backslash
	extensionClosed  // after the second quote
	trailerStart     // first octet of a trailer line
	trailerName
	trailerValue
	trailerLF
	chunkedLF // the LF of the last, empty line
	chunkedDone
)

// A ChunkedDecoder takes the chunked coding (RFC 9112 section 7.1) off a body.
// The zero value is at the beginning of a body. Extensions are checked, bounded and
// dropped; so are trailers, but for those of Trailers.
type ChunkedDecoder struct {
	remaining uint64 // of the chunk, while its data come
	overhead  int32  // octets of extensions so far
	line      int32  // octets of the size line, or of the trailer
	fields    int16  // of the trailer
	digits    int8   // of the size
	state     chunkState
	trailers  []byte // whole lines, as far as they have come; nil without
}

// Decode reads the beginning of data: it consumed n octets of it, of which body
// are octets of the message. It returns after each piece of body, so call it with
// data[n:] until nothing is left. done says that the body is complete; what
// follows data[:n] is the next message. It fails with an HTTPInputError, and then
// must not be used any more: where the next message begins is unknown.
func (d *ChunkedDecoder) Decode(data []byte) (body []byte, n int, done bool, err error) {
	for n < len(data) && d.state != chunkedDone {
		if d.state == chunkData {
			body = data[n:]
			if uint64(len(body)) > d.remaining {
				body = body[:d.remaining]
			}
			d.remaining -= uint64(len(body))
			if d.remaining == 0 {
				d.state = chunkDataCR
			}
			return body, n + len(body), false, nil
		}
		if err := d.step(data[n]); err != nil {
			return nil, n, false, err
		}
		n++
	}
	return nil, n, d.state == chunkedDone, nil
}

// Announced is how much of the chunk that has begun is still to come.
func (d *ChunkedDecoder) Announced() uint64 {
	if d.state != chunkData {
		return 0
	}
	return d.remaining
}

// step takes one octet of the framing.
func (d *ChunkedDecoder) step(c byte) error {
	switch {
	case d.state >= trailerStart:
		return d.stepTrailer(c)
	case d.state >= extensionAwaited:
		return d.stepExtension(c)
	}
	switch d.state {
	case chunkSize:
		return d.stepSize(c)
	case chunkSizeLF:
		if c != '\n' {
			return errChunkSize
		}
		d.state, d.digits, d.line = chunkData, 0, 0
		if d.remaining == 0 {
			d.state = trailerStart
		}
	case chunkDataCR:
		if c != '\r' {
			return errChunkEnd
		}
		d.state = chunkDataLF
	case chunkDataLF:
		if c != '\n' {
			return errChunkEnd
		}
		d.state = chunkSize
	}
	return nil
}

// stepSize takes an octet of the size. White space may follow it if an extension
// does: others have read "1 0" as 1 or as 16.
func (d *ChunkedDecoder) stepSize(c byte) error {
	if digit, ok := httputil.HexDigit(c); ok {
		if d.digits++; d.digits > maxChunkDigits || d.remaining>>60 != 0 {
			return errChunkSize
		}
		d.remaining = d.remaining<<4 | uint64(digit)
		return nil
	}
	switch {
	case d.digits == 0:
		return errChunkSize
	case c == ';':
		d.state = extensionStart
		return d.countOverhead()
	case c == ' ' || c == '\t':
		d.state = extensionAwaited
		return d.countOverhead()
	case c == '\r':
		d.state = chunkSizeLF
		return nil
	}
	return errChunkSize
}

// stepExtension takes an octet of an extension (RFC 9112 section 7.1.1), which is held
// to its grammar though nobody looks at it: a line that ends elsewhere for others, at
// a LF or within quotes, lets them see data in what is skipped here.
func (d *ChunkedDecoder) stepExtension(c byte) error {
	next, ok := afterExtensionOctet(d.state, c)
	switch {
	case !ok && d.state == extensionAwaited:
		return errChunkSize
	case !ok:
		return errChunkExtension
	}
	if d.state = next; next == chunkSizeLF {
		return nil
	}
	return d.countOverhead()
}

// afterExtensionOctet is the state that follows c, an octet of an extension or the CR
// behind it. ok is false if c is malformed there.
func afterExtensionOctet(state chunkState, c byte) (next chunkState, ok bool) {
	space, token := c == ' ' || c == '\t', httputil.ValidTokenOctet(c)
	switch state {
	case extensionQuoted:
		switch c {
		case '"':
			return extensionClosed, true
		case '\\':
			return extensionEscaped, true
		}
		return extensionQuoted, validFieldOctet(c)
	case extensionEscaped:
		return extensionQuoted, validFieldOctet(c)
	case extensionStart:
		if token {
			return extensionName, true
		}
		return state, space
	case extensionEquals:
		switch {
		case token:
			return extensionValue, true
		case c == '"':
			return extensionQuoted, true
		}
		return state, space
	}
	named := state == extensionName || state == extensionNameEnd
	switch {
	case c == ';':
		return extensionStart, true
	case c == '=' && named:
		return extensionEquals, true
	case space && named:
		return extensionNameEnd, true
	case space:
		return extensionAwaited, true
	case c == '\r' && state != extensionAwaited && state != extensionNameEnd:
		return chunkSizeLF, true
	}
	return state, token && (state == extensionName || state == extensionValue)
}

func (d *ChunkedDecoder) countOverhead() error {
	d.line++
	d.overhead++
	if d.line > maxChunkLine-maxChunkDigits || d.overhead > maxChunkOverhead {
		return errChunkOverhead
	}
	return nil
}

func validFieldOctet(c byte) bool { return c >= ' ' && c != 0x7f || c == '\t' }

// stepTrailer takes an octet after the last chunk, by the rules for fields.
func (d *ChunkedDecoder) stepTrailer(c byte) error {
	if d.line++; d.line > maxTrailerSize {
		return errTrailerSize
	}
	switch d.state {
	case trailerStart:
		if c == '\r' {
			d.state = chunkedLF
			return nil
		}
		if d.fields++; d.fields > maxTrailerFields {
			return errTrailerSize
		}
		d.state = trailerName
		if !httputil.ValidTokenOctet(c) {
			return errTrailer
		}
	case trailerName:
		if c == ':' {
			d.state = trailerValue
		} else if !httputil.ValidTokenOctet(c) {
			return errTrailer
		}
	case trailerValue:
		if c == '\r' {
			d.state = trailerLF
		} else if !validFieldOctet(c) {
			return errTrailer
		}
	case trailerLF:
		if c != '\n' {
			return errTrailer
		}
		d.state = trailerStart
	case chunkedLF:
		if c != '\n' {
			return errTrailer
		}
		d.state = chunkedDone
		return nil
	}
	d.trailers = append(d.trailers, c)
	return nil
}
