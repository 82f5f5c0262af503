package netutil

import "golang.org/x/sys/unix"

// SendFile lets the system write up to count bytes of a file to a socket, beginning
// at offset. It returns how many the socket took, zero and no error at the end of the
// file, and ErrWouldBlock if there was no room. It can wait for the disk where the
// file is not in memory; see InMemory.
func SendFile(socket, file int, offset, count int64) (int64, error) {
	n, err := retry("sendfile", func() (int, error) { return unix.Sendfile(socket, file, &offset, int(min(count, maxSendFile))) })
	return int64(n), err
}

// CanSendFile reports whether SendFile works on this system.
const CanSendFile = true

// maxSendFile is what one call takes at most.
const maxSendFile = 1 << 30

// residencyGrain is how far apart InMemory looks, in bytes: what systems read ahead.
const residencyGrain = 128 << 10

// InMemory reports whether a part of a file could be read without waiting for a disk.
// known is false where the file system does not tell.
func InMemory(file int, offset, count int64) (yes, known bool) {
	var probe [1]byte
	for at := offset; at < offset+count; at += residencyGrain {
		_, err := unix.Preadv2(file, [][]byte{probe[:]}, at, unix.RWF_NOWAIT)
		switch err {
		case nil:
		case unix.EAGAIN:
			return false, true
		default:
			return false, false
		}
	}
	return true, true
}

// Duplicate is another descriptor of the same file.
func Duplicate(fd int) (int, error) { return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0) }

func retry(name string, call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 0, wrap(name, err)
		}
		return n, nil
	}
}
