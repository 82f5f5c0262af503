// Package template renders text from templates in Tornado's language.
//
// A Template is compiled once, into closures, and then rendered any number of
// times, from any goroutine. Expressions are the part of Python that templates
// use, over ordinary Go values: entry.title finds the field Title, the method
// Title (called if it takes no arguments), or the key "title" of a map, and
// created_at finds CreatedAt. What has a method Get(key) is read like a map, what has
// All and Len like a list; nulls of database/sql and numbers of JSON count as what they
// hold.
//
//   - Loader: finds templates, in a directory, an fs.FS or a map, and keeps them
//   - Template: one template with all it extends and includes
//   - Options, Limits: escaping, white space, names for all templates; what they may use
//   - Run: a piece of a page and the line that wrote it
//   - Attributer, MoreAttributer: values that say what x.name is
//   - Error: what is wrong, in which file, line and column, and how one got there
//
// # Language
//
//	{{ E }}                          the value of E, escaped
//	{% raw E %}                      the same, not escaped
//	{% if E %} {% elif E %} {% else %} {% end %}
//	{% for X in E %} {% else %} {% end %}, {% while E %}, {% break %}, {% continue %}
//	{% try %} {% except E as X %} {% else %} {% finally %} {% end %}
//	{% set X = E %}                  or another statement of Python: del, assert, raise
//	{% extends F %}, {% block N %} {% end %}, {% include F %}
//	{% apply F %} {% end %}          the block, put through a function
//	{% module E %}                   _tt_modules.E, not escaped
//	{% import M %}, {% from M import N %}
//	{% autoescape F %}               for the whole file; None turns it off
//	{% whitespace MODE %}            for the rest of the file
//	{# ... #}, {% comment ... %}
//	{{! {%! {#!                      the braces themselves
//
// # Differences to Python
//
// Values of the program are never changed: a template that changes a list or dict
// it was given changes a copy of its own. Maps of the program are read in the order
// of their keys. Go functions take keyword arguments through a first parameter of
// type Kwargs, or a struct as their last one. Elements of a slice of structs reach
// functions with a parameter of type any as pointers. Bytes are text.
package template

import (
	"bytes"
	"sync"
)

// Options say how templates are read and what they may do. The zero value works.
type Options struct {
	// Autoescape names the function that {{ }} puts text through. Empty means
	// xhtml_escape; "None" turns escaping off.
	Autoescape string

	// Whitespace is the mode for literal text. Empty means WhitespaceSingle for
	// names that end in .html or .js and WhitespaceAll for others.
	Whitespace string

	// Namespace holds names for all templates, behind the arguments of Generate.
	// It must not be changed once templates use it.
	Namespace map[string]any

	// Modules are what {% import %} and {% from import %} find besides the modules
	// of Python that are built in, by name: a map[string]any, a struct or any other
	// value whose fields, methods or keys are asked for. A name may contain dots.
	// One of the name of a built-in module hides it.
	Modules map[string]any

	// Limits end the rendering of templates that would take too much. Zero means
	// the limits' defaults.
	Limits
}

// normalized puts the defaults in.
func (o Options) normalized() Options {
	if o.Autoescape == "" {
		o.Autoescape = "xhtml_escape"
	}
	o.Limits = o.Limits.normalized()
	return o
}

// A Template is compiled and ready. Its methods may be called from any goroutine.
type Template struct {
	file         *file
	options      *Options
	run          exec
	localNames   []string
	globals      []string
	dependencies []*source

	frames sync.Pool // of *frame

	nodes      []linked // to compile the recorder of
	recordOnce sync.Once
	recorder   *Template // the same, but for its telling what writes; nil until AppendRuns
}

// New compiles a template that belongs to no loader, so that it cannot extend or
// include others. An empty name stands for "<string>". The error is an *Error.
func New(text, name string, o Options) (*Template, error) {
	if name == "" {
		name = "<string>"
	}
	o = o.normalized()
	if err := checkOptions(&o, name); err != nil {
		return nil, err
	}
	f, err := parseFile(&source{name: name, text: text}, &o)
	if err != nil {
		return nil, err
	}
	return newTemplate(f, &o, func(name string, _ *file, at *place) *file {
		panic(newError(KindLoad, at, "", "template "+quoted(name)+" cannot be loaded: there is no loader"))
	})
}

