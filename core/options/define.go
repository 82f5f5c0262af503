package options

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strings"
)

// A Setting says more about an option than its name and its default.
type Setting func(*option)

// Help is what --help says about the option.
func Help(text string) Setting { return func(o *option) { o.help = text } }

// Metavar is what --help shows in place of the value.
func Metavar(name string) Setting { return func(o *option) { o.metavar = name } }

// Group is the heading that --help lists the option under. Without it, it is the
// file of the definition.
func Group(name string) Setting { return func(o *option) { o.group = name } }

// Unset makes an option that has no value until it is given one: Get and AsMap
// have nil for it, and --help shows no default. Its pointer points to the default.
func Unset() Setting { return func(o *option) { o.unset = true } }

// Callback has f called with each new value. T is the type of the option.
func Callback[T any](f func(T)) Setting {
	return func(o *option) {
		if o.target.Type() != reflect.TypeFor[T]() {
			panic(fmt.Sprintf("options: option %s is a %s, but its callback takes a %s", o.name, o.target.Type(), reflect.TypeFor[T]()))
		}
		o.callback = func() { f(o.target.Interface().(T)) }
	}
}

// Parse makes values of a type that the package does not know. T is the type of
// the option, or that of its elements if it is a slice.
func Parse[T any](f func(text string) (T, error)) Setting {
	parse := func(text string) (reflect.Value, error) {
		value, err := f(text)
		return reflect.ValueOf(&value).Elem(), err
	}
	return func(o *option) {
		switch t := o.target.Type(); {
		case t == reflect.TypeFor[T]():
			o.parse, o.multiple = parse, false
		case t.Kind() == reflect.Slice && t.Elem() == reflect.TypeFor[T]():
			o.parse, o.multiple = parse, true
		default:
			panic(fmt.Sprintf("options: option %s is a %s, but is parsed as a %s", o.name, t, reflect.TypeFor[T]()))
		}
	}
}

// Define adds an option to Options and gives a pointer to its value, which is def
// until it is given another. T is a string, a bool, any integer or float, a
// time.Duration, a time.Time, what implements encoding.TextUnmarshaler by its
// pointer, any type with a Parse setting, or a slice of one of these. A slice
// takes several values with commas between them; for integers 1:3 means 1,2,3.
//
// It panics, naming the place of the first definition, if there is such an option
// already, and if it does not know how to parse a T.
func Define[T any](name string, def T, settings ...Setting) *T {
	return define(Options, name, def, caller(), settings)
}

// DefineIn is Define for another set of options than that of the program.
func DefineIn[T any](p *OptionParser, name string, def T, settings ...Setting) *T {
	return define(p, name, def, caller(), settings)
}

func define[T any](p *OptionParser, name string, def T, place place, settings []Setting) *T {
	if first, ok := p.options[normalized(name)]; ok {
		where := "is part of every parser"
		if first.place.file != "" {
			where = fmt.Sprintf("was defined at %s:%d", first.place.file, first.place.line)
		}
		panic(&Error{Name: name, Err: fmt.Errorf("an option of that name %s", where)})
	}
	value := &def
	o := &option{name: name, target: reflect.ValueOf(value).Elem(), place: place, group: place.heading()}
	o.choose()
	for _, set := range settings {
		set(o)
	}
	if o.parse == nil {
		panic(&Error{Name: name, Err: fmt.Errorf("a %s cannot be parsed; give the option a Parse setting", o.target.Type())})
	}
	if !o.unset {
		o.def = o.target.Interface()
	}
	p.options[normalized(name)] = o
	return value
}

// A place is where an option was defined.
type place struct {
	function, file string
	line           int
}

// caller is the place that called its caller.
func caller() place {
	var pcs [1]uintptr
	runtime.Callers(3, pcs[:])
	frame, _ := runtime.CallersFrames(pcs[:]).Next()
	return place{frame.Function, frame.File, frame.Line}
}

// heading is the file, with its folder unless it is of package main.
func (p place) heading() string {
	folder, file := path.Split(p.file)
	if strings.HasPrefix(p.function, "main.") {
		return file
	}
	return path.Join(path.Base(folder), file)
}
