//go:build unix

package iostream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
)

// A step is one read, and what it must give.
type step struct {
	read func(s *IOStream) *concurrent.Future[[]byte]
	want string
	err  error // what the error must be; nil for none
}

func exactly(n int) func(s *IOStream) *concurrent.Future[[]byte] {
	return func(s *IOStream) *concurrent.Future[[]byte] { return s.ReadBytes(n, false) }
}

func until(delimiter string, limit int) func(s *IOStream) *concurrent.Future[[]byte] {
	return func(s *IOStream) *concurrent.Future[[]byte] { return s.ReadUntil([]byte(delimiter), limit) }
}

func untilMatch(pattern string, limit int) func(s *IOStream) *concurrent.Future[[]byte] {
	return func(s *IOStream) *concurrent.Future[[]byte] {
		return s.ReadUntilRegex(regexp.MustCompile(pattern), limit)
	}
}

func untilClose(s *IOStream) *concurrent.Future[[]byte] { return s.ReadUntilClose() }

// into reads n bytes into a buffer.
func into(n int) func(s *IOStream) *concurrent.Future[[]byte] {
	return func(s *IOStream) *concurrent.Future[[]byte] {
		out, buf := new(concurrent.Future[[]byte]), make([]byte, n)
		s.ReadInto(buf, false).AddDoneCallback(func(f *concurrent.Future[int]) {
			n, err := f.Result()
			out.TrySet(buf[:n], err)
		})
		return out
	}
}

func (f *fixture) read(read func(s *IOStream) *concurrent.Future[[]byte]) *concurrent.Future[[]byte] {
	var future *concurrent.Future[[]byte]
	f.do(func() { future = read(f.stream) })
	return future
}

func TestReads(t *testing.T) {
	closed := &StreamClosedError{}
	for _, tt := range []struct {
		name, sent string
		steps      []step
	}{
		{"bytes", "abcdefgh", []step{{exactly(3), "abc", nil}, {exactly(0), "", nil}, {exactly(5), "defgh", nil}, {exactly(1), "", closed}}},
		{"into", "abcdefgh", []step{{into(3), "abc", nil}, {into(0), "", nil}, {into(5), "defgh", nil}, {into(1), "", closed}}},
		{"what a failed read had", "abc", []step{{exactly(4), "", closed}, {into(4), "", closed}, {exactly(3), "abc", nil}}},
		{"delimiter", "a\nbc\n\nrest", []step{{until("\n", 0), "a\n", nil}, {until("\n", 0), "bc\n", nil}, {until("\n", 0), "\n", nil}, {until("\n", 0), "", closed}, {exactly(4), "rest", nil}}},
		{"long delimiter", "aab aabaaac", []step{{until("aabaaac", 0), "aab aabaaac", nil}}},
		{"delimiter at the limit", "abc\n", []step{{until("c\n", 4), "abc\n", nil}}},
		{"delimiter behind the limit", "abc\n", []step{{until("c\n", 3), "", ErrUnsatisfiableRead}, {exactly(3), "abc", nil}}},
		{"no delimiter", "abcdef", []step{{until("\n", 3), "", ErrUnsatisfiableRead}}},
		{"pattern", "a: b\r\n\r\nc: d\n\nrest", []step{{untilMatch(`\r?\n\r?\n`, 0), "a: b\r\n\r\n", nil}, {untilMatch(`\r?\n\r?\n`, 0), "c: d\n\n", nil}, {untilMatch(`\r?\n\r?\n`, 0), "", closed}, {exactly(4), "rest", nil}}},
		{"pattern at the limit", "abc\n", []step{{untilMatch(`\n`, 4), "abc\n", nil}}},
		{"pattern behind the limit", "abc\n", []step{{untilMatch(`\n`, 3), "", ErrUnsatisfiableRead}}},
		{"no match", "abcdef", []step{{untilMatch(`\n`, 3), "", ErrUnsatisfiableRead}}},
		{"everything", "abc", []step{{untilClose, "abc", nil}, {untilClose, "", nil}, {exactly(1), "", closed}}},
		{"the rest", "a\nbc", []step{{until("\n", 0), "a\n", nil}, {untilClose, "bc", nil}}},
		{"nothing", "", []step{{untilClose, "", nil}}},
	} {
		for _, size := range []int{1, 2, 3, 1000} {
			t.Run(fmt.Sprintf("%s in pieces of %d", tt.name, size), func(t *testing.T) {
				overReaders(t, func(f *fixture) {
					f.start()
					sent := make(chan struct{})
					go func() { // the test waits for sent
						defer close(sent)
						for piece := range slices.Chunk([]byte(tt.sent), size) {
							f.peer.Write(piece) // fails where the stream closes early
						}
						f.peer.CloseWrite()
					}()
					for i, step := range tt.steps {
						got, err := f.read(step.read).Wait(t.Context())
						if string(got) != step.want || !matches(err, step.err) {
							f.t.Errorf("read %d: got %q, %v; want %q, %v", i, got, err, step.want, step.err)
						}
					}
					<-sent
				})
			})
		}
	}
}

