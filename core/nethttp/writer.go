package nethttp

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tornado-dev/tornado/core/httputil"
	"github.com/tornado-dev/tornado/core/log"
)

const (
	// maxHeld is how much is held back, so that a short answer gets a Content-Length,
	// in bytes. It is net/http's.
	maxHeld = 2 << 10

	// maxUnsent is how much may be written before the client must have taken it.
	maxUnsent = 256 << 10
)

// A responseWriter is an http.ResponseWriter over a connection. Its exported
// methods, finish, abort and fail belong to the handler's goroutine.
type responseWriter struct {
	// Set by newResponseWriter and never changed.
	request *httputil.HTTPServerRequest
	body    *body

	// Owned by the handler's goroutine.
	header      http.Header
	fixed       http.Header // header, as it was at WriteHeader; nil before
	status      int
	sent        bool // the header is on its way
	length      int64
	written     int64
	held        []byte
	deadline    *time.Timer // for writing; nil if there is none
	outstanding int         // bytes since the client had taken all
	hijacked    bool        // the handler has the connection

	// Owned by the loop.
	ended  bool   // the connection must not be used any more
	read   bool   // the request was read whole, or never will be
	onRead func() // called then; nil for nothing
	seen   int    // the status that was sent; statusClientLeft before

	failure  atomic.Pointer[error] // why nothing more can be written
	late     chan struct{}         // closed when the deadline for writing has passed
	lateOnce sync.Once
}

var (
	_ http.ResponseWriter = (*responseWriter)(nil)
	_ http.Flusher        = (*responseWriter)(nil)
	_ http.Hijacker       = (*responseWriter)(nil)
)

func newResponseWriter(request *httputil.HTTPServerRequest, body *body) *responseWriter {
	return &responseWriter{request: request, body: body, header: http.Header{}, length: -1, seen: statusClientLeft, late: make(chan struct{})}
}

// Header implements http.ResponseWriter.
func (w *responseWriter) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *responseWriter) WriteHeader(status int) {
	switch {
	case status < 100 || status > 999:
		panic(fmt.Sprintf("invalid WriteHeader code %v", status))
	case w.fixed != nil || w.hijacked:
		return
	case status < 200 && status != http.StatusSwitchingProtocols:
		w.send(status, fieldsOf(w.header, notInHeader), nil)
		return
	}
	w.status, w.fixed = status, w.header.Clone()
	if !hasBody(status) {
		w.fixed.Del("Content-Length")
	}
	if text := w.fixed.Get("Content-Length"); text != "" {
		var err error
		if w.length, err = httputil.ParseInt(text); err != nil {
			w.length = -1
			w.fixed.Del("Content-Length")
		}
	}
}

// Write implements io.Writer. It waits when the client takes nothing.
func (w *responseWriter) Write(p []byte) (int, error) {
	if w.hijacked {
		return 0, http.ErrHijacked
	}
	if w.fixed == nil {
		w.WriteHeader(http.StatusOK)
	}
	if !hasBody(w.status) {
		return 0, http.ErrBodyNotAllowed
	}
	if w.written += int64(len(p)); w.length >= 0 && w.written > w.length {
		return 0, http.ErrContentLength
	}
	if len(w.held)+len(p) <= maxHeld {
		w.held = append(w.held, p...)
		return len(p), w.err()
	}
	w.flush(p)
	if w.outstanding += len(p); w.outstanding > maxUnsent {
		return len(p), w.drain()
	}
	return len(p), w.err()
}

func hasBody(status int) bool { return status >= 200 && status != 204 && status != 304 }

// Flush implements http.Flusher.
func (w *responseWriter) Flush() { _ = w.FlushError() }

// FlushError is Flush for an http.ResponseController.
func (w *responseWriter) FlushError() error {
	if w.hijacked {
		return http.ErrHijacked
	}
	if w.fixed == nil {
		w.WriteHeader(http.StatusOK)
	}
	w.flush(nil)
	return w.err()
}

// EnableFullDuplex is for an http.ResponseController: it is always so.
func (w *responseWriter) EnableFullDuplex() error { return nil }

