package iostream

import (
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/netutil"
)

// pieceSize is how many plain bytes are encrypted at once, when the socket has
// taken the ciphertext of those before: a long queue is never there twice.
const pieceSize = 128 << 10

// phase is how far the encryption of a stream has come.
type phase uint8

const (
	shaking   phase = iota // the handshake runs, or waits for its turn
	shaken                 // it has ended, and who waited for that is being told
	encrypted              // bytes go to and fro
	broken                 // it has failed
)

// A transport is the net.Conn below a SecureConn: it carries ciphertext. The
// handshake's goroutine uses it until the handshake has ended, the stream's loop
// afterwards. Nothing of it waits then, and no write fails, because an error of
// Write would stick in a tls.Conn, and so would one of Read that is not temporary.
type transport struct {
	// Set by StartTLS, and by the loop when the handshake has ended: then there is
	// a conn, and no handshake.
	stream    *IOStream
	handshake *handshake
	conn      SecureConn

	// Owned by the loop.
	phase    phase
	notified bool   // our close_notify is on its way
	ended    bool   // the socket gives no more ciphertext
	held     bool   // conn was not read yet since the handshake ended
	early    []byte // ciphertext that came before phase encrypted
	incoming []byte // ciphertext in the loop's read buffer, while conn is read
	out      []byte // ciphertext for the socket; borrowed, nil when there is none
	taken    int    // bytes of out that the socket has taken
	piece    int    // plain bytes of the stream that out holds
	counted  int    // of those, how many count as sent
}

// wouldBlock is what tls.Conn.Read takes for a reason to come again.
type wouldBlock struct{}

func (wouldBlock) Error() string   { return "iostream: no more ciphertext is there" }
func (wouldBlock) Timeout() bool   { return true }
func (wouldBlock) Temporary() bool { return true }

var errWouldBlock net.Error = wouldBlock{}

// Read is called by the SecureConn.
func (t *transport) Read(p []byte) (n int, err error) {
	if t.handshake != nil {
		return t.handshake.read(p)
	}
	switch {
	case len(t.early) > 0:
		n = copy(p, t.early)
		t.early = t.early[n:]
	case len(t.incoming) > 0:
		n = copy(p, t.incoming)
		t.incoming = t.incoming[n:]
	case t.ended:
		return 0, ErrTruncated
	default:
		return 0, errWouldBlock
	}
	return n, nil
}

// Write is called by the SecureConn.
func (t *transport) Write(p []byte) (int, error) {
	if t.handshake != nil {
		return t.handshake.write(p)
	}
	t.queue(p)
	return len(p), nil
}

func (t *transport) queue(ciphertext []byte) {
	if t.stream.closed || len(ciphertext) == 0 {
		return
	}
	if t.out == nil {
		t.out = t.stream.loop.BorrowBuffer()
	}
	t.out = append(t.out, ciphertext...)
	t.stream.deferFlush()
}

// Close is called by a SecureConn that is closed, or whose handshake is given up.
func (t *transport) Close() error {
	if t.handshake != nil {
		t.handshake.abort(net.ErrClosed)
	} else {
		t.stream.Close(nil)
	}
	return nil
}

// LocalAddr and RemoteAddr are for those who choose certificates by them.
func (t *transport) LocalAddr() net.Addr {
	if t.handshake != nil {
		return t.handshake.local
	}
	return netAddr(netutil.LocalAddress(t.stream.fd))
}

// RemoteAddr is the peer's address.
func (t *transport) RemoteAddr() net.Addr {
	if t.handshake != nil {
		return t.handshake.remote
	}
	return netAddr(netutil.RemoteAddress(t.stream.fd))
}

func netAddr(text string) net.Addr {
	if path, ok := strings.CutPrefix(text, "unix:"); ok {
		return &net.UnixAddr{Name: path, Net: "unix"}
	}
	address, _ := netip.ParseAddrPort(text)
	return net.TCPAddrFromAddrPort(address)
}

// The deadlines are the stream's.

// SetDeadline does nothing.
func (t *transport) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (t *transport) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (t *transport) SetWriteDeadline(time.Time) error { return nil }

// receive takes ciphertext in.
func (t *transport) receive(ciphertext []byte) {
	switch {
	case len(ciphertext) == 0:
	case t.phase == encrypted:
		t.decrypt(ciphertext)
	case t.phase == shaken:
		t.early = append(t.early, ciphertext...)
	case t.phase == shaking:
		t.handshake.feed(ciphertext)
		t.stream.adjustReading()
	}
}

// hasRoom reports whether more ciphertext may be taken in during the handshake.
func (t *transport) hasRoom() bool {
	switch t.phase {
	case shaking:
		return !t.ended && t.handshake.hasRoom()
	case shaken:
		return !t.ended && len(t.early) < handshakeRoom
	}
	return !t.ended
}