// matches reports whether err is want, or as want if that is a StreamClosedError.
func matches(err, want error) bool {
	var closed, wanted *StreamClosedError
	if errors.As(want, &wanted) {
		// A read that could not be satisfied has closed the stream.
		return errors.As(err, &closed) && (closed.Err == wanted.Err || errors.Is(closed.Err, ErrUnsatisfiableRead))
	}
	return errors.Is(err, want)
}

// TestPartialReads wants what is there at once, and no more than was asked for.
func TestPartialReads(t *testing.T) {
	overReaders(t, func(f *fixture) {
		f.send("abcdef")
		var got []byte
		for len(got) < 6 {
			data, err := f.read(func(s *IOStream) *concurrent.Future[[]byte] { return s.ReadBytes(4, true) }).Wait(f.t.Context())
			if err != nil || len(data) == 0 || len(data) > 4 {
				f.t.Fatalf("got %q, %v", data, err)
			}
			got = append(got, data...)
		}
		if string(got) != "abcdef" {
			f.t.Errorf("got %q", got)
		}
		var read *concurrent.Future[int]
		buf := make([]byte, 10)
		f.do(func() { read = f.stream.ReadInto(buf, true) })
		f.send("gh")
		if n, err := read.Wait(f.t.Context()); n == 0 || !bytes.HasPrefix([]byte("gh"), buf[:n]) {
			f.t.Errorf("got %d, %v", n, err)
		}
	})
}

// retrieve takes note of how a read ends that is of no interest.
func retrieve(read *concurrent.Future[[]byte]) {
	read.AddDoneCallback(func(f *concurrent.Future[[]byte]) { f.Result() })
}

func TestMisusedReads(t *testing.T) {
	panics := func(f *fixture, what string, call func()) {
		f.do(func() {
			defer func() {
				if recover() == nil {
					f.t.Errorf("%s does not panic", what)
				}
			}()
			call()
		})
	}
	overReaders(t, func(f *fixture) {
		f.do(func() {
			retrieve(f.stream.ReadBytes(1, false))
		})
		panics(f, "a second read", func() { f.stream.ReadBytes(1, false) })
		panics(f, "Push while a read is pending", func() { f.stream.Push([]byte("x")) })
	})
	overKinds(t, func(f *fixture) {
		panics(f, "a read beside a Consumer", func() { f.stream.ReadBytes(1, false) })
	})
}

// TestNothingIsReadUnasked lets the peer wait while nobody reads.
func TestNothingIsReadUnasked(t *testing.T) {
	overReaders(t, func(f *fixture) {
		want := text(4 << 20)
		f.start()
		go f.peer.Write(want) // the test waits for everything to arrive
		f.arrived()
		f.turns()
		f.do(func() {
			if n := len(f.stream.Unread()); n != 0 || f.stream.Reading() {
				f.t.Errorf("%d bytes were taken in", n)
			}
		})
		if got, err := f.read(exactly(100)).Wait(f.t.Context()); !bytes.Equal(got, want[:100]) {
			f.t.Errorf("got %q, %v", got, err)
		}
		f.turns()
		f.do(func() {
			if n := len(f.stream.Unread()); n > 2*96<<10 {
				f.t.Errorf("%d bytes were taken in", n)
			}
		})
		if got, err := f.read(exactly(len(want) - 100)).Wait(f.t.Context()); !bytes.Equal(got, want[100:]) {
			f.t.Errorf("got %d bytes, %v", len(got), err)
		}
		f.do(func() {
			if r := f.stream.consumer.(*reader); r.unread != nil {
				f.t.Error("a buffer is kept without unread bytes")
			}
		})
	})
}

