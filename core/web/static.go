package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
)

const (
	// pieceSize is how much of a file is read, and sent, at a time.
	pieceSize = 64 << 10

	// CacheMaxAge is how long a file may be kept that was asked for with its
	// version: another content has another URL.
	CacheMaxAge = 10 * 365 * 24 * time.Hour
)

// A StaticFileHandler serves the files of a folder, by GET and HEAD. Its route's
// first group is the file's path; make it with StaticFiles or StaticFS.
//
// Nothing outside of the folder is served, also not by links, and folders are not
// listed: 403. Where there is a DefaultFilename it stands for its folder, and a
// folder's path without a slash at the end is redirected to the one with it.
//
// A file's ETag is the SHA-512 of its content, up to 8 MiB, and beyond made of size
// and time; it is computed once for each state of the file, and not on the loop.
// Conditional requests and up to 16 ranges are answered as RFC 9110 says. A request
// with a version ("?v=", see StaticURL) may be kept for ten years. Of a file "a.js"
// beside which lies "a.js.br", "a.js.zst" or "a.js.gz" clients get that, if they
// accept it. Files of up to 64 KiB that are asked for stay in memory, as long as
// the system says that they have not changed, and are answered on the loop.
//
// In development no browser keeps a file, and siblings are not looked for.
//
// A type that embeds it changes what it does with the methods of StaticURLPathParser,
// StaticContentTyper, StaticCacheTimer and StaticHeaderSetter, and is used by the
// option ServedBy. Other contents, sizes and times are a matter of the fs.FS.
type StaticFileHandler struct{ RequestHandler }

func (h *StaticFileHandler) staticFileHandler() *StaticFileHandler { return h }

// A StaticURLPathParser makes the name of a file of what the pattern's group matched:
// it undoes what Settings.MakeStaticURL does, or leads to another file. What shall
// not be served it refuses by panicking with an HTTPError.
type StaticURLPathParser interface{ ParseURLPath(path string) string }

// A StaticContentTyper says the Content-Type of a file, in place of the ending of
// its name.
type StaticContentTyper interface{ GetContentType(path string) string }

// A StaticCacheTimer says for how long a file may be kept without asking again: in
// place of CacheMaxAge for requests with a version, and zero for others. Zero says
// nothing to the client.
type StaticCacheTimer interface {
	GetCacheTime(path string, modified time.Time, contentType string) time.Duration
}

// A StaticHeaderSetter sets further fields of an answer with a file, or of one that
// tells that it has not changed.
type StaticHeaderSetter interface{ SetExtraHeaders(path string) }

// StaticFiles is a route that serves the files below folder; the pattern's one
// group is their path.
func StaticFiles(pattern, folder string, options ...RouteOption) Route {
	route := URL[StaticFileHandler](pattern, options...)
	route.where, route.folder = caller(), folder
	return route
}

// StaticFS is StaticFiles for the files of an fs.FS, such as an embed.FS. Files
// without a time, as those are, are taken never to change.
func StaticFS(pattern string, fsys fs.FS, options ...RouteOption) Route {
	route := URL[StaticFileHandler](pattern, options...)
	route.where, route.fsys = caller(), fsys
	return route
}

// DefaultFilename lets a file stand for the folder that it is in: "index.html".
func DefaultFilename(name string) RouteOption {
	return func(r *Route) { r.defaultFilename = name }
}

// ServedBy lets a type of the program's own, which embeds StaticFileHandler, serve
// static files. It comes before an Init for that type.
func ServedBy[T any, P interface {
	*T
	Handler
	staticFileHandler() *StaticFileHandler
}]() RouteOption {
	return func(r *Route) { r.target = targetOf[T, P]() }
}

// openStatic makes the routes of StaticPath or StaticFS.
func (a *Application) openStatic(problems *ConfigError) []Route {
	s := &a.settings
	if s.StaticPath == "" && s.StaticFS == nil {
		return nil
	}
	prefix := s.StaticURLPrefix
	if !strings.HasPrefix(prefix, "/") || !strings.HasSuffix(prefix, "/") {
		problems.add("", "Settings.StaticURLPrefix is %q; it must begin and end with a slash", prefix)
		return nil
	}
	switch {
	case s.StaticPath != "" && s.StaticFS != nil:
		problems.add("", "Settings.StaticPath and StaticFS are both set; which is it?")
	case s.StaticFS != nil:
		a.static = newStaticFS(s.StaticFS)
	default:
		a.static = problems.openFolder("", "Settings.StaticPath", s.StaticPath)
	}
	if a.static == nil {
		return nil
	}
	patterns := []string{regexp.QuoteMeta(prefix) + `(.*)`}
	for _, name := range [...]string{"favicon.ico", "robots.txt"} {
		if _, err := a.static.stat(name); err == nil {
			patterns = append(patterns, `/(`+regexp.QuoteMeta(name)+`)`)
		}
	}
	var routes []Route
	for _, pattern := range patterns {
		route := URL[StaticFileHandler](pattern, s.StaticOptions...)
		route.where, route.files = "", a.static
		routes = append(routes, route)
	}
	return routes
}

