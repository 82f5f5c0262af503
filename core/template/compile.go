package template

import (
	"iter"
	"slices"
)

// An exec carries out a piece of a template, an eval evaluates an expression. Both
// panic with an *Error.
type (
	exec func(f *frame) signal
	eval func(f *frame) any
)

// A signal says how a piece ended.
type signal uint8

const (
	signalNone signal = iota
	signalBreak
	signalContinue
)

// A compiler turns a linked template into closures. Every local name gets a slot
// in the frame, by Python's rule: a name that is assigned anywhere in a function is
// local to it. The template is one function, each {% apply %} another inside it.
type compiler struct {
	scope     *scope
	locals    int // slots given out
	localName []string
	globals   []string
	globalOf  map[string]int
	inLoop    bool
	file      *file
	via       *via

	outerLambda *span // nil outside of lambdas
	recording   bool  // of where each part begins to write
}

// A scope holds the names of a function, a comprehension or a lambda.
type scope struct {
	parent *scope
	slots  map[string]int
}

// A part is literal text, or what is done.
type part struct {
	text string
	run  exec // nil for text
}

func compile(nodes []linked, recording bool) (run exec, c *compiler) {
	c = &compiler{globalOf: map[string]int{}, recording: recording}
	c.push(assignedNames(nodes, nil))
	return seal(c.parts(nodes, nil)), c
}

// assignedNames collects what nodes assign to, without what {% apply %} keeps to
// itself.
func assignedNames(nodes []linked, names []string) []string {
	for _, n := range nodes {
		names = append(names, n.node.binds()...)
		if _, ok := n.node.(*applyNode); ok {
			continue
		}
		for _, body := range n.bodies {
			names = assignedNames(body, names)
		}
	}
	return names
}

// push opens a scope with names of its own; pop closes it.
func (c *compiler) push(names []string) *scope {
	c.scope = &scope{c.scope, map[string]int{}}
	for _, name := range names {
		if _, ok := c.scope.slots[name]; !ok {
			c.scope.slots[name] = c.locals
			c.localName = append(c.localName, name)
			c.locals++
		}
	}
	return c.scope
}

func (c *compiler) pop() { c.scope = c.scope.parent }

// slot finds a local name.
func (c *compiler) slot(name string) (int, bool) {
	for s := c.scope; s != nil; s = s.parent {
		if i, ok := s.slots[name]; ok {
			return i, true
		}
	}
	return 0, false
}

func (c *compiler) global(name string) int {
	i, ok := c.globalOf[name]
	if !ok {
		i = len(c.globals)
		c.globals = append(c.globals, name)
		c.globalOf[name] = i
	}
	return i
}

func (c *compiler) place(off int) *place { return &place{c.file.src, off, c.via} }

// seal makes one exec of parts, with neighbouring text joined.
func seal(parts []part) exec {
	var steps []exec
	for i := 0; i < len(parts); i++ {
		if parts[i].run != nil {
			steps = append(steps, parts[i].run)
			continue
		}
		text := parts[i].text
		for i+1 < len(parts) && parts[i+1].run == nil {
			i++
			text += parts[i].text
		}
		if i+1 < len(parts) && text != "" { // one step with what follows
			i++
			run := parts[i].run
			steps = append(steps, func(f *frame) signal {
				f.out = append(f.out, text...)
				return run(f)
			})
			continue
		}
		if text != "" {
			steps = append(steps, func(f *frame) signal {
				f.out = append(f.out, text...)
				return signalNone
			})
		}
	}
	switch len(steps) {
	case 0:
		return func(*frame) signal { return signalNone }
	case 1:
		return steps[0]
	}
	steps = slices.Clip(steps)
	return func(f *frame) signal {
		for _, step := range steps {
			if s := step(f); s != signalNone {
				return s
			}
		}
		return signalNone
	}
}

func (c *compiler) body(nodes []linked) exec { return seal(c.parts(nodes, nil)) }

