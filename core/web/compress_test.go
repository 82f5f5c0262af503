package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

func TestChooseCoding(t *testing.T) {
	for _, tt := range []struct{ field, want string }{
		{"", ""}, {"gzip", "gzip"}, {"GZIP", "gzip"}, {"x-gzip", "gzip"}, {"br, gzip", "br"}, {"gzip, br", "br"},
		{"gzip;q=0.9, br;q=0.8", "gzip"}, {"gzip;q=0", ""}, {"gzip; q=0.000", ""}, {"gzip;q=0, br", "br"}, {"*", "br"},
		{"*;q=0", ""}, {"br;q=0, *", "zstd"}, {"*;q=0.1, gzip;q=0.2", "gzip"}, {"identity", ""}, {"identity, gzip;q=0.5", ""},
		{"identity;q=0.5, gzip", "gzip"}, {"identity;q=0, *;q=0", ""}, {"identity;q=0", ""}, {"deflate", ""}, {"notgzipped", ""},
		{"gzip;q=1.0", "gzip"}, {"gzip;q=2", ""}, {"gzip;q=x", ""}, {"gzip;level=1", ""}, {"gzip;q=0.1234", ""}, {",, gzip ,", "gzip"},
		{"gzip;q=1.001", ""}, {"gz ip", ""},
	} {
		if got := chooseCoding(tt.field, []string{"br", "zstd", "gzip"}); got != tt.want {
			t.Errorf("%q: got %q; want %q", tt.field, got, tt.want)
		}
	}
}

func FuzzChooseCoding(f *testing.F) {
	for _, field := range []string{"gzip;q=0.5, *;q=0", "identity;q=1,br", ";,=", "gzip;q=0.", "*"} {
		f.Add(field)
	}
	f.Fuzz(func(t *testing.T, field string) {
		got := chooseCoding(field, []string{"gzip"})
		if got == "gzip" && !strings.Contains(field, "*") && !strings.Contains(strings.ToLower(field), "gzip") {
			t.Errorf("%q: got gzip, which was not asked for", field)
		}
	})
}

// plain is a body without its compression.
func (r response) plain(t *testing.T) string {
	t.Helper()
	if r.header.Get("Content-Encoding") != "gzip" {
		return r.body
	}
	reader, err := gzip.NewReader(strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		t.Error(err)
	}
	return string(plain)
}

func TestCompressedAnswers(t *testing.T) {
	captureLog(t)
	long := strings.Repeat("0123456789", 1000)
	accept := "Accept-Encoding: gzip"
	for _, tt := range []struct {
		name    string
		run     script
		request string
		fields  []string // that are wanted; without a value: that are not
		body    string
	}{
		{"whole", func(h *RequestHandler) error { h.Write(long); return nil }, get("/", accept), []string{"Content-Encoding: gzip", "Vary: Accept-Encoding"}, long},
		{"not accepted", func(h *RequestHandler) error { h.Write(long); return nil }, get("/"), []string{"Content-Encoding:", "Vary: Accept-Encoding", "Content-Length: 10000"}, long},
		{"1023 bytes", func(h *RequestHandler) error { h.Write(long[:1023]); return nil }, get("/", accept), []string{"Content-Encoding:"}, long[:1023]},
		{"1024 bytes", func(h *RequestHandler) error { h.Write(long[:1024]); return nil }, get("/", accept), []string{"Content-Encoding: gzip"}, long[:1024]},
		{"in pieces", func(h *RequestHandler) error {
			h.SetHeader("Content-Length", 30)
			for range 3 {
				h.Write(long[:10])
				h.Flush()
			}
			return nil
		}, get("/", accept), []string{"Content-Encoding: gzip", "Content-Length:"}, long[:30]},
		{"a Flush, and nothing", func(h *RequestHandler) error { h.Flush(); return nil }, get("/", accept), []string{"Content-Encoding: gzip"}, ""},
		{"encoded already", func(h *RequestHandler) error {
			h.SetHeader("Content-Encoding", "br")
			h.Write(long)
			return nil
		}, get("/", accept), []string{"Content-Encoding: br", "Vary: Accept-Encoding"}, long},
		{"of its own kind", func(h *RequestHandler) error {
			h.SetHeader("Content-Type", "image/png")
			h.Write(long)
			return nil
		}, get("/", accept), []string{"Content-Encoding:"}, long},
		{"events", func(h *RequestHandler) error {
			h.SetHeader("Content-Type", "text/event-stream")
			h.Write(long)
			h.Flush()
			return nil
		}, get("/", accept), []string{"Content-Encoding:"}, long},
		{"a part", func(h *RequestHandler) error { h.SetStatus(206); h.Write(long); return nil }, get("/", accept), []string{"Content-Encoding:", "Vary: Accept-Encoding"}, long},
		{"nothing", func(h *RequestHandler) error { h.SetStatus(204); return nil }, get("/", accept), []string{"Content-Encoding:"}, ""},
		{"varies already", func(h *RequestHandler) error {
			h.SetHeader("Vary", "Cookie, accept-encoding")
			h.Write(long)
			return nil
		}, get("/", accept), []string{"Vary: Cookie, accept-encoding"}, long},
		{"its own ETag", func(h *RequestHandler) error { h.SetHeader("Etag", `"e"`); h.Write(long); return nil }, get("/", accept), []string{`Etag: W/"e"`}, long},
		{"known by its ETag", func(h *RequestHandler) error { h.SetHeader("Etag", `"e"`); h.Write(long); return nil }, get("/", accept, `If-None-Match: W/"e"`), []string{`Etag: W/"e"`, "Content-Encoding:"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			everywhere(t, Settings{CompressResponse: true}, tt.run, func(t *testing.T, fetch func(string) response) {
				got := fetch(tt.request)
				if got.aborted || got.plain(t) != tt.body {
					t.Errorf("got %d bytes, aborted %v; want %d", len(got.plain(t)), got.aborted, len(tt.body))
				}
				for _, field := range tt.fields {
					name, value, _ := strings.Cut(field, ":")
					if got, want := got.header.Get(name), strings.TrimSpace(value); got != want {
						t.Errorf("%s: got %q; want %q", name, got, want)
					}
				}
				head := fetch(strings.Replace(tt.request, "GET", "HEAD", 1))
				if head.status == 405 {
					return
				}
				for _, name := range []string{"Content-Encoding", "Content-Length", "Vary", "Etag"} {
					if got.header.Get(name) != head.header.Get(name) {
						t.Errorf("%s: HEAD has %q, GET %q", name, head.header.Get(name), got.header.Get(name))
					}
				}
			})
		})
	}
}

// What is flushed can be decompressed before the rest comes.
func TestFlushPassesCompressedBytesOn(t *testing.T) {
	e := &encoding{pool: newEncoderPool(Gzip(0).New)}
	defer e.release()
	var sent bytes.Buffer
	for _, piece := range []string{"one", "", "two"} {
		out, err := e.flush([]byte(piece))
		if err != nil {
			t.Fatal(err)
		}
		sent.Write(out)
	}
	reader, err := gzip.NewReader(bytes.NewReader(sent.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 6)
	if _, err := io.ReadFull(reader, got); err != nil || string(got) != "onetwo" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestContentCodingsAreChecked(t *testing.T) {
	for _, codings := range [][]ContentCoding{{{}}, {{Name: "g z", New: Gzip(0).New}}, {{Name: "br"}}} {
		if _, err := BuildApplication(Settings{CompressResponse: true, ContentCodings: codings}, URL[helloHandler](`/`)); err == nil {
			t.Errorf("%v: accepted", codings)
		}
	}
}
