package template

// An Attributer is a value of the program that finds its attributes itself, in
// place of its fields and methods: x.name is what Attribute("name") gives, and
// x.name(...) calls it. The error, which should name what there is, becomes an
// AttributeError, which hasattr and getattr with a default understand.
type Attributer interface {
	Attribute(name string) (any, error)
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
