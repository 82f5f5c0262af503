package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"os"
	"path"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
)

const (
	// pieceSize is how much of a file is read, and sent, at a time.
	pieceSize = 64 << 10

	// A file that is asked for with its version never changes: another content has
	// another URL.
	versionedCaching = "public, max-age=315360000, immutable"
)

// A StaticFileHandler serves the files of a folder. Its route's one group is the
// file's path; make it with StaticFiles.
//
// Nothing outside of the folder is served, also not by links. Folders are not
// listed but refused with 403. Files have Last-Modified and an ETag of size and
// time, conditional requests and single ranges are answered as RFC 9110 says, and
// a request with a version ("?v=", see StaticURL) may be cached for ever.
type StaticFileHandler struct {
	RequestHandler
	files *staticFiles
}

// StaticFiles is a route that serves the files below folder; the pattern's one
// group is their path.
func StaticFiles(pattern, folder string, options ...RouteOption) Route {
	route := URL[StaticFileHandler](pattern, options...)
	route.where, route.folder = caller(), folder
	return route
}

// staticFiles is a folder that is served.
type staticFiles struct {
	root   *os.Root
	folder string
	hashes *staticHashes
}

func newStaticFiles(folder string) (*staticFiles, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	f := &staticFiles{root: root, folder: folder}
	f.hashes = newStaticHashes(f)
	return f, nil
}

// openStatic makes the routes of StaticPath.
func (a *Application) openStatic(problems *ConfigError) []Route {
	if a.settings.StaticPath == "" {
		return nil
	}
	prefix := a.settings.StaticURLPrefix
	if !strings.HasPrefix(prefix, "/") || !strings.HasSuffix(prefix, "/") {
		problems.add("", "Settings.StaticURLPrefix is %q; it must begin and end with a slash", prefix)
		return nil
	}
	a.static = problems.openFolder("", "Settings.StaticPath", a.settings.StaticPath)
	if a.static == nil {
		return nil
	}
	patterns := []string{regexp.QuoteMeta(prefix) + `(.*)`}
	for _, name := range [...]string{"favicon.ico", "robots.txt"} {
		if _, err := a.static.root.Stat(name); err == nil {
			patterns = append(patterns, `/(`+regexp.QuoteMeta(name)+`)`)
		}
	}
	var routes []Route
	for _, pattern := range patterns {
		route := URL[StaticFileHandler](pattern)
		route.where, route.files = "", a.static
		routes = append(routes, route)
	}
	return routes
}

// Get serves a file. Reading happens here, off the loop, and waits for the client.
func (h *StaticFileHandler) Get(ctx context.Context, name string) error {
	file, info, err := h.files.open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	size := info.Size()
	h.setFileHeaders(name, info)
	if h.notModified(info) {
		h.SetStatus(304)
		return nil
	}
	start, end, status := h.wantedRange(info)
	h.SetStatus(status)
	switch status {
	case 416:
		h.SetHeader("Content-Range", httputil.ContentRange(0, 0, size))
		h.ClearHeader("Content-Type")
		return nil
	case 206:
		h.SetHeader("Content-Range", httputil.ContentRange(start, end, size))
	}
	h.SetHeader("Content-Length", end-start)
	if h.Request.Method == "HEAD" {
		return nil
	}
	if start > 0 {
		if _, err := file.Seek(start, io.SeekStart); err != nil {
			return err
		}
	}
	return h.send(ctx, file, end-start)
}

// pieces are the buffers for reading.
var pieces = sync.Pool{New: func() any { return new([pieceSize]byte) }}

// send writes the next count bytes of a file, no faster than the client takes
// them.
func (h *StaticFileHandler) send(ctx context.Context, file io.Reader, count int64) error {
	piece := pieces.Get().(*[pieceSize]byte)
	defer pieces.Put(piece)
	for count > 0 {
		n, err := io.ReadFull(file, piece[:min(count, pieceSize)])
		if err != nil {
			return fmt.Errorf("a file became shorter while it was sent: %w", err)
		}
		h.Write(piece[:n])
		if count -= int64(n); count == 0 {
			break // the end of the answer flushes
		}
		if _, err := h.Flush().Wait(ctx); err != nil {
			return h.leftError(ctx, err)
		}
	}
	return nil
}

