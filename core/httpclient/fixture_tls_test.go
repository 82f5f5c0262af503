package httpclient

import (
	"crypto/tls"
	"io"
	"log"
	"testing"
)

var quiet = log.New(io.Discard, "", 0)

func tlsConfig(t testing.TB, certFile, keyFile string) *tls.Config {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}}
}
