package tests

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// A systemd socket unit binds the port, and serve hands it to the program, which
// asks for another. LISTEN_PID is the process that exec makes of the shell.
func TestServeOnSystemdSocket(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	command := exec.Command("sh", "-c",
		`LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web.socket exec "$0" serve "$1"`, binary, newApp(t))
	command.ExtraFiles = []*os.File{socket} // the third, as systemd does it
	command.Stderr = t.Output()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }() // read below
	// The kernel keeps the connection until the program has been built.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 6 * patience}
	response, err := client.Get("http://" + listener.Addr().String() + "/version")
	if err != nil {
		t.Error(err)
	} else if body := readAll(t, response); response.StatusCode != 200 || body != "1" {
		t.Errorf("got %d %q; want the version", response.StatusCode, body)
	}
	command.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("serve ended with %v", err)
		}
	case <-time.After(patience):
		command.Process.Kill()
		t.Errorf("serve did not end: %v", <-ended)
	}
}
