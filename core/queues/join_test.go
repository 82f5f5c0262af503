package queues

import (
	"context"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/gen"
)

// TestJoin counts what is unfinished.
func TestJoin(t *testing.T) {
	eachKind(t, 0, func(t *testing.T, q *Queue[int], _ []int) {
		if !q.JoinAsync().Settled() || q.Join(t.Context()) != nil {
			t.Error("nothing was put, and it waits")
		}
		if err := panicOf(q.TaskDone); err != ErrTaskDone {
			t.Errorf("TaskDone for nothing: got the panic %v", err)
		}
		q.PutNowait(1)
		q.PutNowait(2)
		q.GetNowait()
		joined := q.JoinAsync()
		q.TaskDone()
		if joined.Settled() {
			t.Error("joined with one unfinished")
		}
		q.GetNowait()
		if _, err := q.JoinAsync(time.Second).Wait(t.Context()); err != (gen.TimeoutError{After: time.Second}) {
			t.Errorf("Join with a timeout: got %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := q.Join(ctx); err != context.DeadlineExceeded {
			t.Errorf("Join with a context: got %v", err)
		}
		if got := q.joiners.Len(); got != 1 {
			t.Errorf("%d wait for the end; want one", got)
		}
		q.TaskDone()
		if !joined.Settled() {
			t.Error("not joined with everything finished")
		}
		if err := panicOf(q.TaskDone); err != ErrTaskDone {
			t.Errorf("TaskDone once more: got the panic %v", err)
		}
		// What goes straight to a getter counts, too.
		q.GetAsync()
		q.PutNowait(3)
		if q.JoinAsync().Settled() {
			t.Error("joined while a getter works")
		}
		q.TaskDone()
	})
}

// What waits for room is put when there is some, and then it counts.
func TestJoinAndPutters(t *testing.T) {
	eachKind(t, 1, func(t *testing.T, q *Queue[int], _ []int) {
		q.PutNowait(1)
		q.PutAsync(2)
		joined := q.JoinAsync()
		for range 2 {
			if joined.Settled() {
				t.Error("joined before its time")
			}
			q.GetNowait()
			q.TaskDone()
		}
		if !joined.Settled() {
			t.Error("not joined with everything finished")
		}
	})
}
