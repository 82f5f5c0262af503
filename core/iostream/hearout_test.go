//go:build unix

package iostream

import (
	"net"
	"runtime"
	"testing"
)

// TestHearOut has a peer that answers and resets the connection before we write.
func TestHearOut(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems may forget at a reset what was received")
	}
	for _, tt := range []struct {
		name     string
		hearsOut bool
		want     string
	}{
		{"heard out", true, "answer"},
		{"not asked for", false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, &kinds[0])
			f.connect(f)
			f.do(func() { // all of it in one turn, so that the write comes before the read
				if tt.hearsOut {
					f.stream.HearOut()
				}
				peer := f.peer.(*net.TCPConn)
				peer.Write([]byte("answer"))
				peer.SetLinger(0)
				peer.Close()
				f.stream.Write([]byte("request"))
			})
			f.until("the stream has closed", func() bool { return f.stream.Closed() })
			if got := string(f.received); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}
