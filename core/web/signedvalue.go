package web

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"
)

// The versions of the format of signed values.
const (
	MinSupportedSignedValueVersion = 1
	MaxSupportedSignedValueVersion = 2
	DefaultSignedValueVersion      = 2 // that is written
	DefaultSignedValueMinVersion   = 1 // that is read

	// DefaultSignedValueMaxAge is how old a signed value may be if nothing else is said.
	DefaultSignedValueMaxAge = 31 * 24 * time.Hour
)

// A Signing signs values that clients keep for us, and checks them when they come
// back. Whoever knows the key can make any value, so it must be random, long and
// secret. The values themselves are not encrypted: clients can read them.
//
// Its methods may be called from any goroutine.
type Signing struct {
	// Secret is the key. One of Secret and Secrets is given.
	Secret string

	// Secrets are keys by version, so that a key can be replaced: KeyVersion names
	// the one that signs, all of them are accepted.
	Secrets    map[int]string
	KeyVersion int

	Now func() time.Time // the clock; nil means time.Now
}

func (s Signing) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// check reports what keeps s from signing.
func (s Signing) check() error {
	switch {
	case s.Secret != "" && s.Secrets != nil:
		return fmt.Errorf("web: both CookieSecret and CookieSecrets are set; give one of them")
	case s.Secret == "" && s.Secrets == nil:
		return fmt.Errorf("web: signed cookies need the setting CookieSecret: a random text of 32 characters or more, the same in all processes and after restarts")
	case s.Secrets == nil:
		return nil
	}
	for version, secret := range s.Secrets {
		if secret == "" {
			return fmt.Errorf("web: CookieSecrets has an empty key for version %d", version)
		}
		if version < 0 {
			return fmt.Errorf("web: CookieSecrets has the key version %d; versions are not negative", version)
		}
	}
	if s.Secrets[s.KeyVersion] == "" {
		return fmt.Errorf("web: KeyVersion is %d, but CookieSecrets has no key of that version", s.KeyVersion)
	}
	return nil
}

// CreateSignedValue returns value with a signature over it, name and the time.
// version is that of the format: 0 means DefaultSignedValueVersion; 1 is the old
// one, with SHA-1 and a single key. It fails if there is no key, or the version is
// none of ours.
func (s Signing) CreateSignedValue(name, value string, version int) (string, error) {
	if err := s.check(); err != nil {
		return "", err
	}
	timestamp := strconv.FormatInt(s.now().Unix(), 10)
	encoded := base64.StdEncoding.EncodeToString([]byte(value))
	switch version {
	case 1:
		if s.Secrets != nil {
			return "", fmt.Errorf("web: signed values of version 1 have no key version; set CookieSecret in place of CookieSecrets, or sign with version 2")
		}
		return encoded + "|" + timestamp + "|" + signatureV1(s.Secret, name, encoded, timestamp), nil
	case 0, 2:
		key, keyVersion := s.Secret, 0
		if s.Secrets != nil {
			key, keyVersion = s.Secrets[s.KeyVersion], s.KeyVersion
		}
		var b strings.Builder
		b.WriteString("2|")
		for _, part := range [...]string{strconv.Itoa(keyVersion), timestamp, name, encoded} {
			b.WriteString(strconv.Itoa(len(part)) + ":" + part + "|")
		}
		return b.String() + signatureV2(key, b.String()), nil
	}
	return "", fmt.Errorf("web: signed values have no version %d; there are 1 and 2", version)
}

func signatureV1(secret string, parts ...string) string { return sign(sha1.New, secret, parts...) }

func signatureV2(secret string, parts ...string) string { return sign(sha256.New, secret, parts...) }

func sign(algorithm func() hash.Hash, secret string, parts ...string) string {
	mac := hmac.New(algorithm, []byte(secret))
	for _, part := range parts {
		mac.Write([]byte(part))
	}
	return hex.EncodeToString(mac.Sum(nil))
}

