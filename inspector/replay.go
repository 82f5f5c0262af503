package inspector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

const (
	// replayTimeout bounds a replay whose context has no deadline.
	replayTimeout = 30 * time.Second

	// maxReplayAnswer is how many bytes of the answer are read.
	maxReplayAnswer = 16 << 20
)

// Replay sends r once more to address ("127.0.0.1:8888"), over a connection of
// its own, and waits until the answer has come, or 16 MiB of it. Head and body
// are sent byte for byte as they were received, but for Connection, which becomes
// close, and for the sizes of chunks, which were not kept.
//
// sending, if not nil, is called with the local address before the first byte:
// the place for Store.MarkReplay. The answer is found in the Store, as that of
// any request. The error is ErrTrimmed if r was not kept whole; without a
// deadline in ctx it ends after 30 seconds. A request that changes protocols
// cannot be replayed.
func Replay(ctx context.Context, address string, r *Request, sending func(localAddr string)) (localAddr string, err error) {
	message, err := replayMessage(r)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, replayTimeout)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		return "", fmt.Errorf("inspector: replay: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	localAddr = conn.LocalAddr().String()
	if sending != nil {
		sending(localAddr)
	}
	// The answer may come before the request has been sent whole, and the server
	// may then take no more of it: a failed write is no failed replay.
	_, writeErr := conn.Write(message)
	read, err := io.Copy(io.Discard, io.LimitReader(conn, maxReplayAnswer))
	switch {
	case read > 0:
		return localAddr, nil
	case ctx.Err() != nil:
		err = ctx.Err()
	case writeErr != nil:
		err = writeErr
	case err == nil:
		err = errors.New("the connection was closed without an answer")
	}
	return localAddr, fmt.Errorf("inspector: replay of %s %s: %w", Printable(r.Method), Printable(r.URI), err)
}

// replayMessage is what Replay sends.
func replayMessage(r *Request) ([]byte, error) {
	if err := r.complete(); err != nil {
		return nil, err
	}
	start, rest, _ := strings.Cut(r.Head, "\n")
	message := append([]byte(strings.TrimSuffix(start, "\r")), "\r\n"...)
	chunked, length := false, int64(-1)
	for line := range strings.Lines(rest) {
		line = strings.TrimRight(line, "\r\n")
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(name) {
		case "":
			continue // the empty line that ends the head, if it is there
		case "connection":
			continue
		case "upgrade":
			return nil, fmt.Errorf("inspector: a request to change the protocol to %q cannot be replayed", Printable(value))
		case "transfer-encoding":
			chunked = true
		case "content-length":
			if n, err := strconv.ParseInt(value, 10, 64); err == nil {
				length = n
			}
		}
		message = append(append(message, line...), "\r\n"...)
	}
	message = append(message, "Connection: close\r\n\r\n"...)
	if chunked {
		if len(r.Body) > 0 {
			message = fmt.Appendf(message, "%x\r\n%s\r\n", len(r.Body), r.Body)
		}
		return append(message, "0\r\n\r\n"...), nil
	}
	if length >= 0 && length != int64(len(r.Body)) {
		return nil, fmt.Errorf("%w: its body of %d bytes was cut off after %d", ErrTrimmed, length, len(r.Body))
	}
	return append(message, r.Body...), nil
}
