//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package poller

import (
	"fmt"
	"runtime"
)

// New fails: this system has no poller yet.
func New() (Poller, error) {
	return nil, fmt.Errorf("ioloop: no event loop for %s yet; run this program on Linux, macOS or a BSD", runtime.GOOS)
}
