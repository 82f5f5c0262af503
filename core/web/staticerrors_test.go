package web

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"
)

func TestFileError(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want int
	}{
		{"not there", fs.ErrNotExist, 404},
		{"a file in place of a folder", syscall.ENOTDIR, 404},
		{"not allowed", syscall.EACCES, 403},
		{"a loop of links", syscall.ELOOP, 403},
		{"outside", errors.New("path escapes from parent"), 403},
		{"out of descriptors", syscall.EMFILE, 503},
		{"a broken disk", syscall.EIO, 503},
	} {
		err := fileError("x", &fs.PathError{Op: "open", Path: "x", Err: tt.err})
		if got, ok := asHTTPError(err); !ok || got.status() != tt.want {
			t.Errorf("%s: got %v; want %d", tt.name, err, tt.want)
		}
	}
}
