//go:build unix

package httpclient

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httpserver"
	"github.com/tornado-dev/tornado/core/httputil"
)

const benchServerVariable = "HTTPCLIENT_BENCH_SERVER"

// init makes another process of this program the server of the benchmarks, so that
// only the client's work is counted.
func init() {
	if os.Getenv(benchServerVariable) == "" {
		return
	}
	server := httpserver.New(kilobytes{}, httpserver.Options{Loops: 1})
	if err := server.Listen("127.0.0.1:0"); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("http://" + server.Addresses()[0] + "/")
	io.Copy(io.Discard, os.Stdin) // until the benchmark ends
	os.Exit(0)
}

// kilobytes answers everything with a kilobyte.
type kilobytes struct{}

func (kilobytes) StartRequest(r *httputil.HTTPServerRequest) httputil.HTTPMessageDelegate {
	return kilobyte{r.Connection}
}

type kilobyte struct{ connection httputil.HTTPConnection }

var kilobyteBody = []byte(strings.Repeat("x", 1<<10))

func (kilobyte) HeadersReceived() *concurrent.Future[struct{}]    { return nil }
func (kilobyte) DataReceived([]byte) *concurrent.Future[struct{}] { return nil }
func (kilobyte) OnConnectionClose(error)                          {}
func (k kilobyte) Finish() {
	fields := httputil.ParsedHeaders("Content-Length: 1024\r\nContent-Type: text/plain\r\n")
	k.connection.WriteHeaders(httputil.ResponseStartLine{Code: 200}, &fields, kilobyteBody)
	k.connection.Finish()
}

func benchServer(b *testing.B) (url string) {
	b.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), benchServerVariable+"=1")
	in, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err == nil {
		url, err = bufio.NewReader(out).ReadString('\n')
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		command.Wait()
	})
	return strings.TrimSpace(url)
}

// cpu is the time that this process has computed.
func cpu() (ns int64) {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

// fetchers are the ways to fetch that are compared: ten at a time.
func fetchers(b *testing.B, url string) map[string]func() error {
	ours := newClient(b, Options{})
	theirs := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 10, MaxConnsPerHost: 10}}
	b.Cleanup(theirs.CloseIdleConnections)
	return map[string]func() error{
		"ours": func() error {
			_, err := ours.Fetch(context.Background(), &HTTPRequest{URL: url})
			return err
		},
		"nethttp": func() error {
			response, err := theirs.Get(url)
			if err != nil {
				return err
			}
			defer response.Body.Close()
			_, err = io.ReadAll(response.Body)
			return err
		},
	}
}

func BenchmarkFetch(b *testing.B) {
	for name, fetch := range fetchers(b, benchServer(b)) {
		for _, goroutines := range []int{1, 10} {
			b.Run(fmt.Sprint(name, "/", goroutines), func(b *testing.B) {
				b.ReportAllocs()
				before := cpu()
				var wg sync.WaitGroup
				left := make(chan struct{}, b.N)
				for range b.N {
					left <- struct{}{}
				}
				close(left)
				for range goroutines {
					wg.Go(func() {
						for range left {
							if err := fetch(); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op")
			})
		}
	}
}
