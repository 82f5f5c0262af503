package template

// An Attributer is a value of the program that finds its attributes itself, in
// place of its fields and methods: x.name is what Attribute("name") gives, and
// x.name(...) calls it. The error, which should name what there is, becomes an
// AttributeError, which hasattr and getattr with a default understand.
type Attributer interface {
	Attribute(name string) (any, error)
}

// A MoreAttributer is a value of the program that has attributes in templates
// besides its fields and methods, or in their place: x.name is what
// TemplateAttribute("name") gives if ok is true, and x.name(...) calls it. So a
// method can take in templates what no method of Go can, keywords for instance.
type MoreAttributer interface {
	TemplateAttribute(name string) (value any, ok bool)
}

func (f *frame) attributeOf(at *place, base Attributer, name string) any {
	f.at = at
	value, err := base.Attribute(name)
	if err != nil {
		e := newError(KindRuntime, at, "AttributeError", err.Error())
		e.Err = err
		panic(e)
	}
	return value
}
