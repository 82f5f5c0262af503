//go:build unix

package process_test

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/log"
	"github.com/tornado-dev/tornado/core/netutil"
	"github.com/tornado-dev/tornado/core/process"
)

// Two workers serve one address. With web it is app.ListenAndServe(":8888") that
// they return.
func ExampleForkProcesses() {
	err := process.ForkProcesses(process.Options{
		Processes: 2,
		Listen:    []string{"127.0.0.1:0"},
	}, func(taskID int) error {
		sockets, err := netutil.BindSockets("127.0.0.1:0") // the parent's
		if err != nil {
			return err
		}
		fmt.Println("worker", taskID, "serves", sockets[0].Address)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
}

func ExampleNewSubprocess() {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer loop.Close()
	sorted, err := ioloop.RunSync(loop, time.Minute, func() *concurrent.Future[[]byte] {
		cmd := exec.CommandContext(context.Background(), "sort")
		cmd.Stdin, cmd.Stdout = process.Stream, process.Stream
		p, err := process.NewSubprocess(loop, cmd)
		if err != nil {
			return concurrent.Failed[[]byte](err)
		}
		p.Stdin.Write([]byte("pear\napple\n"))
		p.Stdin.CloseWhenWritten(false)
		return p.Stdout.ReadUntilClose()
	})
	fmt.Printf("%s%v\n", sorted, err)
	// Output:
	// apple
	// pear
	// <nil>
}
