package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"sync"

	"github.com/tornado-dev/tornado/core/httputil"
)

const (
	// minCompressed is the shortest body that is compressed, in bytes, if it is sent
	// at once. One that is flushed in pieces always is: nobody knows how long it gets.
	minCompressed = 1024

	defaultGzipLevel = 6
)

// A ContentCoding is a way to compress answers; see Settings.ContentCodings.
type ContentCoding struct {
	// Name is the coding's name in Accept-Encoding: "gzip".
	Name string

	// New makes an encoder, which is used for many answers, one after another.
	New func() ContentEncoder
}

// A ContentEncoder compresses, as a gzip.Writer does. It writes to nowhere until
// Reset.
type ContentEncoder interface {
	io.WriteCloser
	Flush() error // what was written so far can be decompressed then
	Reset(w io.Writer)
}

// Gzip is the coding that every client knows. level is from 1, the fastest, to 9,
// the smallest; zero means 6.
func Gzip(level int) ContentCoding {
	if level == 0 {
		level = defaultGzipLevel
	}
	return ContentCoding{Name: "gzip", New: func() ContentEncoder {
		w, err := gzip.NewWriterLevel(nil, level)
		must(err) // a level that does not exist is the program's mistake
		return w
	}}
}

// compression is what an application compresses its answers with.
type compression struct {
	codings []ContentCoding
	names   []string
	pools   []*encoderPool
}

func newCompression(codings []ContentCoding) *compression {
	if len(codings) == 0 {
		codings = []ContentCoding{Gzip(0)}
	}
	c := &compression{codings: codings}
	for i := range codings {
		c.names = append(c.names, codings[i].Name)
		c.pools = append(c.pools, newEncoderPool(codings[i].New))
	}
	return c
}

// checkCompression makes what Settings.CompressResponse asks for.
func (e *ConfigError) checkCompression(a *Application) {
	if !a.settings.CompressResponse {
		return
	}
	for _, coding := range a.settings.ContentCodings {
		if coding.New == nil || !httputil.ValidToken(coding.Name) {
			e.add("", "Settings.ContentCodings: %q is no coding; make them with web.Gzip or package web/compress", coding.Name)
			return
		}
	}
	a.compression = newCompression(a.settings.ContentCodings)
}

// An encoderPool holds encoders of one coding, which are too big to be made for
// each answer.
type encoderPool struct{ encoders sync.Pool }

func newEncoderPool(make func() ContentEncoder) *encoderPool {
	p := new(encoderPool)
	p.encoders.New = func() any { return make() }
	return p
}

// compress appends the compressed content to dst.
func (p *encoderPool) compress(dst, content []byte) ([]byte, error) {
	out := bytes.NewBuffer(dst)
	encoder := p.encoders.Get().(ContentEncoder)
	encoder.Reset(out)
	_, err := encoder.Write(content)
	if err == nil {
		err = encoder.Close()
	}
	encoder.Reset(nil)
	p.encoders.Put(encoder)
	return out.Bytes(), err
}

// An encoding compresses an answer that is sent in pieces.
type encoding struct {
	pool    *encoderPool
	encoder ContentEncoder // nil until there is something to compress
	out     bytes.Buffer
}

// flush compresses a piece. The result is valid until the next call.
func (e *encoding) flush(piece []byte) ([]byte, error) {
	e.out.Reset()
	if len(piece) == 0 {
		return nil, nil
	}
	if err := e.write(piece); err != nil {
		return nil, err
	}
	err := e.encoder.Flush()
	return e.out.Bytes(), err
}

// finish compresses the last piece, and ends what was compressed.
func (e *encoding) finish(piece []byte) ([]byte, error) {
	e.out.Reset()
	if err := e.write(piece); err != nil {
		return nil, err
	}
	err := e.encoder.Close()
	return e.out.Bytes(), err
}

func (e *encoding) write(piece []byte) error {
	if e.encoder == nil {
		e.encoder = e.pool.encoders.Get().(ContentEncoder)
		e.encoder.Reset(&e.out)
	}
	_, err := e.encoder.Write(piece)
	return err
}

// release gives the encoder back.
func (e *encoding) release() {
	if e.encoder != nil {
		e.encoder.Reset(nil)
		e.pool.encoders.Put(e.encoder)
		e.encoder = nil
	}
}

// coding is the index of the coding in which an answer of that length is sent, -1
// for none. It adds what every answer says that could have been compressed. The
// length is negative if the answer is sent in pieces.
func (h *RequestHandler) coding(length int) int {
	c := h.app.compression
	h.addVary("Accept-Encoding")
	if length >= 0 && length < minCompressed || !httputil.StatusHasBody(h.status) || h.status == 206 ||
		h.headers.Has("Content-Encoding") || !compressible(h.headers.Get("Content-Type")) {
		return -1
	}
	chosen := chooseCoding(h.request.Headers.Get("Accept-Encoding"), c.names)
	for i, name := range c.names {
		if name == chosen {
			return i
		}
	}
	return -1
}

// codingOfWhole is the coding for a body that is there whole.
func (h *RequestHandler) codingOfWhole() int { return h.coding(len(h.written())) }

// addVary adds a name to the Vary field.
func (h *RequestHandler) addVary(name string) {
	vary := h.headers.Get("Vary")
	for one := range strings.SplitSeq(vary, ",") {
		if one = httputil.TrimSpace(one); one == "*" || httputil.EqualFold(one, name) {
			return
		}
	}
	if vary != "" {
		name = vary + ", " + name
	}
	check(h.headers.Set("Vary", name))
}

// setCoding tells that the body is compressed. The same content has other octets
// then, so its ETag becomes weak (RFC 9110 section 8.8.1).
func (h *RequestHandler) setCoding(index int) {
	check(h.headers.Set("Content-Encoding", h.app.compression.names[index]))
	h.headers.Del("Content-Length")
	h.headers.Del("Accept-Ranges") // of the file they were
	h.weakenEtag()
}

func (h *RequestHandler) weakenEtag() {
	if etag := h.headers.Get("Etag"); strings.HasPrefix(etag, `"`) {
		check(h.headers.Set("Etag", "W/"+etag))
	}
}

// compressWhole compresses the whole body.
func (h *RequestHandler) compressWhole(index int) {
	h.setCoding(index)
	compressed := newBuffer()
	var err error
	if compressed.bytes, err = h.app.compression.pools[index].compress(compressed.bytes, h.out.bytes); err != nil {
		panic(err)
	}
	h.out.release()
	h.out = compressed
}

// compressPieces makes the pieces that follow compressed ones.
func (h *RequestHandler) compressPieces() {
	if index := h.coding(-1); index >= 0 {
		h.setCoding(index)
		h.encoding = &encoding{pool: h.app.compression.pools[index]}
	}
}

// compressible reports whether content of a type becomes much shorter. Events are
// left out: each of the clients that wait for them, for hours perhaps, would hold
// an encoder.
func compressible(contentType string) bool {
	essence, _, _ := strings.Cut(contentType, ";")
	essence = strings.ToLower(httputil.TrimSpace(essence))
	switch essence {
	case "application/javascript", "application/x-javascript", "application/xml", "application/atom+xml",
		"application/json", "application/xhtml+xml", "image/svg+xml":
		return true
	case "text/event-stream":
		return false
	}
	return strings.HasPrefix(essence, "text/")
}
