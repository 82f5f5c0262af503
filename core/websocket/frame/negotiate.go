package frame

import (
	"strconv"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
)

// extensionName is the extension that RFC 7692 defines.
const extensionName = "permessage-deflate"

// minWindowBits is the smallest window that can be agreed upon, of 256 bytes.
const minWindowBits = 8

// A Deflate is what both sides agree upon for compression. A context that is taken
// over is what a side remembers of earlier messages to compress the next.
type Deflate struct {
	ServerNoContextTakeover bool // the server begins each message anew
	ClientNoContextTakeover bool // the client does

	// The windows that the sides keep to, 8 to 15 bits. Zero: nothing was said, and
	// it is 15.
	ServerMaxWindowBits int
	ClientMaxWindowBits int
}

// DeflateOptions are a server's wishes. The zero value has no contexts taken over,
// so that a connection needs no memory for compression between two messages.
type DeflateOptions struct {
	// ServerContextTakeover lets the server compress with a context. It costs 0.8 to
	// 1.2 MB for each connection that has sent a message.
	ServerContextTakeover bool

	// ClientContextTakeover lets clients do so. It costs up to 32 KiB for each
	// connection, or less with ClientMaxWindowBits. Tornado's client does so in any
	// case: without this, its second message does not inflate.
	ClientContextTakeover bool

	// ClientMaxWindowBits, from 8 to 15, is asked of clients that can be asked. Zero
	// means that a client chooses.
	ClientMaxWindowBits int
}

// Negotiate answers the offers in the Sec-WebSocket-Extensions fields of a request:
// the first one that the grammar and the rules of RFC 7692 section 7.1 allow and
// that we can keep. The others, with unknown, duplicate or impossible parameters,
// are declined; nothing in them is an error. ok is false if none is left: then
// the answer has no such field.
func Negotiate(fields []string, o DeflateOptions) (agreed Deflate, answer string, ok bool) {
	for _, field := range fields {
		for offer := range splitList(field, ',') {
			if d, askable, ok := parseOffer(offer); ok {
				d.ServerNoContextTakeover = d.ServerNoContextTakeover || !o.ServerContextTakeover
				d.ClientNoContextTakeover = d.ClientNoContextTakeover || !o.ClientContextTakeover
				if ours := o.ClientMaxWindowBits; ours != 0 && askable && (d.ClientMaxWindowBits == 0 || ours < d.ClientMaxWindowBits) {
					d.ClientMaxWindowBits = ours
				}
				return d, d.String(), true
			}
		}
	}
	return Deflate{}, "", false
}

// String is the agreement as it stands in an answer.
func (d Deflate) String() string {
	text := extensionName
	if d.ServerNoContextTakeover {
		text += "; server_no_context_takeover"
	}
	if d.ClientNoContextTakeover {
		text += "; client_no_context_takeover"
	}
	if d.ServerMaxWindowBits != 0 {
		text += "; server_max_window_bits=" + strconv.Itoa(d.ServerMaxWindowBits)
	}
	if d.ClientMaxWindowBits != 0 {
		text += "; client_max_window_bits=" + strconv.Itoa(d.ClientMaxWindowBits)
	}
	return text
}

// Offer is d as a client offers it. Without ClientMaxWindowBits it says that the
// client would keep to any.
func (d Deflate) Offer() string {
	text := d.String()
	if d.ClientMaxWindowBits == 0 {
		text += "; client_max_window_bits"
	}
	return text
}

// parseOffer reads one element of the list. askable says that the client can be
// told its window.
func parseOffer(offer string) (d Deflate, askable, ok bool) {
	name, given, ok := parseExtension(offer)
	if !ok || name != extensionName {
		return Deflate{}, false, false
	}
	if p, has := given[clientMaxWindowBits]; has && !p.has {
		askable = true
		delete(given, clientMaxWindowBits)
	}
	d, ok = deflateOf(given)
	return d, askable || d.ClientMaxWindowBits != 0, ok
}

