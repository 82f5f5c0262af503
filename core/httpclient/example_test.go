package httpclient_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/httpclient"
	"github.com/tornado-dev/tornado/core/ioloop"
)

// example is a server for the examples.
func example() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/old":
			http.Redirect(w, r, "/new", http.StatusMovedPermanently)
		case "/upload":
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%d bytes", len(body))
		case "/missing":
			http.Error(w, "nothing here", http.StatusNotFound)
		default:
			fmt.Fprintf(w, "this is %s", r.URL.Path)
		}
	}))
}

func Example() {
	server := example()
	defer server.Close()
	client := httpclient.New(httpclient.Options{}) // or httpclient.Fetch, for the client that all share
	defer client.Close()

	response, err := client.Fetch(context.Background(), &httpclient.HTTPRequest{URL: server.URL + "/old"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(response.Code, strings.TrimPrefix(response.EffectiveURL, server.URL))
	fmt.Println(string(response.Body))

	_, err = client.Fetch(context.Background(), &httpclient.HTTPRequest{URL: server.URL + "/missing"})
	fmt.Println(err)
	// Output:
	// 200 /new
	// this is /new
	// httpclient: HTTP 404: Not Found
}

// A file goes out and the answer comes in piece by piece, however large they are.
func Example_streaming() {
	server := example()
	defer server.Close()
	client := httpclient.New(httpclient.Options{})
	defer client.Close()

	_, err := client.Fetch(context.Background(), &httpclient.HTTPRequest{
		URL: server.URL + "/upload", Method: "POST",
		BodyProducer: func(ctx context.Context, w io.Writer) error {
			_, err := io.Copy(w, strings.NewReader(strings.Repeat("line\n", 10000)))
			return err
		},
		StreamingCallback: httpclient.WriteTo(os.Stdout),
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: 50000 bytes
}

// On a loop nothing may wait, and a future has callbacks.
func ExampleAsyncHTTPClient_FetchAsync() {
	server := example()
	defer server.Close()
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer loop.Close()
	client := httpclient.New(httpclient.Options{})
	defer client.Close()

	loop.AddCallback(func() {
		future := client.FetchAsync(context.Background(), &httpclient.HTTPRequest{URL: server.URL + "/page"})
		ioloop.AddFuture(loop, future, func(f *concurrent.Future[*httpclient.HTTPResponse]) {
			if response, err := f.Result(); err == nil {
				fmt.Println(string(response.Body))
			}
			loop.Stop()
		})
	})
	if err := loop.Start(); err != nil {
		fmt.Println(err)
	}
	// Output: this is /page
}
