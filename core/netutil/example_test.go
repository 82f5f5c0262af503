package netutil_test

import (
	"context"
	"fmt"

	"github.com/tornado-dev/tornado/core/netutil"
)

func ExampleIsValidIP() {
	for _, text := range []string{"127.0.0.1", "::1", "fe80::1%eth0", "localhost", ""} {
		fmt.Printf("%q %v\n", text, netutil.IsValidIP(text))
	}
	// Output:
	// "127.0.0.1" true
	// "::1" true
	// "fe80::1%eth0" true
	// "localhost" false
	// "" false
}

func ExampleOverrideResolver() {
	resolver := &netutil.OverrideResolver{Mapping: map[string]string{
		"api.example.com":     "10.0.0.7",
		"www.example.com:443": "127.0.0.1:8443",
	}}
	for host, port := range map[string]int{"api.example.com": 80, "www.example.com": 443} {
		addresses, err := resolver.Resolve(context.Background(), host, port)
		fmt.Println(host, addresses, err)
	}
	// Unordered output:
	// api.example.com [10.0.0.7:80] <nil>
	// www.example.com [127.0.0.1:8443] <nil>
}
