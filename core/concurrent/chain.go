package concurrent

// Chain settles dst as src is settled, unless dst is settled by then. The error
// of a src that came too late counts as taken by nobody.
func Chain[T any](src, dst *Future[T]) { src.add(follower[T]{dst}) }

// A follower is a future that is settled as another is.
type follower[T any] struct{ dst *Future[T] }

func (f follower[T]) follow(src *Future[T]) {
	o := src.outcome.Load()
	if f.dst.TrySet(src.value, o.err) {
		o.take()
	}
}
