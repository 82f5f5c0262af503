package web

import (
	"bytes"
	"io"
	"unicode/utf8"

	"github.com/tornado-dev/tornado/core/httputil"
)

// A Part is one part of a multipart body, as its header says.
type Part struct {
	Name        string // of the form's field
	Filename    string // as the client says: never a path to trust
	ContentType string // "application/unknown" if the client said none
	Headers     httputil.HTTPHeaders
}

// MultipartLimits are limits for a MultipartStream, beyond each of which it fails
// with an HTTPError of status 413 (431 for headers). The zero value is good.
type MultipartLimits struct {
	MaxParts          int   // zero means 100
	MaxPartHeaderSize int   // bytes of the header of one part; zero means 10 KiB
	MaxFieldBytes     int   // of the values of all fields without a file; zero means 1 MiB
	MaxFileSize       int64 // bytes of one file; zero means no limit but the body's
}

func (l MultipartLimits) withDefaults() MultipartLimits {
	if l.MaxParts == 0 {
		l.MaxParts = 100
	}
	if l.MaxPartHeaderSize == 0 {
		l.MaxPartHeaderSize = 10 << 10
	}
	if l.MaxFieldBytes == 0 {
		l.MaxFieldBytes = 1 << 20
	}
	return l
}

// A MultipartStream reads a multipart/form-data body (RFC 7578) in pieces, so that
// files can go to disk without being in memory. It is for handlers with
// StreamRequestBody:
//
//	func (h *Upload) Prepare() (err error) {
//		h.form, err = web.NewMultipartStream(h.Request, h.open, web.MultipartLimits{})
//		return err
//	}
//
//	func (h *Upload) DataReceived(ctx context.Context, chunk []byte) error {
//		_, err := h.form.Write(chunk)
//		return err
//	}
//
//	func (h *Upload) OnFinish() { h.form.Abort() } // if the body broke off
//
//	func (h *Upload) Post(ctx context.Context) error {
//		if err := h.form.Close(); err != nil {
//			return err
//		}
//		...
//
// It keeps no more of the body than the header of a part, or a boundary, takes, and
// takes time linear in the body's length. Its errors are HTTPErrors of status 400,
// 413, 415 and 431, to be returned, or those of what the files are written to; after
// one it takes nothing more. It has the owner of its handler.
type MultipartStream struct {
	// Arguments are the values of the fields without a file that have been read.
	Arguments map[string][]string

	limits    MultipartLimits
	open      func(p *Part) (io.WriteCloser, error)
	delimiter []byte // CR LF, two hyphens, and the boundary
	err       error

	state    multipartState
	kept     []byte // what could not be understood without the octets after it
	searched int    // octets at the beginning of kept that hold no end of a header

	parts  int
	part   *Part
	file   io.WriteCloser // nil for a file that nobody wants
	size   int64          // of the file
	field  []byte         // value of a part without a file
	fields int            // bytes of all such values
}

// multipartState is what the next octets belong to.
type multipartState uint8

const (
	inStart     multipartState = iota // the first boundary
	inHeader                          // of a part
	inBodyStart                       // of a part, where a boundary needs no line end of its own
	inBody
	inDelimiter // what follows a boundary
	inEpilogue  // what follows the last boundary, and is ignored
)

// NewMultipartStream begins to read the body of a request. open is called with each
// file and returns where it goes; it is closed when the file has come whole. nil
// means nowhere. A part without a file name is a field, and kept in Arguments.
func NewMultipartStream(request *httputil.HTTPServerRequest, open func(p *Part) (io.WriteCloser, error), limits MultipartLimits) (*MultipartStream, error) {
	mediaType, parameters := httputil.ParseHeader(request.Headers.Get("Content-Type"))
	boundary := parameters["boundary"]
	switch {
	case !httputil.EqualFold(mediaType, "multipart/form-data"):
		return nil, &bodyError{415, "the body is no multipart/form-data"}
	case request.Headers.Has("Content-Encoding"):
		return nil, &bodyError{415, "a form with Content-Encoding cannot be read"}
	case boundary == "" || len(boundary) > maxBoundary:
		return nil, badForm("multipart/form-data without a boundary of 1 to 70 characters")
	}
	return &MultipartStream{Arguments: map[string][]string{}, limits: limits.withDefaults(), open: open,
		delimiter: []byte("\r\n--" + boundary)}, nil
}