// leftError is what a failed Flush means: mostly that the client has left, which
// is nothing to complain of.
func (h *RequestHandler) leftError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// open opens a regular file of the folder. It fails with an HTTPError: 404 if
// there is no such file, 403 if it must not be seen.
func (f *staticFiles) open(name string) (*os.File, fs.FileInfo, error) {
	name = strings.TrimSuffix(name, "/")
	if name == "" {
		name = "."
	}
	if !fs.ValidPath(name) || strings.ContainsAny(name, "\x00\\") {
		return nil, nil, HTTPError{StatusCode: 403, LogMessage: fmt.Sprintf("%q is no path below the static folder", name)}
	}
	// Stat before Open: opening a pipe would wait for somebody to write to it.
	info, err := f.root.Stat(name)
	if err != nil {
		return nil, nil, fileError(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, HTTPError{StatusCode: 403, LogMessage: fmt.Sprintf("%q is not a file", name)}
	}
	file, err := f.root.Open(name)
	if err != nil {
		return nil, nil, fileError(name, err)
	}
	return file, info, nil
}

func fileError(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG) {
		return HTTPError{StatusCode: 404}
	}
	return HTTPError{StatusCode: 403, LogMessage: fmt.Sprintf("%q: %v", name, err)}
}

func (h *StaticFileHandler) setFileHeaders(name string, info fs.FileInfo) {
	h.SetHeader("Content-Type", contentTypeOf(name))
	h.SetHeader("Accept-Ranges", "bytes")
	h.SetHeader("Last-Modified", info.ModTime())
	h.SetHeader("Etag", fileETag(info))
	switch {
	case h.app.development():
		h.SetHeader("Cache-Control", "no-cache")
	case h.Request.Query != "" && len(h.Request.QueryArguments()["v"]) > 0:
		h.SetHeader("Cache-Control", versionedCaching)
	}
}

func fileETag(info fs.FileInfo) string {
	return fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size())
}

// notModified reports whether the client has the file already (RFC 9110 section
// 13.2.2: If-None-Match decides alone if it is there).
func (h *StaticFileHandler) notModified(info fs.FileInfo) bool {
	headers := &h.Request.Headers
	if headers.Has("If-None-Match") {
		return etagMatches(headers.Get("If-None-Match"), fileETag(info))
	}
	since, err := httputil.ParseTimestamp(headers.Get("If-Modified-Since"))
	return err == nil && !info.ModTime().Truncate(time.Second).After(since)
}

// wantedRange is the part of the file the client asks for, and the status that
// goes with it.
func (h *StaticFileHandler) wantedRange(info fs.FileInfo) (start, end int64, status int) {
	size := info.Size()
	headers := &h.Request.Headers
	wanted, ok := httputil.ParseRequestRange(headers.Get("Range"))
	if !ok || !ifRangeHolds(headers.Get("If-Range"), info) {
		return 0, size, 200
	}
	start, end, ok = wanted.Resolve(size)
	switch {
	case !ok:
		return 0, 0, 416
	case start == 0 && end == size:
		return 0, size, 200
	}
	return start, end, 206
}

// ifRangeHolds reports whether the client's part is of the file as it is now (RFC
// 9110 section 13.1.5).
func ifRangeHolds(field string, info fs.FileInfo) bool {
	if field == "" || field == fileETag(info) {
		return true
	}
	t, err := httputil.ParseTimestamp(field)
	return err == nil && t.Equal(info.ModTime().Truncate(time.Second))
}

// contentTypes are those of the files that sites are made of, so that they do not
// depend on what the system knows.
var contentTypes = map[string]string{
	".avif": "image/avif", ".css": "text/css; charset=utf-8", ".csv": "text/csv; charset=utf-8", ".gif": "image/gif",
	".gz": "application/gzip", ".htm": "text/html; charset=utf-8", ".html": "text/html; charset=utf-8",
	".ico": "image/x-icon", ".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".js": "text/javascript; charset=utf-8",
	".json": "application/json", ".map": "application/json", ".md": "text/markdown; charset=utf-8",
	".mjs": "text/javascript; charset=utf-8", ".mp3": "audio/mpeg", ".mp4": "video/mp4", ".otf": "font/otf",
	".pdf": "application/pdf", ".png": "image/png", ".svg": "image/svg+xml", ".ttf": "font/ttf",
	".txt": "text/plain; charset=utf-8", ".wasm": "application/wasm", ".webm": "video/webm",
	".webmanifest": "application/manifest+json", ".webp": "image/webp", ".woff": "font/woff", ".woff2": "font/woff2",
	".xml": "text/xml; charset=utf-8", ".zip": "application/zip",
}

func contentTypeOf(name string) string {
	extension := strings.ToLower(path.Ext(name))
	if known := contentTypes[extension]; known != "" {
		return known
	}
	if known := mime.TypeByExtension(extension); known != "" {
		return known
	}
	return "application/octet-stream"
}
