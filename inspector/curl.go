package inspector

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"unicode/utf8"
)

// ErrTrimmed reports a request whose head or body was not kept whole, so that it
// cannot be sent again.
var ErrTrimmed = errors.New("inspector: the request was not kept whole")

// complete reports whether r can be sent again.
func (r *Request) complete() error {
	switch {
	case r.Trimmed:
		return fmt.Errorf("%w: its head and body made room for newer records", ErrTrimmed)
	case r.Head == "":
		return fmt.Errorf("%w: there were too many at once to keep their heads", ErrTrimmed)
	case !r.Done && r.BodyLen == 0 && hasBody(r.Head):
		return fmt.Errorf("%w: its body is known when it has been answered", ErrTrimmed)
	case r.BodyLen != int64(len(r.Body)):
		return fmt.Errorf("%w: of its body of %d bytes %d were kept", ErrTrimmed, r.BodyLen, len(r.Body))
	}
	return nil
}

// CurlCommand returns a command for a POSIX shell that sends r to address:
// "127.0.0.1:8888", or "https://example.org" for a scheme other than http. It
// runs in any POSIX shell and has no byte in it that could steer a terminal. A
// body that is no text is made by printf.
//
// Fields that curl sets by itself are left out (Content-Length, and Host if it is
// that of address); fields it would add by itself are switched off. If r was not
// kept whole the error is ErrTrimmed.
func CurlCommand(r *Request, address string) (string, error) {
	if err := r.complete(); err != nil {
		return "", err
	}
	target, host, err := curlTarget(r, address)
	if err != nil {
		return "", err
	}
	words := []string{"curl", "-i"}
	body, bodyPrefix := curlBody(r)
	switch {
	case r.Method == "HEAD" && body == nil:
		words = append(words, "--head")
	case r.Method == "GET" && body == nil, r.Method == "POST" && body != nil:
	default:
		words = append(words, "-X", r.Method)
	}
	if strings.ContainsAny(target, "[]{}") {
		words = append(words, "--globoff")
	}
	if strings.Contains(target, "/.") {
		words = append(words, "--path-as-is")
	}
	if r.Version == "HTTP/1.0" {
		words = append(words, "--http1.0")
	}
	words = append(words, curlFields(r, host, body != nil)...)
	words = append(words, body...)
	words = append(words, target)

	var command strings.Builder
	command.WriteString(bodyPrefix)
	for i, word := range words {
		if i > 0 {
			command.WriteByte(' ')
		}
		command.WriteString(shellQuote(word))
	}
	return command.String(), nil
}

// curlTarget joins address and the request's target to a URL.
func curlTarget(r *Request, address string) (target, host string, err error) {
	scheme := "http"
	if s, rest, ok := strings.Cut(address, "://"); ok {
		scheme, address = s, rest
	}
	host = strings.TrimRight(address, "/")
	if u, err := url.Parse(scheme + "://" + host); err != nil || u.Host != host || host == "" {
		return "", "", fmt.Errorf("inspector: %q is no address; write host:port or http://host:port", address)
	}
	switch {
	case strings.HasPrefix(r.URI, "/"):
		return scheme + "://" + host + r.URI, host, nil
	case strings.HasPrefix(r.URI, "http://") || strings.HasPrefix(r.URI, "https://"):
		return r.URI, host, nil
	}
	return "", "", fmt.Errorf("inspector: curl cannot send a request for %q", r.URI)
}

// curlFields returns the options for the head's fields.
func curlFields(r *Request, host string, hasBody bool) []string {
	var words []string
	present := map[string]bool{}
	for _, f := range parseFields(r.Head) {
		name := strings.ToLower(f.name)
		present[name] = true
		switch {
		case name == "content-length", name == "host" && sameHost(f.value, host):
			continue
		case name == "transfer-encoding" || name == "connection" || name == "expect":
			continue // about the transfer as it was, not about the request
		case f.value == "":
			words = append(words, "-H", f.name+";") // how curl is told to send it empty
		default:
			words = append(words, "-H", f.name+": "+f.value)
		}
	}
	added := []string{"User-Agent", "Accept"}
	if hasBody {
		added = append(added, "Content-Type", "Expect")
	}
	for _, name := range added {
		if !present[strings.ToLower(name)] || name == "Expect" {
			words = append(words, "-H", name+":")
		}
	}
	return words
}

// curlBody returns the options for the body, and what stands before curl.
func curlBody(r *Request) (words []string, prefix string) {
	switch {
	case len(r.Body) == 0 && hasBody(r.Head):
		return []string{"--data-binary", ""}, ""
	case len(r.Body) == 0:
		return nil, ""
	case isPlainText(r.Body) && r.Body[0] != '@':
		return []string{"--data-binary", string(r.Body)}, ""
	}
	return []string{"--data-binary", "@-"}, "printf " + printfQuote(r.Body) + " | "
}

// isPlainText reports whether a body can stand in a command line as it is.
func isPlainText(body []byte) bool {
	if !utf8.Valid(body) || len(body) > 32<<10 { // a shell takes about 128 KiB for a word
		return false
	}
	return PrintableLines(string(body)) == string(body)
}

// shellQuote quotes a word for a POSIX shell. What is not printable is written
// with $'…', which POSIX knows since 2024 and the shells since long before.
func shellQuote(word string) string {
	if word == "" {
		return "''"
	}
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,") == "" {
		return word
	}
	if PrintableLines(word) == word {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for i := range len(word) {
		switch c := word[i]; {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~': // octal has a fixed length, unlike \x
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteString("'")
	return b.String()
}

// printfQuote quotes bytes as the format of printf, in single quotes.
func printfQuote(body []byte) string {
	var b strings.Builder
	b.WriteByte('\'')
	for i, c := range body {
		switch {
		case c == '\'':
			b.WriteString(`\047`)
		case i == 0 && c == '-': // no option of printf
			b.WriteString(`\055`)
		case c == '\\' || c == '%':
			b.WriteByte(c)
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\'')
	return b.String()
}

// A field is one line of a head.
type field struct{ name, value string }

// parseFields takes the fields of a head apart. Folded lines are joined by a
// space; lines without a name are left out.
func parseFields(head string) []field {
	_, rest, _ := strings.Cut(head, "\n") // the start line
	var fields []field
	for line := range strings.Lines(rest) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			if len(fields) > 0 {
				fields[len(fields)-1].value += " " + strings.TrimSpace(line)
			}
			continue
		}
		if name, value, ok := strings.Cut(line, ":"); ok && isToken(name) {
			fields = append(fields, field{name, strings.Trim(value, " \t")})
		}
	}
	return fields
}

// isToken reports whether s may be the name of a field. Curl would take other
// things for an instruction: "@file" above all.
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || strings.IndexByte("\"(),/:;<=>?@[\\]{}", c) >= 0 {
			return false
		}
	}
	return s != ""
}

// hasBody reports whether a head announces a body, which may be empty.
func hasBody(head string) bool {
	for _, f := range parseFields(head) {
		if strings.EqualFold(f.name, "Transfer-Encoding") || strings.EqualFold(f.name, "Content-Length") && f.value != "0" {
			return true
		}
	}
	return false
}

// sameHost compares what Host says with an address, whose port may be implied.
func sameHost(host, address string) bool {
	trim := func(s string) string {
		if name, port, err := net.SplitHostPort(s); err == nil && (port == "80" || port == "443") {
			return name
		}
		return s
	}
	return strings.EqualFold(trim(host), trim(address))
}