func (c *compiler) parts(nodes []linked, parts []part) []part {
	for i := range nodes {
		n := &nodes[i]
		c.file, c.via = n.file, n.via
		t, isText := n.node.(*textNode)
		if isText && c.recording {
			parts = append(parts, part{run: c.recorded(t, t.text, nil)})
			continue
		}
		if isText {
			parts = append(parts, part{text: t.text})
			continue
		}
		if run := c.node(n); run != nil {
			if c.file, c.via = n.file, n.via; c.recording {
				run = c.recorded(n.node, "", run)
			}
			parts = append(parts, part{run: run})
		}
	}
	return parts
}

func (c *compiler) node(l *linked) exec {
	switch n := l.node.(type) {
	case *outputNode:
		return c.output(n)
	case *setNode:
		return c.set(n)
	case *importNode:
		return c.importModule(n)
	case *ifNode:
		return c.ifNode(n, l.bodies)
	case *forNode:
		return c.forNode(n, l.bodies)
	case *whileNode:
		return c.whileNode(n, l.bodies)
	case *tryNode:
		return c.tryNode(n, l.bodies)
	case *breakNode:
		c.needLoop(n.pos(), "break")
		return func(*frame) signal { return signalBreak }
	case *continueNode:
		c.needLoop(n.pos(), "continue")
		return func(*frame) signal { return signalContinue }
	case *applyNode:
		return c.apply(n, l.bodies[0])
	}
	panic("template: unknown node")
}

// needLoop finds what the parser cannot see: a block with break in it, put by a
// child where there is no loop.
func (c *compiler) needLoop(off int, operator string) {
	if !c.inLoop {
		panic(newError(KindParse, c.place(off), "", operator+" stands in a block that is outside of any loop here"))
	}
}

func (c *compiler) output(n *outputNode) exec {
	value, at := c.expr(n.value), c.place(n.pos())
	escape := c.file.autoescape
	if n.raw || escape == nil {
		return func(f *frame) signal {
			f.emit(at, value(f))
			return signalNone
		}
	}
	// A directive stands in this file; an option has a source of its own.
	if name, ok := escape.(*nameExpr); ok {
		if _, local := c.slot(name.name); !local {
			slot := c.global(name.name)
			return func(f *frame) signal {
				v := value(f)
				if fn, ok := f.globals[slot].(*builtin); ok && fn == builtinXHTMLEscape {
					f.emitXHTML(at, v)
				} else if fn := f.globals[slot]; fn == unbound {
					f.undefined(at, name.name)
				} else {
					f.emitThrough(at, fn, v)
				}
				return signalNone
			}
		}
	}
	function := c.expr(escape)
	return func(f *frame) signal {
		v := value(f)
		f.emitThrough(at, function(f), v)
		return signalNone
	}
}

func (c *compiler) ifNode(n *ifNode, bodies [][]linked) exec {
	conditions := make([]func(*frame) bool, len(n.conditions))
	for i, e := range n.conditions {
		conditions[i] = c.condition(e)
	}
	branches := c.bodies(bodies)
	if len(conditions) == 1 {
		condition, yes, no := conditions[0], branches[0], branches[1]
		return func(f *frame) signal {
			if condition(f) {
				return yes(f)
			}
			return no(f)
		}
	}
	return func(f *frame) signal {
		for i, condition := range conditions {
			if condition(f) {
				return branches[i](f)
			}
		}
		return branches[len(conditions)](f)
	}
}

func (c *compiler) bodies(bodies [][]linked) []exec {
	list := make([]exec, len(bodies))
	file, via := c.file, c.via
	for i, b := range bodies {
		list[i] = c.body(b)
		c.file, c.via = file, via
	}
	return list
}

// loop compiles the body and the else part of a loop.
func (c *compiler) loop(bodies [][]linked) (body, orElse exec) {
	file, via, inLoop := c.file, c.via, c.inLoop
	c.inLoop = true
	body = c.body(bodies[0])
	c.inLoop = inLoop
	c.file, c.via = file, via
	orElse = c.body(bodies[1])
	c.file, c.via = file, via
	return body, orElse
}

