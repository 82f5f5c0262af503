package iostream

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"

	"github.com/tornado-dev/tornado/core/concurrent"
)

// ErrUnsatisfiableRead is why a read failed, and its stream closed, whose
// delimiter or pattern was not in the bytes it allowed.
var ErrUnsatisfiableRead = errors.New("iostream: what was to be read until did not come in time")

// ErrBufferFull is why a stream closed that would have had to keep more than
// SetMaxUnread or SetMaxUnwritten allow.
var ErrBufferFull = errors.New("iostream: buffer is full")

// The reads of a stream without a Consumer. There is one at a time: a second one
// panics. Each is satisfied from what was received before, also after the stream
// has closed; then it fails with a *StreamClosedError that says why. The bytes of
// a result belong to the caller; those of a read that failed can be read again.

// ReadBytes reads n bytes; with partial, as many as there are, at least one and at
// most n. Without partial n may be at most what SetMaxUnread allows: more closes
// the stream with ErrBufferFull.
func (s *IOStream) ReadBytes(n int, partial bool) *concurrent.Future[[]byte] {
	op := &bytesRead{n: n, partial: partial}
	s.reader().begin(op)
	return &op.future
}

// ReadInto fills buf and returns its length; with partial, it reads as many bytes
// as there are, at least one. buf must be left alone until the future is settled.
func (s *IOStream) ReadInto(buf []byte, partial bool) *concurrent.Future[int] {
	op := &intoRead{buf: buf, partial: partial}
	s.reader().begin(op)
	return &op.future
}

// ReadUntil reads up to and including delimiter, which must end within maxBytes
// bytes; zero means what SetMaxUnread allows. If it does not, the future fails and
// the stream closes with ErrUnsatisfiableRead. No byte is searched twice, but for
// a beginning of the delimiter.
func (s *IOStream) ReadUntil(delimiter []byte, maxBytes int) *concurrent.Future[[]byte] {
	op := &untilRead{delimiter: delimiter, limit: s.limit(maxBytes)}
	s.reader().begin(op)
	return &op.future
}

// ReadUntilRegex reads up to the end of the first match of re, which must lie
// within maxBytes bytes; zero means what SetMaxUnread allows. If it does not, the
// future fails and the stream closes with ErrUnsatisfiableRead.
//
// A match is looked for in all unread bytes, whenever these have doubled and
// when no more are there at once. So a pattern must tell its end by itself, such
// as `\r?\n\r?\n`: that of `a+` depends on how the bytes arrive. A peer that sends
// byte by byte lets each of them be searched again; maxBytes bounds that.
func (s *IOStream) ReadUntilRegex(re *regexp.Regexp, maxBytes int) *concurrent.Future[[]byte] {
	op := &regexRead{re: re, limit: s.limit(maxBytes)}
	s.reader().begin(op)
	return &op.future
}

// ReadUntilClose reads everything up to an orderly end: the peer's, or Close(nil).
// After any other it fails. More than SetMaxUnread allows closes the stream with
// ErrBufferFull.
func (s *IOStream) ReadUntilClose() *concurrent.Future[[]byte] {
	op := &closeRead{limit: s.limit(0)}
	s.reader().begin(op)
	return &op.future
}

// Reading reports whether a read is pending; of a stream with a Consumer, whether
// it takes bytes in.
func (s *IOStream) Reading() bool {
	if r, pull := s.consumer.(*reader); pull {
		return r.pending != nil
	}
	return !s.closed && !s.closing && s.mayRead()
}

func (s *IOStream) reader() *reader {
	r, pull := s.consumer.(*reader)
	if !pull {
		panic("iostream: a stream with a Consumer is not read otherwise; give New none")
	}
	return r
}

func (s *IOStream) limit(maxBytes int) int {
	if maxBytes <= 0 {
		return s.maxUnread
	}
	return min(maxBytes, s.maxUnread)
}

// A readOp is a read that was asked for.
type readOp interface {
	// take looks whether the unread bytes satisfy the read. done says that they do,
	// n how many of them it takes; before that only a read with a buffer of its own
	// takes any. With more, bytes are known to follow at once.
	take(unread []byte, more bool) (n int, done bool, err error)

	// settle ends it with the bytes that it took.
	settle(taken []byte)
	fail(err error)
}

// A bytesResult is the end of a read that gives bytes.
type bytesResult struct{ future concurrent.Future[[]byte] }

func (b *bytesResult) settle(taken []byte) { b.future.SetResult(taken) }
func (b *bytesResult) fail(err error)      { failQuietly(&b.future, err) }

type bytesRead struct {
	bytesResult
	n       int
	partial bool
}

func (o *bytesRead) take(unread []byte, _ bool) (n int, done bool, err error) {
	if o.partial && len(unread) > 0 {
		return min(o.n, len(unread)), true, nil
	}
	if len(unread) < o.n {
		return 0, false, nil
	}
	return o.n, true, nil
}

type intoRead struct {
	future  concurrent.Future[int]
	buf     []byte
	got     int
	partial bool
}

func (o *intoRead) take(unread []byte, _ bool) (n int, done bool, err error) {
	n = copy(o.buf[o.got:], unread)
	o.got += n
	return n, o.got == len(o.buf) || o.partial && o.got > 0, nil
}

func (o *intoRead) settle([]byte)  { o.future.SetResult(o.got) }
func (o *intoRead) fail(err error) { failQuietly(&o.future, err) }

type untilRead struct {
	bytesResult
	delimiter []byte
	limit     int
	searched  int // unread bytes in which no delimiter ends
}

func (o *untilRead) take(unread []byte, _ bool) (n int, done bool, err error) {
	unread = unread[:min(len(unread), o.limit)]
	from := max(0, o.searched-len(o.delimiter)+1)
	if i := bytes.Index(unread[from:], o.delimiter); i >= 0 {
		return from + i + len(o.delimiter), true, nil
	}
	o.searched = len(unread)
	if len(unread) == o.limit {
		return 0, false, fmt.Errorf("%w: no %q within %d bytes", ErrUnsatisfiableRead, o.delimiter, o.limit)
	}
	return 0, false, nil
}

type regexRead struct {
	bytesResult
	re    *regexp.Regexp
	limit int
	next  int // how many unread bytes are searched, even if more follow at once
}

func (o *regexRead) take(unread []byte, more bool) (n int, done bool, err error) {
	if len(unread) == 0 || more && len(unread) < o.next && len(unread) <= o.limit {
		return 0, false, nil
	}
	o.next = 2 * len(unread)
	match := o.re.FindIndex(unread)
	switch {
	case match != nil && match[1] <= o.limit:
		return match[1], true, nil
	case match != nil || len(unread) > o.limit:
		return 0, false, fmt.Errorf("%w: no match of %q within %d bytes", ErrUnsatisfiableRead, o.re, o.limit)
	}
	return 0, false, nil
}

type closeRead struct {
	bytesResult
	limit int
}

func (o *closeRead) take(unread []byte, _ bool) (n int, done bool, err error) {
	if len(unread) > o.limit {
		return 0, false, fmt.Errorf("%w: more than %d bytes came before the end", ErrBufferFull, o.limit)
	}
	return 0, false, nil
}
