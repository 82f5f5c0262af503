//go:build !unix

package netutil

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/tornado-dev/tornado/core/ioloop"
)

// ErrUnsupported is what everything here answers on this system.
var ErrUnsupported = errors.New("netutil: sockets on a loop are not supported on " + runtime.GOOS)

var (
	errAddressInUse   = errors.New("address in use")
	errAddressMissing = errors.New("address not available")
	errFamilyMissing  = errors.New("address family not supported")
	errRefused        = errors.New("connection refused")
)

const maxUnixPath = 107

func setReusePort(int) error { return ErrUnsupported }

func setBacklog(syscall.Conn, int) error { return ErrUnsupported }

func limitMode(int, fs.FileMode) {}

func detach(listener interface {
	net.Listener
	File() (*os.File, error)
}, _ string) (Socket, error) {
	listener.Close()
	return Socket{}, ErrUnsupported
}

func inherited([]int) ([]Socket, error) { return nil, ErrUnsupported }

// CloseSockets closes them all.
func CloseSockets([]Socket) {}

// Close closes one descriptor.
func Close(int) error { return ErrUnsupported }

// RemoteAddress is the address of the peer of a connected socket.
func RemoteAddress(int) string { return "" }

// LocalAddress is the address of our side of a socket.
func LocalAddress(int) string { return "" }

// SetNoDelay sends small writes at once.
func SetNoDelay(int) {}

// ShutdownWrite tells the peer that no more bytes will come.
func ShutdownWrite(int) error { return ErrUnsupported }

// ResetWhenClosed lets the close of a socket be seen as a failure.
func ResetWhenClosed(int) {}

// HasUnread reports whether a connected socket holds bytes that were not read.
func HasUnread(int) bool { return false }

// SocketError returns and clears the error that is pending on a socket.
func SocketError(int) error { return ErrUnsupported }

// Read reads what is there.
func Read(int, []byte) (int, error) { return 0, ErrUnsupported }

// Write writes as much as there is room for.
func Write(int, []byte) (int, error) { return 0, ErrUnsupported }

// Receive is Read of a socket.
func Receive(int, []byte) (int, error) { return 0, ErrUnsupported }

// Send is Write to a socket.
func Send(int, []byte) (int, error) { return 0, ErrUnsupported }

// SinceReceived is how long ago the peer's last bytes arrived.
func SinceReceived(int) (time.Duration, bool) { return 0, false }

// An Acceptor accepts on one loop.
type Acceptor struct{}

// AddAcceptHandler fails on this system.
func AddAcceptHandler(*ioloop.IOLoop, int, func(int, string)) (*Acceptor, error) {
	return nil, ErrUnsupported
}

// Pause stops accepting until Resume.
func (*Acceptor) Pause() {}

// Resume accepts again.
func (*Acceptor) Resume() error { return ErrUnsupported }

// Stop ends it.
func (*Acceptor) Stop() {}
