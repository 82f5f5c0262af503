package trace

import (
	"bytes"
	"testing"
	"time"
)

// use makes of r a request that has everything.
func use(r *Request, answer []byte) {
	r.ID, r.Started, r.Slot = 7, time.Now(), 3
	r.Head = append(r.Head, "GET / HTTP/1.1\r\n"...)
	r.Choose(&Target{Handler: "main.Hello.Get", Pattern: "/"})
	r.Enter(PhaseHandler)
	r.KeepBody([]byte("body"))
	r.KeepAnswerHead(200, []byte("HTTP/1.1 200 OK\r\n"), len(answer))
	r.KeepAnswer(answer)
	r.End(nil)
}

func TestRequestsAreUsedAgain(t *testing.T) {
	for _, tt := range []struct {
		name     string
		releases int
		again    bool
	}{
		{"nobody has released it", 0, false},
		{"one holder keeps it", 1, false},
		{"both have released it", 2, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var pool Requests
			first := pool.New()
			ended := 0
			first.Ended = func(error) { ended++ }
			use(first, []byte("hello"))
			for range tt.releases {
				first.Release()
			}
			next := pool.New()
			if (next == first) != tt.again {
				t.Fatalf("used again: %t; want %t", next == first, tt.again)
			}
			if !tt.again {
				return
			}
			if next.Ended(nil); ended != 1 {
				t.Error("Ended is lost")
			}
			if next.ID != 0 || next.Slot != 0 || next.CurrentPhase() != PhaseQueue || next.Spent != [NumPhases]time.Duration{} ||
				next.Target() != (Target{}) || len(next.Head) != 0 || next.Body != nil || next.BodyLen != 0 ||
				next.Status != 0 || next.AnswerHead != nil || next.Answer != nil || next.AnswerLen != 0 || next.Duration != 0 {
				t.Errorf("something is left: %+v", next)
			}
			use(next, []byte("again"))
			if string(next.Head) != "GET / HTTP/1.1\r\n" || string(next.Answer) != "again" {
				t.Errorf("got head %q and answer %q", next.Head, next.Answer)
			}
		})
	}
}

// A WebSocket's request lasts as long as the connection, and there may be many.
func TestKeptRequestIsSmall(t *testing.T) {
	var pool Requests
	r := pool.New()
	use(r, []byte("hello"))
	r.Release()
	if r.ID != 7 || r.kept != nil || r.Answer != nil || r.AnswerHead != nil || r.Body != nil {
		t.Errorf("got %+v; want the request without its bodies", r)
	}
}

func TestRequestsAreBounded(t *testing.T) {
	var pool Requests
	var all []*Request
	for range 2 * maxIdle {
		all = append(all, pool.New())
	}
	for _, r := range all {
		use(r, bytes.Repeat([]byte("x"), 2*largestKept))
		r.Release()
		r.Release()
	}
	if len(pool.idle) != maxIdle {
		t.Errorf("%d are kept; want %d", len(pool.idle), maxIdle)
	}
	if r := pool.New(); cap(r.kept) > largestKept {
		t.Errorf("it keeps %d bytes for answers", cap(r.kept))
	}
}

func TestRequestsAllocateNothing(t *testing.T) {
	var pool Requests
	answer := []byte("hello")
	target := new(Target)
	if n := testing.AllocsPerRun(100, func() {
		r := pool.New()
		r.Head = append(r.Head, "GET / HTTP/1.1\r\n"...)
		r.Choose(target)
		r.KeepAnswerHead(200, []byte("HTTP/1.1 200 OK\r\n"), len(answer))
		r.KeepAnswer(answer)
		r.Release()
		r.End(nil)
		r.Release()
	}); n > 0 {
		t.Errorf("%v allocations a request; want none", n)
	}
}
