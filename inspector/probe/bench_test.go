//go:build unix

package probe

import (
	"bytes"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/trace"
	"github.com/tornado-dev/tornado/core/web"
)

type helloHandler struct{ web.RequestHandler }

func (h *helloHandler) Get() { h.Write("Hello, world") }

// BenchmarkHello is a request of a hello-world program, alone and with the probe
// attached. Requests come 64 together, which takes most of the system calls out
// of the measure and leaves what the probe adds.
func BenchmarkHello(b *testing.B) {
	for _, bb := range []struct {
		name     string
		attached bool
	}{{"alone", false}, {"probed", true}} {
		b.Run(bb.name, func(b *testing.B) {
			if bb.attached {
				attachForBenchmark(b)
			}
			app := web.NewApplication(web.Settings{}, web.URL[helloHandler](`/`))
			server := httpserver.New(app, httpserver.Options{Loops: 1})
			if err := server.Listen("127.0.0.1:0"); err != nil {
				b.Fatal(err)
			}
			defer server.Close()
			conn, err := net.Dial("tcp", server.Addresses()[0])
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			const together = 64
			request := "GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/8.0\r\nAccept: */*\r\n\r\n"
			requests := []byte(strings.Repeat(request, together))
			answers := make([]byte, together*answerLength(b, conn, request))
			var before, after syscall.Rusage
			b.ReportAllocs()
			b.ResetTimer()
			syscall.Getrusage(syscall.RUSAGE_SELF, &before)
			for n := 0; n < b.N; n += together {
				if _, err := conn.Write(requests); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(conn, answers); err != nil {
					b.Fatal(err)
				}
			}
			syscall.Getrusage(syscall.RUSAGE_SELF, &after)
			used := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
			b.ReportMetric(float64(used)/float64(b.N), "cpu-ns/op")
		})
	}
}

// attachForBenchmark installs the hooks as attach does, with nobody at the other end
// of the stream but the system's nowhere.
func attachForBenchmark(b *testing.B) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	recorder := NewRecorder(null, Options{})
	hooks := &trace.Hooks{Development: true, AllowHost: allowHost(nil)}
	recorder.Hooks(hooks)
	hideOwn(hooks)
	trace.Install(hooks)
	b.Cleanup(func() {
		trace.Install(nil)
		recorder.Close()
		null.Close()
	})
}

// answerLength asks once and returns how long an answer is.
func answerLength(b *testing.B, conn net.Conn, request string) int {
	if _, err := io.WriteString(conn, request); err != nil {
		b.Fatal(err)
	}
	var answer bytes.Buffer
	for !strings.HasSuffix(answer.String(), "Hello, world") {
		if _, err := io.CopyN(&answer, conn, 1); err != nil {
			b.Fatal(err)
		}
	}
	return answer.Len()
}
