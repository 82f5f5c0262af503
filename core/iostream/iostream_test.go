//go:build unix

package iostream

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tornado-dev/tornado/core/netutil"
)

// text is n bytes in which every place can be told.
func text(n int) []byte {
	out := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(n)}).Read(out)
	return out
}

func TestAnyPieces(t *testing.T) {
	overKinds(t, func(f *fixture) {
		random, pieces := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(3, 4))
		want := text(500_000)
		// Only multiples of seven are taken, and sometimes nothing at all.
		f.take = func(data []byte) int {
			if random.IntN(4) == 0 && len(data) < 10_000 && len(f.received)+len(data) < len(want) {
				return 0
			}
			if len(f.received)+len(data) == len(want) {
				return len(data)
			}
			return len(data) / 7 * 7
		}
		go func() { // ends when everything is sent, which the test waits for
			for rest := want; len(rest) > 0; {
				n := min(len(rest), 1+pieces.IntN(20_000))
				f.peer.Write(rest[:n])
				rest = rest[n:]
			}
		}()
		f.untilReceived(len(want))
		f.do(func() {
			if !bytes.Equal(f.received, want) {
				f.t.Error("the bytes differ")
			}
			if f.stream.Unread() != nil {
				f.t.Error("a buffer is kept without unread bytes")
			}
		})
		if n := f.info.BytesIn.Load(); n != int64(len(want)) {
			f.t.Errorf("got %d as the number of bytes; want %d", n, len(want))
		}
	})
}

func TestTakenWhenComplete(t *testing.T) {
	overKinds(t, func(f *fixture) {
		var lines []string
		f.take = func(data []byte) int {
			line, _, ok := bytes.Cut(data, []byte("\n"))
			if !ok {
				return 0
			}
			lines = append(lines, string(line))
			f.stream.Deliver()
			return len(line) + 1
		}
		for i := range "one\ntwo\n" {
			f.send("one\ntwo\n"[i : i+1])
		}
		f.send("three\nfour\nfi")
		f.untilReceived(len("one\ntwo\nthree\nfour\n"))
		f.do(func() {
			if want := []string{"one", "two", "three", "four"}; !slices.Equal(lines, want) {
				f.t.Errorf("got %q; want %q", lines, want)
			}
			if got := string(f.stream.Unread()); got != "" && !strings.HasPrefix("fi", got) {
				f.t.Errorf("got %q unread", got)
			}
		})
	})
}

// TestDeliverWithin calls Deliver in BytesReceived, which must be called again
// for it, and not within itself.
func TestDeliverWithin(t *testing.T) {
	overKinds(t, func(f *fixture) {
		depth, deepest := 0, 0
		f.take = func(data []byte) int {
			depth++
			deepest = max(deepest, depth)
			f.stream.Deliver()
			depth--
			return 1
		}
		f.send(strings.Repeat("x", 1000))
		f.untilReceived(1000)
		f.do(func() {
			if deepest != 1 {
				f.t.Errorf("BytesReceived was called within itself, %d deep", deepest)
			}
		})
	})
}

func TestPauseAndResume(t *testing.T) {
	overKinds(t, func(f *fixture) {
		f.do(f.stream.Pause)
		f.send("early")
		f.arrived()
		f.turns()
		f.do(func() {
			if len(f.received) != 0 {
				f.t.Error("a paused stream reads")
			}
			f.stream.Resume()
		})
		f.untilReceived(5)
		f.do(f.stream.Pause)
		f.send("late")
		f.halfClose() // must be seen after the bytes before it
		f.arrived()
		f.turns()
		f.do(f.stream.Resume)
		f.untilReceived(9)
		f.want("ended")
		f.do(f.stream.Resume) // nothing is left to be read
		f.turns()
		f.want("ended")
	})
}

