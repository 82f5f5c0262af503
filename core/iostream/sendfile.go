package iostream

import (
	"io"

	"github.com/tornado-dev/tornado/core/netutil"
)

// A fileInLine is a part of a file that is to be written.
type fileInLine struct {
	fd     int
	offset int64
	left   int64 // zero if there is none
	at     int64 // what the socket has taken in all when it is the file's turn
}

// SendFile queues count bytes of an open file, from offset on, behind what was
// written before; the system moves them without showing them to us. What is written
// afterwards follows them. fd belongs to the stream then, which closes it.
//
// It returns false, and does nothing, where the bytes have to be read and written:
// on a system without such a call, if the stream is encrypted or no socket, or while
// another file is in line. A file that ends too early closes the stream with
// io.ErrUnexpectedEOF. The system may wait for a disk: see netutil.InMemory.
func (s *IOStream) SendFile(fd int, offset, count int64) bool {
	if !netutil.CanSendFile || count <= 0 || s.secure != nil || s.connecting || s.pipe || s.closed || s.closing || s.fileLeft() > 0 {
		return false
	}
	s.rare().file = fileInLine{fd, offset, count, s.sent + int64(s.buffered())}
	s.deferFlush()
	return true
}

// buffered is how many bytes wait that are in memory.
func (s *IOStream) buffered() int { return len(s.out) - s.written }

// fileLeft is how many bytes of a file wait.
func (s *IOStream) fileLeft() int64 {
	if s.seldom == nil {
		return 0
	}
	return s.seldom.file.left
}

// sendWithFile gives the socket what it takes of the bytes before the file, of the
// file, and of those behind it.
func (s *IOStream) sendWithFile(file *fileInLine) {
	if before := file.at - s.sent; before > 0 && !s.sendBytes(s.out[s.written:s.written+int(before)]) {
		return
	}
	n, err := netutil.SendFile(s.fd, file.fd, file.offset, file.left)
	switch {
	case err == netutil.ErrWouldBlock:
		return
	case err == nil && n == 0:
		err = io.ErrUnexpectedEOF
		fallthrough
	case err != nil:
		s.Close(err)
		return
	}
	file.offset += n
	file.left -= n
	s.took(n)
	if file.left == 0 {
		netutil.Close(file.fd)
		s.sendBytes(s.out[s.written:])
	}
}

// dropFile lets go of a file that will not be written.
func (s *IOStream) dropFile() {
	if s.fileLeft() > 0 {
		netutil.Close(s.seldom.file.fd)
		s.seldom.file.left = 0
	}
}
