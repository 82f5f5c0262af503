package compress_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/tornado-dev/tornado/core/httpclient"
	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/tornadotest"
	"github.com/tornado-dev/tornado/core/web"
	"github.com/tornado-dev/tornado/core/web/compress"
)

func TestMain(m *testing.M) { leak.Main(m) }

var codings = []web.ContentCoding{compress.Brotli(0), compress.Zstd(), web.Gzip(0)}

// TestEncodersAreUsedAgain holds that what was flushed can be read before the rest
// comes, and that an encoder serves one answer after another.
func TestEncodersAreUsedAgain(t *testing.T) {
	for _, coding := range codings[:2] {
		encoder, decode := coding.New(), compress.Decoders()[coding.Name]
		for range 3 {
			var out bytes.Buffer
			encoder.Reset(&out)
			reader, err := decode(struct{ io.Reader }{&out}) // not all of a buffer at once
			if err != nil {
				t.Fatal(err)
			}
			for _, piece := range []string{"one ", strings.Repeat("two ", 10000)} {
				io.WriteString(encoder, piece)
				if err := encoder.Flush(); err != nil {
					t.Fatal(err)
				}
				got := make([]byte, len(piece))
				if _, err := io.ReadFull(reader, got); err != nil || string(got) != piece {
					t.Fatalf("%s: got %d bytes, %v; want %d", coding.Name, len(got), err, len(piece))
				}
			}
			if err := encoder.Close(); err != nil {
				t.Fatal(err)
			}
			encoder.Reset(nil)
			if rest, err := io.ReadAll(reader); err != nil || len(rest) > 0 {
				t.Errorf("%s: got %d bytes more, %v", coding.Name, len(rest), err)
			}
			if c, ok := reader.(io.Closer); ok {
				c.Close()
			}
		}
	}
}

const line = "All work and no play makes Jack a dull boy. "

type pages struct{ web.RequestHandler }

func (h *pages) Get(kind string) {
	for range 100 {
		h.Write(line)
		if kind == "flushed" {
			h.Flush()
		}
	}
}

func serve(t *testing.T) *tornadotest.Server {
	t.Helper()
	folder := t.TempDir()
	for name, lines := range map[string]int{"small.txt": 100, "large.txt": 10_000} {
		name = filepath.Join(folder, name)
		if err := os.WriteFile(name, []byte(strings.Repeat(line, lines)), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	return tornadotest.Serve(t, web.NewApplication(web.Settings{Loops: 1, StaticPath: folder, CompressResponse: true, ContentCodings: codings},
		web.URL[pages](`/(whole|flushed)`)))
}

func TestNegotiation(t *testing.T) {
	s := serve(t)
	for _, tt := range []struct{ accept, want string }{
		{"", ""}, {"gzip, deflate, br, zstd", "br"}, {"zstd", "zstd"}, {"gzip, zstd", "zstd"}, {"br;q=0, *", "zstd"},
		{"br;q=0.5, zstd;q=0.9", "zstd"}, {"*;q=0", ""}, {"identity;q=0", ""}, {"br;q=0, zstd;q=0, gzip;q=0", ""},
		{"identity;q=0, *;q=0.1", "br"}, {"identity, br;q=0.2", ""},
	} {
		for _, path := range []string{"/whole", "/flushed", "/static/small.txt", "/static/large.txt"} {
			got := s.Do(tornadotest.Request{Path: path, Header: map[string][]string{"Accept-Encoding": {tt.accept}}})
			if got.StatusCode != 200 || got.Header.Get("Content-Encoding") != tt.want || got.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s for %q: got %d, %q, Vary %q; want %q", path, tt.accept, got.StatusCode, got.Header.Get("Content-Encoding"), got.Header.Get("Vary"), tt.want)
			}
			if etag := got.Header.Get("Etag"); tt.want != "" && etag != "" && !strings.HasPrefix(etag, "W/") {
				t.Errorf("%s for %q: got the strong ETag %s for other octets", path, tt.accept, etag)
			}
		}
	}
}

// TestThereAndBack lets a client of ours ask for each coding.
func TestThereAndBack(t *testing.T) {
	s := serve(t)
	c := httpclient.New(httpclient.Options{Decoders: compress.Decoders()})
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for path, lines := range map[string]int{"/whole": 100, "/flushed": 100, "/static/small.txt": 100, "/static/large.txt": 10_000} {
		for _, coding := range codings {
			for range 2 { // small files are kept compressed
				r := &httpclient.HTTPRequest{URL: s.URL(path)}
				if err := r.Headers.Set("Accept-Encoding", coding.Name); err != nil {
					t.Fatal(err)
				}
				got, err := c.Fetch(ctx, r)
				if err != nil {
					t.Fatalf("%s in %s: %v", path, coding.Name, err)
				}
				if string(got.Body) != strings.Repeat(line, lines) {
					t.Errorf("%s in %s: got %d bytes", path, coding.Name, len(got.Body))
				}
			}
		}
	}
	got, err := c.Fetch(ctx, &httpclient.HTTPRequest{URL: s.URL("/whole")})
	if err != nil || string(got.Body) != strings.Repeat(line, 100) {
		t.Errorf("without a wish of its own: got %v, %v", got, err)
	}
}

// TestWindowIsLimited holds that nobody makes a client keep more than 8 MiB.
func TestWindowIsLimited(t *testing.T) {
	var out bytes.Buffer
	encoder, err := zstd.NewWriter(&out, zstd.WithWindowSize(16<<20), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	piece := make([]byte, 1<<20)
	for range 17 {
		encoder.Write(piece)
	}
	encoder.Close()
	reader, err := compress.Decoders()["zstd"](&out)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.(io.Closer).Close()
	if n, err := io.Copy(io.Discard, reader); err == nil {
		t.Errorf("read %d bytes from a window of 16 MiB", n)
	}
}

func TestLevels(t *testing.T) {
	for level, want := range map[int]bool{-1: false, 0: true, 1: true, 11: true, 12: false} {
		func() {
			defer func() {
				if panicked := recover() != nil; panicked == want {
					t.Errorf("%d: panicked %v", level, panicked)
				}
			}()
			compress.Brotli(level)
		}()
	}
}
