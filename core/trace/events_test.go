package trace

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

// Whatever a request goes through, its phases make up its duration.
func TestPhasesAddUp(t *testing.T) {
	cause := errors.New("the client left")
	for _, tt := range []struct {
		name   string
		phases []Phase
		waited time.Duration // before Started
	}{
		{"none", nil, 0},
		{"all", []Phase{PhaseBody, PhasePrepare, PhaseHandler, PhaseRender, PhaseHandler, PhaseFlush}, 0},
		{"held before", []Phase{PhaseHandler, PhaseFlush}, time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &Request{Started: time.Now().Add(-time.Second)}
			r.Waited(tt.waited)
			previous := PhaseQueue
			for _, p := range tt.phases {
				if got := r.Enter(p); got != previous {
					t.Errorf("Enter(%v) ended %v; want %v", p, got, previous)
				}
				previous = p
			}
			r.End(cause)
			var sum time.Duration
			for _, spent := range r.Spent {
				sum += spent
			}
			if sum != tt.waited+r.Duration || r.Duration < time.Second {
				t.Errorf("phases of %v in a request of %v that had waited %v", sum, r.Duration, tt.waited)
			}
			if r.CurrentPhase() != previous || r.Err != cause {
				t.Errorf("ended in %v with %v; want %v with %v", r.CurrentPhase(), r.Err, previous, cause)
			}
		})
	}
}

func TestKeepAnswer(t *testing.T) {
	large := bytes.Repeat([]byte("x"), BodyLimit+1)
	for _, tt := range []struct {
		name   string
		first  int // announced with the head
		chunks []string
	}{
		{"none", 0, nil},
		{"whole", 5, []string{"hello"}},
		{"in pieces", 2, []string{"he", "llo"}},
		{"announced and not written", 5, nil},
		{"over the limit", len(large), []string{string(large)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			head := []byte("HTTP/1.1 200 OK\r\n")
			var r Request
			r.KeepAnswerHead(200, head, tt.first)
			head[0] = '-' // the buffer is used again
			var body []byte
			for _, chunk := range tt.chunks {
				r.KeepAnswer([]byte(chunk))
				body = append(body, chunk...)
			}
			if r.Status != 200 || string(r.AnswerHead) != "HTTP/1.1 200 OK\r\n" {
				t.Errorf("got status %d and head %q", r.Status, r.AnswerHead)
			}
			if want := body[:min(len(body), BodyLimit)]; !bytes.Equal(r.Answer, want) || r.AnswerLen != int64(len(body)) {
				t.Errorf("kept %d bytes of %d; want %d of %d", len(r.Answer), r.AnswerLen, len(want), len(body))
			}
		})
	}
}

// Callers need no test of whether somebody listens.
func TestNobodyListens(t *testing.T) {
	var r *Request
	r.Enter(PhaseHandler)
	r.KeepBody([]byte("a"))
	r.KeepAnswerHead(200, nil, 0)
	r.KeepAnswer([]byte("a"))
}
