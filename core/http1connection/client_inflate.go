package http1connection

import (
	"errors"
	"io"
	"iter"
)

// A Decoder takes a coding off what it reads. It must read on the goroutine that
// calls it, and be done with it when that returns. If it is an io.Closer it is
// closed in the end.
type Decoder func(io.Reader) (io.Reader, error)

// maxEmptyReads is how often a decoder may read nothing without an error.
const maxEmptyReads = 100

// newDecodingInflater is newInflater for any coding.
func newDecodingInflater(decode Decoder) *inflater {
	f := new(inflater)
	f.pull, f.stop = iter.Pull(func(yield func([]byte) bool) { f.decode(decode, yield) })
	return f
}

// decode yields pieces, and nothing where it wants to be fed.
func (f *inflater) decode(open Decoder, yield func([]byte) bool) {
	source := &feedReader{f, yield}
	reader, err := open(source)
	if err == nil {
		if c, ok := reader.(io.Closer); ok {
			defer c.Close()
		}
		err = yieldAll(reader, yield)
	}
	switch {
	case err == nil || errors.Is(err, errStopped):
	// What follows the end of the coding belongs to nobody.
	case err == io.EOF && len(f.in) == 0:
		f.drain(source)
	default:
		f.err = errInflate
	}
}

// yieldAll yields what reader gives, up to its error. It returns nil when nobody
// wants more.
func yieldAll(reader io.Reader, yield func([]byte) bool) error {
	buf := make([]byte, inflatedPiece)
	for empty := 0; ; {
		n, err := reader.Read(buf)
		if n > 0 && !yield(buf[:n]) {
			return nil
		}
		if empty++; n > 0 {
			empty = 0
		}
		if err != nil {
			return err
		}
		if empty == maxEmptyReads {
			return io.ErrNoProgress
		}
	}
}

// drain waits for the end of the body, and fails if more comes before that.
func (f *inflater) drain(source *feedReader) {
	if err := source.wait(); err == nil {
		f.err = errInflate
	}
}
