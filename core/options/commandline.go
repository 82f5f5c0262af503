package options

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

const commandLine = "command line"

// ParseCommandLine takes options from args, which do not begin with the program,
// and gives the arguments that follow them. An option is written --name=value or
// -name=value; only booleans may go without a value, which is then true. Options
// end before the first argument that is none, and at --, which is dropped. Of
// several values for an option the last counts.
//
// final says that the parse callbacks are to be called: nothing is parsed
// afterwards. The error is ErrHelp, after help was printed, or an *Error; if there
// is no such option, help is printed too.
func (p *OptionParser) ParseCommandLine(args []string, final bool) (remaining []string, err error) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") && args[0] != "-" {
		argument := args[0]
		args = args[1:]
		if argument == "--" {
			break
		}
		name, value, hasValue := strings.Cut(strings.TrimLeft(argument, "-"), "=")
		if err := p.parseOption(name, value, hasValue); err != nil {
			return nil, err
		}
	}
	return args, p.done(final)
}

func (p *OptionParser) parseOption(name, value string, hasValue bool) error {
	o, ok := p.options[normalized(name)]
	switch {
	case !ok:
		p.PrintHelp(p.output())
		return &Error{commandLine, "--" + name, p.unknown(name)}
	case !hasValue && !o.isFlag():
		return &Error{commandLine, "--" + name, fmt.Errorf("it needs a value: --%s=%s", name, o.placeholder())}
	case !hasValue:
		value = "true"
	}
	if o.hidden {
		if !parseBool(value) {
			return nil
		}
		p.PrintHelp(p.output())
		return ErrHelp
	}
	if err := o.setText(value); err != nil {
		return &Error{commandLine, "--" + name, err}
	}
	return nil
}

// ParseEnvironment takes options from variables of the environment: those called
// prefix and then the name in capitals, with underscores, as APP_LOG_FILE_PREFIX
// for the prefix APP_. A variable that is empty counts as absent. final is as in
// ParseCommandLine; the error is an *Error.
func (p *OptionParser) ParseEnvironment(prefix string, final bool) error {
	var problems []error
	for name := range p.Items() {
		variable := prefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		text := os.Getenv(variable)
		if text == "" {
			continue
		}
		if err := p.options[normalized(name)].setText(text); err != nil {
			problems = append(problems, &Error{variable, name, err})
		}
	}
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	return p.done(final)
}
