// Package options reads what a program is told by its command line, by a file and
// by its environment.
//
// Options are defined where they are needed, usually as variables of a package,
// and read together when the program starts:
//
//	var port = options.Define("port", 8888, options.Help("where to listen"))
//
//	func main() {
//		options.ParseCommandLine()
//		log.Fatal(app.ListenAndServe(fmt.Sprintf(":%d", *port)))
//	}
//
// Nothing here may be called by several goroutines at once; once everything is
// parsed, all of them may read.
//
//   - Define, DefineIn: an option, as a pointer to its value
//   - Help, Metavar, Group, Callback, Parse, Unset: settings for them
//   - OptionParser: a set of options; Options is the one of the program
//   - ParseCommandLine, ParseConfigFile, ParseEnvironment, AddParseCallback and
//     PrintHelp: for Options
//   - ParseDuration, ParseTime: what options of these types accept
//   - DefineLoggingOptions: what the log shows, and where
package options

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
)

// Options is the set that Define and the functions of the package are about. It
// has the options of DefineLoggingOptions.
var Options = withLogging(NewOptionParser())

// ErrHelp is what a parser gives after it has printed the help that was asked for.
var ErrHelp = errors.New("options: help was asked for")

// An Error tells what is wrong with an option, or with the file it stands in.
type Error struct {
	Where string // "command line", "app.conf:3", "APP_PORT"; empty for Set and Get
	Name  string // of the option; empty if none was read
	Err   error
}

func (e *Error) Error() string {
	parts := []string{"options"}
	for _, part := range []string{e.Where, e.Name} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(append(parts, e.Err.Error()), ": ")
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// An OptionParser is a set of options. Their names mean the same with dashes and
// with underscores.
type OptionParser struct {
	// Output is where help goes; nil means os.Stderr.
	Output io.Writer

	options   map[string]*option // by name with dashes
	callbacks []func() error
}

// NewOptionParser returns a set whose only option is help.
func NewOptionParser() *OptionParser {
	p := &OptionParser{options: map[string]*option{}}
	p.options["help"] = &option{
		name: "help", help: "show this help information", unset: true, hidden: true,
		target: reflect.New(reflect.TypeFor[bool]()).Elem(), parse: scalarParser(reflect.TypeFor[bool]()),
	}
	return p
}

func normalized(name string) string { return strings.ReplaceAll(name, "_", "-") }

func (p *OptionParser) find(name string) (*option, error) {
	if o, ok := p.options[normalized(name)]; ok {
		return o, nil
	}
	return nil, &Error{Name: name, Err: p.unknown(name)}
}

var errUnknown = errors.New("there is no such option")

// Get gives the value of an option, or nil if it is unset. The error, for a name
// that was not defined, is an *Error.
func (p *OptionParser) Get(name string) (any, error) {
	o, err := p.find(name)
	if err != nil {
		return nil, err
	}
	return o.get(), nil
}

// Set gives an option a value of its own type, and calls its callback; nil unsets
// it. The error is an *Error.
func (p *OptionParser) Set(name string, value any) error {
	o, err := p.find(name)
	if err != nil {
		return err
	}
	if err := o.set(value); err != nil {
		return &Error{Name: o.name, Err: err}
	}
	return nil
}

// Contains reports whether an option of that name was defined.
func (p *OptionParser) Contains(name string) bool {
	_, err := p.find(name)
	return err == nil
}

// Items yields the options but for help, as they were named, with their values,
// sorted by name. An option that is unset has nil.
func (p *OptionParser) Items() iter.Seq2[string, any] { return p.items(nil) }

func (p *OptionParser) items(group *string) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, key := range slices.Sorted(maps.Keys(p.options)) {
			o := p.options[key]
			if o.hidden || group != nil && o.group != *group {
				continue
			}
			if !yield(o.name, o.get()) {
				return
			}
		}
	}
}

// AsMap gives the values by name, as Items yields them.
func (p *OptionParser) AsMap() map[string]any { return maps.Collect(p.Items()) }

// Groups lists the groups of all options, sorted.
func (p *OptionParser) Groups() []string {
	groups := map[string]bool{}
	for _, o := range p.options {
		if !o.hidden {
			groups[o.group] = true
		}
	}
	return slices.Sorted(maps.Keys(groups))
}

// GroupMap is AsMap for the options of a group; for an empty name, for all. It
// hands a group of settings on to something that takes a map.
func (p *OptionParser) GroupMap(group string) map[string]any {
	if group == "" {
		return p.AsMap()
	}
	return maps.Collect(p.items(&group))
}

// AddParseCallback has f called when everything is parsed: at the end of each
// parse that is final.
func (p *OptionParser) AddParseCallback(f func()) {
	p.callbacks = append(p.callbacks, func() error { f(); return nil })
}

// RunParseCallbacks calls what AddParseCallback was given, in that order, and puts
// the logging options into effect. Parsing does so by itself unless it was told
// that more follows. The error is one of the logging options.
func (p *OptionParser) RunParseCallbacks() error {
	for _, f := range p.callbacks {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

func (p *OptionParser) done(final bool) error {
	if !final {
		return nil
	}
	return p.RunParseCallbacks()
}

// ParseCommandLine parses the arguments of the program with Options and gives
// those that are no options. It ends the program after help was asked for, with
// status 0, and after an error, with status 2.
func ParseCommandLine() (remaining []string) {
	remaining, err := Options.ParseCommandLine(os.Args[1:], true)
	check(err)
	return remaining
}

// ParseConfigFile parses a file with Options, before the command line: the parse
// callbacks are not called. After an error it ends the program with status 2.
func ParseConfigFile(path string) { check(Options.ParseConfigFile(path, false)) }

// ParseEnvironment parses the environment with Options, before the command line:
// the parse callbacks are not called. After an error it ends the program with
// status 2.
func ParseEnvironment(prefix string) { check(Options.ParseEnvironment(prefix, false)) }

// AddParseCallback is Options.AddParseCallback.
func AddParseCallback(f func()) { Options.AddParseCallback(f) }

// PrintHelp is Options.PrintHelp.
func PrintHelp(w io.Writer) { Options.PrintHelp(w) }

// exit ends the process; tests have another.
var exit = os.Exit

func check(err error) {
	switch {
	case errors.Is(err, ErrHelp):
		exit(0)
	case err != nil:
		fmt.Fprintln(Options.output(), err)
		exit(2)
	}
}

func (p *OptionParser) output() io.Writer {
	if p.Output != nil {
		return p.Output
	}
	return os.Stderr
}

// Mock sets an option for the length of a test, which is usually a *testing.T.
func (p *OptionParser) Mock(t interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}, name string, value any) {
	t.Helper()
	previous, err := p.Get(name)
	if err == nil {
		err = p.Set(name, value)
	}
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	t.Cleanup(func() {
		if err := p.Set(name, previous); err != nil {
			t.Fatalf("%v", err)
		}
	})
}
