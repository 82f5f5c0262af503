package concurrent

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/internal/leak"
)

// told are the errors that nobody took. No test leaves so many behind.
var told = make(chan string, 1000)

func TestMain(m *testing.M) {
	Unretrieved = func(message string) { told <- message }
	leak.Main(m)
}

// collected returns what is told of futures that were dropped before.
func collected(t *testing.T) (messages []string) {
	t.Helper()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	// What a collection finds is told in no order. So two errors are lost on
	// purpose, the second when the first was told.
	for i := range 2 {
		last := fmt.Sprint("the last ", i)
		Failed[int](fmt.Errorf("%s", last))
		for deadline := time.Now().Add(30 * time.Second); ; {
			runtime.GC()
			select {
			case m := <-told:
				messages = append(messages, m)
			case <-again.C:
			}
			if n := len(messages); n > 0 && messages[n-1] == last {
				messages = messages[:n-1]
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("got %q; want %q at last", messages, last)
			}
		}
	}
	return messages
}

// A cyclic error leads to the future that it is of.
type cyclic struct{ f *Future[int] }

func (e *cyclic) Error() string { return "cyclic" }

var global Future[int] // is never collected

func TestUnretrieved(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(t *testing.T)
		want []string
	}{
		{"failed", func(*testing.T) { Failed[int](errTest) }, []string{"test"}},
		{"set", func(*testing.T) { new(Future[string]).SetError(errTest) }, []string{"test"}},
		{"without a size", func(*testing.T) { new(Future[struct{}]).SetError(errTest) }, []string{"test"}},
		{"inside of something", func(*testing.T) {
			s := new(struct {
				name string
				Future[int]
			})
			s.SetError(errTest)
		}, []string{"test"}},
		{"twice the same", func(*testing.T) { Failed[int](errTest); Failed[int](errTest) }, []string{"test", "test"}},
		{"leads to its future", func(*testing.T) { f := new(Future[int]); f.SetError(&cyclic{f}) }, []string{"cyclic"}},
		{"settled and asked whether", func(*testing.T) { f := Failed[int](errTest); f.Settled(); <-f.Done() }, []string{"test"}},
		{"the second error", func(*testing.T) { f := Resolved(7); f.TrySet(0, errTest) }, nil},
		{"global", func(*testing.T) { global.TrySet(0, errTest) }, nil},
		{"succeeded", func(*testing.T) { Resolved(7) }, nil},
		{"pending", func(*testing.T) { new(Future[int]).AddDoneCallback(func(*Future[int]) {}) }, nil},
		{"cancelled", func(*testing.T) { Failed[int](fmt.Errorf("read: %w", context.Canceled)) }, nil},
		{"result asked", func(*testing.T) { Failed[int](errTest).Result() }, nil},
		{"result asked too early", func(*testing.T) { f := new(Future[int]); f.Result(); f.SetError(errTest) }, []string{"test"}},
		{"waited", func(t *testing.T) { Failed[int](errTest).Wait(t.Context()) }, nil},
		{"waited too briefly", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			f := new(Future[int])
			f.Wait(ctx)
			f.SetError(errTest)
		}, []string{"test"}},
		{"callback before", func(*testing.T) { f := new(Future[int]); f.AddDoneCallback(func(*Future[int]) {}); f.SetError(errTest) }, nil},
		{"callback after", func(*testing.T) { Failed[int](errTest).AddDoneCallback(func(*Future[int]) {}) }, nil},
		{"chained, and nobody listens", func(*testing.T) { Chain(Failed[int](errTest), new(Future[int])) }, []string{"test"}},
		{"chained, and somebody listens", func(*testing.T) {
			var dst Future[int]
			dst.AddDoneCallback(func(*Future[int]) {})
			Chain(Failed[int](errTest), &dst)
		}, nil},
		{"chained too late", func(*testing.T) { Chain(Failed[int](errTest), Resolved(7)) }, []string{"test"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.do(t)
			if got := collected(t); !slices.Equal(got, tt.want) {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
	global.Result()
}

// TestNoHook wants failures to cost nothing more where nobody wants to know.
func TestNoHook(t *testing.T) {
	hook := Unretrieved
	Unretrieved = nil
	Failed[int](errTest)
	Unretrieved = hook
	if got := collected(t); len(got) != 0 {
		t.Errorf("got %q; want nothing", got)
	}
}
