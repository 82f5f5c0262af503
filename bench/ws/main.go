//go:build linux

// Command ws compares WebSocket servers: tornado, gorilla/websocket, coder/websocket,
// gobwas/ws and lxzan/gws. The server has one core and the generator another, and
// rounds are interleaved, so that what else happens on the machine hits all alike.
// Ratios are to gorilla.
//
//	cd bench && go run ./ws                  # messages of 32 bytes, 64 under way; then so many a second
//	cd bench && go run ./ws -of broadcast    # 32 bytes to 10,000 connections
//	cd bench && go run ./ws -of idle         # memory and processor time of idle connections
//	cd bench && go run ./ws -of pings        # tornado's processor time for keep-alive pings
//	cd bench && go run ./ws -of many         # 200,000 connections to several processes of tornado
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
	"strings"
	"time"

	"github.com/tornado-dev/tornado/bench/pinned"
)

var (
	of         = flag.String("of", "echo", "what to compare: echo, broadcast, idle, pings or many")
	only       = flag.String("only", "", "measure these libraries alone, with commas between")
	rounds     = flag.Int("rounds", 3, "rounds over all servers")
	duration   = flag.Duration("duration", 2*time.Second, "of each measurement")
	rate       = flag.Int("rate", 10_000, "messages a second of -of echo's last two columns; every server must be able to keep up")
	idleTime   = flag.Duration("idle", 10*time.Second, "how long idle connections are watched")
	interval   = flag.Duration("interval", 30*time.Second, "from one ping to the next of -of pings")
	total      = flag.Int("total", 200_000, "connections of -of many")
	each       = flag.Int("each", 18_000, "of them, those to one process")
	serverCore = flag.Int("server-core", 0, "core of the server")
	loadCore   = flag.Int("load-core", 1, "core of the load generator")
)

// reference is what the others are compared with.
const reference = "gorilla"

var libraries = []string{reference, "coder", "gobwas", "gws", "tornado"}

// broadcasting are the libraries that have something for it, and the floor that no
// library can get below.
var broadcasting = []string{reference, "gws", "tornado", "floor"}

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
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	if err := pinned.Build(ctx, directory, "ws/server", "ws/load"); err != nil {
		return err
	}
	b := &bench{ctx, directory}
	if *of == "many" {
		return b.many()
	}
	c, ok := comparisons[*of]
	if !ok {
		return fmt.Errorf("-of %s is none of echo, broadcast, idle, pings and many", *of)
	}
	for _, n := range c.numbers {
		measure := func(library string) (sample, error) { return c.measure(b, library, n) }
		if err := b.compare(fmt.Sprintf(c.title, n), chosen(c.libraries), measure, c.columns); err != nil {
			return err
		}
	}
	return nil
}

// A comparison is what -of asks for.
type comparison struct {
	title     string // of a table, with the number in it
	numbers   []int  // a table for each
	libraries []string
	measure   func(b *bench, library string, n int) (sample, error)
	columns   []column
}

var comparisons = map[string]comparison{
	"echo":      {"echo of 32 bytes, 64 under way on %d connections", []int{1000, 10_000}, libraries, (*bench).echo, echoColumns},
	"broadcast": {"32 bytes to 10000 connections, %d at a time", []int{1, 8}, broadcasting, (*bench).broadcast, broadcastColumns},
	"idle":      {"%d idle connections; bytes for each", []int{10_000, 18_000}, libraries, (*bench).idle, idleColumns},
	"pings":     {"%d idle connections with pings, see -interval", []int{10_000, 18_000}, []string{"tornado"}, (*bench).pings, pingColumns},
}

func chosen(libraries []string) []string {
	if *only == "" {
		return libraries
	}
	return slices.DeleteFunc(slices.Clone(libraries), func(l string) bool {
		return !slices.Contains(strings.Split(*only, ","), l)
	})
}

// A sample is one measurement of one server.
type sample struct {
	cpu           float64 // microseconds for a message, or percent while idle
	rate          float64
	closed, paced trips
	fresh, used   pinned.Memory
}

// trips are the round trips of a measurement, in microseconds.
type trips struct{ p50, p99 float64 }

// A column shows a figure of samples.
type column struct {
	title  string
	format string
	of     func(s sample) float64
	ratio  func(reference, s sample) float64 // instead of of
}

var perCPU = func(reference, s sample) float64 { return reference.cpu / s.cpu }

var echoColumns = []column{
	{"CPU µs/message", "%.2f", func(s sample) float64 { return s.cpu }, nil},
	{"messages/s", "%.0f", func(s sample) float64 { return s.rate }, nil},
	{"p50 µs", "%.0f", func(s sample) float64 { return s.closed.p50 }, nil},
	{"p99 µs", "%.0f", func(s sample) float64 { return s.closed.p99 }, nil},
	{"messages/CPU-s, ratio", "%.2fx", nil, perCPU},
	{"p50 µs, at a rate", "%.0f", func(s sample) float64 { return s.paced.p50 }, nil},
	{"p99 µs, at a rate", "%.0f", func(s sample) float64 { return s.paced.p99 }, nil},
}

