// Package locks has what goroutines and loops wait for and give each other: the
// locks of Tornado, for both faces of waiting.
//
// Everything here may be used from any goroutine and knows no loop. Acquire and
// Wait block until it is their turn or their context ends. AcquireAsync and
// WaitAsync return a future at once, for code on a loop, which continues with
// ioloop.AddFuture. Those who block and those who hold futures stand in one line.
//
//   - Event: something has happened, or not yet
//   - Condition: something may have happened; look again
//   - Semaphore, BoundedSemaphore: so many at once
//   - Lock: one at a time
//   - Waiters: the line itself, of which the others and package queues are made
//
// # Which to use
//
// Between goroutines alone Go has shorter words, and faster ones: sync.Mutex in
// place of a Lock that nobody holds while waiting for anything; a closed channel
// for an Event that is never cleared; golang.org/x/sync/semaphore where permits
// have weights. Use this package as soon as one of those who wait is on a loop, is
// to be served in order, or may lose its patience.
//
// # What holds for all
//
//   - First come, first served. What is set free goes to the first in line; nobody
//     who comes later can snatch it.
//   - A context that has ended already is an error, even if there were nothing to
//     wait for: a worker whose context ended does nothing more. When both happen at
//     once while waiting, what was waited for wins, so nothing is lost.
//   - The timeout of an …Async method is optional. Without one the future waits as
//     long as it takes; zero, or less, tries once. Too late is a gen.TimeoutError,
//     which errors.Is finds to be context.DeadlineExceeded.
//   - Who no longer wants a future settles it, as in f.TrySet(struct{}{},
//     context.Canceled), and leaves the line by that. To drop it without settling
//     it is to be served one day, and to keep what one was given.
//   - Who lost patience is out of the line at once, and is never given anything.
//   - Callbacks of futures run on the goroutine that released, notified or set, and
//     after it let go of its own locks. They must not wait.
//   - Time is that of package time, so testing/synctest works.
package locks
