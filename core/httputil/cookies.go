package httputil

import "strings"

// ParseCookie reads the value of a Cookie field as browsers mean it: pairs are
// separated by semicolons and nothing else, one that makes no sense spoils none
// of the others, of several with one name the last counts, and one without "=" is
// the value of the nameless cookie. Quoted values are unquoted. It takes time
// linear in the length of cookie.
//
// Parsers stricter than browsers have been tricked past XSRF tokens: what the
// browser keeps apart must stay apart here.
func ParseCookie(cookie string) map[string]string {
	cookies := map[string]string{}
	for cookie != "" {
		var pair string
		pair, cookie, _ = strings.Cut(cookie, ";")
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			name, value = "", pair
		}
		name, value = strings.Trim(name, " \t\r\n"), strings.Trim(value, " \t\r\n")
		if name != "" || value != "" {
			cookies[name] = unquoteCookie(value)
		}
	}
	return cookies
}

// validCookieName reports whether a handler can have meant the name: a token, in
// which a colon may be.
func validCookieName(name string) bool {
	for i := range len(name) {
		if classes[name[i]]&isToken == 0 && name[i] != ':' {
			return false
		}
	}
	return name != ""
}

// unquoteCookie takes quotes off and undoes backslashes: \" and \073.
func unquoteCookie(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' && i+1 < len(s) {
			if octal, ok := octalByte(s[i+1:]); ok {
				b = append(b, octal)
				i += 3
				continue
			}
			i++
			c = s[i]
		}
		b = append(b, c)
	}
	return string(b)
}

func octalByte(s string) (byte, bool) {
	if len(s) < 3 || s[0] < '0' || s[0] > '3' || s[1] < '0' || s[1] > '7' || s[2] < '0' || s[2] > '7' {
		return 0, false
	}
	return (s[0]-'0')<<6 | (s[1]-'0')<<3 | (s[2] - '0'), true
}
