package http1connection

import (
	"github.com/tornado-dev/tornado/core/httputil"
)

// Limits bound what is read of a head. The zero value is good.
type Limits struct {
	MaxRequestLine int // bytes without CRLF; zero means 16 KiB
	MaxHeaderSize  int // bytes of the whole head, start line included; zero means 64 KiB
	MaxFields      int // zero means 500
}

const (
	defaultMaxRequestLine = 16 << 10
	defaultMaxHeaderSize  = 64 << 10
	defaultMaxFields      = 500
)

func (l *Limits) requestLine() int {
	if l.MaxRequestLine == 0 {
		return defaultMaxRequestLine
	}
	return l.MaxRequestLine
}

func (l *Limits) headerSize() int {
	if l.MaxHeaderSize == 0 {
		return defaultMaxHeaderSize
	}
	return l.MaxHeaderSize
}

func (l *Limits) fields() int {
	if l.MaxFields == 0 {
		return defaultMaxFields
	}
	return l.MaxFields
}

var (
	errBareLF         = &httputil.HTTPInputError{Message: "a line of the head ends in LF without CR"}
	errBareCR         = &httputil.HTTPInputError{Message: "a CR of the head has no LF behind it"}
	errRequestLine    = &httputil.HTTPInputError{Message: "CR without LF before the request line"}
	errNoRequest      = &httputil.HTTPInputError{Message: "this is no request of HTTP"}
	errEmptyLines     = &httputil.HTTPInputError{Message: "too many empty lines before the request"}
	errLineTooLong    = &httputil.HTTPInputError{StatusCode: 414, Message: "request line too long"}
	errHeadTooLarge   = &httputil.HTTPInputError{StatusCode: 431, Message: "head too large"}
	errTooManyFields  = &httputil.HTTPInputError{StatusCode: 431, Message: "too many header fields"}
	errFolded         = &httputil.HTTPInputError{Message: "folded header line"}
	errFieldName      = &httputil.HTTPInputError{Message: "a field name is not a token followed by a colon"}
	errFieldValue     = &httputil.HTTPInputError{Message: "a field value holds a control character"}
	errNoHost         = &httputil.HTTPInputError{Message: "no Host field"}
	errSeveralHosts   = &httputil.HTTPInputError{Message: "more than one Host field"}
	errHost           = &httputil.HTTPInputError{Message: "invalid Host"}
	errLengths        = &httputil.HTTPInputError{Message: "contradictory Content-Length"}
	errBothLengths    = &httputil.HTTPInputError{Message: "both Transfer-Encoding and Content-Length"}
	errEncodingTwice  = &httputil.HTTPInputError{Message: "more than one Transfer-Encoding"}
	errEncodingIn10   = &httputil.HTTPInputError{Message: "Transfer-Encoding in a request of HTTP/1.0"}
	errExpectation    = &httputil.HTTPInputError{StatusCode: 417, Message: "unknown expectation"}
	errChunkSize      = &httputil.HTTPInputError{Message: "malformed chunk size"}
	errChunkExtension = &httputil.HTTPInputError{Message: "malformed chunk extension"}
	errChunkEnd       = &httputil.HTTPInputError{Message: "a chunk does not end in CRLF"}
	errChunkOverhead  = &httputil.HTTPInputError{Message: "chunk extensions too long"}
	errTrailer        = &httputil.HTTPInputError{Message: "malformed trailer"}
	errTrailerSize    = &httputil.HTTPInputError{StatusCode: 431, Message: "trailer too large"}
)
