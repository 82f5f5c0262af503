package requests

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/tornado-dev/tornado/inspector"
	"github.com/tornado-dev/tornado/tui/layout"
	"github.com/tornado-dev/tornado/tui/source"
	"github.com/tornado-dev/tornado/tui/theme"
)

// bodyForm is how bodies are shown.
type bodyForm uint8

const (
	pretty bodyForm = iota // as they should be read
	text                   // as they are
	bytewise
	bodyForms
)

func (f bodyForm) String() string { return [...]string{"pretty", "text", "hex"}[f] }

// unpackLimit bounds what a packed body may become on the screen.
const unpackLimit = 256 << 10

// bodyLines are a heading that tells what is shown, and the body below it.
func bodyLines(th theme.Theme, heading string, body []byte, size int64, contentType, encoding string, form bodyForm, width int) []string {
	if size == 0 && len(body) == 0 {
		return nil
	}
	about := layout.Bytes(size)
	if int64(len(body)) < size {
		about = kept(body, size)
	}
	if contentType != "" {
		about += ", " + inspector.Printable(contentType)
	}
	var notes []string
	if unpacked, ok := unpack(body, encoding); ok && form != bytewise {
		body = unpacked
		about += ", unpacked from " + inspector.Printable(encoding)
	}
	var shown []string
	switch {
	case len(body) == 0:
	case form == bytewise || !readable(body):
		shown = hexLines(th, body, width)
		about += ", as bytes"
	case form == pretty && looksLikeJSON(contentType, body):
		formatted, note := prettyJSON(body, int64(len(body)) == size || encoding != "")
		if note != "" {
			notes = append(notes, th.Warn.On(layout.Cut(note, width)))
		}
		shown = textLines(formatted, width)
	default:
		shown = textLines(string(body), width)
	}
	lines := append([]string{""}, emphasized(th.Accent, heading+"  "+about, width)...)
	lines = append(lines, notes...)
	return append(lines, shown...)
}

// kept tells how much of a body there is.
func kept(body []byte, size int64) string {
	return layout.Bytes(int64(len(body))) + " of " + layout.Bytes(size) + " kept"
}

func textLines(s string, width int) []string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return layout.Wrap(source.Expand(inspector.PrintableLines(s)), width)
}

// readable reports whether body is text. The last character may be cut in two.
func readable(body []byte) bool {
	controls := 0
	for rest := body; len(rest) > 0; {
		if !utf8.FullRune(rest) {
			break
		}
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size == 1 {
			return false
		}
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f {
			controls++
		}
		rest = rest[size:]
	}
	// A stray control character in a text is worth seeing as such; many of them
	// mean that it is none.
	return controls*50 <= len(body)
}

func looksLikeJSON(contentType string, body []byte) bool {
	if strings.Contains(strings.ToLower(contentType), "json") {
		return true
	}
	trimmed := bytes.TrimSpace(body)
	return contentType == "" && len(trimmed) > 1 && (trimmed[0] == '{' || trimmed[0] == '[') && json.Valid(trimmed)
}

// prettyJSON indents body. If that cannot be done, it is returned as it is, with
// the reason where it ought to have been whole.
func prettyJSON(body []byte, whole bool) (formatted, note string) {
	var b bytes.Buffer
	err := json.Indent(&b, body, "", "  ")
	if err == nil {
		return b.String(), ""
	}
	if !whole {
		return string(body), "shown as it is: the rest is missing"
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		line := 1 + bytes.Count(body[:min(int(syntax.Offset), len(body))], []byte("\n"))
		return string(body), fmt.Sprintf("not JSON at byte %d, line %d: %s", syntax.Offset, line, inspector.Printable(syntax.Error()))
	}
	return string(body), "not JSON: " + inspector.Printable(err.Error())
}

// unpack takes off a content coding as far as the kept bytes reach.
func unpack(body []byte, encoding string) ([]byte, bool) {
	var r io.Reader
	var err error
	switch strings.ToLower(encoding) {
	case "gzip":
		r, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		r, err = zlib.NewReader(bytes.NewReader(body))
	default:
		return nil, false
	}
	if err != nil {
		return nil, false
	}
	// What came before an error is as good as it gets: the body may be cut.
	unpacked, _ := io.ReadAll(io.LimitReader(r, unpackLimit))
	return unpacked, len(unpacked) > 0
}

// hexLines shows bytes as numbers and, beside them, as characters.
func hexLines(th theme.Theme, body []byte, width int) []string {
	perLine := 16
	for perLine > 4 && 10+perLine*4 > width {
		perLine /= 2
	}
	const digits = "0123456789abcdef"
	lines := make([]string, 0, len(body)/perLine+1)
	var offset, numbers, characters []byte
	for at := 0; at < len(body); at += perLine {
		part := body[at:min(at+perLine, len(body))]
		numbers, characters = numbers[:0], characters[:0]
		for _, c := range part {
			numbers = append(numbers, digits[c>>4], digits[c&15], ' ')
			if c < ' ' || c > '~' {
				characters = append(characters, "·"...)
			} else {
				characters = append(characters, c)
			}
		}
		for range perLine - len(part) {
			numbers = append(numbers, "   "...)
		}
		offset = offset[:0]
		for shift := 28; shift >= 0; shift -= 4 {
			offset = append(offset, digits[at>>shift&15])
		}
		lines = append(lines, th.Dim.On(string(offset))+"  "+string(numbers)+th.Dim.On(string(characters)))
	}
	return lines
}
