package http1connection

import (
	"bytes"

	"github.com/tornado-dev/tornado/core/httputil"
)

// A client repeats itself: of its requests on one connection mostly the request
// line alone is new, and sometimes nothing. So the last heads are remembered, and
// what comes again is compared, which costs a small part of reading it.
const (
	rememberedHeads = 128
	// maxRemembered is the longest head that is remembered, in bytes.
	maxRemembered = 1 << 10
)

// recentHeads are the last heads of a loop's connections, by descriptor.
type recentHeads []recentHead

// A recentHead is a head that was sound. The zero recentHead is none.
type recentHead struct {
	line   string // the request line, without its CRLF
	fields string // what follows, with the empty line
	head   RequestHead
}

// of is where the head of a descriptor's connection is remembered. Others with the
// same place only make it less likely that it is the right one.
func (r *recentHeads) of(fd int) *recentHead {
	if *r == nil {
		*r = make(recentHeads, rememberedHeads)
	}
	return &(*r)[fd%rememberedHeads]
}

// read reads the head that data begins with into head, if its fields are these, and
// returns where it ends; zero says that it is to be read in the ordinary way, which
// would come to the same.
func (r *recentHead) read(data []byte, limits *Limits, head *RequestHead) (end int) {
	line := bytes.IndexByte(data, '\n') - 1
	if r.fields == "" || line < 0 || data[line] != '\r' {
		return 0
	}
	end = line + len("\r\n") + len(r.fields)
	if len(data) < end || string(data[line+len("\r\n"):end]) != r.fields {
		return 0
	}
	if string(data[:line]) != r.line && !r.readLine(data[:line], end, limits) {
		return 0
	}
	*head = r.head
	return end
}

// readLine puts another request line before the fields. It reports false if that is
// not so easy.
func (r *recentHead) readLine(data []byte, end int, limits *Limits) bool {
	if len(data) > limits.requestLine() || end > limits.headerSize() {
		return false
	}
	text := string(data)
	line, err := httputil.ParseRequestStartLine(text)
	// Of the version depends what the fields mean, and an absolute target has
	// something to say about the host.
	if err != nil || line.Version != r.head.Version || line.Path[0] != '/' {
		return false
	}
	r.line, r.head.Method, r.head.URI = text, line.Method, line.Path
	return true
}

// remember remembers a head that was read from raw.
func (r *recentHead) remember(raw string, head *RequestHead) {
	line := len(raw) - len("\r\n") - len(head.Fields)
	if len(raw) > maxRemembered || head.URI[0] != '/' {
		return
	}
	*r = recentHead{line: raw[:line-len("\r\n")], fields: raw[line:], head: *head}
}