// endOfInput is called at the end of what the socket gives.
func (t *transport) endOfInput() {
	t.ended = true
	t.stream.adjustReading()
	switch t.phase {
	case shaking:
		t.handshake.feedEnd()
	case encrypted:
		t.decrypt(nil)
	}
}

// handshakeEnded is called on the loop when the goroutine of the handshake has
// ended.
func (t *transport) handshakeEnded(err error) {
	s, h := t.stream, t.handshake
	t.collect()
	switch {
	case s.closed || t.phase == broken:
	case err != nil:
		s.breakOff(err)
	default:
		t.phase, t.conn, t.early = shaken, h.conn, h.in
		t.endHandshake(nil)
		// After a failure it stays: crypto/tls may call Close later and elsewhere, when
		// the context of a handshake was cancelled.
		t.handshake = nil
		// Whoever waits for the handshake is told before what came with it is shown.
		s.loop.AddCallback(t.begin)
	}
}

// endHandshake tells who waits for the handshake how it ended.
func (t *transport) endHandshake(err error) {
	h := t.handshake
	if h == nil {
		return
	}
	t.stream.loop.RemoveTimeout(h.timeout)
	if err == nil {
		h.future.TrySet(h.conn, nil)
		return
	}
	h.abort(err)
	failQuietly(&h.future, err)
}

// collect takes over what the handshake wrote.
func (t *transport) collect() {
	if t.handshake == nil {
		return
	}
	t.queue(t.handshake.collect())
	t.stream.adjustReading()
}

// begin lets plain bytes flow. The first often came with the end of the handshake.
func (t *transport) begin() {
	s := t.stream
	if s.closed || t.phase != shaken {
		return
	}
	t.phase, t.held = encrypted, true
	s.adjustReading()
	s.deferFlush()
	t.release()
}

// release reads what the SecureConn has since the handshake, unless the stream is
// paused.
func (t *transport) release() {
	if t.held && !t.stream.paused && !t.stream.closed {
		t.decrypt(nil)
	}
}

// plainBuffers are where plain bytes are shown: those of one read, and what the
// SecureConn had of a record before.
var plainBuffers = sync.Pool{New: func() any {
	buf := make([]byte, 0, 96<<10)
	return &buf
}}

// decrypt gives the stream the plain bytes of all ciphertext there is.
func (t *transport) decrypt(ciphertext []byte) {
	t.incoming, t.held = ciphertext, false
	buf := plainBuffers.Get().(*[]byte)
	plain, err := t.readAll((*buf)[:0])
	t.incoming, t.early = nil, nil
	s := t.stream
	switch {
	case s.closing:
		s.lingered += len(plain)
	case len(plain) > 0:
		s.deliver(plain)
	}
	plainBuffers.Put(buf)
	switch {
	case s.closed || err == errWouldBlock:
	case err == io.EOF:
		s.endOfInput()
	case err == ErrTruncated:
		s.Close(err)
	default:
		s.breakOff(err)
	}
}

func (t *transport) readAll(plain []byte) ([]byte, error) {
	for {
		plain = slices.Grow(plain, 1)
		n, err := t.conn.Read(plain[len(plain):cap(plain)])
		plain = plain[:len(plain)+n]
		if err != nil {
			return plain, err
		}
	}
}

// unsent reports whether ciphertext waits for the socket, or could.
func (t *transport) unsent() bool {
	return t.taken < len(t.out) || t.phase == encrypted && t.stream.Unwritten() > 0
}

// encrypt makes ciphertext of the stream's next bytes, if that of those before has
// left.
func (t *transport) encrypt() {
	s := t.stream
	if t.phase != encrypted || t.piece > 0 || t.notified || s.Unwritten() == 0 {
		return
	}
	t.piece = min(s.Unwritten(), pieceSize)
	if _, err := t.conn.Write(s.out[s.written : s.written+t.piece]); err != nil {
		s.breakOff(err)
	}
}

// took counts n bytes of ciphertext as taken by the socket, and returns how many
// more of the plain bytes have left with them.
func (t *transport) took(n int) (plain int) {
	if t.taken += n; t.taken < len(t.out) {
		// About so many; what matters is that it moves.
		plain = max(0, t.piece*t.taken/len(t.out)-t.counted)
		t.counted += plain
		return plain
	}
	plain = t.piece - t.counted
	t.stream.loop.ReturnBuffer(t.out)
	t.out, t.taken, t.piece, t.counted = nil, 0, 0, 0
	return plain
}

// notify tells the peer the end of what we send, once, and reports whether it has
// only just done so.
func (t *transport) notify() bool {
	if t.phase != encrypted || t.notified {
		return false
	}
	t.notified = true
	t.conn.CloseWrite() // its Write does not fail
	return true
}

// closed is called when the stream has closed, for err.
func (t *transport) closed(err error) {
	t.stream.loop.ReturnBuffer(t.out)
	t.out, t.early = nil, nil
	t.taken, t.piece, t.counted = 0, 0, 0
	t.endHandshake(&StreamClosedError{err})
}
