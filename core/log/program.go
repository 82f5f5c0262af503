package log

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// program is the logger of the functions below.
var program = NewLogger("")

// exit ends the process; tests have another.
var exit = os.Exit

// lastPatience is how long the end of the process waits for its last words to be
// taken.
const lastPatience = 2 * time.Second

// Print writes a record of level Info. Whether it is printed is for SetLevel to
// say, as with all others.
func Print(v ...any) { program.print(LevelInfo, fmt.Sprint(v...)) }

// Printf writes a record of level Info.
func Printf(format string, v ...any) { program.print(LevelInfo, fmt.Sprintf(format, v...)) }

// Println writes a record of level Info.
func Println(v ...any) { program.print(LevelInfo, strings.TrimSuffix(fmt.Sprintln(v...), "\n")) }

// Fatal ends the process: with status 0 and in silence if v is one nil, which is
// what a server returns that has drained in good order; otherwise with status 1
// after a record of level Critical.
func Fatal(v ...any) {
	if len(v) == 1 && v[0] == nil {
		exit(0)
		return
	}
	program.print(LevelCritical, fmt.Sprint(v...))
	standard.flush(lastPatience)
	exit(1)
}

// Fatalf writes a record of level Critical and ends the process with status 1.
func Fatalf(format string, v ...any) {
	program.print(LevelCritical, fmt.Sprintf(format, v...))
	standard.flush(lastPatience)
	exit(1)
}

// print is called by exported functions only, so that the caller is two up.
func (l *Logger) print(level Level, message string) {
	if l.Enabled(level) {
		l.write(level, message, 3)
	}
}
