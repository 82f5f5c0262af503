//go:build !unix

package netutil

// StartConnect begins to connect a new socket.
func StartConnect(Address, Address) (int, error) { return -1, ErrUnsupported }

// SetDelay takes SetNoDelay back.
func SetDelay(int) {}
