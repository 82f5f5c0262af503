package template

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// hashlibFunctions are for the addresses of pictures and the like, which are made of
// the hash of a name.
var hashlibFunctions = map[string]func(*call) any{
	"md5(string=b'')":       func(c *call) any { return c.newDigest("md5", md5.New(), 0) },
	"sha1(string=b'')":      func(c *call) any { return c.newDigest("sha1", sha1.New(), 0) },
	"sha256(string=b'')":    func(c *call) any { return c.newDigest("sha256", sha256.New(), 0) },
	"new(name, string=b'')": newHash,
}

func newHash(c *call) any {
	makers := map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New}
	maker, ok := makers[c.text(0)]
	if !ok {
		c.raise(c.at, "ValueError", "unsupported hash type %s", c.text(0))
	}
	return c.newDigest(c.text(0), maker(), 1)
}

// newDigest is a hash of what the argument i holds.
func (c *call) newDigest(name string, h hash.Hash, i int) any {
	add := func(c *call, i int) {
		text := c.textOption(i, "string", "")
		c.chargeScan(c.at, len(text))
		h.Write([]byte(text))
	}
	add(c, i)
	return &module{"HASH", map[string]any{
		"name":        name,
		"digest_size": h.Size(),
		"update":      &builtin{name: "update", fn: func(c *call) any { add(c, 0); return nil }},
		"digest":      &builtin{name: "digest", fn: func(*call) any { return h.Sum(nil) }},
		"hexdigest":   &builtin{name: "hexdigest", fn: func(*call) any { return hex.EncodeToString(h.Sum(nil)) }},
	}}
}
