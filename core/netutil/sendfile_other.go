//go:build !linux

package netutil

import "errors"

// CanSendFile reports whether SendFile works on this system.
const CanSendFile = false

// SendFile is not supported here.
func SendFile(socket, file int, offset, count int64) (int64, error) { return 0, errors.ErrUnsupported }

// InMemory is not known here.
func InMemory(file int, offset, count int64) (yes, known bool) { return false, false }

// Duplicate is not supported here.
func Duplicate(fd int) (int, error) { return -1, errors.ErrUnsupported }
