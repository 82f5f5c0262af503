//go:build unix

package iostream

import (
	"errors"
	"io"
	"testing"

	"github.com/tornado-dev/tornado/core/ioloop"
)

// TestLoopIsClosed closes a loop under a stream that is being read.
func TestLoopIsClosed(t *testing.T) {
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	near, far := connect(t, "tcp", "127.0.0.1:0")
	defer far.Close()
	stream, err := New(l, near, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	read := stream.ReadBytes(1, true)
	var reason error
	stream.SetCloseCallback(func(err error) { reason = err })
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if !stream.Closed() || !errors.Is(reason, ioloop.ErrClosed) {
		t.Errorf("closed: %v, for %v; want ErrClosed", stream.Closed(), reason)
	}
	if _, err := read.Result(); !errors.Is(err, ioloop.ErrClosed) {
		t.Errorf("the read failed with %v; want ErrClosed", err)
	}
	if n, err := far.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the peer read %d, %v; want the end", n, err)
	}
}
