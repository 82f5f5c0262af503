//go:build unix

package wire

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/tornado-dev/tornado/core/trace"
)

// connected returns both ends of a control connection.
func connected(t *testing.T) (*ControlConn, *ControlConn) {
	t.Helper()
	a, file, err := ControlPair()
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewControlConn(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

func TestControlRoundTrip(t *testing.T) {
	for _, m := range []Control{
		{Type: ControlHello, PID: 42},
		{Type: ControlListen, ID: 7, Network: "tcp", Address: ":8888"},
		{Type: ControlListening, ID: 7, Error: "address \x1b[31m in use \"\u00e9\""},
		{Type: ControlForget, Paths: []string{"/a b/c.html", "/d\n"}},
		{Type: ControlPage, Page: PageCSS},
		{Type: ControlConnection, Address: ":8888", Connection: &trace.HandedConnection{
			Unread: []byte("GET / HTTP/1.1\r\n\xff\x00"), Opened: 1, Requests: 2, BytesIn: 3, BytesOut: 4}},
		{Type: ControlConnection, Connection: &trace.HandedConnection{Unread: []byte(strings.Repeat("x", 1<<20))}},
	} {
		t.Run(string(m.Type), func(t *testing.T) {
			a, b := connected(t)
			sent := make(chan error, 1)
			go func() { sent <- a.Send(&m) }() // ends when b has read it
			got, fds, err := b.Receive()
			if err != nil || <-sent != nil {
				t.Fatal(err)
			}
			if len(fds) != 0 || !reflect.DeepEqual(got, &m) {
				t.Errorf("got %+v with descriptors %v; want %+v", got, fds, m)
			}
		})
	}
}

func TestControlDescriptorsStayWithTheirMessage(t *testing.T) {
	a, b := connected(t)
	// Three messages wait in the socket before the first is read: the descriptors
	// of each must come with it and with no other.
	var writers []*os.File
	for i := range 3 {
		var fds []int
		for range i {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { w.Close() })
			writers = append(writers, w)
			defer r.Close()
			raw, err := r.SyscallConn()
			if err != nil {
				t.Fatal(err)
			}
			if err := raw.Control(func(fd uintptr) { fds = append(fds, int(fd)) }); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Send(&Control{Type: ControlListening, ID: uint64(i)}, fds...); err != nil {
			t.Fatal(err)
		}
	}
	writer := 0
	for i := range 3 {
		m, fds, err := b.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if m.ID != uint64(i) || len(fds) != i {
			t.Fatalf("message %d came with %d descriptors; want message %d with %d", m.ID, len(fds), i, i)
		}
		for _, fd := range fds {
			flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0)
			if errno != 0 || flags&syscall.FD_CLOEXEC == 0 {
				t.Errorf("descriptor %d: flags %#x, %v; want close-on-exec", fd, flags, errno)
			}
			r := os.NewFile(uintptr(fd), "received")
			writers[writer].WriteString("hello")
			buf := make([]byte, 5)
			if _, err := io.ReadFull(r, buf); err != nil || string(buf) != "hello" {
				t.Errorf("read %q, %v through descriptor of message %d; want hello", buf, err, i)
			}
			r.Close()
			writer++
		}
	}
}

func TestControlReceiveInPieces(t *testing.T) {
	a, b := connected(t)
	wire, err := AppendControl(nil, &Control{Type: ControlHello, PID: 1})
	if err != nil {
		t.Fatal(err)
	}
	go func() { // ends when b has read it
		for i := range wire {
			a.conn.Write(wire[i : i+1])
		}
		a.CloseWrite()
	}()
	m, _, err := b.Receive()
	if err != nil || m.PID != 1 {
		t.Fatalf("got %+v, %v; want hello of process 1", m, err)
	}
	if _, _, err := b.Receive(); err != io.EOF {
		t.Errorf("got %v after the end; want EOF", err)
	}
}

func TestControlReceiveRefuses(t *testing.T) {
	huge := binary.BigEndian.AppendUint32(nil, MaxControl+1)
	for _, tt := range []struct {
		name, bytes string
		want        error // nil: any
	}{
		{"too large", string(huge), ErrControlSize},
		{"empty", "\x00\x00\x00\x00", ErrControlSize},
		{"cut header", "\x00\x00", io.ErrUnexpectedEOF},
		{"no payload", "\x00\x00\x00\x02", io.ErrUnexpectedEOF},
		{"cut payload", "\x00\x00\x00\x09{\"type\"", io.ErrUnexpectedEOF},
		{"no JSON", "\x00\x00\x00\x02{]", nil},
		{"no type", "\x00\x00\x00\x02{}", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b := connected(t)
			if _, err := a.conn.Write([]byte(tt.bytes)); err != nil {
				t.Fatal(err)
			}
			a.CloseWrite()
			m, _, err := b.Receive()
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %+v, %v; want error %v", m, err, tt.want)
			}
		})
	}
}

func TestControlSendLimits(t *testing.T) {
	a, _ := connected(t)
	if err := a.Send(&Control{Type: ControlAdopt}, make([]int, MaxDescriptors+1)...); err == nil {
		t.Error("sent more descriptors than a message can carry")
	}
	big := &Control{Type: ControlConnection, Connection: &trace.HandedConnection{Unread: make([]byte, MaxControl)}}
	if err := a.Send(big); !errors.Is(err, ErrControlSize) {
		t.Errorf("got %v for a message above the limit; want ErrControlSize", err)
	}
}
