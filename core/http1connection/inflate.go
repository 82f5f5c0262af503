package http1connection

import (
	"compress/gzip"
	"errors"
	"io"
	"iter"

	"github.com/tornado-dev/tornado/core/httputil"
)

const (
	// maxDeflated is how much of a compressed body is taken at once. It may become
	// a thousand times as much.
	maxDeflated = 4 << 10
	// inflatedPiece is how much of a decompressed body a delegate is given at once.
	inflatedPiece = 32 << 10
	// inflatedPerTurn is how much is decompressed before others have their turn.
	inflatedPerTurn = 512 << 10
)

var errInflate = &httputil.HTTPInputError{Message: "the body is not what its Content-Encoding says"}

// isGzip reports whether a Content-Encoding is one that is taken off. RFC 9110
// section 8.4.1.3 wants both names taken for the same.
func isGzip(coding string) bool {
	return httputil.EqualFold(coding, "gzip") || httputil.EqualFold(coding, "x-gzip")
}

// An inflater takes the coding gzip off a body, whose pieces come as they like.
// Package gzip wants to read until it has what it needs, so it runs as a
// coroutine that stops there; it runs only within next, on the caller's
// goroutine. stop must be called in the end.
type inflater struct {
	fed     []byte // the last piece
	in      []byte // what of it is not read yet
	ended   bool   // in is the last
	started bool   // something of the body has come
	pull    func() (piece []byte, ok bool)
	stop    func()
	err     error
}

func newInflater() *inflater {
	f := new(inflater)
	f.pull, f.stop = iter.Pull(f.run)
	return f
}

// feed gives it a piece of the body; next has returned nothing before. last says
// that it is the last one, which may be empty.
func (f *inflater) feed(piece []byte, last bool) {
	f.fed = append(f.fed[:0], piece...)
	f.in = f.fed
	f.started = f.started || len(piece) > 0
	f.ended = last
}

// next returns the next piece of the decompressed body, valid until the next
// call; nothing if there is no more before the next feed. It fails with an
// HTTPInputError.
func (f *inflater) next() ([]byte, error) {
	if !f.started {
		return nil, nil // an empty body is one
	}
	piece, _ := f.pull()
	return piece, f.err
}

// run yields pieces, and nothing where it wants to be fed.
func (f *inflater) run(yield func([]byte) bool) {
	source := &feedReader{f, yield}
	reader, err := gzip.NewReader(source)
	if err == nil {
		buf := make([]byte, inflatedPiece)
		var n int
		for err == nil {
			if n, err = reader.Read(buf); n > 0 && !yield(buf[:n]) {
				return
			}
		}
	}
	if err != io.EOF {
		f.err = errInflate
	}
}

// A feedReader reads what an inflater is fed, octet by octet where it is asked to,
// so that package flate needs no buffer of its own.
type feedReader struct {
	f     *inflater
	yield func([]byte) bool
}

var errStopped = errors.New("http1connection: the body is not wanted any more")

// wait returns when there is something to read.
func (r *feedReader) wait() error {
	for len(r.f.in) == 0 {
		if r.f.ended {
			return io.EOF
		}
		if !r.yield(nil) {
			return errStopped
		}
	}
	return nil
}

func (r *feedReader) Read(p []byte) (int, error) {
	if err := r.wait(); err != nil {
		return 0, err
	}
	n := copy(p, r.f.in)
	r.f.in = r.f.in[n:]
	return n, nil
}

func (r *feedReader) ReadByte() (byte, error) {
	if err := r.wait(); err != nil {
		return 0, err
	}
	c := r.f.in[0]
	r.f.in = r.f.in[1:]
	return c, nil
}
