//go:build unix

// Package inuse lets a server of a comparison tell how much memory it needs; package
// pinned asks for it.
package inuse

import (
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"runtime/metrics"
	"syscall"
)

// TellOnSignal prints, at each SIGUSR1 until the program ends, how many bytes of heap
// and stacks are in use after a garbage collection, when what is free has been given
// back to the system.
func TellOnSignal() {
	signals := make(chan os.Signal, 1) // one is as good as several
	signal.Notify(signals, syscall.SIGUSR1)
	go func() { // until the program ends
		for range signals {
			debug.FreeOSMemory()
			debug.FreeOSMemory() // what pools keep goes with the second collection
			fmt.Println(bytes())
		}
	}()
}

func bytes() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() + samples[1].Value.Uint64()
}
