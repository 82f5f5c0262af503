package gen_test

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/gen"
	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/ioloop"
)

func TestMain(m *testing.M) { leak.Main(m) }

var (
	errOne = errors.New("one")
	errTwo = errors.New("two")
)

func TestGo(t *testing.T) {
	for _, tt := range []struct {
		name string
		f    func() (int, error)
		want int
		err  error
		text string // of the error
	}{
		{"value", func() (int, error) { return 7, nil }, 7, nil, ""},
		{"error", func() (int, error) { return 7, errOne }, 7, errOne, "one"},
		{"panic", func() (int, error) { panic("oh") }, 0, nil, "panic: oh"},
		{"panic with an error", func() (int, error) { panic(errOne) }, 0, errOne, "panic: one"},
		{"goexit", func() (int, error) { runtime.Goexit(); return 7, nil }, 0, gen.ErrGoexit, gen.ErrGoexit.Error()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := gen.Go(tt.f).Wait(t.Context())
			if got != tt.want || tt.err != nil && !errors.Is(err, tt.err) || textOf(err) != tt.text {
				t.Errorf("got %d, %v; want %d, %q", got, err, tt.want, tt.text)
			}
		})
	}
}

func TestPanicKeepsItsStack(t *testing.T) {
	_, err := gen.Go(panicsHere).Wait(t.Context())
	var p *ioloop.PanicError
	if !errors.As(err, &p) || !strings.Contains(string(p.Stack), "panicsHere") || p.Value != "here" {
		t.Errorf("got %#v; want a PanicError whose stack names the function", err)
	}
}

func panicsHere() (int, error) { panic("here") }

func TestThen(t *testing.T) {
	double := func(n int) (string, error) { return strconv.Itoa(2 * n), nil }
	fail := func(int) (string, error) { return "", errTwo }
	fall := func(int) (string, error) { panic("oh") }
	later := func(f func(int) (string, error)) func(*concurrent.Future[int]) *concurrent.Future[string] {
		return func(future *concurrent.Future[int]) *concurrent.Future[string] {
			return gen.ThenAsync(future, func(n int) *concurrent.Future[string] {
				text, err := f(n) // a panic of the function itself, before it has a future
				next := new(concurrent.Future[string])
				next.TrySet(text, err)
				return next
			})
		}
	}
	now := func(f func(int) (string, error)) func(*concurrent.Future[int]) *concurrent.Future[string] {
		return func(future *concurrent.Future[int]) *concurrent.Future[string] { return gen.Then(future, f) }
	}
	for _, tt := range []struct {
		name string
		err  error // of the first future, or nil
		f    func(int) (string, error)
		want string
		text string // of the error
	}{
		{"value", nil, double, "14", ""},
		{"the first fails", errOne, fall, "", "one"},
		{"the second fails", nil, fail, "", "two"},
		{"panic", nil, fall, "", "panic: oh"},
	} {
		for face, chain := range map[string]func(*concurrent.Future[int]) *concurrent.Future[string]{"Then": now(tt.f), "ThenAsync": later(tt.f)} {
			for _, before := range []bool{true, false} {
				t.Run(tt.name+"/"+face+"/settled before: "+strconv.FormatBool(before), func(t *testing.T) {
					first := new(concurrent.Future[int])
					if before {
						first.TrySet(7, tt.err)
					}
					next := chain(first)
					if !before {
						if next.Settled() {
							t.Error("settled before its time")
						}
						first.TrySet(7, tt.err)
					}
					if got, err := next.Result(); !next.Settled() || got != tt.want || textOf(err) != tt.text {
						t.Errorf("got %q, %v, settled: %v; want %q, %q", got, err, next.Settled(), tt.want, tt.text)
					}
				})
			}
		}
	}
}

// textOf is the first line of an error.
func textOf(err error) string {
	if err == nil {
		return ""
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// mustWait returns what a future is settled with, which must be no error.
func mustWait[T any](t *testing.T, f *concurrent.Future[T]) T {
	t.Helper()
	value, err := f.Wait(t.Context())
	if err != nil {
		t.Fatalf("got the error %v", err)
	}
	return value
}

// ended is a context that is over.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
