//go:build linux

// Command run compares servers: each in turn answers the same requests on one
// core while the load generator has another, in several rounds, so that what else
// happens on the machine hits all alike. It prints the median of each figure, and
// the median over the rounds of the ratio to the first server.
//
//	cd bench && go run ./run            # hello, one request at a time and 16 at once
//	cd bench && go run ./run -wrk       # with wrk as the generator
//	cd bench && go run ./run -of web    # what sites are made of: routes, JSON, templates, files
//	cd bench && go run ./run -idle      # memory of connections on which nothing happens
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/tornado-dev/tornado/bench/pinned"
)

// A comparison is a set of servers and what they are asked for.
type comparison struct {
	servers []string // the first is what the others are compared with
	rows    []row
}

// A row is one page, asked for in one way.
type row struct {
	path        string
	depth       int // requests at once on a connection
	connections int // zero means as the flag says
}

var comparisons = map[string]comparison{
	"hello": {[]string{"nethttp", "fasthttp", "tornado", "httpserver"}, []row{{"/", 1, 0}, {"/", 16, 0}}},
	"web": {[]string{"nethttp", "fasthttp", "tornado"}, []row{{"/story/7", 1, 0}, {"/json", 1, 0}, {"/page", 1, 0},
		{"/static/small.txt", 1, 0}, {"/static/big.bin", 1, 8}}},
}

var servers []string // that are compared

var (
	of              = flag.String("of", "hello", "folder of the servers: hello or web")
	only            = flag.String("only", "", "ask for this path alone")
	rounds          = flag.Int("rounds", 3, "rounds over all servers")
	duration        = flag.Duration("duration", 2*time.Second, "of each measurement")
	connections     = flag.Int("connections", 64, "open connections")
	idle            = flag.Bool("idle", false, "compare the memory of idle connections in place of the speed")
	idleConnections = flag.Int("idle-connections", 15_000, "how many of them")
	withWrk         = flag.Bool("wrk", false, "use wrk, which must be installed, to generate load (no pipelining)")
	serverCore      = flag.Int("server-core", 0, "core of the server")
	loadCore        = flag.Int("load-core", 1, "core of the load generator")
)

// A sample is one measurement of one server.
type sample struct {
	cpu            float64 // seconds for 100,000 requests
	rate           float64 // requests a second
	p50, p99       float64 // microseconds
	user, requests float64
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
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	compared, ok := comparisons[*of]
	if !ok {
		return fmt.Errorf("there are no servers %q", *of)
	}
	servers = compared.servers
	if err := writeFiles(directory); err != nil {
		return err
	}
	programs := []string{"load"}
	for _, server := range servers {
		programs = append(programs, *of+"/"+server)
	}
	if err := pinned.Build(ctx, directory, programs...); err != nil {
		return err
	}
	if *idle {
		return compareIdle(ctx, directory, servers)
	}
	for _, row := range compared.rows {
		if *withWrk && row.depth > 1 || *only != "" && row.path != *only {
			continue
		}
		if row.connections == 0 {
			row.connections = *connections
		}
		results := make(map[string][]sample)
		for range *rounds {
			for _, server := range servers {
				s, err := measure(directory, server, row)
				if err != nil {
					return fmt.Errorf("%s: %w", server, err)
				}
				results[server] = append(results[server], s)
			}
		}
		report(row, results)
	}
	return nil
}

// writeFiles makes the static files.
func writeFiles(directory string) error {
	for name, size := range map[string]int{"small.txt": 1 << 10, "big.bin": 1 << 20} {
		if err := os.WriteFile(filepath.Join(directory, name), bytes.Repeat([]byte("x"), size), 0o644); err != nil {
			return err
		}
		// Nothing that is newer than a moment is kept in memory.
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(filepath.Join(directory, name), old, old); err != nil {
			return err
		}
	}
	return nil
}

func measure(directory, server string, row row) (s sample, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), *duration+20*time.Second)
	defer cancel()
	running, err := start(ctx, directory, server)
	if err != nil {
		return s, err
	}
	defer running.End()
	if _, err := load(ctx, directory, running.Address, row, 300*time.Millisecond); err != nil {
		return s, err // warm, and seen to work
	}
	before, userBefore, err := pinned.CPUTime(running.PID())
	if err != nil {
		return s, err
	}
	if s, err = load(ctx, directory, running.Address, row, *duration); err != nil {
		return s, err
	}
	after, userAfter, err := pinned.CPUTime(running.PID())
	if err != nil {
		return s, err
	}
	s.cpu = (after - before).Seconds() / s.requests * 100_000
	s.user = (userAfter - userBefore).Seconds() / s.requests * 100_000
	return s, nil
}

