package options

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tornado-dev/tornado/core/internal/leak"
	"github.com/tornado-dev/tornado/core/log"
)

func TestMain(m *testing.M) { leak.Main(m) }

func newParser() *OptionParser {
	p := NewOptionParser()
	p.Output = io.Discard
	return p
}

func TestTypes(t *testing.T) {
	type colour string
	p := newParser()
	text := DefineIn(p, "text", "x")
	named := DefineIn(p, "named", colour("red"))
	small := DefineIn(p, "small", int8(1))
	unsigned := DefineIn(p, "unsigned", uint16(1))
	float := DefineIn(p, "float", float32(1))
	flag := DefineIn(p, "flag", false)
	span := DefineIn(p, "span", time.Minute)
	at := DefineIn(p, "at", time.Time{})
	address := DefineIn(p, "address", netip.Addr{})
	point := DefineIn(p, "point", [2]int{}, Parse(func(s string) (at [2]int, err error) {
		_, err = fmt.Sscanf(s, "%d/%d", &at[0], &at[1])
		return at, err
	}))
	spans := DefineIn(p, "spans", []time.Duration{time.Second})
	bytes := DefineIn(p, "bytes", []uint8(nil))
	upper := DefineIn(p, "upper", []string{}, Parse(func(s string) (string, error) { return strings.ToUpper(s), nil }))

	remaining, err := p.ParseCommandLine([]string{
		"--text=a=b", "-named=blue", "--small=-128", "--unsigned=65535", "--float=1.5", "--flag", "--span=1h30m", "--at=2026-01-02",
		"--address=::1", "--point=3/4", "--spans=1m,2h", "--bytes=1,250:255", "--upper=a,b", "-", "--text=c",
	}, true)
	if err != nil || !slices.Equal(remaining, []string{"-", "--text=c"}) {
		t.Fatalf("got %q, %v", remaining, err)
	}
	got := []any{*text, *named, *small, *unsigned, *float, *flag, *span, *at, *address, *point, *spans, *bytes, *upper}
	want := []any{
		"a=b", colour("blue"), int8(-128), uint16(65535), float32(1.5), true, 90 * time.Minute, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
		netip.IPv6Loopback(), [2]int{3, 4}, []time.Duration{time.Minute, 2 * time.Hour}, []uint8{1, 250, 251, 252, 253, 254, 255}, []string{"A", "B"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct{ argument, want string }{
		{"--port=x", `options: command line: --port: "x" is not a whole number`},
		{"--port", "options: command line: --port: it needs a value: --port=PORT"},
		{"--small=300", `options: command line: --small: "300" is beyond what uint8 holds`},
		{"--small=-1", `options: command line: --small: "-1" is not a whole number above -1`},
		{"--rate=x", `options: command line: --rate: "x" is not a number`},
		{"--prot=1", "options: command line: --prot: there is no such option; did you mean port?"},
		{"--Many", "options: command line: --Many: there is no such option; did you mean many?"},
		{"--at_", "options: command line: --at_: there is no such option; did you mean at?"},
		{"--x=1", "options: command line: --x: there is no such option"},
		{"--spanner=1", "options: command line: --spanner: there is no such option"},
		{"--many=1:99999999", "options: command line: --many: 1:99999999 stands for more than 1048576 numbers"},
		{"--many=1:9223372036854775807", "options: command line: --many: 1:9223372036854775807 stands for more than 1048576 numbers"},
		{"--span=5x", `options: command line: --span: "5x" is no duration: there is no unit "x"`},
		{"--at=x", `options: command line: --at: "x" is no date or time; write it like 2026-04-28 12:00`},
	} {
		p := newParser()
		DefineIn(p, "port", 1, Metavar("PORT"))
		DefineIn(p, "small", uint8(1))
		DefineIn(p, "rate", 1.0)
		DefineIn(p, "many", []int{})
		DefineIn(p, "span", time.Second)
		DefineIn(p, "at", time.Time{})
		_, err := p.ParseCommandLine([]string{tt.argument}, true)
		var typed *Error
		if !errors.As(err, &typed) || err.Error() != tt.want {
			t.Errorf("%s: got %v; want %s", tt.argument, err, tt.want)
		}
	}
}

func panicOf(f func()) (message string) {
	defer func() { message = fmt.Sprint(recover()) }()
	f()
	return ""
}

func TestWrongDefinitions(t *testing.T) {
	p := newParser()
	DefineIn(p, "a_b", 1)
	for _, tt := range []struct {
		name   string
		define func()
		want   string
	}{
		{"twice", func() { DefineIn(p, "a-b", 1) }, "options: a-b: an option of that name was defined at "},
		{"help", func() { DefineIn(p, "help", 1) }, "options: help: an option of that name is part of every parser"},
		{"type", func() { DefineIn(p, "c", struct{}{}) }, "options: c: a struct {} cannot be parsed; give the option a Parse setting"},
		{"callback", func() { DefineIn(p, "d", 1, Callback(func(string) {})) }, "options: option d is a int, but its callback takes a string"},
		{"parser", func() { DefineIn(p, "e", 1, Parse(func(string) (string, error) { return "", nil })) }, "options: option e is a int, but is parsed as a string"},
	} {
		if got := panicOf(tt.define); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %s; want %s", tt.name, got, tt.want)
		}
	}
	if got := panicOf(func() { DefineIn(p, "a_b", 1) }); !strings.Contains(got, "options_test.go:") {
		t.Errorf("got %s; want the place of the first definition", got)
	}
}

func TestNames(t *testing.T) {
	p := newParser()
	port := DefineIn(p, "log_port", 80)
	for _, name := range []string{"log_port", "log-port"} {
		if err := p.Set(name, 5); err != nil || *port != 5 {
			t.Errorf("%s: got %d, %v; want 5", name, *port, err)
		}
		if err := p.Set(name, "6"); err == nil || err.Error() != `options: log_port: it takes a whole number, not the text 6` {
			t.Errorf("%s: got %v", name, err)
		}
		if err := p.Set(name, nil); err != nil || *port != 0 {
			t.Errorf("%s: got %d, %v; want 0", name, *port, err)
		}
		if got, err := p.Get(name); got != nil || err != nil {
			t.Errorf("%s: got %v, %v; want nil", name, got, err)
		}
	}
	if err := p.Set("log_port", true); err == nil {
		t.Error("a boolean was taken for an int")
	}
}

func TestFinalAndCallbacks(t *testing.T) {
	p := newParser()
	var order []string
	DefineIn(p, "a", 1, Callback(func(n int) { order = append(order, fmt.Sprint("a=", n)) }))
	p.AddParseCallback(func() { order = append(order, "parsed") })
	p.AddParseCallback(func() { order = append(order, "all") })
	if _, err := p.ParseCommandLine([]string{"--a=2"}, false); err != nil {
		t.Fatal(err)
	}
	if err := p.ParseConfig("f", "a = 3", false); err != nil {
		t.Fatal(err)
	}
	if _, err := p.ParseCommandLine([]string{"--a=4"}, true); err != nil {
		t.Fatal(err)
	}
	if want := []string{"a=2", "a=3", "a=4", "parsed", "all"}; !slices.Equal(order, want) {
		t.Errorf("got %q; want %q", order, want)
	}
}

func TestEnvironment(t *testing.T) {
	p := newParser()
	port := DefineIn(p, "http_port", 80)
	names := DefineIn(p, "names", []string{})
	empty := DefineIn(p, "empty", "default")
	t.Setenv("APP_HTTP_PORT", "8080")
	t.Setenv("APP_NAMES", "a,b")
	t.Setenv("APP_EMPTY", "")
	if err := p.ParseEnvironment("APP_", true); err != nil {
		t.Fatal(err)
	}
	if *port != 8080 || !slices.Equal(*names, []string{"a", "b"}) || *empty != "default" {
		t.Errorf("got %d, %q, %q", *port, *names, *empty)
	}
	t.Setenv("APP_HTTP_PORT", "x")
	const want = `options: APP_HTTP_PORT: http_port: "x" is not a whole number`
	if err := p.ParseEnvironment("APP_", true); err == nil || err.Error() != want {
		t.Errorf("got %v; want %s", err, want)
	}
}

func TestConfigFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app.conf")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p := newParser()
	port := DefineIn(p, "http_port", uint16(80))
	rate := DefineIn(p, "rate", 1.0)
	flags := DefineIn(p, "flags", []bool{})
	spans := DefineIn(p, "spans", []time.Duration{})
	name := DefineIn(p, "name", "")
	write("# what the server is told\r\nhttp-port = 0x1F90 # or 8080\nrate = -2.5e1\nflags = [True,\n  False, # remark\n]\nspans=['1m', \"2h\"]\n" +
		"name = '''it's\n\\x41\\u00e9\\q'''\n")
	if err := p.ParseConfigFile(file, true); err != nil {
		t.Fatal(err)
	}
	got := []any{*port, *rate, *flags, *spans, *name}
	want := []any{uint16(8080), -25.0, []bool{true, false}, []time.Duration{time.Minute, 2 * time.Hour}, "it's\nAé\\q"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
	for _, tt := range []struct{ text, want string }{
		{"\nhttp_port = 70000", "2: http_port: it takes a whole number, not the whole number 70000"},
		{"rate = 1", "1: rate: it takes a number with a point, not the whole number 1"},
		{"rate = [1.0]", "1: rate: it takes a number with a point, not the list [1]"},
		{"flags = True", "1: flags: it takes a list, of which each is True or False, not the boolean true"},
		{"spans = ['1m', 2]", "1: spans: it takes a list, of which each is a duration, not the whole number 2"},
		{"name = me", `1: name: "me" is no value; text stands in quotes`},
		{"name = 'me", "1: name: the quote is not closed"},
		{"name = 'me\nrate = '1'", "1: name: the quote is not closed on its line"},
		{"name = '''\n\nme", "3: name: the quote is not closed"},
		{"name = '\\", "1: name: the quote is not closed"},
		{"name = '\\ud800'", `1: name: "\\ud800" stands for no character`},
		{"name = '\\u123g'", `1: name: "\\u123g" stands for no character`},
		{"name = '\\x", `1: name: \x needs 2 digits`},
		{"name = 'a' 'b'", `1: name: "'b'" stands behind the value`},
		{"name =", "1: name: the value is missing"},
		{"name", "1: name: an equals sign and a value must follow the name"},
		{"\n\n4 = 4", `3: "4 = 4" is no name of an option`},
		{"= 4", `1: "= 4" is no name of an option`},
		{"http_port = 080", "1: http_port: 080 begins with a zero; write 0o for octal"},
		{"http_port = 1.2.3", `1: http_port: "1.2.3" is no number`},
		{"flags = [True False]", `1: flags: "False]" stands in a list where a comma or a bracket is due`},
		{"flags = [", "1: flags: the value is missing"},
		{"flags = " + strings.Repeat("[", 100), "1: flags: lists stand too deep in lists"},
	} {
		write(tt.text)
		if err := p.ParseConfigFile(file, true); err == nil || err.Error() != "options: "+file+":"+tt.want {
			t.Errorf("%q: got %v; want %s", tt.text, err, tt.want)
		}
	}
	write("name = '\xff'")
	if err := p.ParseConfigFile(file, true); err == nil || err.Error() != "options: "+file+": it is not UTF-8" {
		t.Errorf("got %v", err)
	}
	if err := p.ParseConfigFile(file+"x", true); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestUnknownNamesInFiles(t *testing.T) {
	p := newParser()
	DefineIn(p, "port", 1)
	previous := log.SetOutput(io.Discard)
	t.Cleanup(func() { log.SetOutput(previous) })
	var messages []string
	t.Cleanup(log.Observe(func(r log.Record) { messages = append(messages, r.Message) }))
	if err := p.ParseConfig("app.conf", "\nprot = 1\nhelp = True\n", true); err != nil {
		t.Fatal(err)
	}
	if want := []string{"options: app.conf:2: prot: there is no such option; did you mean port?"}; !slices.Equal(messages, want) {
		t.Errorf("got %q; want %q", messages, want)
	}
}

func TestParseDuration(t *testing.T) {
	for _, tt := range []struct {
		text string
		want time.Duration
	}{
		{"90", 90 * time.Second},
		{"1h30m", 90 * time.Minute},
		{"1h 30m 15", 90*time.Minute + 15*time.Second},
		{" 1.5 hours ", 90 * time.Minute},
		{"-1h+30m", -30 * time.Minute},
		{"2weeks1d", 15 * 24 * time.Hour},
		{"1e3ms", time.Second},
		{".5s", 500 * time.Millisecond},
		{"5.", 5 * time.Second},
		{"106751d", 106751 * 24 * time.Hour},
	} {
		if got, err := ParseDuration(tt.text); got != tt.want || err != nil {
			t.Errorf("%q: got %v, %v; want %v", tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{"", " ", "h", ".", "+", "1e", "1 h h", "5x", "1H", "1h,5m", "--5m", "1e400", "300 years", "107000d", "1_0"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q: got %v; want an error", text, got)
		}
	}
}

func TestHelpOfProgram(t *testing.T) {
	var b strings.Builder
	p := NewOptionParser()
	p.Output = &b
	DefineIn(p, "unset", time.Second, Unset(), Group("g"))
	DefineIn(p, "span", 90*time.Second, Help("how long"), Group("g"))
	DefineIn(p, "at", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Group("g"))
	DefineIn(p, "floats", []float64{1, 2.5}, Group("g"))
	DefineIn(p, "own", 0)
	if _, err := p.ParseCommandLine([]string{"--help"}, true); !errors.Is(err, ErrHelp) {
		t.Fatalf("got %v; want ErrHelp", err)
	}
	for _, want := range []string{
		"\n  --unset                          \n",
		"\n  --span                           how long (default 1m30s)\n",
		"\n  --at                              (default 2026-01-02 03:04:05)\n",
		"\n  --floats                          (default [1.0, 2.5])\n",
		"\noptions/options_test.go options:\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("got\n%s\nwant %q", &b, want)
		}
	}
}

func TestMock(t *testing.T) {
	p := newParser()
	port := DefineIn(p, "port", 80)
	name := DefineIn(p, "name", "x", Unset())
	t.Run("within", func(t *testing.T) {
		p.Mock(t, "port", 1)
		p.Mock(t, "port", 2)
		p.Mock(t, "name", "y")
		if *port != 2 || *name != "y" {
			t.Errorf("got %d, %q; want 2, y", *port, *name)
		}
	})
	if got, _ := p.Get("name"); *port != 80 || got != nil {
		t.Errorf("got %d, %v; want 80, nil", *port, got)
	}
	failed := &fakeT{}
	p.Mock(failed, "prot", 1)
	if failed.message != "options: prot: there is no such option; did you mean port?" {
		t.Errorf("got %q", failed.message)
	}
}

type fakeT struct{ message string }

func (*fakeT) Helper()                             {}
func (*fakeT) Cleanup(func())                      {}
func (f *fakeT) Fatalf(format string, args ...any) { f.message = fmt.Sprintf(format, args...) }

func TestProgram(t *testing.T) {
	arguments := os.Args
	status := -1
	exit = func(code int) { status = code }
	var b strings.Builder
	Options.Output = &b
	t.Cleanup(func() { os.Args, exit, Options.Output = arguments, os.Exit, nil })
	port := Define("test_port", 1)
	t.Setenv("TEST_TEST_PORT", "2")
	ParseEnvironment("TEST_")
	if *port != 2 {
		t.Errorf("got %d; want 2", *port)
	}
	for _, tt := range []struct {
		arguments []string
		status    int
		output    string
	}{
		{[]string{"--logging=none", "--test-port=3", "rest"}, -1, ""},
		{[]string{"--help"}, 0, "log options:"},
		{[]string{"--logging=loud"}, 2, `options: command line: --logging: "loud" is no level`},
		{[]string{"--log-rotate-mode=never"}, 2, `"never" is no mode`},
		{[]string{"--log-rotate-when=often"}, 2, `"often" is no time to begin a file`},
	} {
		status = -1
		b.Reset()
		os.Args = append([]string{"prog"}, tt.arguments...)
		ParseCommandLine()
		if status != tt.status || !strings.Contains(b.String(), tt.output) {
			t.Errorf("%q: got %d, %q; want %d, %q", tt.arguments, status, &b, tt.status, tt.output)
		}
	}
	status = -1
	ParseConfigFile(filepath.Join(t.TempDir(), "none"))
	if status != 2 {
		t.Errorf("got %d; want 2", status)
	}
}

func TestLoggingOptions(t *testing.T) {
	t.Cleanup(func() {
		if err := log.EnablePrettyLogging(log.PrettyLogging{Level: log.LevelWarning}); err != nil {
			t.Error(err)
		}
	})
	directory := t.TempDir()
	file := filepath.Join(directory, "log")
	p := newParser()
	DefineLoggingOptions(p)
	parse := func(arguments ...string) error {
		_, err := p.ParseCommandLine(arguments, true)
		return err
	}
	if err := parse("--logging=Error", "--log_file_prefix="+file, "--log-file-max-size=40", "--log-file-num-backups=1"); err != nil {
		t.Fatal(err)
	}
	log.General.Warning("not printed")
	log.General.Error("first line")
	log.General.Error("second line")
	if err := parse("--log_file_prefix=" + filepath.Join(directory, "none", "x")); err == nil || !strings.HasPrefix(err.Error(), "options: log_file_prefix: log: open ") {
		t.Errorf("got %v", err)
	}
	if err := parse("--log_file_prefix="+file, "--log-rotate-mode=time", "--log-rotate-interval=0"); err == nil || !strings.HasPrefix(err.Error(), "options: log_rotate_interval: ") {
		t.Errorf("got %v", err)
	}
	if err := log.EnablePrettyLogging(log.PrettyLogging{Level: log.LevelWarning}); err != nil { // closes the file
		t.Fatal(err)
	}
	for name, want := range map[string]string{file + ".1": "] first line\n", file: "] second line\n"} {
		got, err := os.ReadFile(name)
		if err != nil || !strings.HasSuffix(string(got), want) || strings.Count(string(got), "\n") != 1 {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, want)
		}
	}
}
