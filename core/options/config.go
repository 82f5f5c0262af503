package options

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"unicode/utf8"

	"github.com/tornado-dev/tornado/core/log"
)

// maxConfig is how many bytes a file of options may have.
const maxConfig = 16 << 20

// ParseConfigFile takes options from a file of lines
//
//	name = value    # remark
//
// in which a value is written as in Python: 'text' or "text" with the usual
// escapes, or with three quotes text of several lines; a number; True or False;
// None, which unsets the option; a list of these in brackets, over as many lines
// as one likes. Dates, durations and the like are texts, and a text will do for any
// option: it is read as on the command line. Otherwise the value must be of the
// option's type; 1 is no number with a point.
//
// Names that were not defined are passed over with a warning in the log. Unlike in
// Tornado, nothing in the file is executed. final is as in ParseCommandLine; the
// errors are *Error, with the line, and those of the file system.
func (p *OptionParser) ParseConfigFile(path string, final bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("options: %w", err)
	}
	if info.Size() > maxConfig {
		return &Error{Where: path, Err: fmt.Errorf("%d bytes are more than a file of options may have", info.Size())}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("options: %w", err)
	}
	return p.ParseConfig(path, string(data), final)
}

// ParseConfig is ParseConfigFile for text that was read already; name is for
// errors.
func (p *OptionParser) ParseConfig(name, text string, final bool) error {
	if !utf8.ValidString(text) {
		return &Error{Where: name, Err: errors.New("it is not UTF-8")}
	}
	s := configScanner{rest: text, line: 1}
	for {
		key, value, line, err := s.assignment()
		if err == nil && key == "" {
			break
		}
		where := fmt.Sprintf("%s:%d", name, line)
		if err != nil {
			return &Error{where, key, err}
		}
		o, ok := p.options[normalized(key)]
		switch {
		case !ok:
			log.General.Warning("options: %s: %s: %v", where, key, p.unknown(key))
		case o.hidden:
		default:
			if err := o.setLiteral(value); err != nil {
				return &Error{where, key, err}
			}
		}
	}
	return p.done(final)
}

// setLiteral stores the value of a line of a file.
func (o *option) setLiteral(value any) error {
	switch value := value.(type) {
	case nil:
		return o.set(nil)
	case string:
		return o.setText(value)
	case []any:
		if o.multiple {
			return o.setList(value)
		}
	default:
		if !o.multiple {
			v, err := o.converted(value)
			if err == nil {
				o.store(v)
			}
			return err
		}
	}
	return o.wrongType(value)
}

func (o *option) setList(items []any) error {
	list := reflect.MakeSlice(o.target.Type(), 0, len(items))
	for _, item := range items {
		v, err := o.converted(item)
		if err != nil {
			return err
		}
		list = reflect.Append(list, v)
	}
	o.store(list)
	return nil
}

// converted makes a literal a value of one element. Texts do for types that have
// no literals of their own.
func (o *option) converted(literal any) (reflect.Value, error) {
	t := o.elem()
	v := reflect.New(t).Elem()
	switch literal := literal.(type) {
	case bool:
		if t.Kind() == reflect.Bool {
			v.SetBool(literal)
			return v, nil
		}
	case int64:
		switch {
		case !isInteger(t):
		case v.CanInt() && !v.OverflowInt(literal):
			v.SetInt(literal)
			return v, nil
		case v.CanUint() && literal >= 0 && !v.OverflowUint(uint64(literal)):
			v.SetUint(uint64(literal))
			return v, nil
		}
	case float64:
		if v.CanFloat() {
			v.SetFloat(literal)
			return v, nil
		}
	case string:
		if !isInteger(t) && t.Kind() != reflect.Bool && !v.CanFloat() {
			return o.parse(literal)
		}
	}
	return v, o.wrongType(literal)
}