// TestConsumerThatTakesNothing wants what is kept for it to be bounded, and the
// stream to go on when it takes something.
func TestConsumerThatTakesNothing(t *testing.T) {
	overKinds(t, func(f *fixture) {
		want, takes := text(8<<20), false
		f.take = func(data []byte) int {
			if takes {
				return len(data)
			}
			return 0
		}
		go f.peer.Write(want) // the test waits for everything to arrive
		f.until("a full stream", func() bool { return len(f.stream.Unread()) >= defaultMaxUnread })
		f.arrived()
		f.turns()
		f.do(func() {
			if n := len(f.stream.Unread()); n > defaultMaxUnread+96<<10 {
				f.t.Errorf("%d bytes are kept", n)
			}
			takes = true
			f.stream.Deliver()
		})
		f.untilReceived(len(want))
		f.do(func() {
			if !bytes.Equal(f.received, want) {
				f.t.Error("the bytes differ")
			}
		})
	})
}

func TestSetMaxUnread(t *testing.T) {
	overKinds(t, func(f *fixture) {
		want := text(300_000)
		f.stream.SetMaxUnread(len(want))
		f.take = func(data []byte) int {
			if len(data) < len(want) {
				return 0
			}
			return len(data)
		}
		go f.peer.Write(want) // the test waits for everything to arrive
		f.untilReceived(len(want))
	})
}

func TestPauseOfAFullStream(t *testing.T) {
	overKinds(t, func(f *fixture) {
		takes := false
		f.take = func(data []byte) int {
			if takes {
				return len(data)
			}
			return 0
		}
		go f.peer.Write(text(200_000)) // the test waits for everything to arrive
		f.until("a full stream", func() bool { return len(f.stream.Unread()) >= defaultMaxUnread })
		f.do(func() {
			f.stream.Pause()
			takes = true
			f.stream.Deliver()
		})
		f.turns()
		before := 0
		f.do(func() { before = len(f.received) })
		f.arrived()
		f.turns()
		f.do(func() {
			if before == 0 || len(f.received) != before {
				f.t.Errorf("%d bytes were received, and %d after Pause", before, len(f.received)-before)
			}
			f.stream.Resume()
		})
		f.untilReceived(200_000)
	})
}

func TestSlowReader(t *testing.T) {
	overKinds(t, func(f *fixture) {
		first, second := text(3<<20), text(1<<20)
		var drained []string
		f.do(func() {
			f.stream.NotifyDrained(func(err error) { drained = append(drained, "nothing was written") })
			f.stream.Write(first)
			f.stream.NotifyDrained(func(err error) {
				drained = append(drained, "first")
				if err != nil {
					f.t.Error(err)
				}
			})
			f.stream.Write(second)
			f.stream.NotifyDrained(func(err error) { drained = append(drained, "second") })
			f.stream.NotifyDrained(func(err error) {
				drained = append(drained, "second too")
				f.stream.Write([]byte("third"))
			})
		})
		f.turns()
		f.do(func() {
			if f.stream.Unwritten() == 0 || len(drained) != 1 {
				f.t.Errorf("%d bytes wait, and %q were told, although nobody reads", f.stream.Unwritten(), drained)
			}
		})
		want := slices.Concat(first, second, []byte("third"))
		got := make([]byte, len(want))
		if _, err := io.ReadFull(f.peer, got); err != nil || !bytes.Equal(got, want) {
			f.t.Errorf("what was written did not arrive: %v", err)
		}
		f.until("everything written", func() bool { return len(drained) == 4 && f.stream.Unwritten() == 0 })
		f.do(func() {
			if want := []string{"nothing was written", "first", "second", "second too"}; !slices.Equal(drained, want) {
				f.t.Errorf("got %q; want %q", drained, want)
			}
			if n := f.stream.Sent(); n != int64(len(want)) || f.info.BytesOut.Load() != n || f.info.Pending.Load() != 0 {
				f.t.Errorf("got %d sent, %d counted, %d pending; want %d", n, f.info.BytesOut.Load(), f.info.Pending.Load(), len(want))
			}
			if f.stream.out != nil || f.stream.secure != nil && f.stream.secure.out != nil {
				f.t.Error("a buffer is kept without unwritten bytes")
			}
		})
	})
}

