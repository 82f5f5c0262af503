package template

// Names are names for a template that cost something to make: they are looked up
// when a template that uses them is rendered, each once, before anything is
// written.
type Names interface {
	// TemplateName gives the value of a name; ok is false if there is none.
	TemplateName(name string) (value any, ok bool)

	// TemplateNames lists the names, for the hint in an error.
	TemplateNames() []string
}

// AppendWith is Append with names that stand between args and the namespace of the
// options. A nil names has none.
func (t *Template) AppendWith(dst []byte, args map[string]any, names Names) ([]byte, error) {
	return t.append(dst, args, names, nil)
}
