package probe

import (
	"io"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// A stream writes to a pipe that never blocks. Unlike os.File it does not tell
// Go's scheduler of each write, which would have it watch this thread, with a
// thread of its own that then looks about thousands of times a second.
type stream struct {
	file *os.File
	raw  syscall.RawConn
}

func newStream(file *os.File) (io.Writer, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &stream{file, raw}, nil
}

// Write writes all of p, and waits where the pipe is full.
func (s *stream) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var failed syscall.Errno
		err = s.raw.Write(func(fd uintptr) bool {
			wrote, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(&p[n])), uintptr(len(p)-n))
			switch errno {
			case 0:
				n += int(wrote)
			case syscall.EAGAIN:
				return false
			case syscall.EINTR:
			default:
				failed = errno
			}
			return true
		})
		if err == nil && failed != 0 {
			err = os.NewSyscallError("write", failed)
		}
	}
	return n, err
}

// SetWriteDeadline bounds the waiting.
func (s *stream) SetWriteDeadline(t time.Time) error { return s.file.SetWriteDeadline(t) }
