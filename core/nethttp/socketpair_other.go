//go:build !unix

package nethttp

import (
	"errors"
	"net"
)

// socketPair is not supported here, and neither are loops.
func socketPair() (fd int, other *net.UnixConn, err error) { return -1, nil, errors.ErrUnsupported }
