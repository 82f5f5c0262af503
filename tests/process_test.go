package tests

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const interrupt = syscall.SIGINT

func readAll(t testing.TB, response *http.Response) string {
	t.Helper()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func waitForServer(t testing.TB, address string) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return
		}
	}
	t.Fatalf("nobody listens on %s", address)
}

// cpuTime is the processor time that a process has used, in clock ticks of 10 ms.
func cpuTime(t testing.TB, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// cpuPerRequest sends 10,000 requests a second for four seconds and returns the
// processor time of the process pid for each, in microseconds. The rate is fixed
// because a busier server answers more requests a turn, and so pays less for each.
func cpuPerRequest(t testing.TB, pid int, address string) float64 {
	t.Helper()
	before := cpuTime(t, pid)
	sent := startFlood(t, address, 10_000, 4*time.Second).wait()
	used := cpuTime(t, pid) - before
	return float64(used.Microseconds()) / float64(sent)
}