// deflateOf makes sense of parameters.
func deflateOf(given map[string]parameter) (d Deflate, ok bool) {
	for name, p := range given {
		good := false
		switch name {
		case "server_no_context_takeover":
			d.ServerNoContextTakeover, good = true, !p.has
		case "client_no_context_takeover":
			d.ClientNoContextTakeover, good = true, !p.has
		case "server_max_window_bits":
			d.ServerMaxWindowBits, good = windowBits(p.value)
		case clientMaxWindowBits:
			d.ClientMaxWindowBits, good = windowBits(p.value)
		}
		if !good {
			return Deflate{}, false
		}
	}
	return d, true
}

const clientMaxWindowBits = "client_max_window_bits"

// windowBits reads a number from 8 to 15 without leading zeros.
func windowBits(value string) (bits int, ok bool) {
	for bits := minWindowBits; bits <= maxWindowBits; bits++ {
		if value == strconv.Itoa(bits) {
			return bits, true
		}
	}
	return 0, false
}

// A parameter is what follows the name of one.
type parameter struct {
	has   bool // there is a value
	value string
}

// parseExtension reads `name; a; b=c; d="e"`. It fails if that breaks the grammar
// of RFC 6455 section 9.1, or has a parameter twice.
func parseExtension(text string) (name string, given map[string]parameter, ok bool) {
	given = map[string]parameter{}
	for part := range splitList(text, ';') {
		part = httputil.TrimSpace(part)
		if name == "" {
			if name = part; !httputil.ValidToken(name) {
				return "", nil, false
			}
			continue
		}
		key, value, has := strings.Cut(part, "=")
		key, value = httputil.TrimSpace(key), httputil.TrimSpace(value)
		if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
			value = strings.ReplaceAll(value[1:len(value)-1], `\`, "")
		}
		if _, twice := given[key]; twice || !httputil.ValidToken(key) || has && !httputil.ValidToken(value) {
			return "", nil, false
		}
		given[key] = parameter{has, value}
	}
	return name, given, name != ""
}

// splitList yields the parts of text between separators that do not stand in
// quotes.
func splitList(text string, separator byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start, quoted := 0, false
		for i := 0; i < len(text); i++ {
			switch c := text[i]; {
			case c == '"':
				quoted = !quoted
			case c == '\\' && quoted:
				i++
			case c == separator && !quoted:
				if !yield(text[start:i]) {
					return
				}
				start = i + 1
			}
		}
		yield(text[start:])
	}
}

// CheckDeflate is a client's look at the Sec-WebSocket-Extensions fields of an
// answer. ok is false, and the connection must fail, if the server has chosen what
// was not offered (RFC 7692 section 7.1). That it begins each message anew is a wish,
// which some servers do not know, Tornado among them: they are understood all the
// same, for a window's memory. Without an extension in the answer used is false.
// offered is nil if nothing was.
func CheckDeflate(fields []string, offered *Deflate) (agreed Deflate, used, ok bool) {
	text := strings.Join(fields, ",")
	if httputil.TrimSpace(text) == "" {
		return Deflate{}, false, true
	}
	name, given, ok := parseExtension(text)
	if !ok || name != extensionName || offered == nil {
		return Deflate{}, false, false
	}
	agreed, ok = deflateOf(given)
	limit := func(agreed, offered int) bool { return offered == 0 || agreed != 0 && agreed <= offered }
	switch {
	case !ok,
		!limit(agreed.ServerMaxWindowBits, offered.ServerMaxWindowBits),
		agreed.ClientMaxWindowBits != 0 && !limit(agreed.ClientMaxWindowBits, offered.ClientMaxWindowBits):
		return Deflate{}, false, false
	}
	// What a client said of itself holds also if the server does not repeat it.
	agreed.ClientNoContextTakeover = agreed.ClientNoContextTakeover || offered.ClientNoContextTakeover
	if agreed.ClientMaxWindowBits == 0 {
		agreed.ClientMaxWindowBits = offered.ClientMaxWindowBits
	}
	return agreed, true, true
}
