package log

import (
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	// writePatience is how long lines may hold up those who log them, in each
	// second. When it is used up, nobody waits until the next second.
	writePatience = 50 * time.Millisecond

	// quickWrite is how long a write may take without using patience up.
	quickWrite = time.Millisecond

	// maxWaiting is how many bytes of lines may wait to be written.
	maxWaiting = 1 << 20
)

// A bounded writer writes on a goroutine that exists as long as there is something
// to write, so that Write returns in bounded time whatever the writer below does.
type bounded struct {
	w io.Writer

	mu       sync.Mutex    // guards what follows
	patience time.Duration // what is left of it
	renewed  time.Time     // when it is whole again
	waiting  []byte        // not handed to w yet
	spare    []byte        // room for the next lines
	written  chan struct{} // closed when what waits is written; nil if nothing waits
	lost     int           // lines for which there was no room
	running  bool          // the goroutine exists
	finished chan struct{} // closed when it ends; nil if nobody wants to know
}

func newBounded(w io.Writer) *bounded { return &bounded{w: w} }

// Write takes a line. It never fails.
func (b *bounded) Write(line []byte) (int, error) {
	began := time.Now()
	written, patience := b.enqueue(line, began)
	if written == nil {
		return len(line), nil
	}
	waitFor(written, patience)
	if took := time.Since(began); took > quickWrite {
		b.mu.Lock()
		b.patience -= took
		b.mu.Unlock()
	}
	return len(line), nil
}

// enqueue gives what to wait for, and how long; nil if nobody is to wait.
func (b *bounded) enqueue(line []byte, now time.Time) (written <-chan struct{}, patience time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting)+len(line) > maxWaiting {
		b.lost++
		return nil, 0
	}
	if b.written == nil {
		b.written = make(chan struct{})
	}
	b.waiting = append(b.waiting, line...)
	if !b.running {
		b.running = true
		go b.run() // ends when nothing waits; flush waits for it
	}
	if now.After(b.renewed) {
		b.patience, b.renewed = writePatience, now.Add(time.Second)
	}
	if b.patience <= 0 {
		return nil, 0
	}
	return b.written, b.patience
}

func waitFor(done <-chan struct{}, patience time.Duration) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

func (b *bounded) run() {
	for {
		lines, written := b.take()
		if written == nil {
			return
		}
		_, _ = b.w.Write(lines) // where could one complain?
		close(written)
		if cap(lines) <= 64<<10 {
			b.mu.Lock()
			b.spare = lines[:0]
			b.mu.Unlock()
		}
	}
}

// take gives the lines that wait; without any the goroutine ends.
func (b *bounded) take() (lines []byte, written chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	lines, written = b.waiting, b.written
	b.waiting, b.spare, b.written = b.spare, nil, nil
	if written == nil {
		b.running = false
		if b.finished != nil {
			close(b.finished)
			b.finished = nil
		}
	} else if b.lost > 0 {
		message := fmt.Sprintf("log: the output was too slow for %d records after this", b.lost)
		lines = AppendLine(lines, Record{Time: time.Now(), Level: LevelWarning, Message: message}, false)
		b.lost = 0
	}
	return lines, written
}

// flush waits until all is written, or until its patience is at an end.
func (b *bounded) flush(patience time.Duration) {
	b.mu.Lock()
	if !b.running {
		b.mu.Unlock()
		return
	}
	if b.finished == nil {
		b.finished = make(chan struct{})
	}
	finished := b.finished
	b.mu.Unlock()
	waitFor(finished, patience)
}