func TestWritesOfOneTurnLeaveTogether(t *testing.T) {
	overKinds(t, func(f *fixture) {
		f.take = func(data []byte) int {
			for range 3 {
				f.stream.Write(data)
			}
			if f.stream.Sent() != 0 {
				f.t.Error("something was written at once")
			}
			return len(data)
		}
		f.send("ab")
		got := make([]byte, 100)
		if n, err := f.peer.Read(got); string(got[:n]) != "ababab" {
			f.t.Errorf("got %q, %v", got[:n], err)
		}
	})
}

func TestClose(t *testing.T) {
	overKinds(t, func(f *fixture) {
		reason := errors.New("no more")
		f.do(func() {
			f.stream.Write(text(8 << 20))
			for range 2 {
				f.stream.NotifyDrained(func(err error) {
					var closed *StreamClosedError
					if !errors.As(err, &closed) || !errors.Is(err, reason) {
						f.t.Errorf("got %v; want a StreamClosedError of %v", err, reason)
					}
					f.note("drained")
				})
			}
			f.stream.Close(reason)
			f.stream.Close(errors.New("too late"))
			if !f.stream.Closed() || f.stream.FD() != -1 || f.stream.Unwritten() != 0 {
				f.t.Error("the stream is not closed")
			}
			// Nothing of this may do any harm.
			f.stream.Write([]byte("x"))
			f.stream.SetBuffer(append(f.stream.Buffer(), "x"...))
			f.stream.CloseWhenWritten(true)
			f.stream.SetDeadline(time.Millisecond)
			f.stream.Pause()
			f.stream.Resume()
			f.stream.Push([]byte("x"))
			f.stream.Deliver()
			f.stream.Flush()
			f.stream.NotifyDrained(func(err error) {
				if !errors.Is(err, reason) {
					f.t.Errorf("got %v; want %v", err, reason)
				}
				f.note("drained")
			})
		})
		f.turns()
		f.want("drained", "drained", "closed: no more", "drained")
	})
}

func TestCloseWhenWritten(t *testing.T) {
	for _, linger := range []bool{false, true} {
		overKinds(t, func(f *fixture) {
			want := text(4 << 20)
			f.do(func() {
				f.stream.Write(want)
				f.stream.CloseWhenWritten(linger)
				f.stream.CloseWhenWritten(!linger) // the first counts
				f.stream.Write([]byte("too late"))
			})
			got, err := io.ReadAll(f.peer)
			if err != nil || !bytes.Equal(got, want) {
				f.t.Errorf("linger %v: got %d bytes, %v; want %d", linger, len(got), err, len(want))
			}
			f.peer.Close()
			f.want("closed: <nil>")
		})
	}
}

// TestWriteNow is as TestSlowReader: what the socket does not take is not lost, and
// stays in order with what was written before and after.
func TestWriteNow(t *testing.T) {
	overKinds(t, func(f *fixture) {
		first, second, third := text(3<<20), text(1<<20), text(100)
		f.do(func() {
			f.stream.WriteNow(third)
			if n := f.stream.Unwritten(); n != 0 {
				f.t.Errorf("%d bytes wait although there was room", n)
			}
			f.stream.Write(third)
			f.stream.WriteNow(first)
			f.stream.WriteNow(second)
			f.stream.Write(third)
		})
		f.do(func() {
			if f.stream.Unwritten() == 0 {
				f.t.Error("nothing waits, although nobody reads")
			}
		})
		want := slices.Concat(third, third, first, second, third)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(f.peer, got); err != nil || !bytes.Equal(got, want) {
			f.t.Errorf("what was written did not arrive: %v", err)
		}
		f.do(func() {
			f.stream.Close(nil)
			f.stream.WriteNow(third) // does nothing
			if n := f.stream.Unwritten(); n != 0 {
				f.t.Errorf("%d bytes wait for a stream that is closed", n)
			}
		})
	})
}

// TestWriteWhenDrained has somebody write the last bytes, and close, as soon as
// those before were taken.
func TestWriteWhenDrained(t *testing.T) {
	overKinds(t, func(f *fixture) {
		first, last := text(3<<20), text(1<<20)
		f.do(func() {
			f.stream.Write(first)
			f.stream.NotifyDrained(func(error) {
				f.stream.Write(last)
				f.stream.CloseWhenWritten(true)
			})
		})
		got, err := io.ReadAll(f.peer)
		if err != nil || !bytes.Equal(got, slices.Concat(first, last)) {
			f.t.Errorf("got %d bytes, %v; want %d", len(got), err, len(first)+len(last))
		}
	})
}

