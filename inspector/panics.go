package inspector

import (
	"strconv"
	"strings"
)

// maxCrashFrames is how many frames of a crash are kept; a stack that overflowed
// has millions.
const maxCrashFrames = 128

// ParsePanic reads what Go's runtime prints when a program dies: a panic, a fatal
// error or a signal, with the stacks of goroutines. Other output may stand before
// it. The Error has Kind "panic", the Message of the first panic of a chain, the
// further ones in Detail, and the Stack of the goroutine that is named first,
// which is the one that crashed. ok is false if text holds no such thing.
func ParsePanic(text string) (e Error, ok bool) {
	lines := strings.Split(text, "\n")
	start, stack := crashLines(lines)
	if stack < 0 {
		return Error{}, false
	}
	var message []string
	for _, line := range lines[start:stack] {
		line = strings.TrimRight(line, "\r")
		if line == "runtime stack:" {
			break
		}
		message = append(message, line)
	}
	first := strings.TrimPrefix(strings.TrimPrefix(message[0], "panic: "), "fatal error: ")
	for _, suffix := range []string{" [recovered]", " [recovered, repanicked]"} {
		first = strings.TrimSuffix(first, suffix)
	}
	e = Error{Kind: "panic", Message: first, Detail: strings.TrimSpace(strings.Join(message[1:], "\n"))}
	e.Stack = parseStack(lines[stack+1:])
	return e, true
}

// crashLines finds the last line that begins a crash and the line that heads its
// first goroutine. stack is negative if there is none.
func crashLines(lines []string) (start, stack int) {
	begins := -1
	start, stack = -1, -1
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "panic: "), strings.HasPrefix(line, "fatal error: "), isSignal(line):
			begins = i
		case begins >= 0 && isGoroutine(line):
			start, stack, begins = begins, i, -1
		}
	}
	return start, stack
}

// isSignal recognizes "SIGQUIT: quit".
func isSignal(line string) bool {
	name, _, ok := strings.Cut(line, ": ")
	return ok && len(name) > 3 && strings.HasPrefix(name, "SIG") && strings.ToUpper(name) == name && !strings.Contains(name, " ")
}

// isGoroutine recognizes "goroutine 1 [running]:", with or without addresses.
func isGoroutine(line string) bool {
	rest, ok := strings.CutPrefix(line, "goroutine ")
	if !ok || !strings.HasSuffix(strings.TrimRight(line, "\r"), "]:") {
		return false
	}
	number, _, _ := strings.Cut(rest, " ")
	_, err := strconv.ParseUint(number, 10, 64)
	return err == nil
}

// parseStack reads the frames of one goroutine: a line with the function, a line
// with the place.
func parseStack(lines []string) []Frame {
	var stack []Frame
	for i := 0; i+1 < len(lines) && len(stack) < maxCrashFrames; i++ {
		function := strings.TrimRight(lines[i], "\r")
		if function == "" {
			break
		}
		file, line, ok := parsePlace(lines[i+1])
		if !ok {
			continue // "...additional frames elided..."
		}
		i++
		f := Frame{File: file, Line: line}
		if created, ok := strings.CutPrefix(function, "created by "); ok {
			f.Relation = "created by"
			f.Function, _, _ = strings.Cut(created, " in goroutine ")
		} else if f.Function = function; strings.HasSuffix(function, ")") {
			f.Function = function[:max(strings.LastIndexByte(function, '('), 0)]
		}
		stack = append(stack, f)
	}
	return stack
}

// parsePlace reads "\t/blog/story.go:12 +0x1d fp=…".
func parsePlace(text string) (file string, line int, ok bool) {
	text, ok = strings.CutPrefix(strings.TrimRight(text, "\r"), "\t")
	if !ok {
		return "", 0, false
	}
	if at := strings.LastIndex(text, " +0x"); at >= 0 {
		text = text[:at]
	}
	at := strings.LastIndexByte(text, ':')
	if at <= 0 {
		return "", 0, false
	}
	number, _, _ := strings.Cut(text[at+1:], " ")
	n, err := strconv.ParseUint(number, 10, 31)
	return text[:at], int(n), err == nil
}
