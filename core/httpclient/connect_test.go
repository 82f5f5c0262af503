package httpclient

import (
	"github.com/tornado-dev/tornado/core/concurrent"
	"github.com/tornado-dev/tornado/core/ioloop"
	"github.com/tornado-dev/tornado/core/iostream"
)

// readThrough gives the first line that comes over a stream.
func readThrough(l *ioloop.IOLoop, o ConnectOptions) (string, error) {
	o.Timeout = patience
	line, err := ioloop.RunSync(l, patience, func() *concurrent.Future[[]byte] {
		read := new(concurrent.Future[[]byte])
		ioloop.AddFuture(l, Connect(l, o), func(f *concurrent.Future[*iostream.IOStream]) {
			stream, err := f.Result()
			if err != nil {
				read.SetError(err)
				return
			}
			ioloop.AddFuture(l, stream.ReadUntil([]byte("\n"), 0), func(f *concurrent.Future[[]byte]) {
				line, err := f.Result()
				stream.Close(nil)
				read.TrySet(line, err)
			})
		})
		return read
	})
	return string(line), err
}