// TestAnswersToAPeerThatEnded is a server of lines whose client sends two and ends
// its side: both must be answered.
func TestAnswersToAPeerThatEnded(t *testing.T) {
	overReaders(t, func(f *fixture) {
		if f.kind.oneWay {
			return
		}
		var next func()
		next = func() {
			ioloop.AddFuture(f.loop, f.stream.ReadUntil([]byte("\n"), 0), func(read *concurrent.Future[[]byte]) {
				line, err := read.Result()
				if err != nil {
					f.note(err.Error())
					return
				}
				f.stream.Write(bytes.ToUpper(line))
				f.loop.AddCallback(next) // when others had their turn
			})
		}
		f.send("one\ntwo\n")
		f.halfClose()
		f.arrived()
		f.do(next)
		if got, err := io.ReadAll(f.peer); err != nil || string(got) != "ONE\nTWO\n" {
			f.t.Errorf("got %q, %v", got, err)
		}
		f.want((&StreamClosedError{}).Error())
		f.until("closed", f.stream.Closed)
	})
}

// TestEndIsNoticed wants the close callback to be called although nobody reads.
func TestEndIsNoticed(t *testing.T) {
	overReaders(t, func(f *fixture) {
		f.do(func() { f.stream.SetCloseCallback(f.StreamClosed) })
		f.turns()
		f.peer.Close()
		f.want("closed: <nil>")
		f.do(func() { f.stream.SetCloseCallback(func(error) { f.note("late") }) })
		f.want("closed: <nil>", "late")
	})
}

// TestEndWaitsForUnreadBytes wants bytes before the end to be readable, and the end
// to be told afterwards.
func TestEndWaitsForUnreadBytes(t *testing.T) {
	overReaders(t, func(f *fixture) {
		f.do(func() { f.stream.SetCloseCallback(f.StreamClosed) })
		f.send("abc")
		f.peer.Close()
		f.turns()
		if got, err := f.read(exactly(3)).Wait(f.t.Context()); string(got) != "abc" {
			f.t.Errorf("got %q, %v", got, err)
		}
		f.want("closed: <nil>")
	})
}

// TestResetIsNoticed wants the reason of a close that nobody asked for.
func TestResetIsNoticed(t *testing.T) {
	for _, reads := range []bool{false, true} {
		overReaders(t, func(f *fixture) {
			raw, tcp := f.raw().(*net.TCPConn)
			if !tcp {
				return // nothing else knows a reset
			}
			f.do(func() { f.stream.SetCloseCallback(f.StreamClosed) })
			var read *concurrent.Future[[]byte]
			if reads {
				read = f.read(exactly(10))
			}
			raw.SetLinger(0)
			raw.Close()
			f.until("closed", f.stream.Closed)
			if events := f.seen(); len(events) != 1 || !strings.Contains(events[0], syscall.ECONNRESET.Error()) {
				f.t.Errorf("got %q", events)
			}
			if reads {
				if _, err := read.Wait(f.t.Context()); !errors.Is(err, syscall.ECONNRESET) {
					f.t.Errorf("got %v", err)
				}
			}
		})
	}
}

