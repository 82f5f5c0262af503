package frame

import (
	"compress/flate"
	"fmt"
	"io"
	"slices"
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

// An Inflater decompresses the messages of one direction. With context takeover it
// holds what later messages may refer to, at most the window; decompressors, of
// about 40 KiB each, are shared by all connections.
type Inflater struct {
	window []byte
	size   int // of the window; 0 without context takeover
}

// NewInflater makes an Inflater. windowBits is what the sender keeps to, 8 to 15;
// zero means 15.
func NewInflater(windowBits int, takeover bool) *Inflater {
	if windowBits == 0 {
		windowBits = maxWindowBits
	}
	if !takeover {
		return &Inflater{}
	}
	return &Inflater{size: 1 << windowBits}
}

var (
	// The frames keep to the protocol, but not what is in them: that is 1007 (RFC
	// 6455 section 7.4.1), as for text that is not UTF-8.
	errInflate     = &Error{InvalidPayload, "a compressed message that does not inflate"}
	errInflatedBig = &Error{MessageTooBig, "message too big after decompression"}
)

const (
	// end is the tail that the sender took off, and an empty last block, so that
	// the decompressor finds an end.
	end = tail + "\x01\x00\x00\xff\xff"

	// maxFinal is how many blocks of a message may say that they are the last. One
	// is what some senders do; a decompressor is set up anew after each.
	maxFinal = 16

	inflateStep = 4 << 10 // bytes; what a small message is inflated to at once
)

// A decompressor is a reader with what it reads from.
type decompressor struct {
	r    io.Reader
	data []byte // the message, and then end
	rest string
}

var decompressors = sync.Pool{New: func() any {
	d := new(decompressor)
	d.r = flate.NewReader(d)
	return d
}}

// ReadByte makes sure that no octet more is taken than belongs to a block.
func (d *decompressor) ReadByte() (b byte, err error) {
	switch {
	case len(d.data) > 0:
		b, d.data = d.data[0], d.data[1:]
	case d.rest != "":
		b, d.rest = d.rest[0], d.rest[1:]
	default:
		return 0, io.EOF
	}
	return b, nil
}

func (d *decompressor) Read(p []byte) (n int, err error) {
	if len(d.data) > 0 {
		n = copy(p, d.data)
		d.data = d.data[n:]
		return n, nil
	}
	if n = copy(p, d.rest); n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	d.rest = d.rest[n:]
	return n, nil
}

// Append appends payload inflated. At most limit bytes are made, in steps: past
// that, with data that does not inflate, or if valid, unless nil, returns false
// for a piece, it fails with an *Error, and the Inflater must not be used again.
func (i *Inflater) Append(dst, payload []byte, limit int64, valid func(piece []byte) bool) ([]byte, error) {
	if len(payload) == 0 {
		return dst, nil // the tail alone is half a block; everybody takes it for an empty message
	}
	d := decompressors.Get().(*decompressor)
	defer decompressors.Put(d)
	d.data, d.rest = payload, end
	defer func() { d.data = nil }()
	i.reset(d, nil)
	start := len(dst)
	for final := 1; ; {
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, inflateStep)
		}
		// One more than the limit, to see that there is more.
		room := min(int64(cap(dst)-len(dst)), limit-int64(len(dst)-start)+1)
		n, err := d.r.Read(dst[len(dst) : len(dst)+int(room)])
		piece := dst[len(dst) : len(dst)+n]
		dst = dst[:len(dst)+n]
		switch {
		case int64(len(dst)-start) > limit:
			return dst, errInflatedBig
		case valid != nil && !valid(piece):
			return dst, errText
		case err == nil:
			continue
		case err != io.EOF:
			return dst, errInflate
		}
		if d.finished() {
			break
		}
		if final++; len(d.data) == 0 || final > maxFinal {
			return dst, errInflate
		}
		i.reset(d, dst[start:])
	}
	i.remember(dst[start:])
	return dst, nil
}

// finished reports whether the message ended where a block says that it is the
// last: ours, the sender's own, or the sender's own of which the end was taken
// off. Else more of the message follows, or it was cut.
func (d *decompressor) finished() bool {
	return len(d.data) == 0 && (d.rest == "" || d.rest == end || d.rest == end[len(tail):])
}

// reset begins a stream that may refer to earlier messages and to what was
// inflated of this one.
func (i *Inflater) reset(d *decompressor, inflated []byte) {
	dictionary := i.window
	if len(inflated) > 0 {
		dictionary = append(slices.Clip(i.window), inflated[max(0, len(inflated)-1<<maxWindowBits):]...)
	}
	_ = d.r.(flate.Resetter).Reset(d, dictionary) // never fails
}

// remember keeps the last octets for the messages that follow.
func (i *Inflater) remember(inflated []byte) {
	if i.size == 0 {
		return
	}
	if len(inflated) >= i.size {
		i.window = append(i.window[:0], inflated[len(inflated)-i.size:]...)
		return
	}
	if over := len(i.window) + len(inflated) - i.size; over > 0 {
		i.window = i.window[:copy(i.window, i.window[over:])]
	}
	i.window = append(i.window, inflated...)
}