var broadcastColumns = []column{
	{"CPU µs/delivery", "%.2f", func(s sample) float64 { return s.cpu }, nil},
	{"deliveries/CPU-s, ratio", "%.2fx", nil, perCPU},
}

var idleColumns = []column{
	{"RSS", "%.0f", func(s sample) float64 { return s.fresh.Resident }, nil},
	{"heap, stacks", "%.0f", func(s sample) float64 { return s.fresh.InUse }, nil},
	{"RSS after echo", "%.0f", func(s sample) float64 { return s.used.Resident }, nil},
	{"heap after echo", "%.0f", func(s sample) float64 { return s.used.InUse }, nil},
	{"CPU idle %", "%.2f", func(s sample) float64 { return s.cpu }, nil},
}

var pingColumns = []column{
	{"CPU %", "%.2f", func(s sample) float64 { return s.cpu }, nil},
	{"pings/s", "%.0f", func(s sample) float64 { return s.rate }, nil},
	{"RSS of each", "%.0f", func(s sample) float64 { return s.used.Resident }, nil},
	{"heap of each", "%.0f", func(s sample) float64 { return s.used.InUse }, nil},
}

// compare measures each library in each round, and prints the medians.
func (b *bench) compare(title string, libraries []string, measure func(library string) (sample, error), columns []column) error {
	results := map[string][]sample{}
	for range *rounds {
		for _, library := range libraries {
			s, err := measure(library)
			if err != nil {
				return fmt.Errorf("%s: %w", library, err)
			}
			results[library] = append(results[library], s)
		}
	}
	fmt.Printf("%s; %d rounds, medians\n%-8s", title, *rounds, "")
	for _, c := range columns {
		fmt.Printf(" %24s", c.title)
	}
	fmt.Println()
	for _, library := range libraries {
		fmt.Printf("%-8s", library)
		for _, c := range columns {
			var values []float64
			for i, s := range results[library] {
				switch {
				case c.of != nil:
					values = append(values, c.of(s))
				case len(results[reference]) > i:
					values = append(values, c.ratio(results[reference][i], s))
				}
			}
			text := "-"
			if len(values) > 0 {
				text = fmt.Sprintf(c.format, pinned.Median(values))
			}
			fmt.Printf(" %24s", text)
		}
		fmt.Println()
	}
	fmt.Println()
	return nil
}

// A bench knows where its programs are.
type bench struct {
	ctx       context.Context
	directory string
}

func (b *bench) echo(library string, connections int) (s sample, err error) {
	server, err := b.start(library)
	if err != nil {
		return s, err
	}
	defer server.End()
	h, err := b.hold(server, connections, *loadCore)
	if err != nil {
		return s, err
	}
	defer h.release()
	if _, err := h.do("300ms"); err != nil {
		return s, err // warm, and seen to work
	}
	before, err := server.cpu()
	if err != nil {
		return s, err
	}
	line, err := h.do(duration.String())
	if err != nil {
		return s, err
	}
	after, err := server.cpu()
	if err != nil {
		return s, err
	}
	var messages, seconds float64
	if _, err := fmt.Sscan(line, &messages, &seconds, &s.closed.p50, &s.closed.p99); err != nil {
		return s, err
	}
	s.rate = messages / seconds
	s.cpu = float64((after - before).Microseconds()) / messages
	// With so many under way always, a faster server has a longer queue before it: the
	// times are compared at one rate for all.
	if line, err = h.do(fmt.Sprint("rate ", *rate, " ", *duration)); err != nil {
		return s, err
	}
	_, err = fmt.Sscan(line, &messages, &seconds, &s.paced.p50, &s.paced.p99)
	return s, err
}

func (b *bench) broadcast(library string, burst int) (s sample, err error) {
	const connections, bursts = 10_000, 20
	server, err := b.startOn(library, *serverCore, fmt.Sprint(burst))
	if err != nil {
		return s, err
	}
	defer server.End()
	h, err := b.hold(server, connections, *loadCore)
	if err != nil {
		return s, err
	}
	defer h.release()
	var before time.Duration
	for i := range bursts + 1 {
		if i == 1 { // the first was for warmth
			if before, err = server.cpu(); err != nil {
				return s, err
			}
		}
		// They wait for it, and do not begin to read when a server says that it has
		// sent everything: one that says so at once would alone have to wake them.
		if err := h.ask(fmt.Sprint("take ", burst)); err != nil {
			return s, err
		}
		if err := server.broadcast(); err != nil {
			return s, err
		}
		if _, err := h.done(); err != nil {
			return s, err
		}
	}
	after, err := server.cpu()
	s.cpu = float64((after - before).Microseconds()) / float64(connections*bursts*burst)
	return s, err
}

