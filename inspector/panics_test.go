package inspector

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func stackText(stack []Frame) string {
	var lines []string
	for _, f := range stack {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s:%d", f.Relation, f.Function, f.File, f.Line)))
	}
	return strings.Join(lines, "\n")
}

func TestParsePanic(t *testing.T) {
	for _, tt := range []struct{ name, text, message, detail, stack string }{
		{"chain of panics", `starting
panic: runtime error: index out of range [3] with length 0 [recovered]
	panic: again:
	line two

goroutine 1 [running]:
main.main.func2()
	/blog/main.go:9 +0x53
panic({0x4bd9e0?, 0x2a99c8e4e090?})
	/usr/local/go/src/runtime/panic.go:860 +0x13a
main.(*T).Boom(0x0?, 0x2a99c8ea0068?)
	/blog/main.go:6 +0x9
main.Map[...]({0x1, 0x2})
	/a path/main.go:10 +0x4f
created by main.main in goroutine 7
	/blog/main.go:4 +0x56

goroutine 6 [select (no cases)]:
main.other()
	/blog/other.go:1 +0x1
exit status 2
`, "runtime error: index out of range [3] with length 0", "panic: again:\n\tline two",
			"main.main.func2 /blog/main.go:9\npanic /usr/local/go/src/runtime/panic.go:860\nmain.(*T).Boom /blog/main.go:6\nmain.Map[...] /a path/main.go:10\ncreated by main.main /blog/main.go:4"},
		{"signal", `panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47a742]

goroutine 1 [running]:
main.main()
	/blog/main.go:2 +0x2
`, "runtime error: invalid memory address or nil pointer dereference", "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47a742]", "main.main /blog/main.go:2"},
		{"fatal error", "fatal error: all goroutines are asleep - deadlock!\r\n\r\ngoroutine 1 [chan receive (nil chan)]:\r\nmain.main()\r\n\t/blog/main.go:2 +0x17\r\n",
			"all goroutines are asleep - deadlock!", "", "main.main /blog/main.go:2"},
		{"stack overflow", `runtime: goroutine stack exceeds 1000000000-byte limit
fatal error: stack overflow

runtime stack:
runtime.throw({0x1, 0x2})
	/usr/local/go/src/runtime/panic.go:1 +0x1

goroutine 1 gp=0x191e3a0261e0 m=0 mp=0x52e0a0 [running]:
main.f(0x1)
	/blog/main.go:3 +0x1 fp=0x191e3a10ce48 sp=0x191e3a10ce40 pc=0x40810e
main.f(...)
	/blog/main.go:3
...additional frames elided...
main.main()
	C:/blog/main.go:4 +0x1
`, "stack overflow", "", "main.f /blog/main.go:3\nmain.f /blog/main.go:3\nmain.main C:/blog/main.go:4"},
		{"quit", "SIGQUIT: quit\nPC=0x40810e m=0 sigcode=0\n\ngoroutine 0 [idle]:\nmain.main()\n\t/a.go:1 +0x1\n", "SIGQUIT: quit", "PC=0x40810e m=0 sigcode=0", "main.main /a.go:1"},
		{"the last of several", "panic: logged and survived\n\ngoroutine 1 [running]:\nmain.a()\n\t/a.go:1 +0x1\n\npanic: deadly\n\ngoroutine 2 [running]:\nmain.b()\n\t/b.go:2 +0x1\n", "deadly", "", "main.b /b.go:2"},
		{"odd function", "panic: x\n\ngoroutine 1 [running]:\nodd)\n\t/a.go:1 +0x1\n", "x", "", "/a.go:1"},
		{"no place", "panic: x\n\ngoroutine 1 [running]:\n", "x", "", ""},
		{"no crash", "panic: only a word\nand no stack\n", "", "", ""},
		{"a stack alone", "goroutine 1 [running]:\nmain.a()\n\t/a.go:1 +0x1\n", "", "", ""},
		{"nothing", "", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, ok := ParsePanic(tt.text)
			if ok != (tt.message != "") || e.Message != tt.message || e.Detail != tt.detail {
				t.Errorf("got %q, %q, %v; want %q, %q", e.Message, e.Detail, ok, tt.message, tt.detail)
			}
			if got := stackText(e.Stack); got != tt.stack {
				t.Errorf("stack:\n%s\nwant\n%s", got, tt.stack)
			}
			if ok && e.Kind != "panic" {
				t.Errorf("got kind %q", e.Kind)
			}
		})
	}
}

// What this version of Go prints is understood.
func TestParseRealPanic(t *testing.T) {
	if os.Getenv("INSPECTOR_TEST_PANIC") != "" {
		defer func() { panic(fmt.Errorf("then this: %v", recover())) }()
		panic(errors.New("first this"))
	}
	command := exec.Command(os.Args[0], "-test.run=^TestParseRealPanic$")
	command.Env = append(os.Environ(), "INSPECTOR_TEST_PANIC=1", "GOTRACEBACK=all")
	out, err := command.CombinedOutput()
	if err == nil {
		t.Fatalf("it did not crash:\n%s", out)
	}
	e, ok := ParsePanic(string(out))
	if !ok || !strings.Contains(e.Message+e.Detail, "first this") || !strings.Contains(e.Detail, "then this") {
		t.Fatalf("got %q, %q, %v of\n%s", e.Message, e.Detail, ok, out)
	}
	if !strings.Contains(stackText(e.Stack), "inspector.TestParseRealPanic ") {
		t.Errorf("the test is not in its stack:\n%s", stackText(e.Stack))
	}
}

func FuzzParsePanic(f *testing.F) {
	f.Add("panic: x\n\ngoroutine 1 [running]:\nmain.a()\n\t/a.go:1 +0x1\n")
	f.Add("fatal error: x\ngoroutine 1 [running]:\n)\n\t:1\ncreated by \n\t/a:2")
	f.Fuzz(func(t *testing.T, text string) {
		e, ok := ParsePanic(text)
		if !ok && (e.Message != "" || e.Stack != nil) {
			t.Errorf("got %+v although there was no crash", e)
		}
		if len(e.Stack) > maxCrashFrames || strings.Contains(e.Message, "\n") {
			t.Errorf("got %d frames, message %q", len(e.Stack), e.Message)
		}
	})
}
