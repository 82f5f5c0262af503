package inspector

import "strings"

// Mask stands for a secret that is not shown.
const Mask = "••••••"

// MaskHead returns a head (start line and fields) for display: the values of
// fields that carry secrets, and of query parameters named like one, are
// replaced by Mask. Of Authorization the scheme stays, of cookies the names and
// attributes. The record keeps what was received, for replay and CurlCommand.
func MaskHead(head string) string {
	var b strings.Builder
	b.Grow(len(head) + 16)
	secret := false
	for number := 0; head != ""; number++ {
		line, rest, _ := strings.Cut(head, "\n")
		end := head[len(line) : len(head)-len(rest)]
		head = rest
		if strings.HasSuffix(line, "\r") {
			line, end = line[:len(line)-1], "\r"+end
		}
		name, value, ok := strings.Cut(line, ":")
		switch {
		case number == 0:
			line = maskStartLine(line)
		case strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t"):
			if secret { // goes on from the line before
				line = " " + Mask
			}
		case ok:
			masked := MaskField(name, strings.TrimSpace(value))
			if secret = masked != strings.TrimSpace(value); secret {
				line = name + ": " + masked
			}
		default:
			secret = false
		}
		b.WriteString(line)
		b.WriteString(end)
	}
	return b.String()
}

// MaskField returns the value of a field for display.
func MaskField(name, value string) string {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "authorization", "proxy-authorization":
		if scheme, _, ok := strings.Cut(value, " "); ok {
			return scheme + " " + Mask
		}
		return Mask
	case "cookie":
		pairs := strings.Split(value, ";")
		for i, pair := range pairs {
			pairs[i] = maskPair(pair)
		}
		return strings.Join(pairs, ";")
	case "set-cookie":
		pair, attributes, ok := strings.Cut(value, ";")
		if ok {
			attributes = ";" + attributes
		}
		return maskPair(pair) + attributes
	case "referer", "location":
		return MaskURI(value)
	}
	if IsSecretName(name) {
		return Mask
	}
	return value
}

// maskPair masks the value of name=value; without a name all of it.
func maskPair(pair string) string {
	if name, _, ok := strings.Cut(pair, "="); ok {
		return name + "=" + Mask
	}
	if strings.TrimSpace(pair) == "" {
		return pair
	}
	return Mask
}

// secretWords make a name one of a secret.
var secretWords = []string{"password", "passwd", "passphrase", "token", "secret", "api-key", "api_key", "apikey", "credential", "session-id", "sessionid", "xsrf", "csrf"}

// IsSecretName reports whether a field or parameter with that name is likely to
// carry a secret: it contains a word like password, token or secret.
func IsSecretName(name string) bool {
	name = strings.ToLower(name)
	if name == "pwd" || name == "sid" {
		return true
	}
	for _, word := range secretWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// MaskURI returns a URI for display: the values of query parameters with secret
// names are replaced by Mask.
func MaskURI(uri string) string {
	path, query, ok := strings.Cut(uri, "?")
	if !ok {
		return uri
	}
	pairs := strings.Split(query, "&")
	masked := false
	for i, pair := range pairs {
		if name, _, ok := strings.Cut(pair, "="); ok && IsSecretName(name) {
			pairs[i], masked = name+"="+Mask, true
		}
	}
	if !masked {
		return uri
	}
	return path + "?" + strings.Join(pairs, "&")
}

// maskStartLine masks the target of a request line; other lines have no query.
func maskStartLine(line string) string {
	parts := strings.Split(line, " ")
	for i, part := range parts {
		parts[i] = MaskURI(part)
	}
	return strings.Join(parts, " ")
}
