//go:build linux

// Command server sends back what it receives, in one of several ways:
//
//	server net ADDRESS    package net: a goroutine and a buffer of 4 KiB for each connection
//	server push ADDRESS   core/iostream with a Consumer
//	server pull ADDRESS   core/iostream, by ReadBytes and Write
//	server bare ADDRESS   epoll, recv and send alone, without TLS: what a loop can reach
//	server hold ADDRESS   nothing is sent back, and nobody reads: what a connection costs at least
//
// With -tls before these it speaks TLS 1.3. At SIGUSR1 it collects garbage and
// prints how many bytes of heap and stacks are in use.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"math/big"
	"os"
	"time"

	"github.com/tornado-dev/tornado/bench/inuse"
)

func main() {
	encrypted := flag.Bool("tls", false, "speak TLS")
	flag.Parse()
	inuse.TellOnSignal()
	var config *tls.Config
	var err error
	if *encrypted {
		config, err = newConfig()
	}
	if err == nil {
		err = serve(flag.Arg(0), flag.Arg(1), config)
	}
	fmt.Fprintln(os.Stderr, "server:", err)
	os.Exit(1)
}

func serve(mode, address string, config *tls.Config) error {
	switch mode {
	case "net":
		return serveNet(address, config, echo)
	case "hold":
		return serveNet(address, config, hold)
	case "bare":
		return serveBare(address)
	case "push", "pull":
		return serveLoop(address, config, mode == "push")
	}
	return errors.New("say net, push, pull, bare or hold, and an address")
}

func newConfig() (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS13}, nil
}