func (c *compiler) forNode(n *forNode, bodies [][]linked) exec {
	value, at := c.expr(n.iter), c.place(n.iter.pos())
	assign := c.target(&n.target)
	body, orElse := c.loop(bodies)
	return func(f *frame) signal {
		source := value(f)
		it, ok := newIterator(source)
		if !ok {
			if seq, ok := f.goSequence(at, source); ok {
				return f.loopOver(seq, at, assign, body, orElse)
			}
			it = f.iterate(at, source) // says that it cannot
		}
		for {
			v, ok := it.next()
			if !ok {
				return orElse(f)
			}
			f.iteration(at)
			assign(f, v)
			switch body(f) {
			case signalBreak:
				return signalNone
			}
		}
	}
}

// loopOver takes from seq, which may be endless, as much as the loop wants.
func (f *frame) loopOver(seq iter.Seq[any], at *place, assign func(*frame, any), body, orElse exec) signal {
	for v := range seq {
		f.iteration(at)
		assign(f, v)
		if body(f) == signalBreak {
			return signalNone
		}
	}
	return orElse(f)
}

// iteration counts one turn of a loop.
func (f *frame) iteration(at *place) {
	f.charge(at, 1)
	f.checkOutput(at)
}

func (c *compiler) whileNode(n *whileNode, bodies [][]linked) exec {
	condition, at := c.expr(n.condition), c.place(n.pos())
	body, orElse := c.loop(bodies)
	return func(f *frame) signal {
		for truth(condition(f)) {
			f.iteration(at)
			if body(f) == signalBreak {
				return signalNone
			}
		}
		return orElse(f)
	}
}

// apply renders its body as a function of its own and gives the text to another.
func (c *compiler) apply(n *applyNode, body []linked) exec {
	at := c.place(n.pos())
	function := c.expr(n.function)
	inLoop := c.inLoop
	c.inLoop = false
	s := c.push(assignedNames(body, nil))
	run := c.body(body)
	c.pop()
	c.inLoop = inLoop
	var slots []int
	for _, slot := range s.slots {
		slots = append(slots, slot)
	}
	return func(f *frame) signal {
		for _, slot := range slots {
			f.locals[slot] = unbound
		}
		start := len(f.out)
		f.applies = append(f.applies, start)
		run(f)
		if f.recording != nil {
			f.recording.retake(start, at)
		}
		f.applies = f.applies[:len(f.applies)-1]
		text := string(f.out[start:])
		f.out = f.out[:start]
		f.emitText(at, f.callOne(at, function(f), text))
		return signalNone
	}
}

func (c *compiler) set(n *setNode) exec {
	var steps []func(*frame)
	for i := range n.statements {
		steps = append(steps, c.statement(&n.statements[i]))
	}
	if len(steps) == 1 {
		step := steps[0]
		return func(f *frame) signal {
			step(f)
			return signalNone
		}
	}
	return func(f *frame) signal {
		for _, step := range steps {
			step(f)
		}
		return signalNone
	}
}

func (c *compiler) statement(s *statement) func(*frame) {
	at := c.place(s.pos())
	switch s.kind {
	case statementDel:
		return c.del(&s.targets[0])
	case statementPass:
		return func(*frame) {}
	case statementRaise:
		value := c.expr(s.value)
		return func(f *frame) { f.raiseValue(at, value(f)) }
	case statementAssert:
		condition, message := c.condition(s.value), c.optional(s.message)
		return func(f *frame) {
			if !condition(f) {
				f.raise(at, "AssertionError", "%s", appendText(nil, message(f)))
			}
		}
	}
	value := c.expr(s.value)
	if s.op != "" {
		return c.augment(&s.targets[0], s.op, value, at)
	}
	var assigns []func(*frame, any)
	for i := range s.targets {
		assigns = append(assigns, c.target(&s.targets[i]))
	}
	return func(f *frame) {
		v := settle(value(f))
		for _, assign := range assigns {
			assign(f, v)
		}
	}
}

