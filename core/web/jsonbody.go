package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/tornado-dev/tornado/core/escape"
)

// JSONOptions say what ReadJSON takes. The zero value is good.
type JSONOptions struct {
	// MaxSize is how long the body may be, in bytes. Zero means 1 MiB, negative as
	// long as the server takes it.
	MaxSize int64

	// RefuseUnknownFields refuses objects with fields that the value has no place for.
	// Otherwise they are skipped, as a newer client may know more of them.
	RefuseUnknownFields bool

	// AnyContentType reads the body whatever its Content-Type says. Otherwise it must
	// be application/json, or another of application that ends in +json: a form of
	// another site cannot send these, so that they are a hurdle for forged requests.
	AnyContentType bool
}

const defaultMaxJSON = 1 << 20 // bytes

// A JSONError says what is wrong with the JSON of a request. It is an HTTPError;
// unlike the messages of others its text is told to the client.
type JSONError struct {
	StatusCode   int    // 400; 413 for a body that is too long, 415 for one of another type
	Field        string // "author.age"; empty if that is not known
	Line, Column int    // where reading the body ended, from one; zero if that is not known
	Message      string
	Err          error // what ReadJSON had from encoding/json or Validate; nil if it was nothing of theirs
}

// Error gives the field, the message and the place.
func (e *JSONError) Error() string {
	text := e.Message
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	if e.Line > 0 {
		text += fmt.Sprintf(" (line %d, column %d)", e.Line, e.Column)
	}
	return text
}

// ClientMessage implements ErrorForClient.
func (e *JSONError) ClientMessage() string { return e.Error() }

// Unwrap gives the HTTPError, and Err.
func (e *JSONError) Unwrap() []error {
	list := []error{HTTPError{StatusCode: e.StatusCode, LogMessage: "JSON body: " + e.Error()}}
	if e.Err != nil {
		list = append(list, e.Err)
	}
	return list
}

// ReadJSON reads the body of the request, which must be one JSON value in UTF-8,
// into v, a pointer to a struct, map or whatever encoding/json takes. Afterwards
// Settings.Validator is asked, and v itself if it is a Validator. The error is a
// *JSONError that tells the client what is wrong and where, or FieldErrors or another
// HTTPError that these returned, and is meant to be returned from the handler's method:
//
//	var comment Comment
//	if err := h.ReadJSON(&comment); err != nil {
//		return err
//	}
//
// It panics if v is no pointer.
func (h *RequestHandler) ReadJSON(v any, options ...JSONOptions) error {
	var o JSONOptions
	if len(options) > 0 {
		o = options[0]
	}
	if err := h.checkJSONBody(o); err != nil {
		return err
	}
	if err := decodeJSON(h.Request.Body, v, o.RefuseUnknownFields); err != nil {
		return err
	}
	err := h.validate(v)
	if _, isHTTP := asHTTPError(err); err == nil || isHTTP {
		return err
	}
	return &JSONError{StatusCode: 400, Message: err.Error(), Err: err}
}

// checkJSONBody looks at the body from outside.
func (h *RequestHandler) checkJSONBody(o JSONOptions) error {
	limit := o.MaxSize
	if limit == 0 {
		limit = defaultMaxJSON
	}
	body := h.Request.Body
	switch contentType := h.Request.Headers.Get("Content-Type"); {
	case !o.AnyContentType && !isJSONType(contentType):
		return &JSONError{StatusCode: 415, Message: fmt.Sprintf("the body must be application/json in UTF-8, and its Content-Type is %q", contentType)}
	case limit > 0 && int64(len(body)) > limit:
		return &JSONError{StatusCode: 413, Message: fmt.Sprintf("the body has %d bytes; there must not be more than %d", len(body), limit)}
	case len(bytes.TrimSpace(body)) == 0:
		return &JSONError{StatusCode: 400, Message: "the body is empty; it must be JSON"}
	case !utf8.Valid(body):
		return &JSONError{StatusCode: 400, Message: "the body is not UTF-8"}
	}
	return nil
}

func isJSONType(contentType string) bool {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "application/json" && (!strings.HasPrefix(kind, "application/") || !strings.HasSuffix(kind, "+json")) {
		return false
	}
	charset, given := parameters["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

func decodeJSON(body []byte, v any, strict bool) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if strict {
		decoder.DisallowUnknownFields()
	}
	err := decoder.Decode(v)
	if err == nil {
		end := decoder.InputOffset()
		if _, err := decoder.Token(); err != io.EOF {
			return jsonErrorAt(body, end, JSONError{Message: "something follows the JSON value", Err: err})
		}
		return nil
	}
	var misuse *json.InvalidUnmarshalError
	if errors.As(err, &misuse) {
		panic(fmt.Errorf("web: ReadJSON needs a pointer to read into: %w", err))
	}
	return explainJSON(body, decoder.InputOffset(), err)
}

// explainJSON makes an error of encoding/json one for the client. offset is how far
// the decoder came.
func explainJSON(body []byte, offset int64, err error) *JSONError {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	text := strings.TrimPrefix(err.Error(), "json: ")
	switch {
	case errors.As(err, &syntax):
		return jsonErrorAt(body, syntax.Offset-1, JSONError{Message: syntax.Error(), Err: err})
	case errors.Is(err, io.ErrUnexpectedEOF):
		return jsonErrorAt(body, int64(len(body)), JSONError{Message: "the JSON ends too early", Err: err})
	case errors.As(err, &mismatch):
		return jsonErrorAt(body, mismatch.Offset-1, JSONError{Field: mismatch.Field, Message: explainMismatch(mismatch), Err: err})
	}
	if field, ok := strings.CutPrefix(text, "unknown field "); ok {
		return jsonErrorAt(body, offset-1, JSONError{Field: strings.Trim(field, `"`), Message: "there is no such field", Err: err})
	}
	// A type of the program refused its value; encoding/json does not say where.
	return &JSONError{StatusCode: 400, Message: text, Err: err}
}

// explainMismatch says what a value should be in the words of JSON.
func explainMismatch(e *json.UnmarshalTypeError) string {
	got := e.Value
	if got == "array" {
		got = "list"
	}
	return "must be " + inWords(e.Type) + ", not " + strings.TrimPrefix(got, "number ")
}

// inWords says what the values of a type are.
func inWords(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return fmt.Sprintf("an integer of at most %d bits", t.Bits())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return fmt.Sprintf("a non-negative integer of at most %d bits", t.Bits())
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "an object"
	}
	return "of another kind"
}

// jsonErrorAt adds the place of the byte at offset.
func jsonErrorAt(body []byte, offset int64, e JSONError) *JSONError {
	before := body[:max(0, min(offset, int64(len(body))))]
	e.StatusCode = 400
	e.Line = 1 + bytes.Count(before, []byte("\n"))
	e.Column = 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return &e
}

// WriteJSON adds v to the answer as JSON, as Write does with a struct, whatever v
// is: a list as well. A list at the top could be read by other sites in browsers of
// before 2010; every one since keeps to the Content-Type. It panics, which is
// answered with 500, if v cannot be JSON, and when the answer has been finished.
func (h *RequestHandler) WriteJSON(v any) {
	if h.finished {
		panic(errWriteAfterFinish)
	}
	if h.out == nil {
		h.out = newBuffer()
	}
	text, err := escape.AppendJSON(h.out.bytes, v)
	if err != nil {
		panic(fmt.Errorf("web: WriteJSON: %w", err))
	}
	h.out.bytes = text
	h.SetHeader("Content-Type", jsonContentType)
}
