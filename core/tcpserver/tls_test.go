//go:build unix

package tcpserver

import (
	"testing"
	"time"
)

// TestStrangersAtTheHandshake must not hurt others.
func TestStrangersAtTheHandshake(t *testing.T) {
	records := watchLog(t)
	secure, trusted := security(t)
	f := newFixture(t, 1, echo, Options{SSL: secure, HandshakeTimeout: time.Second})
	f.listen("127.0.0.1:0")
	plain := f.dial()
	plain.send("GET / HTTP/1.1\r\n\r\n")
	for {
		if _, err := plain.in.ReadByte(); err != nil {
			break // after an alert
		}
	}
	f.dial().wantEnd() // says nothing
	gone := f.dial()
	gone.Close()
	f.trusted = trusted
	c := f.dial()
	c.send("x\n")
	c.wantLine("x\n")
	if got := records.errors(); got != nil {
		t.Errorf("got the errors %q; want none", got)
	}
}
