package http1connection

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"regexp"
	"strings"
	"testing"
)

func addRequestSeeds(f *testing.F) {
	for _, c := range RequestCases {
		if len(c.Input) < 1<<10 {
			f.Add([]byte(c.Input), uint16(len(c.Input)/2), uint16(1))
		}
	}
	f.Add([]byte(browserHead), uint16(3), uint16(100))
}

// FuzzSplit: any cut of the same octets gives the same events.
func FuzzSplit(f *testing.F) {
	addRequestSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte, first, second uint16) {
		s := string(data)
		whole := interpret(Limits{}, s)
		a := min(int(first), len(s))
		b := min(a+int(second), len(s))
		if got := refusedAlike(interpret(Limits{}, s[:a], s[a:b], s[b:])); got != refusedAlike(whole) {
			t.Fatalf("%q cut at %d and %d: got %s; whole: %s", s, a, b, got, whole)
		}
		if len(s) > 1<<10 {
			return
		}
		if got := refusedAlike(interpret(Limits{}, octetwise(s)...)); got != refusedAlike(whole) {
			t.Fatalf("%q octet by octet: got %s; whole: %s", s, got, whole)
		}
	})
}

// refusedAlike makes no difference between the reasons: of two faults in a head,
// the one in the octets that came first may be seen first.
func refusedAlike(result string) string {
	events := strings.Split(result, " | ")
	if last := events[len(events)-1]; len(last) == 3 && last != "..." {
		events[len(events)-1] = "refused"
	}
	return strings.Join(events, " | ")
}

// FuzzRequestHead compares with net/http's reader. Where both accept, they must
// mean the same; where only we accept, the reason must be known.
func FuzzRequestHead(f *testing.F) {
	addRequestSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte, _, _ uint16) {
		start, end, err := FindHeadEnd(data, 0, &Limits{})
		if err != nil || end == 0 {
			return
		}
		raw := string(data[start:end])
		var h RequestHead
		if err := h.Parse(raw, &Limits{}); err != nil {
			return // being stricter is what the table tests
		}
		checkHead(t, raw, &h)
		theirs, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			if !knownToBeStricter(&h, err) {
				t.Fatalf("net/http refuses %q: %v", raw, err)
			}
			return
		}
		compareHeads(t, raw, &h, theirs)
	})
}

// checkHead holds for whatever was accepted.
func checkHead(t *testing.T, raw string, h *RequestHead) {
	t.Helper()
	if again := h.Method + " " + h.URI + " " + h.Version + "\r\n" + h.Fields + "\r\n"; again != raw {
		t.Fatalf("the parts are %q; the head was %q", again, raw)
	}
	if strings.Count(raw, "\n") != strings.Count(raw, "\r\n") || strings.Count(raw, "\r") != strings.Count(raw, "\r\n") {
		t.Fatalf("%q holds CR or LF by themselves", raw)
	}
	if h.Chunked && h.ContentLength >= 0 || h.ContentLength < -1 || h.Chunked && h.HTTP10 {
		t.Fatalf("%q: contradictory framing %+v", raw, h)
	}
}

// knownToBeStricter are the cases in which net/http refuses and we do not.
func knownToBeStricter(h *RequestHead, err error) bool {
	text := err.Error()
	switch {
	// It parses the target as a URL. We hand it on as sent; the routes see its
	// path, and a target that is no path has none.
	case strings.HasPrefix(text, "parse "):
		return true
	// RFC 9110 section 8.6 allows "3, 3", but net/http wants one number.
	case strings.Contains(text, "bad Content-Length"):
		return strings.Contains(strings.ToLower(h.Fields), ",")
	// We read no Trailer field: whatever comes as a trailer is dropped.
	case strings.Contains(text, "bad trailer key"):
		return h.Chunked
	}
	return false
}

func compareHeads(t *testing.T, raw string, h *RequestHead, theirs *http.Request) {
	t.Helper()
	length := h.ContentLength
	if length < 0 && !h.Chunked {
		length = 0
	}
	got := fmt.Sprint(h.Method, h.URI, h.Version, length, h.Chunked)
	want := fmt.Sprint(theirs.Method, theirs.RequestURI, theirs.Proto, theirs.ContentLength, len(theirs.TransferEncoding) > 0)
	if got != want {
		t.Fatalf("%q: got %s; net/http %s", raw, got, want)
	}
	// net/http looks for a scheme of any name in the target.
	if h.URI[0] == '/' && h.Host != theirs.Host && (theirs.Host != "" || !h.HTTP10) {
		t.Fatalf("%q: got the host %q; net/http %q", raw, h.Host, theirs.Host)
	}
	// It keeps the connection of HTTP/1.0 alive for methods whose body is unclear.
	if alive := canKeepAlive(h); alive == theirs.Close && !(h.HTTP10 && !alive) {
		t.Fatalf("%q: keep-alive is %v; net/http closes: %v", raw, alive, theirs.Close)
	}
}

// FuzzChunked: any cut gives the same body, nothing is consumed behind the end,
// and where net/http's reader agrees to the coding it finds the same body.
func FuzzChunked(f *testing.F) {
	for _, c := range RequestCases {
		if _, body, ok := strings.Cut(c.Input, "Transfer-Encoding: chunked\r\n\r\n"); ok && len(body) < 1<<10 {
			f.Add([]byte(body), uint8(3))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, step uint8) {
		body, trailers, n, done, err := decodeAll(data, len(data))
		inSteps, trailersInSteps, nSteps, doneSteps, errSteps := decodeAll(data, int(step)+1)
		if !bytes.Equal(body, inSteps) || !bytes.Equal(trailers, trailersInSteps) || n != nSteps || done != doneSteps || err != errSteps {
			t.Fatalf("%q in steps of %d: %q, %d, %v, %v; whole: %q, %d, %v, %v", data, int(step)+1,
				inSteps, nSteps, doneSteps, errSteps, body, n, done, err)
		}
		if len(body) > len(data) || done && err != nil {
			t.Fatalf("%q: %d octets of body, done %v, %v", data, len(body), done, err)
		}
		if !done {
			return
		}
		theirs, err := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(data[:n])))
		if err == nil && !bytes.Equal(body, theirs) {
			t.Fatalf("%q: got %q; net/http %q", data, body, theirs)
		}
		// It reads the trailer elsewhere, limits the overhead in relation to the data,
		// and knows no white space before a semicolon; everything else that we take it
		// must take.
		if err != nil && !strings.Contains(err.Error(), "excessive overhead") && !strings.Contains(err.Error(), "too long") &&
			!(strings.Contains(err.Error(), "invalid byte in chunk length") && spaceBeforeExtension.Match(data[:n])) {
			t.Fatalf("%q: net/http refuses: %v", data, err)
		}
	})
}

var spaceBeforeExtension = regexp.MustCompile("[0-9a-fA-F][ \t]+;")

func decodeAll(data []byte, step int) (body, trailers []byte, n int, done bool, err error) {
	var d ChunkedDecoder
	for n < len(data) && !done && err == nil {
		var piece []byte
		var consumed int
		piece, consumed, done, err = d.Decode(data[n:min(n+step, len(data))])
		body = append(body, piece...)
		n += consumed
	}
	if done {
		fields := d.Trailers()
		trailers = fields.Append(nil)
	}
	return body, trailers, n, done, err
}
