package tests

import (
	"bufio"
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

// cpuPerRequest sends 60,000 requests over eight connections and returns the
// processor time of the process pid for each, in microseconds.
func cpuPerRequest(t testing.TB, pid int, address string) float64 {
	t.Helper()
	const connections, each = 8, 7500
	before := cpuTime(t, pid)
	failed := make(chan error, connections)
	for range connections {
		go func() { // tells failed when it ends
			failed <- sendRequests(address, each)
		}()
	}
	for range connections {
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
	used := cpuTime(t, pid) - before
	return float64(used.Microseconds()) / (connections * each)
}

func sendRequests(address string, n int) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for range n {
		if _, err := io.WriteString(conn, "GET /version HTTP/1.1\r\nHost: localhost\r\nUser-Agent: load\r\n\r\n"); err != nil {
			return err
		}
		length := 0
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return err
			}
			if value, ok := strings.CutPrefix(line, "Content-Length: "); ok {
				length, _ = strconv.Atoi(strings.TrimSpace(value))
			}
			if line == "\r\n" {
				break
			}
		}
		if _, err := in.Discard(length); err != nil {
			return err
		}
	}
	return nil
}
