package inspector

// ParsePanic reads what Go's runtime prints when a program dies: "panic: ..." or
// "fatal error: ..." with the stacks. ok is false if text holds no such thing.
func ParsePanic(text string) (e Error, ok bool) { return Error{}, false }

// ParseBuildOutput reads what go build prints. dir is the directory it ran in.
func ParseBuildOutput(output, dir string) []Error { return nil }
