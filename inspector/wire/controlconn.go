//go:build unix

package wire

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// A ControlConn carries control messages, with descriptors, between two
// processes. Any goroutine may Send; one at a time may Receive.
type ControlConn struct {
	// WriteTimeout is how long a Send may take; zero means as long as it takes.
	// A connection on which it ran out cannot be used any longer. It is set before
	// the first Send.
	WriteTimeout time.Duration

	conn *net.UnixConn

	mu  sync.Mutex // guards what follows, and the order of what is written
	buf []byte
}

// ControlPair returns the two ends of a new connection: one for this process,
// and one for a child to inherit, which is close-on-exec until os/exec passes it.
func ControlPair() (*ControlConn, *os.File, error) {
	ours, theirs, err := SocketPair()
	if err != nil {
		return nil, nil, err
	}
	c, err := NewControlConn(ours)
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return c, theirs, nil
}

// SocketPair returns two connected stream sockets, both close-on-exec.
func SocketPair() (*os.File, *os.File, error) {
	syscall.ForkLock.RLock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	return os.NewFile(uintptr(fds[0]), "control"), os.NewFile(uintptr(fds[1]), "control"), nil
}

// NewControlConn makes a connection of one end of a socket pair. It closes f,
// also when it fails.
func NewControlConn(f *os.File) (*ControlConn, error) {
	conn, err := net.FileConn(f)
	f.Close()
	if err != nil {
		return nil, fmt.Errorf("wire: control socket: %w", err)
	}
	unixConn, ok := conn.(*net.UnixConn)
	if !ok {
		conn.Close()
		return nil, errors.New("wire: control socket is not a Unix socket")
	}
	return &ControlConn{conn: unixConn}, nil
}

// Send writes m with the descriptors fds, which stay open here and may be closed
// when Send has returned. At most MaxDescriptors can travel with one message.
func (c *ControlConn) Send(m *Control, fds ...int) error {
	if len(fds) > MaxDescriptors {
		return fmt.Errorf("wire: %d descriptors in one control message, at most %d can be sent", len(fds), MaxDescriptors)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	buf, err := AppendControl(c.buf[:0], m)
	if err != nil {
		return err
	}
	if cap(buf) <= 64<<10 {
		c.buf = buf
	}
	if c.WriteTimeout > 0 {
		c.conn.SetWriteDeadline(time.Now().Add(c.WriteTimeout))
	}
	n := 0
	if len(fds) > 0 {
		// The descriptors belong to the first byte; the rest may take several writes.
		if n, _, err = c.conn.WriteMsgUnix(buf, syscall.UnixRights(fds...), nil); err != nil {
			return err
		}
	}
	if n < len(buf) {
		_, err = c.conn.Write(buf[n:])
	}
	return err
}

// Receive waits for the next message and returns it with the descriptors that
// came with it, which are close-on-exec and the caller's to close. After an
// orderly end of the peer it fails with io.EOF.
func (c *ControlConn) Receive() (*Control, []int, error) {
	m, fds, err := c.receive()
	if err != nil {
		closeAll(fds)
		return nil, nil, err
	}
	return m, fds, nil
}

func (c *ControlConn) receive() (*Control, []int, error) {
	header, fds, err := c.receiveHeader()
	if err != nil {
		return nil, fds, err
	}
	size, err := controlSize(header)
	if err != nil {
		return nil, fds, err
	}
	payload := make([]byte, size)
	if _, err := io.ReadFull(c.conn, payload); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fds, err
	}
	m, err := ParseControl(payload)
	return m, fds, err
}

// receiveHeader reads exactly the header: a read that went further could take
// the descriptors of the next message with it.
func (c *ControlConn) receiveHeader() ([]byte, []int, error) {
	header := make([]byte, controlHeader)
	oob := make([]byte, syscall.CmsgSpace(MaxDescriptors*4))
	var fds []int
	for got := 0; got < controlHeader; {
		n, oobn, flags, _, err := c.conn.ReadMsgUnix(header[got:], oob)
		if errors.Is(err, io.EOF) { // the net package wraps it here, though not in Read
			n, err = 0, nil
		}
		if err != nil {
			return nil, fds, err
		}
		more, err := descriptors(oob[:oobn])
		fds = append(fds, more...)
		if err != nil {
			return nil, fds, err
		}
		if flags&syscall.MSG_CTRUNC != 0 {
			return nil, fds, errors.New("wire: descriptors of a control message were lost; is the limit of open files reached?")
		}
		if n == 0 {
			if got == 0 {
				return nil, fds, io.EOF
			}
			return nil, fds, io.ErrUnexpectedEOF
		}
		got += n
	}
	return header, fds, nil
}

// descriptors takes the descriptors out of control data.
func descriptors(oob []byte) ([]int, error) {
	if len(oob) == 0 {
		return nil, nil
	}
	messages, err := syscall.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, os.NewSyscallError("recvmsg", err)
	}
	var fds []int
	for i := range messages {
		if messages[i].Header.Level != syscall.SOL_SOCKET || messages[i].Header.Type != syscall.SCM_RIGHTS {
			continue
		}
		more, err := syscall.ParseUnixRights(&messages[i])
		if err != nil {
			return fds, os.NewSyscallError("recvmsg", err)
		}
		fds = append(fds, more...)
	}
	return fds, nil
}

// CloseWrite tells the peer that nothing more comes.
func (c *ControlConn) CloseWrite() error { return c.conn.CloseWrite() }

// Close ends the connection; a Receive that waits fails.
func (c *ControlConn) Close() error { return c.conn.Close() }

func closeAll(fds []int) {
	for _, fd := range fds {
		syscall.Close(fd)
	}
}

// CloseDescriptor closes a descriptor that came with a message.
func CloseDescriptor(fd int) { syscall.Close(fd) }
