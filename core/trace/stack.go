package trace

import (
	"runtime"
	"strings"
)

const stackLimit = 64 // frames

// Stack is the stack of the calling goroutine, innermost first; skip leaves out
// that many functions, Stack's caller being the first. Called in a deferred
// function during a panic it begins with the function that panicked.
func Stack(skip int) []Frame {
	var callers [stackLimit]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(skip+2, callers[:])])
	var stack []Frame
	for {
		frame, more := frames.Next()
		if frame.Function == "runtime.gopanic" {
			stack = stack[:0] // what is above is the machinery of recovering
		} else if frame.Function != "" && !isPanicHelper(frame.Function, len(stack)) {
			stack = append(stack, Frame{Function: frame.Function, File: frame.File, Line: frame.Line})
		}
		if !more {
			return stack
		}
	}
}

// isPanicHelper reports whether a function at the top of a stack is the runtime's
// way from a fault (a nil pointer, an index) to the panic.
func isPanicHelper(function string, depth int) bool {
	return depth == 0 && strings.HasPrefix(function, "runtime.")
}