// TestLinger has a peer that sends on while we close. It must read our last
// bytes, and nothing of what it sends may be shown any more.
func TestLinger(t *testing.T) {
	for _, tt := range []struct {
		name          string
		answer, flood int
	}{
		{"little", 10, 100_000},
		{"a long answer", 4 << 20, 100_000},
		{"more than is taken in", 10, 8 << 20},
		{"both", 4 << 20, 8 << 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			overKinds(t, func(f *fixture) {
				want := text(tt.answer)
				f.take = func(data []byte) int {
					f.stream.Write(want)
					f.stream.CloseWhenWritten(true)
					return 0
				}
				f.start()
				flooded := make(chan struct{})
				go func() { // the test waits for flooded
					defer close(flooded)
					f.peer.Write(text(tt.flood))
				}()
				got, err := io.ReadAll(f.peer)
				if err != nil || !bytes.Equal(got, want) {
					f.t.Errorf("got %d bytes, %v; want %d", len(got), err, len(want))
				}
				f.peer.Close()
				<-flooded
				f.do(func() { f.stream.HandleDeadline() }) // two seconds are over
				f.until("closed", f.stream.Closed)
			})
		})
	}
}

// TestLingerEnds has a peer that never ends its side.
func TestLingerEnds(t *testing.T) {
	overKinds(t, func(f *fixture) {
		f.do(func() {
			f.stream.Write([]byte("bye"))
			f.stream.CloseWhenWritten(true)
		})
		if got, err := io.ReadAll(f.peer); err != nil || string(got) != "bye" {
			f.t.Errorf("got %q, %v", got, err)
		}
		f.turns()
		if events := f.seen(); len(events) != 0 {
			f.t.Errorf("got %q before its time", events)
		}
		f.send("too late")
		f.turns()
		if n := f.info.BytesIn.Load(); n < int64(len("too late")) {
			f.t.Errorf("%d bytes were counted", n)
		}
		f.do(func() { f.stream.HandleDeadline() })
		f.want("closed: <nil>")
	})
}

// TestClosingKeepsItsDeadline has a peer that takes nothing: the consumer is
// asked what to do, although the stream is being closed.
func TestClosingKeepsItsDeadline(t *testing.T) {
	overKinds(t, func(f *fixture) {
		f.deadline = func() { f.stream.Close(errors.New("it takes nothing")) }
		f.do(func() {
			f.stream.Write(text(8 << 20))
			f.stream.CloseWhenWritten(true)
			f.stream.SetDeadline(time.Millisecond)
		})
		f.want("deadline", "closed: it takes nothing")
	})
}

func TestHalfClose(t *testing.T) {
	overKinds(t, func(f *fixture) {
		f.ended = func() {
			if !f.stream.PeerEnded() {
				f.t.Error("PeerEnded is false")
			}
			f.stream.Write([]byte("goodbye, "))
			f.stream.Write(f.received)
			f.stream.CloseWhenWritten(true)
		}
		f.send("peer")
		f.halfClose()
		if got, err := io.ReadAll(f.peer); err != nil || string(got) != "goodbye, peer" {
			f.t.Errorf("got %q, %v", got, err)
		}
		f.want("ended", "closed: <nil>")
	})
}

// TestPeerGone wants the stream to be closed when the peer is gone altogether,
// reading or not.
func TestPeerGone(t *testing.T) {
	for _, paused := range []bool{false, true} {
		overKinds(t, func(f *fixture) {
			f.do(func() {
				if paused {
					f.stream.Pause()
				}
				f.ended = func() { f.stream.Close(ErrPeerReset) }
			})
			var raw net.Conn = f.peer
			if secure, ok := raw.(*tls.Conn); ok {
				raw = secure.NetConn()
			}
			if tcp, ok := raw.(*net.TCPConn); ok {
				tcp.SetLinger(0)
			}
			raw.Close()
			f.until("closed", f.stream.Closed)
			if last := f.seen()[len(f.seen())-1]; last == "closed: <nil>" {
				f.t.Errorf("paused %v: got %q; want an error", paused, last)
			}
		})
	}
}

