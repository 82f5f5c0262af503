package template

// A file is one parsed template, as it stands alone: what it extends and includes
// is known by name only.
type file struct {
	src        *source
	nodes      []node
	autoescape expr // nil if nothing is escaped
}

// A node is a piece of a template.
type node interface {
	pos() int
	bodies() [][]node // what it encloses
	binds() []string  // names it assigns to, without those in its bodies
}

// offset is the part all nodes and expressions have: where they stand.
type offset int

func (o offset) pos() int { return int(o) }

// leaf is a node that encloses and assigns nothing.
type leaf struct{ offset }

func (leaf) bodies() [][]node { return nil }
func (leaf) binds() []string  { return nil }

type (
	textNode struct {
		leaf
		text string
	}

	// {{ E }} and {% raw E %}
	outputNode struct {
		offset
		value expr
		raw   bool
		names []string

		module string // what is called, as it is written in {% module %}
	}

	// {% set %}
	setNode struct {
		offset
		statements []statement
		names      []string
	}

	// {% import M as N %}, {% from M import N as O %}
	importNode struct {
		offset
		from   bool
		module string       // of from
		items  []importItem // modules, or names in module
		names  []string
	}

	// {% if %}; the body without condition is {% else %}
	ifNode struct {
		offset
		conditions []expr
		branches   [][]node // one for each condition, and one more for else
		names      []string
	}

	// {% for %}
	forNode struct {
		offset
		target target
		iter   expr
		body   []node
		orElse []node
		names  []string
	}

	// {% while %}
	whileNode struct {
		offset
		condition expr
		body      []node
		orElse    []node
		names     []string
	}

	// {% try %}
	tryNode struct {
		offset
		body    []node
		clauses []exceptClause
		orElse  []node
		finally []node
		names   []string
	}

	breakNode    struct{ leaf }
	continueNode struct{ leaf }

	// {% apply F %}
	applyNode struct {
		offset
		function expr
		body     []node
	}

	// {% block N %}
	blockNode struct {
		offset
		name string
		body []node
	}

	includeNode struct {
		leaf
		name string
	}
	extendsNode struct {
		leaf
		name string
	}
)

type importItem struct{ name, as string }

type exceptClause struct {
	offset
	class expr // nil catches everything
	name  string
	body  []node
}

func (n *outputNode) bodies() [][]node { return nil }
func (n *outputNode) binds() []string  { return n.names }
func (n *setNode) bodies() [][]node    { return nil }
func (n *setNode) binds() []string     { return n.names }
func (n *importNode) bodies() [][]node { return nil }
func (n *importNode) binds() []string  { return n.names }
func (n *ifNode) bodies() [][]node     { return n.branches }
func (n *ifNode) binds() []string      { return n.names }
func (n *forNode) bodies() [][]node    { return [][]node{n.body, n.orElse} }
func (n *forNode) binds() []string     { return n.names }
func (n *whileNode) bodies() [][]node  { return [][]node{n.body, n.orElse} }
func (n *whileNode) binds() []string   { return n.names }
func (n *tryNode) binds() []string     { return n.names }
func (n *applyNode) bodies() [][]node  { return [][]node{n.body} }
func (n *applyNode) binds() []string   { return nil }
func (n *blockNode) bodies() [][]node  { return [][]node{n.body} }
func (n *blockNode) binds() []string   { return nil }

// bodies are the body, else, finally, and then each clause.
func (n *tryNode) bodies() [][]node {
	all := [][]node{n.body}
	for _, c := range n.clauses {
		all = append(all, c.body)
	}
	return append(all, n.orElse, n.finally) // in the order of the text, by which the last block of a name wins
}
