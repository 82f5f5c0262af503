package ssl_test

import (
	"fmt"
	"log"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/gen"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
	"github.com/tornado-dev/tornado/core/ssl"
	"github.com/tornado-dev/tornado/core/tcpclient"
	"github.com/tornado-dev/tornado/core/tcpserver"
)

// A server that asks its clients who they are.
func ExampleServer() {
	security, err := ssl.Server(ssl.Options{
		CertFile: "server.pem",
		KeyFile:  "server.key",
		CACerts:  "staff.pem",
		CertReqs: ssl.CertRequired,
	})
	if err != nil {
		log.Fatal(err)
	}
	welcome := func(stream *iostream.IOStream, address string) error {
		who := ssl.PeerCertificate(stream.SecureConn()).Subject.CommonName
		stream.Write([]byte("welcome, " + who + "\n"))
		stream.CloseWhenWritten(true)
		return nil
	}
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		log.Fatal(err)
	}
	server := tcpserver.New(tcpserver.HandlerFunc(welcome), tcpserver.Options{SSL: security}, loop)
	if err := server.Listen(":8443"); err != nil {
		log.Fatal(err)
	}
	log.Fatal(loop.Start())
}

func ExampleClientFor() {
	security, err := ssl.ClientFor(ssl.Options{CertFile: "ann.pem", KeyFile: "ann.key", CACerts: "company.pem"})
	if err != nil {
		log.Fatal(err)
	}
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		log.Fatal(err)
	}
	line, err := ioloop.RunSync(loop, time.Minute, func() *concurrent.Future[[]byte] {
		connected := new(tcpclient.TCPClient).Connect(loop, "intranet.example", 8443, tcpclient.ConnectOptions{
			SSL:     security,
			Timeout: 10 * time.Second,
		})
		return gen.ThenAsync(connected, func(stream *iostream.IOStream) *concurrent.Future[[]byte] {
			return stream.ReadUntil([]byte("\n"), 0)
		})
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", line)
}
