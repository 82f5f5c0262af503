//go:build linux

package main

import (
	"crypto/tls"
	"net"
)

func serveNet(address string, config *tls.Config, handle func(net.Conn)) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		if config != nil {
			conn = tls.Server(conn, config)
		}
		go handle(conn) // ends with the connection
	}
}

func echo(conn net.Conn) {
	defer conn.Close()
	buf := make([]byte, 4<<10)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		if _, err := conn.Write(buf[:n]); err != nil {
			return
		}
	}
}

// held is what hold keeps.
var held = make(chan net.Conn, 1<<16) // more connections than there can be

func hold(conn net.Conn) {
	if secure, ok := conn.(*tls.Conn); ok && secure.Handshake() != nil {
		return
	}
	// One round trip, so that it has what it needs for reading and writing.
	var buf [1 << 10]byte
	n, err := conn.Read(buf[:])
	if err != nil {
		return
	}
	conn.Write(buf[:n])
	held <- conn
}