func checkOptions(o *Options, name string) error {
	if o.Whitespace != "" && !validWhitespace(o.Whitespace) {
		return &Error{Kind: KindParse, Message: "invalid whitespace mode " + o.Whitespace, Frames: []Frame{{Name: name}}}
	}
	return nil
}

// newTemplate links and compiles f; load finds other files and panics with an
// *Error if it cannot.
func newTemplate(f *file, o *Options, load func(name string, from *file, at *place) *file) (t *Template, err error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			t, err = nil, e
		}
	}()
	l := &linker{load: load, maxDepth: o.MaxDepth, maxParts: o.MaxParts}
	nodes := l.link(f)
	run, c := compile(nodes, false)
	t = &Template{file: f, options: o, nodes: nodes, run: run, localNames: c.localName, globals: c.globals}
	for _, used := range l.files {
		t.dependencies = append(t.dependencies, used.src)
	}
	return t, nil
}

// Name is the name the template was loaded by.
func (t *Template) Name() string { return t.file.src.name }

// Dependencies are the files the template consists of, itself included: absolute
// paths, or names of those that are no files.
func (t *Template) Dependencies() []string {
	var list []string
	for _, src := range t.dependencies {
		list = append(list, src.identity())
	}
	return list
}

// Generate renders the template. Names are looked up in args, then in the
// namespace of the options, then among the built-in functions. The error is an
// *Error.
func (t *Template) Generate(args map[string]any) ([]byte, error) {
	f := t.frame(args, nil)
	defer t.release(f)
	if err := t.render(f); err != nil {
		return nil, err
	}
	return bytes.Clone(f.out), nil
}

// Append renders the template behind dst. After an error it gives dst as it was.
func (t *Template) Append(dst []byte, args map[string]any) ([]byte, error) {
	return t.append(dst, args, nil, nil)
}

func (t *Template) append(dst []byte, args map[string]any, names Names, r *recording) ([]byte, error) {
	f := t.frame(args, names)
	own := f.out
	f.out, f.recording = dst, r
	f.maxOut += min(len(dst), maxInt-f.maxOut)
	err := t.render(f)
	out := f.out
	f.out = own
	t.release(f)
	if err != nil {
		return dst, err
	}
	return out, nil
}

func (t *Template) render(f *frame) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = f.asError(r).uncaught()
		}
	}()
	t.run(f)
	return nil
}

// frame makes or reuses a frame and looks the global names up.
func (t *Template) frame(args map[string]any, names Names) *frame {
	f, _ := t.frames.Get().(*frame)
	if f == nil {
		f = &frame{template: t, locals: make([]any, len(t.localNames)), globals: make([]any, len(t.globals))}
	}
	f.args, f.names = args, names
	f.usage = usage{steps: t.options.MaxIterations, memory: t.options.MaxMemory, maxOut: t.options.MaxOutput}
	for i := range f.locals {
		f.locals[i] = unbound
	}
	for i, name := range t.globals {
		v, ok := args[name]
		if !ok && names != nil {
			v, ok = names.TemplateName(name)
		}
		if !ok {
			v, ok = t.options.Namespace[name]
		}
		if !ok {
			v, ok = builtins[name]
		}
		if !ok {
			v = unbound
		}
		f.globals[i] = v
	}
	return f
}

// maxPooledOutput is how large a buffer may be that is kept for the next rendering.
const maxPooledOutput = 1 << 20

// release forgets what f refers to and keeps it for the next rendering. A frame
// that a panic left is dropped: functions may still hold parts of it.
func (t *Template) release(f *frame) {
	if len(f.applies) > 0 || len(f.stack) > 0 || f.depth > 0 {
		return
	}
	clear(f.locals)
	clear(f.globals)
	f.args, f.names, f.at, f.recording = nil, nil, nil, nil
	if cap(f.out) > maxPooledOutput {
		f.out = nil
	}
	f.out = f.out[:0]
	t.frames.Put(f)
}
