package httputil

import (
	"iter"
	"sort"
	"strconv"
	"strings"
)

// ParseHeader reads a value with parameters, `form-data; name="x"; filename="y"`.
// Names come in small letters; quotes are taken off; parameters without "=" are
// left out; of several with one name the last counts. The extended forms of RFC
// 5987 and RFC 2231 (filename*=..., filename*0=...) are decoded and win over the
// plain one. It takes time linear in the length of line.
func ParseHeader(line string) (value string, params map[string]string) {
	params = map[string]string{}
	var pieces []extendedPiece
	value, rest := cutParameter(line)
	for name, value := range parameters(rest) {
		name = strings.ToLower(TrimSpace(name))
		value = TrimSpace(value)
		if piece, ok := parseExtended(name, value); ok {
			pieces = append(pieces, piece)
			continue
		}
		params[name] = unquote(value)
	}
	joinExtended(pieces, params)
	return TrimSpace(value), params
}

// EncodeHeader is the inverse of ParseHeader for tokens: parameters in the order
// of their names, those with an empty value as the name alone.
func EncodeHeader(value string, params map[string]string) string {
	names := make([]string, 0, len(params))
	for name := range params {
		names = append(names, name)
	}
	sort.Strings(names)
	var b strings.Builder
	b.WriteString(value)
	for _, name := range names {
		b.WriteString("; " + name)
		if params[name] != "" {
			b.WriteString("=" + params[name])
		}
	}
	return b.String()
}

// parameters yields the parameters in s that have a value, untrimmed.
func parameters(s string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for s != "" {
			var parameter string
			parameter, s = cutParameter(s)
			name, value, ok := strings.Cut(parameter, "=")
			if ok && !yield(name, value) {
				return
			}
		}
	}
}

// cutParameter splits at the first semicolon that is not within quotes.
func cutParameter(s string) (parameter, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '\\' && quoted:
			i++
		case s[i] == ';' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// unquote takes the quotes off and undoes \" and \\. Other backslashes stay, as
// some browsers send the path of a file unescaped.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

// An extendedPiece is a parameter like name*=..., name*0=... or name*0*=....
type extendedPiece struct {
	name    string
	number  int
	value   string
	encoded bool
}

func parseExtended(name, value string) (extendedPiece, bool) {
	base, rest, ok := strings.Cut(name, "*")
	if !ok || base == "" {
		return extendedPiece{}, false
	}
	piece := extendedPiece{name: base, value: unquote(value)}
	digits := strings.TrimSuffix(rest, "*")
	piece.encoded = digits != rest || rest == ""
	if digits == "" {
		return piece, rest == ""
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	piece.number = int(n)
	return piece, err == nil && allOf(isDigit, digits)
}

// joinExtended puts the pieces of each parameter together.
func joinExtended(pieces []extendedPiece, params map[string]string) {
	sort.SliceStable(pieces, func(i, j int) bool {
		a, b := pieces[i], pieces[j]
		return a.name < b.name || a.name == b.name && a.number < b.number
	})
	for len(pieces) > 0 {
		name, charset, encoded := pieces[0].name, "", pieces[0].encoded
		if encoded {
			charset, pieces[0].value = cutCharset(pieces[0].value)
		}
		var b []byte
		for len(pieces) > 0 && pieces[0].name == name {
			b = appendPiece(b, pieces[0])
			pieces = pieces[1:]
		}
		params[name] = decodeCharset(string(b), charset, encoded)
	}
}

func appendPiece(b []byte, piece extendedPiece) []byte {
	if !piece.encoded {
		return append(b, piece.value...)
	}
	for s := piece.value; s != ""; {
		if s[0] != '%' {
			b, s = append(b, s[0]), s[1:]
			continue
		}
		decoded, n := percentByte(s)
		b, s = append(b, decoded), s[n:]
	}
	return b
}

// cutCharset splits "UTF-8'en'value"; without quotes all of it is the value.
func cutCharset(s string) (charset, value string) {
	charset, rest, ok := strings.Cut(s, "'")
	_, value, ok2 := strings.Cut(rest, "'")
	if !ok || !ok2 {
		return "", s
	}
	return strings.ToLower(charset), value
}

func decodeCharset(s, charset string, encoded bool) string {
	switch charset {
	case "iso-8859-1", "latin-1", "latin1":
		runes := make([]rune, len(s))
		for i := range len(s) {
			runes[i] = rune(s[i])
		}
		return string(runes)
	}
	if !encoded {
		return s
	}
	// A rune for each bad octet, so that none of them reaches a file's name.
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}
