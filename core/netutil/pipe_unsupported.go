//go:build !unix

package netutil

// SetNonblock lets reads and writes of fd return ErrWouldBlock.
func SetNonblock(int) error { return ErrUnsupported }

// AccessMode tells what fd was opened for.
func AccessMode(int) (readable, writable bool, err error) { return false, false, ErrUnsupported }
