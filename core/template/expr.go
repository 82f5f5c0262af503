package template

// An expr is an expression as it was written.
type expr interface{ pos() int }

type (
	nameExpr struct {
		offset
		name string
	}
	constExpr struct {
		offset
		value any // nil, bool, int, *big.Int, float64, string or []byte
	}
	attrExpr struct {
		offset // of the name
		base   expr
		name   string
	}
	indexExpr struct {
		offset
		base, index expr
	}
	sliceExpr struct { // only as the index of an indexExpr
		offset
		low, high, step expr // nil if absent
	}
	callExpr struct {
		offset
		function expr
		args     []argument
	}
	unaryExpr struct {
		offset
		op      string // + - ~ not
		operand expr
	}
	binaryExpr struct {
		offset // of the operator
		op     string
		x, y   expr
	}
	logicExpr struct { // and, or
		offset
		isAnd bool
		x, y  expr
	}
	compareExpr struct { // a < b < c
		offset
		first expr
		links []comparison
	}
	condExpr struct { // a if c else b
		offset
		condition, yes, no expr
	}
	sequenceExpr struct {
		offset
		kind  sequenceKind
		items []expr
	}
	dictExpr struct {
		offset
		keys, values []expr // a nil key stands for **value
	}
	comprehensionExpr struct {
		offset
		kind    sequenceKind
		key     expr // of a dict comprehension
		item    expr
		clauses []comprehensionClause
	}
	lambdaExpr struct {
		offset
		params []parameter
		bound  []string // names that := gives a value in the body
		body   expr
	}
	starExpr struct { // *x in a list, a call or a target
		offset
		value expr
	}
	walrusExpr struct { // name := value
		offset
		name  string
		value expr
	}
	formattedExpr struct { // an f-string
		offset
		parts []formattedPart
	}
)

type sequenceKind uint8

const (
	listKind sequenceKind = iota
	tupleKind
	setKind
	dictKind
	generatorKind
)

// A parameter is one of a lambda.
type parameter struct {
	name string
	def  expr // nil if the parameter is required
	kind parameterKind
}

type parameterKind uint8

const (
	anyParameter      parameterKind = iota // by position or by name
	namedParameter                         // by name only, behind a *
	listParameter                          // *name
	keywordsParameter                      // **name
)

type argument struct {
	offset
	name  string // of a keyword argument; "**" for a mapping of them
	value expr
}

type comparison struct {
	offset
	op string // == != < <= > >= in, not in, is, is not
	y  expr
}

type comprehensionClause struct {
	target target
	iter   expr
	ifs    []expr
}

// A formattedPart is literal text, or a value with a conversion and a format.
type formattedPart struct {
	text       string
	value      expr   // nil for text
	label      string // of "{x = }", what is written before the value
	conversion byte   // 'r', 's', 'a' or 0
	spec       *formattedExpr
}

// A target is what a value is assigned to.
type target struct {
	offset
	name  string   // a name, or
	base  expr     // base[index] or base.attr, or
	index expr     //
	attr  string   //
	items []target // several
	star  bool     // takes what the others leave
}

// names appends the names t assigns to.
func (t *target) names(list []string) []string {
	if t.name != "" {
		return append(list, t.name)
	}
	for i := range t.items {
		list = t.items[i].names(list)
	}
	return list
}

// A statement is one part of {% set %}.
type statement struct {
	offset
	kind    statementKind
	targets []target // none for an expression on its own
	op      string   // of an augmented assignment, "+" for +=
	value   expr
	message expr // of assert, or nil
}

type statementKind uint8

const (
	statementAssign statementKind = iota // or an expression on its own
	statementDel
	statementPass
	statementRaise
	statementAssert
)