// buildStatic gives a route its files.
func (e *ConfigError) buildStatic(r Route, built *route) {
	built.static, built.defaultFilename = r.files, r.defaultFilename
	switch {
	case r.folder != "":
		built.static = e.openFolder(r.where, fmt.Sprintf("the folder of `%s`", r.pattern), r.folder)
	case r.fsys != nil:
		built.static = newStaticFS(r.fsys)
	}
	if _, ok := r.target.create().(interface{ staticFileHandler() *StaticFileHandler }); !ok {
		return
	}
	if built.static == nil && r.folder == "" {
		e.add(r.where, "%s serves no folder; make its route with web.StaticFiles(`%s`, folder, web.ServedBy[%s]())",
			built.name, r.pattern, built.name)
	}
	e.checkStaticOverrides(r)
}

// checkStaticOverrides finds methods that look like overriding something of a
// StaticFileHandler, and do not.
func (e *ConfigError) checkStaticOverrides(r Route) {
	t, h := r.target.pointer, r.target.create()
	check := func(method reflect.Method, found, does bool, want string) {
		if found && !does {
			e.add(r.where, "%s.%s would never be called: its signature must be %s", t.Elem(), method.Name, want)
		}
	}
	method, found := t.MethodByName("ParseURLPath")
	_, does := h.(StaticURLPathParser)
	check(method, found, does, "ParseURLPath(path string) string")
	method, found = t.MethodByName("GetContentType")
	_, does = h.(StaticContentTyper)
	check(method, found, does, "GetContentType(path string) string")
	method, found = t.MethodByName("GetCacheTime")
	_, does = h.(StaticCacheTimer)
	check(method, found, does, "GetCacheTime(path string, modified time.Time, contentType string) time.Duration")
	method, found = t.MethodByName("SetExtraHeaders")
	_, does = h.(StaticHeaderSetter)
	check(method, found, does, "SetExtraHeaders(path string)")
}

// A servedFile is a file that was chosen to be the answer.
type servedFile struct {
	name    string // that was asked for
	coding  string // of the sibling that is served in its place; empty if it is the file itself
	varies  bool   // there are siblings
	info    fs.FileInfo
	version string
	fields  fileFields
	content []byte    // the whole of a small file; nil for others
	kept    *keptFile // that content is of; nil if it is not kept
	open    fs.File   // nil if content is there
	state   *fileVersion
}

// fileFields are the header fields of a file that do not depend on the request;
// empty if there are none.
type fileFields struct{ etag, lastModified string }

// fieldsOf makes them. An ETag of size and time is weak as long as another content
// could have the same.
func (f *staticFiles) fieldsOf(info fs.FileInfo, version string) (fields fileFields) {
	if version != "" {
		fields.etag = `"` + version + `"`
		if info.Size() > maxHashedFile && !f.isSettled(info) {
			fields.etag = "W/" + fields.etag
		}
	}
	if modified := info.ModTime(); !modified.IsZero() {
		fields.lastModified = httputil.FormatTimestamp(modified)
	}
	return fields
}

func (f *servedFile) size() int64 {
	if f.open == nil {
		return int64(len(f.content))
	}
	return f.info.Size()
}

// Prepare answers on the loop what is in memory.
func (h *StaticFileHandler) Prepare() error {
	if m := h.Request.Method; m != "GET" && m != "HEAD" || h.app.development() {
		return nil
	}
	file := h.keptFile()
	if file == nil {
		return nil
	}
	status, parts := h.describe(file)
	switch status {
	case 200:
		body := file.content
		if index := h.codingOf(file); index >= 0 {
			if body = file.kept.compressedAs(h.app.compression.names[index]); body == nil {
				h.clear()
				return nil // Get may take its time
			}
			h.setCoding(index)
		}
		h.finishBody(body)
	case 206:
		if len(parts) == 1 {
			h.finishBody(file.content[parts[0].start:parts[0].end])
			return nil
		}
		if err := h.sendFile(context.Background(), file, parts); err != nil {
			return err
		}
		h.Finish()
	case 412:
		return errPrecondition
	default:
		h.Finish()
	}
	return nil
}

