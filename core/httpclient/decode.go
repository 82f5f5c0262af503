package httpclient

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"maps"
	"sync"

	"github.com/tornado-dev/tornado/core/http1connection"
)

// standardDecoders are the codings that every client knows.
var standardDecoders = map[string]http1connection.Decoder{
	"gzip": gunzip, "x-gzip": gunzip, "deflate": inflate,
}

// decoders are the codings to ask for. There are none for a part of something: it
// would be a part of what is compressed.
func (c *AsyncHTTPClient) decoders(h *hop) map[string]http1connection.Decoder {
	switch {
	case h.headers.Has("Range"):
		return nil
	case len(c.options.Decoders) == 0:
		return standardDecoders
	}
	all := maps.Clone(standardDecoders)
	maps.Copy(all, c.options.Decoders)
	return all
}

var gzipReaders = sync.Pool{New: func() any { return new(gzip.Reader) }}

// A pooledReader goes back when it is closed.
type pooledReader struct{ *gzip.Reader }

func (r pooledReader) Close() error {
	gzipReaders.Put(r.Reader)
	return nil
}

func gunzip(r io.Reader) (io.Reader, error) {
	z := gzipReaders.Get().(*gzip.Reader)
	if err := z.Reset(r); err != nil {
		gzipReaders.Put(z)
		return nil, err
	}
	return pooledReader{z}, nil
}

// inflate takes the coding deflate off. That is the format of zlib (RFC 9110 section
// 8.4.1.2), and some servers send what is inside of it alone.
func inflate(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 512)
	head, err := b.Peek(2)
	if err != nil {
		return nil, err
	}
	if head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
		return zlib.NewReader(b)
	}
	return flate.NewReader(b), nil
}