func start(ctx context.Context, directory, server string) (*pinned.Server, error) {
	return pinned.StartServer(ctx, *serverCore, filepath.Join(directory, server),
		func(address string) []string { return []string{address, directory} })
}

func load(ctx context.Context, directory, address string, row row, duration time.Duration) (s sample, err error) {
	if *withWrk {
		return loadByWrk(ctx, address+row.path, row.connections, duration)
	}
	generator := exec.CommandContext(ctx, filepath.Join(directory, "load"), "-connections", strconv.Itoa(row.connections),
		"-path", row.path, "-pipeline", strconv.Itoa(row.depth), "-duration", duration.String(), address)
	output, err := pinned.Output(*loadCore, generator)
	if err != nil {
		return s, err
	}
	var got struct {
		Requests, Seconds, P50, P99 float64
	}
	if err := json.Unmarshal(output, &got); err != nil {
		return s, err
	}
	return sample{requests: got.Requests, rate: got.Requests / got.Seconds, p50: got.P50, p99: got.P99}, nil
}

var (
	wrkRequests = regexp.MustCompile(`(\d+) requests in ([\d.]+)(ms|s|m)`)
	wrkLatency  = regexp.MustCompile(`(50|99)% +([\d.]+)(us|ms|s)`)
	wrkErrors   = regexp.MustCompile(`Socket errors.*|Non-2xx.*`)
)

func loadByWrk(ctx context.Context, page string, connections int, duration time.Duration) (s sample, err error) {
	// wrk knows whole seconds only.
	seconds := max(1, int(duration.Seconds()))
	output, err := pinned.Output(*loadCore, exec.CommandContext(ctx, "wrk", "-t1", "-c", strconv.Itoa(connections),
		"-d", fmt.Sprintf("%ds", seconds), "--latency", "http://"+page))
	if err != nil {
		return s, err
	}
	if complaint := wrkErrors.Find(output); complaint != nil {
		return s, fmt.Errorf("wrk: %s", complaint)
	}
	scale := map[string]float64{"us": 1, "ms": 1e3, "s": 1e6, "m": 60e6}
	number := func(text []byte) float64 { n, _ := strconv.ParseFloat(string(text), 64); return n }
	requests := wrkRequests.FindSubmatch(output)
	if requests == nil {
		return s, fmt.Errorf("wrk printed %q", output)
	}
	s.requests = number(requests[1])
	s.rate = s.requests / (number(requests[2]) * scale[string(requests[3])] / 1e6)
	for _, line := range wrkLatency.FindAllSubmatch(output, -1) {
		value := number(line[2]) * scale[string(line[3])]
		if string(line[1]) == "50" {
			s.p50 = value
		} else {
			s.p99 = value
		}
	}
	return s, nil
}

func report(row row, results map[string][]sample) {
	fmt.Printf("%s: %d connections, %d at once, %v, %d rounds; medians\n", row.path, row.connections, row.depth, *duration, *rounds)
	fmt.Printf("%-10s %14s %10s %12s %10s %10s %22s\n", "", "CPU s/100k", "user", "requests/s", "p50 µs", "p99 µs", "req/CPU-s, to "+servers[0])
	for _, server := range servers {
		of := func(figure func(sample) float64) float64 { return median(results[server], figure) }
		var ratios []sample
		for i, s := range results[server] {
			ratios = append(ratios, sample{cpu: results[servers[0]][i].cpu / s.cpu})
		}
		fmt.Printf("%-10s %14.2f %10.2f %12.0f %10.0f %10.0f %21.2fx\n", server,
			of(func(s sample) float64 { return s.cpu }), of(func(s sample) float64 { return s.user }),
			of(func(s sample) float64 { return s.rate }), of(func(s sample) float64 { return s.p50 }),
			of(func(s sample) float64 { return s.p99 }), median(ratios, func(s sample) float64 { return s.cpu }))
	}
	fmt.Println()
}

func median(samples []sample, figure func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = figure(s)
	}
	return pinned.Median(values)
}
