package httputil

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// ParseMultipartFormData reads a multipart body (RFC 7578). The boundary may be
// quoted. The last boundary must be there, and what follows it is ignored; each
// part must have a header with Content-Disposition form-data and a name, and end
// in CRLF. A part with a file name is a file. It stops at the first error, which
// is an HTTPInputError, and takes time linear in the length of data, of which the
// bodies of files remain parts.
func ParseMultipartFormData(boundary string, data []byte, config ParseBodyConfig) (Form, error) {
	config = config.withDefaults()
	if config.RefuseMultipart {
		return emptyForm(), &HTTPInputError{StatusCode: 415, Message: "multipart/form-data is not accepted here"}
	}
	boundary = trimQuotes(trimRight(boundary))
	end := bytes.LastIndex(data, []byte("--"+boundary+"--"))
	if end < 0 {
		return emptyForm(), Malformed("multipart/form-data without its last boundary")
	}
	form, delimiter := emptyForm(), []byte("--"+boundary+"\r\n")
	parts := 0
	for data = data[:end]; len(data) > 0; {
		var part []byte
		part, data, _ = bytes.Cut(data, delimiter)
		if len(part) == 0 {
			continue
		}
		if parts++; parts > config.MaxParts {
			return emptyForm(), &HTTPInputError{StatusCode: 413, Message: "multipart/form-data with too many parts"}
		}
		if err := form.addPart(part, config.MaxPartHeaderSize); err != nil {
			return emptyForm(), err
		}
	}
	return form, nil
}

func trimQuotes(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

func trimRight(s string) string { return strings.TrimRight(s, " \t") }

// addPart reads one part, from its header to the CRLF before the next boundary.
func (f *Form) addPart(part []byte, maxHeaderSize int) error {
	head, body, ok := bytes.Cut(part, []byte("\r\n\r\n"))
	if !ok {
		return Malformed("part of multipart/form-data without header")
	}
	if len(head) > maxHeaderSize {
		return &HTTPInputError{StatusCode: 431, Message: "part of multipart/form-data with too large a header"}
	}
	if !utf8.Valid(head) {
		return Malformed("header of a multipart/form-data part is not UTF-8")
	}
	var headers HTTPHeaders
	if err := headers.Parse(string(head)); err != nil {
		return err
	}
	// An empty part shares the CRLF that ends its header with the boundary.
	body, ok = bytes.CutSuffix(body, []byte("\r\n"))
	if !ok && len(body) > 0 {
		return Malformed("part of multipart/form-data does not end in CRLF")
	}
	return f.add(&headers, body)
}

func (f *Form) add(headers *HTTPHeaders, body []byte) error {
	disposition, params := ParseHeader(headers.lastOf("Content-Disposition"))
	if !EqualFold(disposition, "form-data") {
		return Malformed("part of multipart/form-data with disposition %q", excerpt(disposition))
	}
	name, filename := params["name"], params["filename"]
	if name == "" {
		return Malformed("part of multipart/form-data without a name")
	}
	if filename == "" {
		f.Arguments[name] = append(f.Arguments[name], string(body))
		return nil
	}
	contentType := headers.Get("Content-Type")
	if contentType == "" {
		contentType = "application/unknown"
	}
	f.Files[name] = append(f.Files[name], HTTPFile{filename, contentType, body})
	return nil
}

func (h *HTTPHeaders) lastOf(name string) (last string) {
	for value := range h.values(name) {
		last = value
	}
	return last
}