// SetWriteDeadline is for an http.ResponseController. When the time has come and the
// handler has not returned, the answer is broken off and Write fails; that is not
// taken back. The zero time is no deadline.
func (w *responseWriter) SetWriteDeadline(t time.Time) error {
	stopTimer(&w.deadline)
	if !t.IsZero() && w.err() == nil {
		w.deadline = time.AfterFunc(time.Until(t), w.expire) // finish and abort stop it
	}
	return nil
}

// expire runs in a goroutine of its own. The answer is broken off before Write fails,
// so that a handler which returns then does not complete it.
func (w *responseWriter) expire() {
	w.breakOff(os.ErrDeadlineExceeded)
	w.fails(os.ErrDeadlineExceeded)
	w.lateOnce.Do(func() { close(w.late) })
}

// SetReadDeadline is for an http.ResponseController. From then on the request's body
// cannot be read.
func (w *responseWriter) SetReadDeadline(t time.Time) error {
	w.body.setDeadline(t)
	return nil
}

// flush sends what is held, and more.
func (w *responseWriter) flush(more []byte) {
	chunk := append(append(make([]byte, 0, len(w.held)+len(more)), w.held...), more...)
	w.held = w.held[:0]
	if w.sent {
		if len(chunk) > 0 {
			w.post(func(c httputil.HTTPConnection) error { return c.Write(chunk) })
		}
		return
	}
	w.sent = true
	_, typed := w.fixed["Content-Type"]
	if !typed && len(chunk) > 0 && w.fixed.Get("Content-Encoding") == "" {
		w.fixed.Set("Content-Type", http.DetectContentType(chunk))
	}
	w.send(w.status, fieldsOf(w.fixed, notInHeader), chunk)
}

// notInHeader reports whether a field is not for the head of an answer: the
// connection frames the body by itself.
func notInHeader(name string) bool {
	return strings.HasPrefix(name, http.TrailerPrefix) || name == "Transfer-Encoding"
}

func (w *responseWriter) send(status int, fields *httputil.HTTPHeaders, chunk []byte) {
	w.post(func(c httputil.HTTPConnection) error {
		if status >= 200 || status == http.StatusSwitchingProtocols {
			w.seen = status
		}
		err := c.WriteHeaders(httputil.ResponseStartLine{Code: status, Reason: reasonOf(status)}, fields, chunk)
		if err != nil && w.seen == status && !w.ended {
			w.refused(c, err)
		}
		return err
	})
}

// refused answers 500 in place of a head that the connection does not let through.
func (w *responseWriter) refused(c httputil.HTTPConnection, err error) {
	log.Application.Error("%s %s (%s): the head of the answer was refused: %v", w.request.Method, w.request.URI, w.request.RemoteIP, err)
	w.ended, w.seen = true, http.StatusInternalServerError
	w.conclude("")
	// It fails, as it should, if the connection has closed.
	_ = httputil.WriteWhole(c, httputil.ResponseStartLine{Code: w.seen}, new(httputil.HTTPHeaders), nil)
}

// reasonOf is what net/http says of a status.
func reasonOf(status int) string {
	if text := http.StatusText(status); text != "" {
		return text
	}
	return fmt.Sprint("status code ", status)
}

// post runs an operation on the loop, unless the client has gone by then.
func (w *responseWriter) post(operation func(httputil.HTTPConnection) error) {
	w.request.Connection.AddCallback(func() {
		if w.ended {
			return
		}
		if err := operation(w.request.Connection); err != nil {
			w.fails(err)
		}
	})
}

func (w *responseWriter) fails(err error) { w.failure.CompareAndSwap(nil, &err) }

