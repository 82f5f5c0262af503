//go:build unix

package iostream

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/netutil"
)

// openFile is a descriptor of a file with that content.
func openFile(t *testing.T, content []byte) int {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fd, err := netutil.Duplicate(int(file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

func TestSendFile(t *testing.T) {
	if !netutil.CanSendFile {
		t.Skip("SendFile needs the sendfile of Linux, which this system has not")
	}
	overKinds(t, func(f *fixture) {
		content := text(3 << 20)
		before, behind := text(100_000), text(1<<20)
		fd := openFile(f.t, content)
		var accepted, again bool
		var drained []string
		f.do(func() {
			f.stream.Write(before)
			accepted = f.stream.SendFile(fd, 1000, int64(len(content)-2000))
			if !accepted {
				return
			}
			f.stream.NotifyDrained(func(err error) { drained = append(drained, "file") })
			f.stream.Write(behind)
			f.stream.NotifyDrained(func(err error) { drained = append(drained, "behind") })
			again = f.stream.SendFile(fd, 0, 1)
		})
		if plain := f.kind.near == nil; accepted != plain {
			f.t.Fatalf("got %v; want %v", accepted, plain)
		}
		if !accepted {
			netutil.Close(fd)
			return
		}
		if again {
			f.t.Error("a second file was accepted while the first is in line")
		}
		want := slices.Concat(before, content[1000:len(content)-1000], behind)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(f.peer, got); err != nil || !bytes.Equal(got, want) {
			f.t.Errorf("what was sent did not arrive: %v", err)
		}
		f.until("everything is drained", func() bool { return len(drained) == 2 })
		f.do(func() {
			if f.stream.Unwritten() != 0 || f.stream.Sent() != int64(len(want)) {
				f.t.Errorf("%d bytes wait, %d were sent; want 0 and %d", f.stream.Unwritten(), f.stream.Sent(), len(want))
			}
		})
	})
}

// A file that is in line when its stream closes is closed too, which TestMain sees.
func TestSendFileOfAStreamThatCloses(t *testing.T) {
	if !netutil.CanSendFile {
		t.Skip("SendFile needs the sendfile of Linux, which this system has not")
	}
	f := newFixture(t, &kinds[0])
	f.connect(f)
	fd := openFile(t, text(8<<20))
	var err error
	f.do(func() {
		f.stream.SendFile(fd, 0, 8<<20)
		f.stream.NotifyDrained(func(e error) { err = e })
	})
	f.turns()
	f.do(func() { f.stream.Close(nil) })
	if err == nil {
		t.Error("NotifyDrained was told nothing")
	}
}

func TestSendFileThatIsShorter(t *testing.T) {
	if !netutil.CanSendFile {
		t.Skip("SendFile needs the sendfile of Linux, which this system has not")
	}
	f := newFixture(t, &kinds[0])
	f.connect(f)
	fd := openFile(t, text(1000))
	f.do(func() { f.stream.SendFile(fd, 0, 1001) })
	got, _ := io.ReadAll(f.peer)
	if len(got) != 1000 {
		t.Errorf("got %d bytes; want 1000", len(got))
	}
	f.until("the stream has closed", func() bool { return len(f.seen()) > 0 })
	if last := f.seen()[len(f.seen())-1]; !strings.Contains(last, io.ErrUnexpectedEOF.Error()) {
		t.Errorf("got %q; want %v", last, io.ErrUnexpectedEOF)
	}
}