// augment compiles target op= value.
func (c *compiler) augment(t *target, op string, value eval, at *place) func(*frame) {
	read, assign := c.expr(targetExpr(t)), c.target(t)
	return func(f *frame) {
		old := read(f)
		v := value(f)
		if l, ok := old.(*list); ok && op == "+" {
			l.items = append(l.items, f.items(at, v)...) // in place, as Python does
			assign(f, l)
			return
		}
		if items, ok := listItems(old); ok && op == "+" && old != nil { // with any iterable, unlike +
			assign(f, &list{append(settleAll(items), f.items(at, v)...)})
			return
		}
		assign(f, f.binary(at, op, old, v))
	}
}

// targetExpr reads what t is assigned to.
func targetExpr(t *target) expr {
	switch {
	case t.name != "":
		return &nameExpr{t.offset, t.name}
	case t.index != nil:
		return &indexExpr{t.offset, t.base, t.index}
	}
	return &attrExpr{t.offset, t.base, t.attr}
}

// target compiles an assignment.
func (c *compiler) target(t *target) func(*frame, any) {
	at := c.place(t.pos())
	switch {
	case t.name != "":
		slot, _ := c.slot(t.name)
		return func(f *frame, v any) { f.locals[slot] = v }
	case t.index != nil:
		base, index := c.owned(t.base), c.expr(t.index)
		return func(f *frame, v any) { f.setIndex(at, base(f), settle(index(f)), settle(v)) }
	case t.attr != "":
		base := c.expr(t.base)
		return func(f *frame, _ any) {
			b := base(f)
			f.refuseChange(at, b)
			f.raise(at, "AttributeError", "'%s' object has no attribute '%s' to assign to", typeName(b), t.attr)
		}
	}
	return c.unpack(t, at)
}

func (c *compiler) unpack(t *target, at *place) func(*frame, any) {
	star := -1
	assigns := make([]func(*frame, any), len(t.items))
	for i := range t.items {
		assigns[i] = c.target(&t.items[i])
		if t.items[i].star {
			star = i
		}
	}
	return func(f *frame, v any) {
		items, ok := v.(tuple)
		if !ok {
			items = f.items(at, v)
		}
		if len(items) < len(assigns) && star < 0 || len(items) < len(assigns)-1 {
			f.raise(at, "ValueError", "not enough values to unpack (expected %d, got %d)", len(assigns), len(items))
		}
		if star < 0 {
			if len(items) > len(assigns) {
				f.raise(at, "ValueError", "too many values to unpack (expected %d)", len(assigns))
			}
			for i, assign := range assigns {
				assign(f, items[i])
			}
			return
		}
		rest := len(items) - (len(assigns) - 1)
		for i, assign := range assigns {
			switch {
			case i < star:
				assign(f, items[i])
			case i == star:
				assign(f, &list{slices.Clone(items[i : i+rest])})
			default:
				assign(f, items[i+rest-1])
			}
		}
	}
}

func (c *compiler) del(t *target) func(*frame) {
	at := c.place(t.pos())
	switch {
	case t.name != "":
		slot, _ := c.slot(t.name)
		return func(f *frame) { f.locals[slot] = unbound }
	case t.index != nil:
		base, index := c.owned(t.base), c.expr(t.index)
		return func(f *frame) { f.deleteIndex(at, base(f), index(f)) }
	case t.items != nil:
		var steps []func(*frame)
		for i := range t.items {
			steps = append(steps, c.del(&t.items[i]))
		}
		return func(f *frame) {
			for _, step := range steps {
				step(f)
			}
		}
	}
	return func(f *frame) { f.raise(at, "AttributeError", "attributes cannot be deleted") }
}
