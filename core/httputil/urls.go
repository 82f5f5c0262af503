package httputil

import (
	"sort"
	"strings"
)

// URLConcat appends arguments to a URL that may have a query and a fragment
// already. The query that is there is written anew then, so that "?x" becomes
// "?x="; without arguments the URL is returned as it is.
func URLConcat(url string, args [][2]string) string {
	if len(args) == 0 {
		return url
	}
	url, fragment, _ := strings.Cut(url, "#")
	path, query := splitQuery(url)
	b := append([]byte(path), '?')
	start := len(b)
	for name, value := range splitForm(query) {
		b = appendArgument(b, start, unescapeForm(name), unescapeForm(value))
	}
	for _, arg := range args {
		b = appendArgument(b, start, arg[0], arg[1])
	}
	if fragment != "" {
		b = append(append(b, '#'), fragment...)
	}
	return string(b)
}

func appendArgument(b []byte, start int, name, value string) []byte {
	if len(b) > start {
		b = append(b, '&')
	}
	return appendEscaped(append(appendEscaped(b, name), '='), value)
}

// appendEscaped writes s as forms do: a space is "+", and of the punctuation only
// "-._~" stays.
func appendEscaped(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			b = append(b, '+')
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~':
			b = append(b, c)
		default:
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return b
}

// QSToQSL makes pairs of arguments, ordered by name, for URLConcat.
func QSToQSL(qs map[string][]string) [][2]string {
	names := make([]string, 0, len(qs))
	for name := range qs {
		names = append(names, name)
	}
	sort.Strings(names)
	var pairs [][2]string
	for _, name := range names {
		for _, value := range qs[name] {
			pairs = append(pairs, [2]string{name, value})
		}
	}
	return pairs
}

// ParseQSBytes reads a query string or a urlencoded body. Arguments without value
// count, "&" alone separates, and a percent sign that begins no escape stands for
// itself. The result is never nil; its values need not be UTF-8.
func ParseQSBytes(qs string) map[string][]string {
	arguments, _ := parseForm(qs, len(qs)+1)
	return arguments
}

func parseForm(qs string, maxKeys int) (map[string][]string, error) {
	arguments := map[string][]string{}
	keys := 0
	for name, value := range splitForm(qs) {
		if keys++; keys > maxKeys {
			return map[string][]string{}, &HTTPInputError{StatusCode: 413, Message: "too many arguments in the form"}
		}
		name = unescapeForm(name)
		arguments[name] = append(arguments[name], unescapeForm(value))
	}
	return arguments, nil
}

// splitForm yields the pairs of a query, still escaped.
func splitForm(qs string) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for qs != "" {
			var pair string
			pair, qs, _ = strings.Cut(qs, "&")
			if pair == "" {
				continue
			}
			name, value, _ := strings.Cut(pair, "=")
			if !yield(name, value) {
				return
			}
		}
	}
}

// unescapeForm copies only if there is something to do.
func unescapeForm(s string) string {
	if strings.IndexByte(s, '+') < 0 && strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '+':
			b = append(b, ' ')
		case '%':
			decoded, n := percentByte(s[i:])
			b = append(b, decoded)
			i += n - 1
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// percentByte reads the escape that s begins with, or else its first octet.
func percentByte(s string) (decoded byte, n int) {
	if len(s) > 2 {
		high, ok := HexDigit(s[1])
		low, ok2 := HexDigit(s[2])
		if ok && ok2 {
			return high<<4 | low, 3
		}
	}
	return s[0], 1
}