func (w *responseWriter) err() error {
	if err := w.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// drain waits until the client has taken what was written, which it may do although it
// sends no more itself.
func (w *responseWriter) drain() error {
	done := make(chan struct{})
	w.postFinal(func() {
		if w.ended {
			close(done)
			return
		}
		w.request.Connection.NotifyDrained(func(error) { close(done) })
	})
	select {
	case <-done:
		w.outstanding = 0
	case <-w.late:
	}
	return w.err()
}

// postFinal runs f on the loop, or somewhere if the loop has been closed, so that one
// can wait for it.
func (w *responseWriter) postFinal(f func()) {
	if c, ok := w.request.Connection.(interface{ AddFinalCallback(func()) }); ok {
		c.AddFinalCallback(f)
		return
	}
	w.request.Connection.AddCallback(f)
}

// finish ends the answer when the handler has returned.
func (w *responseWriter) finish() {
	if w.hijacked {
		return
	}
	stopTimer(&w.deadline)
	if w.fixed == nil {
		w.WriteHeader(http.StatusOK)
	}
	trailers := w.trailers()
	_, measured := w.fixed["Content-Length"]
	if !w.sent && hasBody(w.status) && !measured && trailers == nil && (w.request.Method != "HEAD" || len(w.held) > 0) {
		w.fixed.Set("Content-Length", strconv.Itoa(len(w.held)))
	}
	w.flush(nil)
	w.post(func(c httputil.HTTPConnection) error {
		if t, ok := c.(httputil.TrailerWriter); ok && trailers != nil {
			t.SetTrailers(trailers)
		}
		w.ended = true
		err := c.Finish()
		if err != nil {
			w.seen = http.StatusInternalServerError // shorter than its Content-Length
		}
		w.conclude("")
		return err
	})
}

// trailers are the fields that follow the body: those that the Trailer field names,
// and those whose names begin with http.TrailerPrefix. Nil means that there are none.
func (w *responseWriter) trailers() *httputil.HTTPHeaders {
	found := http.Header{}
	announced := false
	for _, list := range w.fixed["Trailer"] {
		for name := range strings.SplitSeq(list, ",") {
			name = http.CanonicalHeaderKey(httputil.TrimSpace(name))
			found[name] = w.header[name]
			announced = true
		}
	}
	for name, values := range w.header {
		if after, ok := strings.CutPrefix(name, http.TrailerPrefix); ok {
			found[http.CanonicalHeaderKey(after)] = values
			announced = true
		}
	}
	if !announced {
		return nil
	}
	return fieldsOf(found, func(name string) bool {
		return name == "Content-Length" || name == "Transfer-Encoding" || name == "Trailer"
	})
}

// fail answers 500, or ends the connection if another answer has begun.
func (w *responseWriter) fail() {
	if w.sent || w.hijacked {
		w.abort()
		return
	}
	w.header, w.fixed, w.held, w.length, w.written = http.Header{}, nil, nil, -1, 0
	http.Error(w, "500 Internal Server Error", http.StatusInternalServerError)
	w.finish()
}

var errAborted = errors.New("nethttp: the handler broke its answer off")

// abort ends the connection within the answer.
func (w *responseWriter) abort() {
	stopTimer(&w.deadline)
	w.breakOff(errAborted)
}

func (w *responseWriter) breakOff(err error) {
	w.post(func(c httputil.HTTPConnection) error {
		w.fails(err) // before Abort says that the client has left
		w.ended, w.seen = true, http.StatusInternalServerError
		w.conclude("")
		c.Abort(err)
		return err
	})
}

// end is called on the loop when the client is gone.
func (w *responseWriter) end(err error) {
	w.fails(err)
	if !w.ended {
		w.ended = true
		w.conclude(", the client left")
	}
	w.requestRead()
}

// whenRead calls f on the loop when the request was read whole, or never will be.
func (w *responseWriter) whenRead(f func()) {
	if w.onRead = f; w.read {
		w.requestRead()
	}
}

func (w *responseWriter) requestRead() {
	w.read = true
	if f := w.onRead; f != nil {
		w.onRead = nil
		f()
	}
}

// statusClientLeft stands in the log for an answer that was never given.
const statusClientLeft = 499

// conclude is the last thing that happens on the loop.
func (w *responseWriter) conclude(note string) {
	w.request.Took = w.request.RequestTime()
	logRequest(w.request, w.seen, note)
}