// maxBoundary is the length of the longest boundary (RFC 2046 section 5.1.1).
const maxBoundary = 70

func badForm(why string) error { return &bodyError{400, why} }

// Write reads the next piece of the body. It returns len(chunk), or an error.
func (s *MultipartStream) Write(chunk []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	data := chunk
	if len(s.kept) > 0 {
		s.kept = append(s.kept, chunk...)
		data = s.kept
	}
	rest, err := s.read(data)
	if err != nil {
		s.fail(err)
		return 0, err
	}
	if len(rest) < len(data) || len(s.kept) == 0 { // else it is there already
		s.kept = append(s.kept[:0], rest...)
	}
	return len(chunk), nil
}

// Close ends the body. It fails if the last boundary has not come.
func (s *MultipartStream) Close() error {
	if s.err == nil && s.state != inEpilogue {
		s.fail(badForm("multipart/form-data without its last boundary"))
	}
	return s.err
}

// Abort closes the file that has not come whole, if there is one. What is in it is
// for whoever opened it to remove.
func (s *MultipartStream) Abort() {
	if s != nil && s.err == nil && s.state != inEpilogue {
		s.fail(errFormBrokenOff)
	}
}

var errFormBrokenOff = badForm("multipart/form-data broke off")

func (s *MultipartStream) fail(err error) {
	s.err = err
	if s.file != nil {
		s.file.Close() // there is an error already
		s.file = nil
	}
}

// read understands what it can of data, and returns the rest.
func (s *MultipartStream) read(data []byte) (rest []byte, err error) {
	for err == nil {
		before, state := len(data), s.state
		switch s.state {
		case inStart:
			data, err = s.readStart(data)
		case inHeader:
			data, err = s.readHeader(data)
		case inBodyStart:
			data = s.readBodyStart(data)
		case inBody:
			data, err = s.readBody(data)
		case inDelimiter:
			data, err = s.readDelimiter(data)
		case inEpilogue:
			return nil, nil
		}
		if len(data) == before && s.state == state {
			break
		}
	}
	return data, err
}

// readStart reads the first boundary, with which the body begins.
func (s *MultipartStream) readStart(data []byte) ([]byte, error) {
	first := s.delimiter[2:]
	n := min(len(data), len(first))
	if !bytes.Equal(data[:n], first[:n]) {
		return data, badForm("multipart/form-data does not begin with its boundary")
	}
	if n < len(first) {
		return data, nil
	}
	s.state = inDelimiter
	return data[n:], nil
}

// readDelimiter reads what tells whether a boundary was the last.
func (s *MultipartStream) readDelimiter(data []byte) ([]byte, error) {
	if len(data) < 2 {
		return data, nil
	}
	switch {
	case string(data[:2]) == "\r\n":
		s.state = inHeader
	case string(data[:2]) == "--":
		s.state = inEpilogue
	case s.part == nil:
		return data, badForm("multipart/form-data with something after its first boundary")
	default:
		// It only begins like one. What looks like it is content.
		s.state = inBody
		return data, s.content(s.delimiter)
	}
	return data[2:], s.endPart()
}

func (s *MultipartStream) endPart() error {
	part := s.part
	s.part = nil
	switch {
	case part == nil:
	case part.Filename == "":
		s.Arguments[part.Name] = append(s.Arguments[part.Name], string(s.field))
		s.field = s.field[:0]
	case s.file != nil:
		file := s.file
		s.file = nil
		return file.Close()
	}
	return nil
}

