//go:build unix

package iostream

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
)

var fuzzPattern = regexp.MustCompile(`\r?\n\r?\n`)

// A scripted read is one step of a fuzzed conversation: what is done with the
// stream, and what that must give of the bytes that are there in the end.
type scripted struct {
	read func(s *IOStream) *concurrent.Future[[]byte]
	// model returns how many of the bytes are given, and what the error is.
	model func(rest []byte) (n int, err error)
}

var errClosed = &StreamClosedError{}

// script reads a byte as a kind of read and its measure.
func script(b byte) scripted {
	n := int(b >> 3)
	switch b % 5 {
	case 0:
		return scripted{exactly(n), func(rest []byte) (int, error) { return enough(n, rest) }}
	case 1:
		return scripted{into(n), func(rest []byte) (int, error) { return enough(n, rest) }}
	case 2:
		return scripted{until("\r\n", n+1), func(rest []byte) (int, error) {
			i := bytes.Index(rest, []byte("\r\n"))
			return within(i+2, i >= 0, n+1, n+1, rest)
		}}
	case 3:
		return scripted{func(s *IOStream) *concurrent.Future[[]byte] { return s.ReadUntilRegex(fuzzPattern, n+1) }, func(rest []byte) (int, error) {
			found := fuzzPattern.FindIndex(rest)
			if found == nil {
				found = []int{0, 0}
			}
			return within(found[1], found[1] > 0, n+1, n+2, rest)
		}}
	}
	return scripted{untilClose, func(rest []byte) (int, error) { return len(rest), nil }}
}

func enough(n int, rest []byte) (int, error) {
	if len(rest) < n {
		return 0, errClosed
	}
	return n, nil
}

// within judges a search that found something, or not, up to end. Without any it
// fails when there are as many bytes as tooMany, and waits for the end otherwise.
func within(end int, found bool, limit, tooMany int, rest []byte) (int, error) {
	switch {
	case found && end <= limit:
		return end, nil
	case len(rest) >= tooMany || found:
		return 0, ErrUnsatisfiableRead
	}
	return 0, errClosed
}

// FuzzReadModes has bytes arrive in pieces of any sizes, plain and encrypted, and
// wants every read of a script to give what it would give of the whole.
func FuzzReadModes(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\nbody"), []byte{0x82, 0xfb, 0x20, 4}, []byte{1})
	f.Add([]byte("a\r\nb\n\nc\r\n\r\n"), []byte{0x22, 0x23, 0x23, 0x08, 0x09}, []byte{3, 1, 200})
	f.Add([]byte("no end"), []byte{0x12, 0x08, 4}, []byte{0})
	f.Fuzz(func(t *testing.T, data, steps, sizes []byte) {
		if len(data) > 300 || len(steps) > 20 {
			return
		}
		for _, i := range []int{0, 3, 6} { // TCP, and our side of TLS in both roles and versions
			readScript(t, &kinds[i], data, steps, sizes)
		}
	})
}

func readScript(t *testing.T, kind *kind, data, steps, sizes []byte) {
	f := newFixture(t, kind)
	defer f.close()
	f.connect(nil)
	f.start()
	send := func() (more bool) { // one piece, or the end
		if len(data) == 0 {
			f.peer.CloseWrite()
			return false
		}
		n := len(data)
		if len(sizes) > 0 {
			n = min(n, 1+int(sizes[0]))
			sizes = append(sizes[1:len(sizes):len(sizes)], sizes[0])
		}
		f.peer.Write(data[:n])
		data = data[n:]
		f.turn()
		return true
	}
	rest := bytes.Clone(data)
	for i, b := range steps {
		step := script(b)
		future := f.read(step.read)
		for !future.Settled() && send() {
		}
		got, err := future.Wait(t.Context())
		n, wantErr := step.model(rest)
		if string(got) != string(rest[:n]) || !matches(err, wantErr) {
			t.Fatalf("%s, read %d (%d): got %q, %v; want %q, %v", kind.name, i, b, got, err, rest[:n], wantErr)
		}
		if errors.Is(err, ErrUnsatisfiableRead) {
			return // the stream has closed, whatever else would have come
		}
		rest = rest[n:]
	}
}

// FuzzCiphertext breaks into an encrypted stream at any place: it must not give a
// byte that was not sent, and must end.
func FuzzCiphertext(f *testing.F) {
	f.Add(uint16(0), []byte{0})
	f.Add(uint16(7), []byte("\x15\x03\x03\x00\x02\x02\x28"))
	f.Add(uint16(300), []byte("\x17\x03\x03\xff\xff"))
	f.Add(uint16(2), []byte("\x30\x24")) // a long record, most of which never comes
	f.Fuzz(func(t *testing.T, at uint16, inserted []byte) {
		if len(inserted) == 0 || len(inserted) > 1000 {
			return
		}
		plain := kinds[5]
		secured := plain
		plain.near = nil
		fx := newFixture(t, &plain)
		defer fx.close()
		fx.connect(fx)
		fx.kind = &secured
		future := fx.startTLS(TLSOptions{ServerSide: true})
		raw := &breaker{Conn: fx.peer, at: int(at % 2000), inserted: inserted}
		secure := tls.Client(raw, clientConfig(tls.VersionTLS13))
		go io.Copy(io.Discard, secure) // ends with the connection
		want := strings.Repeat("message ", 100)
		_, err := io.WriteString(secure, want)
		if err == nil {
			secure.CloseWrite()
		}
		fx.peer.CloseWrite()
		future.Wait(t.Context())
		fx.until("the end", func() bool { return fx.stream.Closed() || fx.stream.PeerEnded() })
		if !strings.HasPrefix(want, string(fx.received)) {
			t.Errorf("got %q", fx.received)
		}
	})
}

// A breaker inserts bytes into what is written, once. What was inserted may be
// the length of a record that never comes, and then both ends wait for the
// other: from there on this end does not wait long.
type breaker struct {
	net.Conn
	at       int
	inserted []byte
}

func (b *breaker) Write(p []byte) (int, error) {
	if b.inserted == nil || b.at >= len(p) {
		b.at -= len(p)
		return b.Conn.Write(p)
	}
	broken := fmt.Appendf(nil, "%s%s%s", p[:b.at], b.inserted, p[b.at:])
	b.inserted = nil
	b.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	_, err := b.Conn.Write(broken)
	return len(p), err
}