// TestPeerGoneWhileWriting writes to a peer that has closed.
func TestPeerGoneWhileWriting(t *testing.T) {
	overKinds(t, func(f *fixture) {
		f.do(func() { f.stream.Write(text(8 << 20)) })
		f.peer.Close()
		f.until("closed", f.stream.Closed)
	})
}

func TestDetach(t *testing.T) {
	overKinds(t, func(f *fixture) {
		f.take = func(data []byte) int { return min(2, len(data)) }
		f.send("abcde")
		f.until("unread bytes", func() bool { return len(f.stream.Unread()) == 3 })
		var fd int
		var unread []byte
		f.do(func() { fd, unread = f.stream.Detach() })
		if f.kind.near != nil {
			if fd != -1 || f.stream.Closed() {
				f.t.Errorf("an encrypted stream gave up its descriptor")
			}
			return
		}
		defer unix.Close(fd)
		if string(unread) != "cde" || !f.stream.Closed() {
			f.t.Errorf("got %q; want the bytes that were not taken", unread)
		}
		f.turns()
		f.want()
		f.send("f")
		if n, err := netutil.Write(fd, []byte("still open")); n != 10 {
			f.t.Error(err)
		}
		got := make([]byte, 10)
		if _, err := io.ReadFull(f.peer, got); err != nil {
			f.t.Error(err)
		}
		f.do(func() {
			if string(f.received) != "ab" {
				f.t.Errorf("got %q received", f.received)
			}
		})
	})
}

func TestPush(t *testing.T) {
	overKinds(t, func(f *fixture) {
		takes := 0
		f.take = func(data []byte) int { return min(takes, len(data)) }
		f.send("ef")
		f.until("unread bytes", func() bool { return len(f.stream.Unread()) == 2 })
		f.do(func() {
			f.stream.Push([]byte("cd"))
			f.stream.Push(nil)
			takes = 100
			f.stream.Push([]byte("ab"))
		})
		f.send("gh")
		f.untilReceived(8)
		f.do(func() {
			if string(f.received) != "abcdefgh" {
				f.t.Errorf("got %q", f.received)
			}
		})
	})
}

func TestDeadline(t *testing.T) {
	overKinds(t, func(f *fixture) {
		f.do(func() {
			f.stream.SetDeadline(time.Hour)
			f.stream.SetDeadline(50 * time.Millisecond)
		})
		f.want("deadline")
		f.do(func() {
			f.stream.SetDeadline(50 * time.Millisecond)
			f.stream.SetDeadline(0)
		})
		f.turns()
		f.want("deadline")
	})
}

// TestConsumerPanics wants a panic of the consumer to close its stream and
// nothing else, and the loop to go on.
func TestConsumerPanics(t *testing.T) {
	logged := silence(t)
	for name, begin := range map[string]func(f *fixture){
		"receiving": func(f *fixture) {
			f.do(func() { f.take = func([]byte) int { panic("receiving") } })
			f.send("x")
		},
		"taking too much": func(f *fixture) {
			f.do(func() { f.take = func(data []byte) int { panic(data[:len(data)+1<<20]) } })
			f.send("x")
		},
		"ended": func(f *fixture) {
			f.do(func() { f.ended = func() { panic("ended") } })
			f.halfClose()
		},
		"deadline": func(f *fixture) {
			f.do(func() {
				f.deadline = func() { panic("deadline") }
				f.stream.SetDeadline(1)
			})
		},
		"drained": func(f *fixture) {
			f.do(func() {
				f.stream.Write([]byte("x"))
				f.stream.NotifyDrained(func(error) { panic("drained") })
				f.stream.NotifyDrained(func(error) { panic("drained too") })
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			overKinds(t, func(f *fixture) {
				before := logged()
				begin(f)
				f.until("closed", f.stream.Closed)
				f.turns()
				if events := f.seen(); events[len(events)-1] != "closed: "+errConsumerPanicked.Error() || logged() == before {
					f.t.Errorf("got the events %q, and %d records", events, logged()-before)
				}
			})
		})
	}
}