func equalInConstantTime(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// DecodeSignedValue returns the value of a signed one, if it was signed for name
// with one of our keys, not longer ago than maxAge (0 means
// DefaultSignedValueMaxAge), in a format not older than minVersion (0 means
// DefaultSignedValueMinVersion). What is wrong with any other is not told: it is
// the client's, and ok is false.
func (s Signing) DecodeSignedValue(name, signed string, maxAge time.Duration, minVersion int) (value string, ok bool) {
	if s.check() != nil || signed == "" {
		return "", false
	}
	if maxAge == 0 {
		maxAge = DefaultSignedValueMaxAge
	}
	version := signedValueVersion(signed)
	if version < max(minVersion, DefaultSignedValueMinVersion) {
		return "", false
	}
	switch version {
	case 1:
		return s.decodeV1(name, signed, maxAge)
	case 2:
		return s.decodeV2(name, signed, maxAge)
	}
	return "", false
}

// signedValueVersion is the version of the format: the number before the first
// bar. The old format has none there, but base64, which can look like a number too;
// so numbers of more than three digits do not count.
func signedValueVersion(signed string) int {
	digits, _, found := strings.Cut(signed, "|")
	if !found || len(digits) > 3 || !isNumber(digits) {
		return 1
	}
	version, _ := strconv.Atoi(digits) // three digits
	return version
}

// isNumber reports whether text is a decimal number without sign or leading zero.
func isNumber(text string) bool {
	return text != "" && text[0] != '0' && strings.Trim(text, "0123456789") == ""
}

func (s Signing) decodeV1(name, signed string, maxAge time.Duration) (value string, ok bool) {
	parts := strings.Split(signed, "|")
	if len(parts) != 3 || s.Secrets != nil {
		return "", false
	}
	encoded, timestamp, signature := parts[0], parts[1], parts[2]
	if !equalInConstantTime(signature, signatureV1(s.Secret, name, encoded, timestamp)) {
		return "", false
	}
	// Nothing separates what is signed, so digits could be moved from the value to
	// the timestamp and back. The value would be another, and the time far off.
	if !isNumber(timestamp) || s.isFarOff(timestamp) || !s.isFresh(timestamp, maxAge) {
		return "", false
	}
	return decodeBase64(encoded)
}

func (s Signing) decodeV2(name, signed string, maxAge time.Duration) (value string, ok bool) {
	parts, ok := splitV2(signed)
	if !ok || parts.name != name {
		return "", false
	}
	key := s.Secret
	if s.Secrets != nil {
		key = s.Secrets[parts.keyVersion]
	}
	if key == "" || !equalInConstantTime(parts.signature, signatureV2(key, parts.signed)) {
		return "", false
	}
	if !s.isFresh(parts.timestamp, maxAge) {
		return "", false
	}
	return decodeBase64(parts.encoded)
}

// isFresh reports whether a timestamp is not older than maxAge.
func (s Signing) isFresh(timestamp string, maxAge time.Duration) bool {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	return err == nil && seconds >= 0 && seconds >= s.now().Add(-maxAge).Unix()
}

// isFarOff reports whether a timestamp is further in the future than clocks differ.
func (s Signing) isFarOff(timestamp string) bool {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	return err != nil || seconds > s.now().Add(DefaultSignedValueMaxAge).Unix()
}

func decodeBase64(encoded string) (value string, ok bool) {
	decoded, err := base64.StdEncoding.Strict().DecodeString(encoded)
	return string(decoded), err == nil
}

// signedV2 are the parts of a value in the format of version 2.
type signedV2 struct {
	keyVersion               int
	timestamp, name, encoded string
	signature                string
	signed                   string // all before the signature
}

func splitV2(text string) (parts signedV2, ok bool) {
	rest, ok := strings.CutPrefix(text, "2|")
	var keyVersion string
	for _, field := range [...]*string{&keyVersion, &parts.timestamp, &parts.name, &parts.encoded} {
		if ok {
			*field, rest, ok = cutField(rest)
		}
	}
	if !ok {
		return parts, false
	}
	parts.signature, parts.signed = rest, text[:len(text)-len(rest)]
	version, err := strconv.ParseUint(keyVersion, 10, 31)
	parts.keyVersion = int(version)
	return parts, err == nil
}

// cutField cuts off a field with its length before it: "3:foo|".
func cutField(text string) (field, rest string, ok bool) {
	length, rest, ok := strings.Cut(text, ":")
	n, err := strconv.ParseUint(length, 10, 31)
	if !ok || err != nil || uint64(len(rest)) <= n || rest[n] != '|' {
		return "", "", false
	}
	return rest[:n], rest[n+1:], true
}

// GetSignatureKeyVersion returns the version of the key that a value was signed
// with, which is not checked; ok is false if it has none.
func GetSignatureKeyVersion(signed string) (version int, ok bool) {
	if signedValueVersion(signed) != 2 {
		return 0, false
	}
	parts, ok := splitV2(signed)
	return parts.keyVersion, ok
}