// TestOrderOfClose wants the pending read to fail before the close is told, and
// what was received to be readable after it.
func TestOrderOfClose(t *testing.T) {
	overReaders(t, func(f *fixture) {
		reason := errors.New("no more")
		f.send("abc")
		if got, err := f.read(exactly(1)).Wait(f.t.Context()); string(got) != "a" {
			f.t.Fatalf("got %q, %v", got, err)
		}
		f.do(func() {
			f.stream.SetCloseCallback(f.StreamClosed)
			f.stream.ReadBytes(10, false).AddDoneCallback(func(read *concurrent.Future[[]byte]) {
				_, err := read.Result()
				f.note(fmt.Sprint("read: ", err))
			})
			if !f.stream.Reading() {
				f.t.Error("Reading is false")
			}
		})
		f.until("the rest", func() bool { return len(f.stream.Unread()) == 2 })
		f.do(func() { f.stream.Close(reason) })
		f.want("read: iostream: stream is closed: no more", "closed: no more")
		if got, err := f.read(exactly(2)).Wait(f.t.Context()); string(got) != "bc" {
			f.t.Errorf("got %q, %v", got, err)
		}
		if got, err := f.read(untilClose).Wait(f.t.Context()); !errors.Is(err, reason) {
			f.t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestBufferFull(t *testing.T) {
	for name, read := range map[string]func(s *IOStream) *concurrent.Future[[]byte]{"bytes": exactly(1001), "until close": untilClose} {
		t.Run(name, func(t *testing.T) {
			overReaders(t, func(f *fixture) {
				f.do(func() { f.stream.SetMaxUnread(1000) })
				future := f.read(read)
				f.peer.Write(text(5000)) // fails where the stream has closed already
				if _, err := future.Wait(f.t.Context()); !errors.Is(err, ErrBufferFull) {
					f.t.Errorf("got %v; want %v", err, ErrBufferFull)
				}
				f.until("closed", f.stream.Closed)
			})
		})
	}
}

func TestReaderDeadline(t *testing.T) {
	overReaders(t, func(f *fixture) {
		future := f.read(exactly(1))
		f.do(func() { f.stream.SetDeadline(1) })
		if _, err := future.Wait(f.t.Context()); !errors.Is(err, ErrDeadlinePassed) {
			f.t.Errorf("got %v; want %v", err, ErrDeadlinePassed)
		}
	})
}

func TestPushBeforeReads(t *testing.T) {
	overReaders(t, func(f *fixture) {
		f.do(func() {
			f.stream.Push([]byte("cd"))
			f.stream.Push([]byte("ab"))
			if string(f.stream.Unread()) != "abcd" {
				f.t.Errorf("got %q", f.stream.Unread())
			}
		})
		f.send("ef")
		if got, err := f.read(exactly(6)).Wait(f.t.Context()); string(got) != "abcdef" {
			f.t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestDetachedReader(t *testing.T) {
	f := newFixture(t, &kinds[0])
	f.connect(nil)
	f.send("abc")
	if got, err := f.read(exactly(1)).Wait(t.Context()); string(got) != "a" {
		t.Fatalf("got %q, %v", got, err)
	}
	f.until("the rest", func() bool { return len(f.stream.Unread()) == 2 })
	f.do(func() {
		fd, unread := f.stream.Detach()
		unix.Close(fd)
		if string(unread) != "bc" || len(f.stream.Unread()) != 0 {
			t.Errorf("got %q, and %q is left", unread, f.stream.Unread())
		}
	})
}

// TestReadsAreLinear reads a megabyte that comes byte by byte, and ten megabytes
// in reads of ten bytes: what is looked at or moved again and again would take
// minutes.
func TestReadsAreLinear(t *testing.T) {
	f := newFixture(t, &kinds[0])
	f.connect(nil)
	f.do(func() {
		r := f.stream.consumer.(*reader)
		read := f.stream.ReadUntil([]byte("\r\n\r\n"), 0)
		one := []byte("\r")
		for range 1 << 20 {
			r.BytesReceived(one)
		}
		r.BytesReceived([]byte("\n\r\n"))
		if got, err := read.Result(); len(got) != 1<<20+3 {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
		r.BytesReceived(text(10 << 20))
		for range 1 << 20 {
			if got, err := f.stream.ReadBytes(10, false).Result(); len(got) != 10 {
				t.Fatalf("got %d bytes, %v", len(got), err)
			}
		}
		search := f.stream.ReadUntilRegex(regexp.MustCompile(`\r\n\r\n`), 0)
		r.more = true
		for range 1 << 20 {
			r.BytesReceived(one)
		}
		r.caughtUp()
		if search.Settled() {
			t.Error("a pattern was found that is not there")
		}
		retrieve(search)
	})
}

func TestDrainedAndWriting(t *testing.T) {
	overReaders(t, func(f *fixture) {
		if f.kind.oneWay {
			return
		}
		want := text(8 << 20)
		var drained *concurrent.Future[struct{}]
		f.do(func() {
			if !f.stream.Drained().Settled() || f.stream.Writing() {
				f.t.Error("nothing was written, and it is not taken for drained")
			}
			f.stream.Write(want)
			drained = f.stream.Drained()
			if !f.stream.Writing() {
				f.t.Error("Writing is false")
			}
		})
		f.turns()
		if drained.Settled() {
			f.t.Error("drained before anybody has read")
		}
		if got := make([]byte, len(want)); true {
			if _, err := io.ReadFull(f.peer, got); err != nil || !bytes.Equal(got, want) {
				f.t.Errorf("the bytes differ: %v", err)
			}
		}
		if _, err := drained.Wait(f.t.Context()); err != nil {
			f.t.Error(err)
		}
		f.do(func() {
			f.stream.Write(want)
			drained = f.stream.Drained()
			f.stream.Close(nil)
		})
		var closed *StreamClosedError
		if _, err := drained.Wait(f.t.Context()); !errors.As(err, &closed) {
			f.t.Errorf("got %v; want a StreamClosedError", err)
		}
	})
}

func TestSetMaxUnwritten(t *testing.T) {
	overReaders(t, func(f *fixture) {
		if f.kind.oneWay {
			return
		}
		f.do(func() {
			f.stream.SetCloseCallback(f.StreamClosed)
			f.stream.SetMaxUnwritten(1 << 20)
			f.stream.Write(text(1 << 20))
		})
		f.turns()
		f.want()
		f.do(func() { f.stream.Write(text(8 << 20)) })
		f.until("closed", f.stream.Closed)
		if events := f.seen(); len(events) != 1 || !strings.Contains(events[0], ErrBufferFull.Error()) {
			f.t.Errorf("got %q", events)
		}
	})
}

func TestSetNoDelay(t *testing.T) {
	f := newFixture(t, &kinds[0])
	f.connect(nil)
	f.do(func() {
		for _, on := range []bool{true, false} {
			f.stream.SetNoDelay(on)
			if got, err := unix.GetsockoptInt(f.stream.FD(), unix.IPPROTO_TCP, unix.TCP_NODELAY); err != nil || (got != 0) != on {
				t.Errorf("got %d, %v; want %v", got, err, on)
			}
		}
	})
}

// raw is the peer's socket below the encryption.
func (f *fixture) raw() net.Conn {
	if secure, ok := f.peer.(interface{ NetConn() net.Conn }); ok {
		return secure.NetConn()
	}
	return f.peer
}

// TestPipeForWriting writes to a peer that reads slowly, and to one that is gone.
func TestPipeForWriting(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	fd, err := unix.FcntlInt(w.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	f := newFixture(t, &kind{})
	if f.stream, err = NewPipe(f.loop, fd); err != nil {
		t.Fatal(err)
	}
	want, got := text(1<<20), make([]byte, 1<<20)
	f.do(func() {
		f.stream.SetCloseCallback(f.StreamClosed)
		f.stream.Write(want)
	})
	if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the bytes differ: %v", err)
	}
	var closed *StreamClosedError
	if _, err := f.read(exactly(1)).Wait(t.Context()); !errors.As(err, &closed) {
		t.Errorf("got %v as the answer to reading", err)
	}
	f.turns()
	f.want()
	r.Close()
	f.want("closed: " + ErrPeerReset.Error())
}

func TestPipeOfAFile(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	f := newFixture(t, &kind{})
	if _, err := NewPipe(f.loop, int(file.Fd())); err == nil {
		t.Error("a regular file was taken")
	}
	if _, err := NewPipe(f.loop, 99999); err == nil {
		t.Error("a descriptor that is not open was taken")
	}
}
