//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/tornado-dev/tornado/bench/pinned"
)

// compareIdle prints what a connection that has had an answer, and on which nothing
// happens, takes of each server's memory.
func compareIdle(ctx context.Context, directory string, servers []string) error {
	fmt.Printf("%d idle connections, each after an answer; bytes for each, after garbage collection\n", *idleConnections)
	fmt.Printf("%-10s %22s %14s\n", "", "heap and stacks in use", "resident (RSS)")
	for _, server := range servers {
		m, err := idleMemory(ctx, directory, server)
		if err != nil {
			return fmt.Errorf("%s: %w", server, err)
		}
		fmt.Printf("%-10s %22.0f %14.0f\n", server, m.InUse, m.Resident)
	}
	return nil
}

func idleMemory(ctx context.Context, directory, server string) (m pinned.Memory, err error) {
	s, err := start(ctx, directory, server)
	if err != nil {
		return m, err
	}
	defer s.End()
	// What the first connections cost is no question of their number.
	releaseSome, err := hold(ctx, directory, s.Address, 100)
	if err != nil {
		return m, err
	}
	defer releaseSome()
	before, err := s.Memory()
	if err != nil {
		return m, err
	}
	release, err := hold(ctx, directory, s.Address, *idleConnections)
	if err != nil {
		return m, err
	}
	defer release()
	return s.MemorySince(before, *idleConnections)
}

// hold opens connections, has an answer on each, and keeps them until release.
func hold(ctx context.Context, directory, address string, n int) (release func(), err error) {
	generator := exec.CommandContext(ctx, filepath.Join(directory, "load"), "-hold", "-connections", fmt.Sprint(n), address)
	generator.Stderr = os.Stderr
	input, err := generator.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := generator.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := pinned.Start(*loadCore, generator); err != nil {
		return nil, err
	}
	release = func() {
		input.Close()
		generator.Wait()
	}
	if _, err := bufio.NewReader(output).ReadString('\n'); err != nil {
		release()
		return nil, fmt.Errorf("%d connections were not opened", n)
	}
	return release, nil
}
