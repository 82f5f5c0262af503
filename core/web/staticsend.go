package web

import (
	"context"
	"os"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/netutil"
)

// systemPiece is how much of a file the system is told to send at a time, in bytes.
// Between two pieces it is seen whether the next one is in memory.
const systemPiece = 4 << 20

// A fileSender is a connection that can let the system send files, as
// http1connection.ServerConnection.SendFile does.
type fileSender interface {
	SendFile(fd int, offset, count int64) bool
}

// sendBySystem lets the system send a piece of a file, if that saves something and
// no loop has to wait for a disk. It reports whether it has; with wait it returns
// when the client has taken it all.
func (h *StaticFileHandler) sendBySystem(ctx context.Context, f *servedFile, piece span, wait bool) (done bool, err error) {
	file, isFile := f.open.(*os.File)
	connection, _ := h.connection.(*asyncConnection)
	if !isFile || connection == nil || piece.length() <= maxKeptFile {
		return false, nil
	}
	sender, ok := connection.connection.(fileSender)
	if !ok || !netutil.CanSendFile {
		return false, nil
	}
	fd, err := f.duplicate(file, piece, h.route.static.now())
	if fd < 0 || err != nil {
		return false, err
	}
	h.Flush()
	taken := new(concurrent.Future[bool])
	connection.post(func() {
		accepted := !connection.ended && sender.SendFile(fd, piece.start, piece.length())
		if !accepted {
			netutil.Close(fd)
		}
		taken.TrySet(accepted, nil)
	})
	drained := h.Flush()
	if done, err = taken.Wait(ctx); done && wait {
		_, err = drained.Wait(ctx)
	}
	if err != nil {
		return done, h.leftError(ctx, err)
	}
	return done, nil
}

// duplicate is a descriptor of the file for a piece that is in memory; -1 if it is
// not.
func (f *servedFile) duplicate(file *os.File, piece span, now time.Time) (fd int, err error) {
	fd = -1
	raw, err := file.SyscallConn()
	if err != nil {
		return fd, err
	}
	failed := raw.Control(func(original uintptr) {
		if f.inMemory(int(original), piece, now) {
			fd, err = netutil.Duplicate(int(original))
		}
	})
	if err == nil {
		err = failed
	}
	return fd, err
}

// residencyTrusted is for how long a file is taken to be in memory that was: those
// that are asked for again and again are.
const residencyTrusted = time.Second

// inMemory reports whether a piece can be sent without waiting for a disk. Where the
// system does not say, what was read for its hash is taken to be in memory.
func (f *servedFile) inMemory(fd int, piece span, now time.Time) bool {
	whole := piece == span{0, f.size()}
	if since := now.UnixNano() - f.state.inMemory.Load(); whole && since >= 0 && since < int64(residencyTrusted) {
		return true
	}
	yes, known := netutil.InMemory(fd, piece.start, piece.length())
	if !known {
		return f.size() <= maxHashedFile
	}
	if yes && whole {
		f.state.inMemory.Store(now.UnixNano())
	}
	return yes
}
