package options_test

import (
	"fmt"
	"os"
	"time"

	"github.com/tornado-dev/tornado/core/options"
)

// A program uses options.Define and options.ParseCommandLine; a set of its own
// serves commands within a program.
func Example() {
	serve := options.NewOptionParser()
	port := options.DefineIn(serve, "port", 8888, options.Help("where to listen"))
	timeout := options.DefineIn(serve, "request_timeout", 20*time.Second)
	peers := options.DefineIn(serve, "peers", []string{})

	err := serve.ParseConfig("serve.conf", "peers = ['a', 'b']  # in turn\nport = 80\n", false)
	if err != nil {
		fmt.Println(err)
		return
	}
	files, err := serve.ParseCommandLine([]string{"--request-timeout=1m30s", "--port=8080", "public"}, true)
	fmt.Println(*port, *timeout, *peers, files, err)
	// Output: 8080 1m30s [a b] [public] <nil>
}

func ExampleOptionParser_ParseConfig() {
	p := options.NewOptionParser()
	options.DefineIn(p, "port", 8888)
	fmt.Println(p.ParseConfig("app.conf", "# where to listen\nport = 'http'\n", true))
	// Output: options: app.conf:2: port: "http" is not a whole number
}

func ExampleParseDuration() {
	d, err := options.ParseDuration("1h30m")
	fmt.Println(d, err)
	// Output: 1h30m0s <nil>
}

func ExampleOptionParser_PrintHelp() {
	program := os.Args[0]
	os.Args[0] = "blog"
	defer func() { os.Args[0] = program }()
	p := options.NewOptionParser()
	options.DefineIn(p, "port", 8888, options.Help("where to listen"), options.Metavar("PORT"), options.Group("server"))
	p.PrintHelp(os.Stdout)
	// Output:
	// Usage: blog [OPTIONS]
	//
	// Options:
	//
	//   --help                           show this help information
	//
	// server options:
	//
	//   --port=PORT                      where to listen (default 8888)
}
