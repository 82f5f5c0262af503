//go:build linux

// Command echo compares servers that send back what they receive: on package net
// with a goroutine for each connection, and on core/iostream with a Consumer (push)
// and without (pull), plain and encrypted; plain also with what a loop over epoll can
// reach at most (bare). It prints processor time, in interleaved
// rounds with the server on one core and the generator on another, and the memory
// of a process for each open connection on which nothing happens.
//
//	cd bench && go run ./echo
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tornado-dev/tornado/bench/pinned"
)

var (
	rounds      = flag.Int("rounds", 3, "rounds over all servers")
	duration    = flag.Duration("duration", 2*time.Second, "of each measurement")
	connections = flag.Int("connections", 1000, "open connections while messages go to and fro")
	idle        = flag.Int("idle", 15000, "open connections on which nothing happens")
	serverCore  = flag.Int("server-core", 0, "core of the server")
	loadCore    = flag.Int("load-core", 1, "core of the load generator")
)

// modes are the ways of the server; the first is what the others are compared with.
var modes = []string{"net", "push", "pull"}

// modesOfTrips are those whose round trips are counted.
func modesOfTrips(encrypted bool) []string {
	if encrypted {
		return modes
	}
	return append(slices.Clone(modes), "bare")
}

func main() {
	flag.Parse()
	if err := compare(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func compare() error {
	directory, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	if err := pinned.Build(ctx, directory, "echo/server", "echo/load"); err != nil {
		return err
	}
	for _, encrypted := range []bool{false, true} {
		if err := compareTrips(ctx, directory, encrypted); err != nil {
			return err
		}
	}
	for _, encrypted := range []bool{false, true} {
		if err := compareMemory(ctx, directory, encrypted); err != nil {
			return err
		}
	}
	return nil
}

func kind(encrypted bool) string {
	if encrypted {
		return "TLS 1.3"
	}
	return "plain"
}

// A sample is one measurement of one server.
type sample struct {
	cpu  float64 // seconds for 100,000 round trips
	rate float64 // round trips a second
}

func compareTrips(ctx context.Context, directory string, encrypted bool) error {
	results := map[string][]sample{}
	for range *rounds {
		for _, mode := range modesOfTrips(encrypted) {
			s, err := measure(ctx, directory, mode, encrypted)
			if err != nil {
				return fmt.Errorf("%s: %w", mode, err)
			}
			results[mode] = append(results[mode], s)
		}
	}
	fmt.Printf("%s, %d connections, %v, %d rounds; medians\n", kind(encrypted), *connections, *duration, *rounds)
	fmt.Printf("%-6s %14s %14s %24s\n", "", "CPU s/100k", "round trips/s", "trips/CPU-s, to "+modes[0])
	for _, mode := range modesOfTrips(encrypted) {
		var ratios []float64
		for i, s := range results[mode] {
			ratios = append(ratios, results[modes[0]][i].cpu/s.cpu)
		}
		fmt.Printf("%-6s %14.2f %14.0f %23.2fx\n", mode,
			medianOf(results[mode], func(s sample) float64 { return s.cpu }),
			medianOf(results[mode], func(s sample) float64 { return s.rate }), pinned.Median(ratios))
	}
	fmt.Println()
	return nil
}

func measure(ctx context.Context, directory, mode string, encrypted bool) (s sample, err error) {
	server, err := startServer(ctx, directory, mode, encrypted)
	if err != nil {
		return s, err
	}
	defer server.End()
	if _, _, err := server.load(ctx, directory, 300*time.Millisecond); err != nil {
		return s, err // warm, and seen to work
	}
	before, _, err := pinned.CPUTime(server.PID())
	if err != nil {
		return s, err
	}
	trips, seconds, err := server.load(ctx, directory, *duration)
	if err != nil {
		return s, err
	}
	after, _, err := pinned.CPUTime(server.PID())
	if err != nil {
		return s, err
	}
	return sample{cpu: (after - before).Seconds() / trips * 100_000, rate: trips / seconds}, nil
}

func compareMemory(ctx context.Context, directory string, encrypted bool) error {
	fmt.Printf("%s, %d idle connections; bytes for each, after garbage collection\n", kind(encrypted), *idle)
	fmt.Printf("%-6s %22s %14s\n", "", "heap and stacks in use", "resident (RSS)")
	for _, mode := range append(slices.Clone(modes), "hold") {
		m, err := measureMemory(ctx, directory, mode, encrypted)
		if err != nil {
			return fmt.Errorf("%s: %w", mode, err)
		}
		fmt.Printf("%-6s %22.0f %14.0f\n", mode, m.InUse, m.Resident)
	}
	fmt.Println("hold is a net.Conn, and a tls.Conn, that nobody reads: neither goroutine nor buffer")
	fmt.Println()
	return nil
}

func measureMemory(ctx context.Context, directory, mode string, encrypted bool) (m pinned.Memory, err error) {
	server, err := startServer(ctx, directory, mode, encrypted)
	if err != nil {
		return m, err
	}
	defer server.End()
	// What the first connections cost is no question of their number.
	some, err := server.hold(ctx, directory, 100)
	if err != nil {
		return m, err
	}
	defer some()
	before, err := server.Memory()
	if err != nil {
		return m, err
	}
	release, err := server.hold(ctx, directory, *idle)
	if err != nil {
		return m, err
	}
	defer release()
	return server.MemorySince(before, *idle)
}

// A server is a running server program.
type server struct {
	*pinned.Server
	encrypted bool
}

func startServer(ctx context.Context, directory, mode string, encrypted bool) (server, error) {
	s, err := pinned.StartServer(ctx, *serverCore, filepath.Join(directory, "server"), func(address string) []string {
		if encrypted {
			return []string{"-tls", mode, address}
		}
		return []string{mode, address}
	})
	return server{s, encrypted}, err
}

func (s server) generator(ctx context.Context, directory string, arguments ...string) *exec.Cmd {
	if s.encrypted {
		arguments = append(arguments, "-tls")
	}
	program := exec.CommandContext(ctx, filepath.Join(directory, "load"), append(arguments, s.Address)...)
	program.Stderr = os.Stderr
	return program
}

func (s server) load(ctx context.Context, directory string, duration time.Duration) (trips, seconds float64, err error) {
	program := s.generator(ctx, directory, "-connections", strconv.Itoa(*connections), "-duration", duration.String())
	var output strings.Builder
	program.Stdout = &output
	if err := pinned.Start(*loadCore, program); err != nil {
		return 0, 0, err
	}
	if err := program.Wait(); err != nil {
		return 0, 0, err
	}
	_, err = fmt.Sscan(output.String(), &trips, &seconds)
	return trips, seconds, err
}

// hold opens connections on which nothing happens, until release is called.
func (s server) hold(ctx context.Context, directory string, n int) (release func(), err error) {
	program := s.generator(ctx, directory, "-connections", strconv.Itoa(n), "-hold")
	input, err := program.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := program.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := pinned.Start(*loadCore, program); err != nil {
		return nil, err
	}
	release = func() {
		input.Close()
		program.Wait()
	}
	if _, err := bufio.NewReader(output).ReadString('\n'); err != nil {
		release()
		if err == io.EOF {
			err = errors.New("the connections were not opened")
		}
		return nil, err
	}
	return release, nil
}

func medianOf(samples []sample, figure func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = figure(s)
	}
	return pinned.Median(values)
}
