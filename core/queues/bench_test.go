package queues

import (
	"sync"
	"testing"
)

// BenchmarkThrough has one goroutine put and take, with nobody waiting.
func BenchmarkThrough(b *testing.B) {
	b.Run("channel", func(b *testing.B) {
		c := make(chan int, 4)
		for b.Loop() {
			c <- 1
			<-c
		}
	})
	for _, kind := range kinds {
		b.Run(kind.name, func(b *testing.B) {
			q := kind.make(4)
			for b.Loop() {
				q.Put(b.Context(), 1)
				q.Get(b.Context())
			}
		})
	}
}

// BenchmarkHandOver has two goroutines throw one item to each other.
func BenchmarkHandOver(b *testing.B) {
	b.Run("channel", func(b *testing.B) {
		there, back := make(chan int), make(chan int)
		var wg sync.WaitGroup
		wg.Go(func() {
			for item := range there {
				back <- item
			}
		})
		for b.Loop() {
			there <- 1
			<-back
		}
		close(there)
		wg.Wait()
	})
	b.Run("Queue", func(b *testing.B) {
		there, back := NewQueue[int](1), NewQueue[int](1)
		var wg sync.WaitGroup
		wg.Go(func() {
			for item := range there.All(b.Context()) {
				if item < 0 {
					return
				}
				back.Put(b.Context(), item)
			}
		})
		for b.Loop() {
			there.Put(b.Context(), 1)
			back.Get(b.Context())
		}
		there.Put(b.Context(), -1)
		wg.Wait()
	})
}
