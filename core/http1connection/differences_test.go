package http1connection

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// The differences between our reading of a client's octets and net/http's. The
// fuzz target below fails on one that is not here. What is not here either: to
// understand the same octets as different messages. There is no such difference.

// stricter are the beginnings of our reasons to refuse what net/http takes. A
// server of net/http makes up for some of them behind its reader.
var stricter = map[string]string{
	errBareLF.Message:         "it takes LF for a line end; a proxy that does not would see other lines",
	errFolded.Message:         "it unfolds; RFC 9112 section 5.2 lets a server refuse",
	errFieldName.Message:      "its reader takes names that are no tokens; its server looks at them later",
	errNoHost.Message:         "its server looks at Host later",
	errHost.Message:           "its server looks at Host later, and more leniently",
	errBothLengths.Message:    "it drops Content-Length and goes on, which a proxy that prefers it would not",
	errEncodingIn10.Message:   "it ignores Transfer-Encoding in HTTP/1.0; RFC 9112 section 6.1 wants the framing taken for faulty",
	errExpectation.Message:    "its server answers 417 later",
	errLineTooLong.Message:    "its reader has no limit",
	errHeadTooLarge.Message:   "its reader has no limit",
	errTooManyFields.Message:  "its reader has no limit",
	errChunkSize.Message:      "it takes white space behind the size",
	errChunkExtension.Message: "it does not look into extensions",
	errChunkOverhead.Message:  "it limits extensions in relation to the data",
	errTrailer.Message:        "it reads trailers as leniently as fields",
	errTrailerSize.Message:    "its limits are others",
	"version ":                "its reader takes every version; its server answers 505 later",
	"invalid target":          "it takes a fragment, which is never sent, and splits the line elsewhere",
	"malformed Transfer-":     "in HTTP/1.0 it does not look at it",
	errEncodingTwice.Message:  "likewise",
	"Content-Length: ":        "it ignores the field beside Transfer-Encoding, and takes an empty one for none",
}

// laxer are parts of net/http's reasons to refuse what we take, and why we do.
var laxer = map[string]string{
	"malformed HTTP request \"\"":  "an empty line before a request, which RFC 9112 section 2.2 wants ignored; its server does so behind a POST",
	"parse \"":                     "it wants a target to be a URL; here the routes see what was sent",
	"invalid byte in chunk length": "white space between the size and a semicolon, which RFC 9112 section 7.1.1 wants taken off",
	"bad Content-Length":           "RFC 9110 section 8.6 lets a list of identical values count as one",
}

func (m message) String() string {
	return fmt.Sprintf("%s %q %s %q", m.head.Method, m.head.URI, m.head.Version, m.body)
}

// theyRead is what net/http makes of a client's octets.
func theyRead(data []byte) (messages []message, err error) {
	in := bufio.NewReader(bytes.NewReader(data))
	for {
		request, err := http.ReadRequest(in)
		if err != nil {
			return messages, err
		}
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return messages, err
		}
		var m message
		m.head.Method, m.head.URI, m.head.Version, m.body = request.Method, request.RequestURI, request.Proto, string(body)
		messages = append(messages, m)
		if request.Close {
			return messages, nil
		}
	}
}

func FuzzDifferential(f *testing.F) {
	addRequestSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte, first, _ uint16) {
		ours := interpreter{}
		cut := min(int(first), len(data))
		ours.feed(data[:cut])
		ours.feed(data[cut:])
		theirs, theirError := theyRead(data)
		for i, m := range ours.message {
			if i == len(theirs) {
				explainLaxer(t, data, m, theirError)
				return
			}
			if got, want := m.String(), theirs[i].String(); got != want {
				t.Fatalf("%q: message %d is %s to us and %s to net/http", data, i, got, want)
			}
		}
		if len(theirs) > len(ours.message) {
			explainStricter(t, data, &ours)
		}
	})
}

func explainLaxer(t *testing.T, data []byte, m message, err error) {
	t.Helper()
	if err == nil {
		return // it closed before, which only costs a connection
	}
	for text := range laxer {
		if strings.Contains(err.Error(), text) {
			return
		}
	}
	t.Fatalf("%q: net/http refuses %s %s: %v", data, m.head.Method, m.head.URI, err)
}

func explainStricter(t *testing.T, data []byte, ours *interpreter) {
	t.Helper()
	switch {
	case ours.err == nil && ours.ended:
		return // we closed before, which only costs a connection
	case ours.err == nil:
		// The next may still come whole for us; to net/http it is. Only a head whose
		// lines end in LF is like that, and such a one we refuse when we see it.
		t.Fatalf("%q: net/http reads on where we wait: %s", data, ours.result())
	}
	reason := ours.err.Error()
	for text := range stricter {
		if strings.HasPrefix(reason, text) {
			return
		}
	}
	t.Fatalf("%q: we refuse what net/http takes: %s", data, reason)
}

// TestDifferencesAreReal wants an example for each difference, so that the tables
// hold nothing that was overcome.
func TestDifferencesAreReal(t *testing.T) {
	seenStricter, seenLaxer := map[string]bool{}, map[string]bool{}
	for _, c := range RequestCases {
		ours := interpreter{}
		ours.feed([]byte(c.Input))
		theirs, err := theyRead([]byte(c.Input))
		switch {
		case len(theirs) > len(ours.message) && ours.err != nil:
			for text := range stricter {
				seenStricter[text] = seenStricter[text] || strings.HasPrefix(ours.err.Error(), text)
			}
		case len(theirs) < len(ours.message) && err != nil && !errors.Is(err, io.EOF):
			for text := range laxer {
				seenLaxer[text] = seenLaxer[text] || strings.Contains(err.Error(), text)
			}
		}
	}
	for text, reason := range stricter {
		if !seenStricter[text] {
			t.Errorf("net/http refuses as well what we refuse with %q; the table says: %s", text, reason)
		}
	}
	for text, reason := range laxer {
		if !seenLaxer[text] {
			t.Errorf("no example for net/http's %q; the table says: %s", text, reason)
		}
	}
}
