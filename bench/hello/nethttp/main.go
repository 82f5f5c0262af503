// Command nethttp answers GET / with 12 bytes, by net/http.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/tornado-dev/tornado/bench/inuse"
)

func main() {
	inuse.TellOnSignal()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		io.WriteString(w, "Hello, world")
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe(os.Args[1], mux))
}
