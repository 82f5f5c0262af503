package frame

import (
	"compress/flate"
	"fmt"
	"sync"
)

// DefaultLevel is the level of compression that zero stands for: the fastest,
// since it runs on the loop.
const DefaultLevel = flate.BestSpeed

// maxWindowBits is the window of DEFLATE itself.
const maxWindowBits = 15

// tail is what a sender takes off the end of a compressed message (RFC 7692
// section 7.2.1): an empty block whose end is on an octet's boundary.
const tail = "\x00\x00\xff\xff"

// A Deflater compresses the messages of one direction.
//
// Without context takeover it holds nothing between messages; compressors are
// shared by all connections, each of about 1 MB. With it a Deflater keeps a
// compressor to itself from its first message on.
type Deflater struct {
	level      int
	windowBits int
	takeover   bool
	own        *compressor // with context takeover
}

// NewDeflater makes a Deflater. level is that of compress/flate, -2 to 9, and zero
// means DefaultLevel; windowBits is 8 to 15, and zero means 15. It fails if they
// are not within that.
func NewDeflater(level, windowBits int, takeover bool) (*Deflater, error) {
	if windowBits == 0 {
		windowBits = maxWindowBits
	}
	if level == 0 {
		level = DefaultLevel
	}
	if level < flate.HuffmanOnly || level > flate.BestCompression || windowBits < minWindowBits || windowBits > maxWindowBits {
		return nil, fmt.Errorf("websocket: compression of level %d with %d window bits; there are levels -2 to 9, and 8 to 15 bits", level, windowBits)
	}
	// compress/flate always looks 32 KiB back. A smaller window is kept by beginning
	// anew each time that many octets are done (Append), and then there is no
	// context to take over.
	return &Deflater{level: level, windowBits: windowBits, takeover: takeover && windowBits == maxWindowBits}, nil
}

// A compressor is a writer with what it has written.
type compressor struct {
	w   *flate.Writer
	out []byte
}

func (c *compressor) Write(p []byte) (int, error) {
	c.out = append(c.out, p...)
	return len(p), nil
}

// compressors are those that nobody uses, by level.
var compressors [flate.BestCompression - flate.HuffmanOnly + 1]sync.Pool

func newCompressor(level int) *compressor {
	c := new(compressor)
	c.w, _ = flate.NewWriter(c, level) // the level was checked
	return c
}

// Append appends payload compressed, without the tail.
func (d *Deflater) Append(dst, payload []byte) []byte {
	c := d.own
	if c == nil {
		c = d.compressor()
	}
	c.out = dst
	for first := true; first || len(payload) > 0; first = false {
		n := len(payload)
		if d.windowBits < maxWindowBits {
			n = min(n, 1<<d.windowBits)
			c.w.Reset(c)
		}
		// A compressor writes to memory and cannot fail.
		_, _ = c.w.Write(payload[:n])
		_ = c.w.Flush()
		payload = payload[n:]
	}
	dst, c.out = c.out[:len(c.out)-len(tail)], nil
	if d.own == nil {
		compressors[d.level-flate.HuffmanOnly].Put(c)
	}
	return dst
}

// Release gives back what the Deflater keeps to itself, which must not be used
// again.
func (d *Deflater) Release() {
	if d.own != nil {
		compressors[d.level-flate.HuffmanOnly].Put(d.own)
		d.own = nil
	}
}

// compressor gives one that remembers nothing.
func (d *Deflater) compressor() *compressor {
	pool := &compressors[d.level-flate.HuffmanOnly]
	c, _ := pool.Get().(*compressor)
	if c == nil {
		c = newCompressor(d.level)
	} else {
		c.w.Reset(c)
	}
	if d.takeover {
		d.own = c
	}
	return c
}
