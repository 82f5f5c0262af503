package devserver

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"sync"
)

// maxLine bounds one line of what a program prints, in bytes.
const maxLine = 16 << 10

// maxTail bounds what is kept of the end of what a program prints, in bytes. It
// has to hold a panic with its stacks.
const maxTail = 256 << 10

// readLines calls line with each line of r, without its end, until r ends. The
// rest of a line that is longer than maxLine is left out.
func readLines(r io.Reader, line func(string)) {
	in := bufio.NewReaderSize(r, maxLine)
	for {
		text, err := in.ReadSlice('\n')
		if len(text) > 0 {
			whole := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
			if errors.Is(err, bufio.ErrBufferFull) {
				whole += " …"
			}
			line(whole)
		}
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		if err != nil {
			return
		}
	}
}

// A tail keeps the end of what is written to it, at most maxTail bytes. Any
// goroutine may use it.
type tail struct {
	mu  sync.Mutex // guards what follows
	buf []byte
}

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(append(t.buf, line...), '\n')
	if len(t.buf) > 2*maxTail {
		t.buf = append(t.buf[:0], t.buf[len(t.buf)-maxTail:]...)
	}
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf[max(0, len(t.buf)-maxTail):])
}

// lastLine is the last line of text that is not empty.
func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}
