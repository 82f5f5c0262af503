// Package compress brings the content codings br and zstd, for an application's
// answers and for those that an HTTP client gets. Programs that do not import it
// do not link them: the library for br brings net/http along. Static files that lie
// there compressed, as a.js.br beside a.js, are served without it.
//
//   - Brotli, Zstd: for web.Settings.ContentCodings
//   - Decoders: for httpclient.Options.Decoders
package compress

import (
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/tornado-dev/tornado/core/http1connection"
	"github.com/tornado-dev/tornado/core/web"
)

const (
	defaultBrotliLevel = 4

	// maxWindow is how far back a zstd body may refer, in bytes: what its reader must
	// keep. Readers of HTTP take no more (RFC 9659 section 3).
	maxWindow = 8 << 20

	// window is how far back our own bodies refer, so that an encoder stays small.
	window = 1 << 20
)

// Brotli is the coding br. level is from 1, the fastest, to 11, the smallest; zero
// means 4, which costs about what gzip does. It panics if there is no such level.
func Brotli(level int) web.ContentCoding {
	if level == 0 {
		level = defaultBrotliLevel
	}
	if level < 1 || level > brotli.BestCompression {
		panic("compress: the level of Brotli is from 1 to 11, or 0 for the usual one")
	}
	return web.ContentCoding{Name: "br", New: func() web.ContentEncoder { return brotli.NewWriterLevel(nil, level) }}
}

// Zstd is the coding zstd, at its library's usual level: quicker than gzip, and
// smaller.
func Zstd() web.ContentCoding {
	return web.ContentCoding{Name: "zstd", New: func() web.ContentEncoder {
		encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
		must(err)
		return encoder
	}}
}

// Decoders lets an HTTP client ask for br and zstd, beside gzip and deflate.
func Decoders() map[string]http1connection.Decoder {
	return map[string]http1connection.Decoder{
		"br": func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		"zstd": func(r io.Reader) (io.Reader, error) {
			decoder, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
			if err != nil {
				return nil, err
			}
			return decoder.IOReadCloser(), nil
		},
	}
}

// must is for options that are constants.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
