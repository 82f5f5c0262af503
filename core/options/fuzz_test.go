package options

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tornado-dev/tornado/core/log"
)

func everything() *OptionParser {
	p := newParser()
	DefineIn(p, "text", "")
	DefineIn(p, "number", 0)
	DefineIn(p, "numbers", []int8{})
	DefineIn(p, "float", 0.0)
	DefineIn(p, "flags", []bool{})
	DefineIn(p, "span", time.Second)
	DefineIn(p, "at", time.Time{})
	return p
}

func FuzzCommandLine(f *testing.F) {
	f.Add("--text=a\n--number=5\n--numbers=1:3,-5\n--flags\n--span=1h30m\n--at=12:30\n--\nx")
	f.Fuzz(func(t *testing.T, text string) {
		arguments := strings.Split(text, "\n")
		remaining, err := everything().ParseCommandLine(arguments, true)
		if err == nil && !strings.HasSuffix(text, strings.Join(remaining, "\n")) {
			t.Errorf("%q: %q remain", arguments, remaining)
		}
	})
}

func FuzzConfig(f *testing.F) {
	f.Add("text = '''a\n\\x41''' # remark\nnumbers = [1,\n-0x2]\nfloat = 1_0.5e-3\nflags = [True, False]\nat = None\n")
	f.Fuzz(func(t *testing.T, text string) {
		defer log.SetOutput(log.SetOutput(io.Discard))
		p := everything()
		if err := p.ParseConfig("f", text, true); err != nil {
			return
		}
		if s, _ := p.Get("text"); s != nil && !utf8.ValidString(s.(string)) {
			t.Errorf("%q: the text %q is not UTF-8", text, s)
		}
	})
}

func FuzzParseDuration(f *testing.F) {
	f.Add("1h30m -5.5e3us 2 weeks")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDuration(text)
		if err != nil || d.Abs() >= 1<<52 { // beyond, a float64 does not tell nanoseconds apart
			return
		}
		if back, err := ParseDuration(fmt.Sprintf("%.3fus", float64(d)/1e3)); back != d || err != nil {
			t.Errorf("%q: got %v, and from that %v, %v", text, d, back, err)
		}
	})
}