func (b *bench) idle(library string, connections int) (s sample, err error) {
	server, err := b.start(library)
	if err != nil {
		return s, err
	}
	defer server.End()
	some, err := b.hold(server, 100, *loadCore) // what the first cost is no question of their number
	if err != nil {
		return s, err
	}
	defer some.release()
	before, err := server.Memory()
	if err != nil {
		return s, err
	}
	h, err := b.hold(server, connections, *loadCore)
	if err != nil {
		return s, err
	}
	defer h.release()
	if s.fresh, err = server.MemorySince(before, connections); err != nil {
		return s, err
	}
	began, err := server.cpu()
	if err != nil {
		return s, err
	}
	if err := b.pause(*idleTime); err != nil {
		return s, err
	}
	ended, err := server.cpu()
	if err != nil {
		return s, err
	}
	s.cpu = 100 * (ended - began).Seconds() / idleTime.Seconds()
	if _, err := h.do("echo"); err != nil {
		return s, err
	}
	s.used, err = server.MemorySince(before, connections)
	return s, err
}

// pings watches connections for one interval, in which each gets a ping.
func (b *bench) pings(library string, connections int) (s sample, err error) {
	server, err := b.startOn(library, *serverCore, "0", interval.String())
	if err != nil {
		return s, err
	}
	defer server.End()
	base, err := server.Memory()
	if err != nil {
		return s, err
	}
	h, err := b.hold(server, connections, *loadCore)
	if err != nil {
		return s, err
	}
	defer h.release()
	before, err := server.cpu()
	if err != nil {
		return s, err
	}
	line, err := h.do("pong " + interval.String())
	if err != nil {
		return s, err
	}
	after, err := server.cpu()
	if err != nil {
		return s, err
	}
	s.cpu = 100 * (after - before).Seconds() / interval.Seconds()
	if _, err := fmt.Sscan(line, &s.rate); err != nil {
		return s, err
	}
	s.rate /= interval.Seconds()
	s.used, err = server.MemorySince(base, connections)
	return s, err
}

func (b *bench) pause(d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-b.ctx.Done():
		return b.ctx.Err()
	}
}

// many opens connections to as many processes as they need, echoes on each, and tells
// what the servers need for them.
func (b *bench) many() error {
	var servers []*server
	var holds []*held
	defer func() {
		for _, h := range holds {
			h.release()
		}
		for _, s := range servers {
			s.End()
		}
	}()
	var sum pinned.Memory
	start, count := time.Now(), 0
	for count < *total {
		n := min(*each, *total-count)
		s, err := b.startOn("tornado", -1)
		if err != nil {
			return err
		}
		servers = append(servers, s)
		before, err := s.Memory()
		if err != nil {
			return err
		}
		h, err := b.hold(s, n, -1)
		if err != nil {
			return fmt.Errorf("after %d connections: %w", count, err)
		}
		holds = append(holds, h)
		count += n
		m, err := s.MemorySince(before, 1)
		if err != nil {
			return err
		}
		sum.InUse, sum.Resident = sum.InUse+m.InUse, sum.Resident+m.Resident
	}
	fmt.Printf("%d WebSockets are open to %d processes after %.0f s\n", count, len(servers), time.Since(start).Seconds())
	fmt.Printf("each needs %.0f bytes of resident memory of its server, %.0f of heap and stacks\n", sum.Resident/float64(count), sum.InUse/float64(count))
	start = time.Now()
	for _, h := range holds {
		if _, err := h.do("echo"); err != nil {
			return err
		}
	}
	fmt.Printf("a message was echoed on every one of them within %.1f s\n", time.Since(start).Seconds())
	return nil
}

// held are connections that a generator holds.
type held struct {
	program *exec.Cmd
	input   io.WriteCloser
	output  *bufio.Reader
}

func (b *bench) hold(s *server, n, core int) (*held, error) {
	program := b.generator(s, n)
	input, err := program.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := program.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := pinned.Start(core, program); err != nil {
		return nil, err
	}
	h := &held{program, input, bufio.NewReader(output)}
	if _, err := h.output.ReadString('\n'); err != nil {
		h.release()
		return nil, errors.New("the connections were not opened")
	}
	return h, nil
}

// do has the generator do something, and returns what it prints when it is done.
func (h *held) do(what string) (answer string, err error) {
	if err := h.ask(what); err != nil {
		return "", err
	}
	return h.done()
}

func (h *held) ask(what string) error {
	_, err := io.WriteString(h.input, what+"\n")
	return err
}

func (h *held) done() (answer string, err error) {
	if answer, err = h.output.ReadString('\n'); err != nil {
		return "", errors.New("the generator has ended")
	}
	return answer, nil
}

func (h *held) release() {
	h.input.Close()
	h.program.Wait()
}

func (b *bench) generator(s *server, connections int) *exec.Cmd {
	program := exec.CommandContext(b.ctx, filepath.Join(b.directory, "load"), "-connections", fmt.Sprint(connections), s.Address)
	program.Stderr = os.Stderr
	return program
}
