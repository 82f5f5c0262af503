//go:build unix

package iostream

import (
	"bytes"
	"errors"
	"io"
	"net"
	"regexp"
	"testing"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/netutil"
)

func TestSmoke(t *testing.T) {
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- l.Start() }()
	defer func() { l.Stop(); <-ended; l.Close() }()
	ln, _ := net.Listen("tcp", "127.0.0.1:0")
	defer ln.Close()
	go func() {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, "hello\nworld\r\n\r\n12345678rest")
		io.Copy(c, c)
	}()
	s := concurrentDo(l, func() *IOStream {
		s, f := Connect(l, netutil.Address{Host: "127.0.0.1", Port: ln.Addr().(*net.TCPAddr).Port}, ConnectOptions{})
		s.Write([]byte("early"))
		_ = f
		return s
	})
	wait := func(f func() *concurrent.Future[[]byte]) string {
		b, err := ioloop.Call(l, f).Wait(t.Context())
		if err != nil {
			t.Error(err)
		}
		return string(b)
	}
	t.Log(wait(func() *concurrent.Future[[]byte] { return s.ReadUntil([]byte("\n"), 0) }))
	t.Logf("%q", wait(func() *concurrent.Future[[]byte] { return s.ReadUntilRegex(regexp.MustCompile(`\r?\n\r?\n`), 0) }))
	t.Log(wait(func() *concurrent.Future[[]byte] { return s.ReadBytes(8, false) }))
	big := bytes.Repeat([]byte("x"), 5<<20)
	t.Log(wait(func() *concurrent.Future[[]byte] { s.Write(big); return s.ReadBytes(9, false) }))
	if got := wait(func() *concurrent.Future[[]byte] { return s.ReadBytes(5<<20, false) }); got != string(big) {
		t.Error(len(got))
	}
	_, err = ioloop.Call(l, func() *concurrent.Future[[]byte] {
		s.Close(nil)
		return s.ReadBytes(1, true)
	}).Wait(t.Context())
	var closed *StreamClosedError
	if !errors.As(err, &closed) {
		t.Error(err)
	}
}

func concurrentDo[T any](l *ioloop.IOLoop, f func() T) T {
	c := make(chan T)
	l.AddCallback(func() { c <- f() })
	return <-c
}
