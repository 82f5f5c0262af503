package probe

import (
	"bytes"
	"errors"
	"io"
	"os"
	"syscall"
	"testing"
	"time"
)

// pipeStream is a stream and what it writes to, as attach makes them.
func pipeStream(t *testing.T) (*stream, *os.File) {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close(); writer.Close() })
	w, err := newStream(writer)
	if err != nil {
		t.Fatal(err)
	}
	return w.(*stream), reader
}

// More than the pipe holds arrives whole, and in order.
func TestStreamWaitsForRoom(t *testing.T) {
	w, reader := pipeStream(t)
	sent := make([]byte, 1<<20)
	for i := range sent {
		sent[i] = byte(i / 251)
	}
	wrote := make(chan error, 1)
	go func() { // ends when all has been read
		_, err := w.Write(sent)
		w.file.Close()
		wrote <- err
	}()
	got, err := io.ReadAll(reader)
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("got %d bytes, %v; want the %d that were sent", len(got), err, len(sent))
	}
	if err := <-wrote; err != nil {
		t.Error(err)
	}
}

func TestStreamFails(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(w *stream, reader *os.File) error
		want    error
	}{
		{"nobody reads", func(w *stream, reader *os.File) error { return w.SetWriteDeadline(time.Now()) }, os.ErrDeadlineExceeded},
		{"the reader has gone", func(w *stream, reader *os.File) error { return reader.Close() }, syscall.EPIPE},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, reader := pipeStream(t)
			if err := tt.prepare(w, reader); err != nil {
				t.Fatal(err)
			}
			if n, err := w.Write(make([]byte, 1<<20)); !errors.Is(err, tt.want) || n == 1<<20 {
				t.Errorf("wrote %d, %v; want %v", n, err, tt.want)
			}
		})
	}
}
