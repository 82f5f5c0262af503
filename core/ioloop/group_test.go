package ioloop

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/tornado-dev/tornado/core/internal/leak"
)

func TestGroup(t *testing.T) {
	before := leak.Descriptors()
	g, err := NewGroup(3)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	if err := g.Start(); err != ErrClosed {
		t.Errorf("a second Start: got %v; want ErrClosed", err)
	}
	var got []int
	g.Each(func(l *IOLoop) { got = append(got, l.Number()) })
	if !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("Each ran on %v; want 0, 1, 2", got)
	}
	got = nil
	for range 7 {
		got = append(got, g.Next().Number())
	}
	if !slices.Equal(got, []int{0, 1, 2, 0, 1, 2, 0}) {
		t.Errorf("Next gave %v; want them in turn", got)
	}
	g.Loops()[1].AddCallback(g.Stop)
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	<-g.Done()
	g.Each(func(*IOLoop) { t.Error("Each ran after the end") })
	for range 2 {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	}
	if before != nil && !slices.Equal(leak.Descriptors(), before) {
		t.Errorf("open are %q; want %q", leak.Descriptors(), before)
	}
}

func TestGroupThatNeverStarted(t *testing.T) {
	g, err := NewGroup(0)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Loops()) != runtime.NumCPU() {
		t.Errorf("got %d loops; want one a CPU", len(g.Loops()))
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	if err := g.Start(); err != ErrClosed {
		t.Errorf("Start after Close: got %v; want ErrClosed", err)
	}
}

// TestGroupEndsWithALoopThatFails breaks the poller of one of three.
func TestGroupEndsWithALoopThatFails(t *testing.T) {
	g, err := NewGroup(3)
	if err != nil {
		t.Fatal(err)
	}
	broken := g.Loops()[1]
	broken.poller.Close()
	broken.poller = &fakePoller{err: errTest}
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	if err := g.Wait(); !errors.Is(err, errTest) || !strings.Contains(err.Error(), "loop 1: ") {
		t.Errorf("got %v; want that loop 1 failed, and why", err)
	}
	if err := g.Close(); !errors.Is(err, errTest) {
		t.Errorf("Close: got %v; want why the group ended", err)
	}
}