// readHeader reads the header of a part, up to and with its empty line.
func (s *MultipartStream) readHeader(data []byte) ([]byte, error) {
	from := max(s.searched-3, 0)
	end := bytes.Index(data[from:], []byte("\r\n\r\n"))
	s.searched = len(data)
	if size := from + end; end >= 0 && size > s.limits.MaxPartHeaderSize || end < 0 && len(data) > s.limits.MaxPartHeaderSize+3 {
		return data, &bodyError{431, "part of multipart/form-data with too large a header"}
	}
	if end < 0 {
		return data, nil
	}
	s.searched = 0
	end += from
	if s.parts++; s.parts > s.limits.MaxParts {
		return data, &bodyError{413, "multipart/form-data with too many parts"}
	}
	var err error
	if s.part, err = parsePart(data[:end]); err != nil {
		return data, err
	}
	s.state, s.size = inBodyStart, 0
	if s.part.Filename != "" {
		s.file, err = s.open(s.part)
	}
	return data[end+4:], err
}

// parsePart reads the header of a part.
func parsePart(head []byte) (*Part, error) {
	if !utf8.Valid(head) {
		return nil, badForm("header of a multipart/form-data part is not UTF-8")
	}
	p := &Part{ContentType: "application/unknown"}
	if err := p.Headers.Parse(string(head)); err != nil {
		return nil, badForm(err.Error())
	}
	disposition := ""
	if all := p.Headers.GetList("Content-Disposition"); len(all) > 0 {
		disposition = all[len(all)-1]
	}
	kind, parameters := httputil.ParseHeader(disposition)
	p.Name, p.Filename = parameters["name"], parameters["filename"]
	if !httputil.EqualFold(kind, "form-data") || p.Name == "" {
		return nil, badForm("part of multipart/form-data without Content-Disposition form-data and a name")
	}
	if text := p.Headers.Get("Content-Type"); text != "" {
		p.ContentType = text
	}
	return p, nil
}

// readBodyStart looks for a boundary right after the header: an empty part may
// share the line end of its header with it.
func (s *MultipartStream) readBodyStart(data []byte) []byte {
	boundary := s.delimiter[2:]
	n := min(len(data), len(boundary))
	switch {
	case !bytes.Equal(data[:n], boundary[:n]):
		s.state = inBody
	case n == len(boundary):
		s.state = inDelimiter
		return s.afterSharedLineEnd(data)
	}
	return data
}

// afterSharedLineEnd goes past a boundary that stands at the beginning of a part,
// unless it is content that begins like one.
func (s *MultipartStream) afterSharedLineEnd(data []byte) []byte {
	n := len(s.delimiter) - 2
	if len(data) < n+2 {
		s.state = inBodyStart
		return data
	}
	if next := string(data[n : n+2]); next != "\r\n" && next != "--" {
		s.state = inBody
		return data
	}
	return data[n:]
}

// readBody takes the content of a part as far as no boundary can be in it.
func (s *MultipartStream) readBody(data []byte) ([]byte, error) {
	if i := bytes.Index(data, s.delimiter); i >= 0 {
		s.state = inDelimiter
		return data[i+len(s.delimiter):], s.content(data[:i])
	}
	safe := len(data) - overlap(data, s.delimiter)
	return data[safe:], s.content(data[:safe])
}

// overlap is how many octets at the end of data are the beginning of delimiter, in
// which a CR occurs at the beginning alone.
func overlap(data, delimiter []byte) int {
	tail := data[max(len(data)-len(delimiter)+1, 0):]
	i := bytes.LastIndexByte(tail, '\r')
	if i >= 0 && bytes.HasPrefix(delimiter, tail[i:]) {
		return len(tail) - i
	}
	return 0
}

// content is given what belongs to the part.
func (s *MultipartStream) content(data []byte) error {
	switch {
	case len(data) == 0:
	case s.part.Filename == "":
		if s.fields += len(data); s.fields > s.limits.MaxFieldBytes {
			return &bodyError{413, "multipart/form-data with too large fields"}
		}
		s.field = append(s.field, data...)
	default:
		if s.size += int64(len(data)); s.limits.MaxFileSize > 0 && s.size > s.limits.MaxFileSize {
			return &bodyError{413, "a file of multipart/form-data is too large"}
		}
		if s.file != nil {
			_, err := s.file.Write(data)
			return err
		}
	}
	return nil
}
