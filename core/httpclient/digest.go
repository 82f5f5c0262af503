package httpclient

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"github.com/tornado-dev/tornado/core/httputil"
)

// A challenge is what a server wants to see a digest of, RFC 7616 section 3.3.
type challenge struct {
	realm, nonce, opaque string
	algorithm            string // as sent; empty means MD5
	hash                 func() hash.Hash
	session              bool // the algorithm ends in "-sess"
	quality              bool // qop holds "auth"; without, it is the one of RFC 2069
	stale                bool
}

// digestChallenge finds the strongest challenge for a digest that can be answered.
func digestChallenge(fields []string) (best challenge, ok bool) {
	for _, field := range fields {
		for _, parsed := range parseChallenges(field) {
			if !strings.EqualFold(parsed.scheme, "Digest") {
				continue
			}
			c, usable := newChallenge(parsed.parameters)
			if usable && (!ok || c.hash().Size() > best.hash().Size()) {
				best, ok = c, true
			}
		}
	}
	return best, ok
}

func newChallenge(p map[string]string) (c challenge, ok bool) {
	c = challenge{realm: p["realm"], nonce: p["nonce"], opaque: p["opaque"], algorithm: p["algorithm"],
		stale: strings.EqualFold(p["stale"], "true")}
	name := strings.ToUpper(c.algorithm)
	name, c.session = strings.CutSuffix(name, "-SESS")
	switch name {
	case "", "MD5":
		c.hash = md5.New
	case "SHA-256":
		c.hash = sha256.New
	default:
		return c, false
	}
	qop, hasQop := p["qop"]
	for one := range strings.SplitSeq(qop, ",") {
		c.quality = c.quality || strings.EqualFold(httputil.TrimSpace(one), "auth")
	}
	return c, c.nonce != "" && (c.quality || !hasQop)
}

// answer is the value of the field Authorization, RFC 7616 section 3.4.
func (c challenge) answer(method, uri, username, password, cnonce string) string {
	const count = "00000001" // a nonce is used once
	secret := c.digest(username + ":" + c.realm + ":" + password)
	if c.session {
		secret = c.digest(secret + ":" + c.nonce + ":" + cnonce)
	}
	what := c.digest(method + ":" + uri)
	response := c.digest(secret + ":" + c.nonce + ":" + what)
	if c.quality {
		response = c.digest(secret + ":" + c.nonce + ":" + count + ":" + cnonce + ":auth:" + what)
	}
	fields := fmt.Sprintf("Digest username=%s, realm=%s, nonce=%s, uri=%s, response=%s",
		quoted(username), quoted(c.realm), quoted(c.nonce), quoted(uri), quoted(response))
	if c.algorithm != "" {
		fields += ", algorithm=" + c.algorithm
	}
	if c.opaque != "" {
		fields += ", opaque=" + quoted(c.opaque)
	}
	if c.quality {
		fields += ", qop=auth, nc=" + count + ", cnonce=" + quoted(cnonce)
	}
	return fields
}

func (c challenge) digest(s string) string {
	h := c.hash()
	h.Write([]byte(s))
	return hex.EncodeToString(h.Sum(nil))
}

func newCnonce() string { return rand.Text() }

// quoted is s as a quoted-string, RFC 9110 section 5.6.4.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// A parsedChallenge is one of those in a field WWW-Authenticate.
type parsedChallenge struct {
	scheme     string
	parameters map[string]string // names in small letters
}

// parseChallenges reads the challenges of a field, RFC 9110 section 11.6.1: their
// parameters are separated as the challenges are. It stops where it is malformed.
func parseChallenges(s string) (list []parsedChallenge) {
	for {
		s = strings.TrimLeft(s, " \t,")
		n := httputil.TokenLength(s)
		if n == 0 {
			return list
		}
		name, rest := s[:n], s[n:]
		value, after, isParameter := parseParameter(rest)
		switch {
		case isParameter && len(list) > 0:
			list[len(list)-1].parameters[strings.ToLower(name)] = value
			s = after
		case rest == "" || rest[0] == ' ' || rest[0] == ',':
			list = append(list, parsedChallenge{name, map[string]string{}})
			s = rest
		default:
			return list
		}
	}
}

// parseParameter reads "=value" with the space that may be around it.
func parseParameter(s string) (value, rest string, ok bool) {
	s, ok = strings.CutPrefix(strings.TrimLeft(s, " \t"), "=")
	if !ok {
		return "", "", false
	}
	s = strings.TrimLeft(s, " \t")
	if !strings.HasPrefix(s, `"`) {
		n := httputil.TokenLength(s)
		return s[:n], s[n:], n > 0
	}
	var b []byte
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return string(b), s[i+1:], true
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
		}
		b = append(b, s[i])
	}
	return "", "", false
}
