package log

import (
	"io"
	"os"
	"sync"
)

// PrettyLogging are the settings of a program's log. The zero value prints what
// matters, from LevelInfo on, on standard error.
type PrettyLogging struct {
	Level Level

	// File is the name of a log file; empty for none. FileOptions are for it.
	File        string
	FileOptions FileOptions

	// NoStderr leaves standard error out.
	NoStderr bool
}

// pretty is what EnablePrettyLogging has opened.
var pretty struct {
	mu     sync.Mutex
	file   *File
	remove func()
}

// EnablePrettyLogging prints records as o says; another call takes the place of the
// first. After an error, for a file that cannot be opened, everything is as before.
func EnablePrettyLogging(o PrettyLogging) error {
	pretty.mu.Lock()
	defer pretty.mu.Unlock()
	var file *File
	if o.File != "" {
		var err error
		if file, err = OpenFile(o.File, o.FileOptions); err != nil {
			return err
		}
	}
	SetLevel(o.Level)
	if o.NoStderr {
		SetOutput(io.Discard)
	} else {
		SetOutput(os.Stderr)
	}
	return replacePrettyFile(file)
}

// replacePrettyFile is called with pretty.mu held.
func replacePrettyFile(file *File) error {
	old, remove := pretty.file, pretty.remove
	pretty.file, pretty.remove = file, nil
	if file != nil {
		pretty.remove = AddOutput(file)
	}
	if old == nil {
		return nil
	}
	remove()
	return old.Close()
}