var errPrecondition = HTTPError{StatusCode: 412}

// finishBody answers with a body that may not be kept, and so is not copied more
// often than needed. It runs on the loop.
func (h *StaticFileHandler) finishBody(body []byte) {
	check(h.headers.Set("Content-Length", formatInt(int64(len(body)))))
	if h.app.compression != nil {
		h.addVary("Accept-Encoding")
	}
	h.addCookies()
	h.wroteHeaders, h.finished = true, true
	err := httputil.WriteWhole(h.connection, httputil.ResponseStartLine{Code: h.status, Reason: h.reason}, &h.headers, body)
	if !h.gone && errors.Is(err, httputil.ErrOutput) {
		h.mistake = err
	}
}

// keptFile is what is asked for, if it is in memory.
func (h *StaticFileHandler) keptFile() *servedFile {
	files, name := h.route.static, h.parsePath(h.match.Value(0))
	if name == "" || name[len(name)-1] == '/' {
		if h.route.defaultFilename == "" {
			return nil
		}
		name += h.route.defaultFilename
	}
	codings, known := files.knownSiblings(name)
	if !known {
		return nil
	}
	file := servedFile{name: name, varies: len(codings) > 0}
	file.coding = chooseCoding(h.request.Headers.Get("Accept-Encoding"), codings)
	wanted := h.request.Query
	if _, parsed := h.self.(StaticURLPathParser); parsed {
		wanted = h.request.Path // the version may be anywhere
	}
	kept := files.keptFile(name+siblingEnding(file.coding), wanted)
	if kept == nil {
		return nil
	}
	file.kept, file.info, file.version, file.fields, file.content = kept, kept.info, kept.version, kept.fields, kept.content
	return &file
}

func (h *StaticFileHandler) parsePath(path string) string {
	if parser, ok := h.self.(StaticURLPathParser); ok {
		return parser.ParseURLPath(path)
	}
	return path
}

// Get serves a file. Reading happens here, off the loop, and waits for the client.
func (h *StaticFileHandler) Get(ctx context.Context, path string) error {
	file, err := h.openFile(h.parsePath(path))
	if err == errFolder {
		return h.redirectToFolder()
	}
	if err != nil {
		return err
	}
	if file.open != nil {
		defer file.open.Close()
	}
	status, parts := h.describe(file)
	switch status {
	case 200:
		return h.sendWhole(ctx, file)
	case 206:
		return h.sendFile(ctx, file, parts)
	case 412:
		return errPrecondition
	}
	return nil
}

// redirectToFolder sends a client to the path with a slash at the end.
func (h *StaticFileHandler) redirectToFolder() error {
	if strings.HasPrefix(h.Request.Path, "//") {
		return forbiddenFile(h.Request.Path, "would lead to another server")
	}
	h.Redirect(h.Request.Path+"/", true)
	return nil
}

// openFile finds what a name stands for, and reads it if it is small.
func (h *StaticFileHandler) openFile(name string) (*servedFile, error) {
	files := h.route.static
	name, _, err := files.find(name, h.route.defaultFilename, strings.HasSuffix(h.Request.Path, "/"))
	if err != nil {
		return nil, err
	}
	file := &servedFile{name: name}
	if !h.app.development() {
		codings := files.siblings(name)
		file.varies = len(codings) > 0
		file.coding = chooseCoding(h.Request.Headers.Get("Accept-Encoding"), codings)
	}
	return file, file.read(files, name+siblingEnding(file.coding))
}

// read opens the file that is served, and takes in a small one.
func (f *servedFile) read(files *staticFiles, name string) error {
	open, err := files.open(name)
	if err != nil {
		return err
	}
	if f.info, err = open.Stat(); err != nil {
		open.Close()
		return err
	}
	version := files.version(name, f.info)
	f.state = version
	if f.info.Size() > maxKeptFile {
		f.open, f.version = open, version.compute(files)
		f.fields = files.fieldsOf(f.info, f.version)
		return nil
	}
	defer open.Close()
	if f.content, err = io.ReadAll(open); err != nil {
		return err
	}
	f.version = version.computeOf(f.content)
	f.kept = files.keep(name, f.info, f.version, f.content)
	f.fields = f.kept.fields
	return nil
}

