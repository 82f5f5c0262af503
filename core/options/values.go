package options

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// An option has its value in target, a variable of the program.
type option struct {
	name, help, metavar, group string
	place                      place
	hidden                     bool // help

	target   reflect.Value
	parse    func(text string) (reflect.Value, error) // of one value
	multiple bool                                     // target is a slice of what parse gives
	callback func()

	def   any  // nil if it was unset from the beginning
	unset bool // it has no value
}

// choose finds out how to parse the target, if its type is known.
func (o *option) choose() {
	t := o.target.Type()
	if o.parse = scalarParser(t); o.parse == nil && t.Kind() == reflect.Slice {
		o.parse, o.multiple = scalarParser(t.Elem()), true
	}
}

func (o *option) get() any {
	if o.unset {
		return nil
	}
	return o.target.Interface()
}

// isFlag reports whether the option may stand without a value.
func (o *option) isFlag() bool { return o.elem().Kind() == reflect.Bool }

// elem is the type of one value.
func (o *option) elem() reflect.Type {
	if o.multiple {
		return o.target.Type().Elem()
	}
	return o.target.Type()
}

func (o *option) store(value reflect.Value) {
	o.target.Set(value)
	o.unset = false
	if o.callback != nil {
		o.callback()
	}
}

// set stores a value of the option's own type; nil unsets it.
func (o *option) set(value any) error {
	if value == nil {
		o.store(reflect.Zero(o.target.Type()))
		o.unset = true
		return nil
	}
	v := reflect.ValueOf(value)
	if v.Type() != o.target.Type() {
		return o.wrongType(value)
	}
	o.store(v)
	return nil
}

func (o *option) wrongType(value any) error {
	return fmt.Errorf("it takes %s, not the %s %v", o.described(), describedLiteral(value), value)
}

// setText stores what text says.
func (o *option) setText(text string) error {
	if !o.multiple {
		value, err := o.parse(text)
		if err == nil {
			o.store(value)
		}
		return err
	}
	list := reflect.MakeSlice(o.target.Type(), 0, 1)
	for part := range strings.SplitSeq(text, ",") {
		var err error
		if list, err = o.appendPart(list, part); err != nil {
			return err
		}
	}
	o.store(list)
	return nil
}

// maxRange is how many numbers the ranges of one option may stand for.
const maxRange = 1 << 20

// appendPart appends a value, or a range of integers.
func (o *option) appendPart(list reflect.Value, part string) (reflect.Value, error) {
	low, high, isRange := strings.Cut(part, ":")
	from := reflect.New(o.elem()).Elem()
	if !isRange || !isInteger(from.Type()) {
		value, err := o.parse(part)
		if err != nil {
			return list, err
		}
		return reflect.Append(list, value), nil
	}
	first, err := o.parse(low)
	if err != nil {
		return list, err
	}
	last, err := o.parse(high)
	if err != nil {
		return list, err
	}
	for v, ok := first, !less(last, first); ok; v, ok = next(v), less(v, last) {
		if list.Len() == maxRange {
			return list, fmt.Errorf("%s stands for more than %d numbers", part, maxRange)
		}
		list = reflect.Append(list, v)
	}
	return list, nil
}

func isInteger(t reflect.Type) bool {
	v := reflect.Zero(t)
	return (v.CanInt() || v.CanUint()) && t != durationType
}

func less(a, b reflect.Value) bool {
	if a.CanInt() {
		return a.Int() < b.Int()
	}
	return a.Uint() < b.Uint()
}

func next(v reflect.Value) reflect.Value {
	n := reflect.New(v.Type()).Elem()
	if v.CanInt() {
		n.SetInt(v.Int() + 1)
	} else {
		n.SetUint(v.Uint() + 1)
	}
	return n
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	timeType     = reflect.TypeFor[time.Time]()
)

// scalarParser gives the function that parses one value of type t; nil if there is
// none.
func scalarParser(t reflect.Type) func(string) (reflect.Value, error) {
	switch {
	case t == durationType:
		return func(s string) (reflect.Value, error) {
			d, err := ParseDuration(s)
			return reflect.ValueOf(d), err
		}
	case t == timeType:
		return func(s string) (reflect.Value, error) {
			at, err := ParseTime(s)
			return reflect.ValueOf(at), err
		}
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return func(s string) (reflect.Value, error) {
			v := reflect.New(t)
			err := v.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s))
			return v.Elem(), err
		}
	}
	set := setterFor(reflect.Zero(t))
	if set == nil {
		return nil
	}
	return func(s string) (reflect.Value, error) {
		v := reflect.New(t).Elem()
		return v, set(v, s)
	}
}

// setterFor gives the function that sets a value like zero to what a text says.
func setterFor(zero reflect.Value) func(v reflect.Value, s string) error {
	switch {
	case zero.Kind() == reflect.String:
		return func(v reflect.Value, s string) error { v.SetString(s); return nil }
	case zero.Kind() == reflect.Bool:
		return func(v reflect.Value, s string) error { v.SetBool(parseBool(s)); return nil }
	case zero.CanInt():
		return func(v reflect.Value, s string) error {
			n, err := strconv.ParseInt(strings.TrimSpace(s), 10, zero.Type().Bits())
			v.SetInt(n)
			return numberError(err, s, "a whole number", zero.Type())
		}
	case zero.CanUint():
		return func(v reflect.Value, s string) error {
			n, err := strconv.ParseUint(strings.TrimSpace(s), 10, zero.Type().Bits())
			v.SetUint(n)
			return numberError(err, s, "a whole number above -1", zero.Type())
		}
	case zero.CanFloat():
		return func(v reflect.Value, s string) error {
			f, err := strconv.ParseFloat(strings.TrimSpace(s), zero.Type().Bits())
			v.SetFloat(f)
			return numberError(err, s, "a number", zero.Type())
		}
	}
	return nil
}

func numberError(err error, text, kind string, t reflect.Type) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, strconv.ErrRange):
		return fmt.Errorf("%q is beyond what %s holds", text, t)
	}
	return fmt.Errorf("%q is not %s", text, kind)
}

// parseBool takes false, f and 0, in any case, for false, and everything else for
// true, as Tornado does.
func parseBool(s string) bool {
	switch strings.ToLower(s) {
	case "false", "f", "0":
		return false
	}
	return true
}
