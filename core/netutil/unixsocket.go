package netutil

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
)

// onlyOwner is who may connect to a Unix socket if nobody else is named.
const onlyOwner fs.FileMode = 0o600

func (o BindOptions) bindUnix(path string) ([]Socket, error) {
	socket, err := o.listenUnix(path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s%s: %w", unixPrefix, path, err)
	}
	return []Socket{socket}, nil
}

func (o BindOptions) listenUnix(path string) (Socket, error) {
	if len(path) > maxUnixPath {
		return Socket{}, fmt.Errorf("the path has %d bytes; the system takes %d", len(path), maxUnixPath)
	}
	abstract := strings.HasPrefix(path, "@")
	switch {
	case !abstract:
		if err := removeLeftOver(path); err != nil {
			return Socket{}, err
		}
	case runtime.GOOS != "linux":
		return Socket{}, errors.New("only Linux has names with a leading @; give the path of a file")
	}
	mode := cmp.Or(o.Mode.Perm(), onlyOwner)
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		if abstract {
			return nil
		}
		// Nobody else may connect before the file gets its mode, either.
		return c.Control(func(fd uintptr) { limitMode(int(fd), mode) })
	}}
	opened, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return Socket{}, err
	}
	listener := opened.(*net.UnixListener)
	listener.SetUnlinkOnClose(false)
	if o.Backlog > 0 {
		err = setBacklog(listener, o.Backlog)
	}
	if err == nil && !abstract {
		err = os.Chmod(path, mode)
	}
	if err != nil {
		listener.SetUnlinkOnClose(true)
		listener.Close()
		return Socket{}, err
	}
	return detach(listener, unixPrefix+path)
}

// removeLeftOver removes a socket that nobody listens on: it is left over from a
// crash. Anything else at that path is not ours to remove.
func removeLeftOver(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return nil
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return errors.New("the file exists and is not a socket")
	}
	conn, err := net.Dial("unix", path)
	if err == nil {
		conn.Close()
		return errors.New("another program listens there")
	}
	if !errors.Is(err, errRefused) {
		return fmt.Errorf("somebody may listen there: %w", err)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("the socket is left over: %w", err)
	}
	return nil
}