// describe sets the fields that tell of a file, and says what to answer: 200, 206
// with the parts that are wanted, 304, 412 or 416.
func (h *StaticFileHandler) describe(f *servedFile) (status int, parts []span) {
	contentType := contentTypeOf(f.name)
	if typer, ok := h.self.(StaticContentTyper); ok {
		contentType = typer.GetContentType(f.name)
	}
	set := func(name, value string) {
		if value != "" {
			check(h.headers.Set(name, value))
		}
	}
	set("Content-Type", contentType)
	set("Accept-Ranges", "bytes")
	set("Etag", f.fields.etag)
	set("Last-Modified", f.fields.lastModified)
	set("Content-Encoding", f.coding)
	if f.varies {
		h.addVary("Accept-Encoding")
	}
	h.setCaching(f, contentType)
	if setter, ok := h.self.(StaticHeaderSetter); ok {
		setter.SetExtraHeaders(f.name)
	}
	v := validators{f.fields.etag, f.info.ModTime()}
	status, parts = v.decide(&h.request.Headers, f.size())
	h.SetStatus(status)
	size := f.size()
	switch {
	case status == 416:
		h.SetHeader("Content-Range", httputil.ContentRange(0, 0, size))
	case status == 206 && len(parts) == 1:
		h.SetHeader("Content-Range", httputil.ContentRange(parts[0].start, parts[0].end, size))
	}
	return status, parts
}

// setCaching says for how long a client may keep a file without asking.
func (h *StaticFileHandler) setCaching(f *servedFile, contentType string) {
	if h.app.development() {
		h.SetHeader("Cache-Control", "no-cache")
		return
	}
	var keep time.Duration
	if timer, ok := h.self.(StaticCacheTimer); ok {
		keep = timer.GetCacheTime(f.name, f.info.ModTime(), contentType)
	} else if h.request.Query != "" {
		if _, versioned := h.Request.QueryArguments()["v"]; versioned {
			keep = CacheMaxAge
		}
	}
	if keep > 0 {
		h.SetHeader("Expires", time.Now().Add(keep))
		h.SetHeader("Cache-Control", "max-age="+formatInt(int64(keep/time.Second)))
	}
}

// codingOf is the coding in which a small file is sent that has no sibling for the
// client, -1 for none.
func (h *StaticFileHandler) codingOf(f *servedFile) int {
	if h.app.compression == nil {
		return -1
	}
	return h.coding(len(f.content))
}

// sendWhole sends all of a file.
func (h *StaticFileHandler) sendWhole(ctx context.Context, f *servedFile) error {
	if f.open == nil {
		if index := h.codingOf(f); index >= 0 && !h.app.development() {
			body, err := f.kept.compress(&h.app.compression.codings[index], h.app.compression.pools[index])
			if err != nil {
				return err
			}
			h.setCoding(index)
			h.Write(body)
			return nil
		}
		h.Write(f.content)
		return nil
	}
	if h.app.compression != nil {
		h.compressPieces()
	}
	if h.encoding == nil {
		return h.sendFile(ctx, f, []span{{0, f.size()}})
	}
	if h.Request.Method == "HEAD" {
		h.Flush() // without a length, as GET
		return nil
	}
	return h.send(ctx, f.open, f.size())
}

// sendFile sends parts of a file; several as one body of several parts.
func (h *StaticFileHandler) sendFile(ctx context.Context, f *servedFile, parts []span) error {
	var multipart *multipartBody
	length := parts[0].length()
	if len(parts) > 1 {
		multipart = newMultipartBody(h.headers.Get("Content-Type"), f.size(), parts)
		h.SetHeader("Content-Type", multipart.ContentType())
		length = multipart.Length()
	}
	h.SetHeader("Content-Length", length)
	if h.Request.Method == "HEAD" {
		return nil
	}
	at := int64(0)
	for _, part := range parts {
		if multipart != nil {
			h.Write(multipart.Head(part))
		}
		if err := h.sendPart(ctx, f, part, &at); err != nil {
			return err
		}
	}
	if multipart != nil {
		h.Write(multipart.End())
	}
	return nil
}

// sendPart sends a part of a file of which at octets have been read.
func (h *StaticFileHandler) sendPart(ctx context.Context, f *servedFile, part span, at *int64) error {
	if f.open == nil {
		h.Write(f.content[part.start:part.end])
		return nil
	}
	for part.start < part.end {
		piece := span{part.start, min(part.end, part.start+systemPiece)}
		part.start = piece.end
		done, err := h.sendBySystem(ctx, f, piece, part.length() > 0)
		if err != nil {
			return err
		}
		if done {
			continue
		}
		if piece.start > *at {
			if err := seek(f.open, piece.start, *at); err != nil {
				return err
			}
		}
		*at = piece.end
		if err := h.send(ctx, f.open, piece.length()); err != nil {
			return err
		}
	}
	return nil
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
