package inspector

// Locate fills in which frames of e are the developer's own, where to open e, and
// the excerpts, from the files on disk.
func Locate(e *Error, projectDir string, frameworkDirs ...string) {}

func excerpt(lines []string, line int) []SourceLine { return nil }
