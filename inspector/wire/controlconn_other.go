//go:build !unix

package wire

import (
	"os"
	"time"
)

// A ControlConn carries control messages between two processes; on this system
// there is none.
type ControlConn struct {
	// WriteTimeout is how long a Send may take.
	WriteTimeout time.Duration
}

// ControlPair fails with ErrUnsupported.
func ControlPair() (*ControlConn, *os.File, error) { return nil, nil, ErrUnsupported }

// SocketPair fails with ErrUnsupported.
func SocketPair() (*os.File, *os.File, error) { return nil, nil, ErrUnsupported }

// NewControlConn closes f and fails with ErrUnsupported.
func NewControlConn(f *os.File) (*ControlConn, error) {
	f.Close()
	return nil, ErrUnsupported
}

// Send fails with ErrUnsupported.
func (c *ControlConn) Send(m *Control, fds ...int) error { return ErrUnsupported }

// Receive fails with ErrUnsupported.
func (c *ControlConn) Receive() (*Control, []int, error) { return nil, nil, ErrUnsupported }

// CloseWrite fails with ErrUnsupported.
func (c *ControlConn) CloseWrite() error { return ErrUnsupported }

// Close does nothing.
func (c *ControlConn) Close() error { return nil }

// CloseDescriptor does nothing.
func CloseDescriptor(fd int) {}
