package template

import (
	"slices"
	"strings"
)

// A linked node is a node in its place in the whole template: blocks have been
// replaced by what overrides them, includes by what they include.
type linked struct {
	node   node
	file   *file
	via    *via
	bodies [][]linked // as node.bodies
}

// A linker puts the files together of which a template consists. It panics with
// an *Error.
type linker struct {
	load       func(name string, from *file, at *place) *file
	blocks     map[string]blockSource
	files      []*file // that are used
	including  []*file // on the way to where we are
	maxDepth   int
	maxParts   int
	expansions int
}

type blockSource struct {
	node *blockNode
	file *file
}

// link gives the whole of f.
func (l *linker) link(f *file) []linked {
	l.blocks = map[string]blockSource{}
	l.files = []*file{f}
	ancestors := l.ancestors(f, nil, nil)
	for i := len(ancestors) - 1; i >= 0; i-- {
		l.collectBlocks(ancestors[i].file.nodes, ancestors[i].file, ancestors[i].via, nil)
	}
	root := ancestors[len(ancestors)-1]
	l.including = []*file{root.file}
	return l.nodes(root.file.nodes, root.file, root.via)
}

// file loads what from names at a place.
func (l *linker) file(name string, from *file, at *place) *file {
	f := l.load(name, from, at)
	if !slices.Contains(l.files, f) {
		l.files = append(l.files, f)
	}
	return f
}

type ancestor struct {
	file *file
	via  *via
}

// ancestors gives f and all it extends, the root last.
func (l *linker) ancestors(f *file, v *via, below []*file) []ancestor {
	l.checkChain(below, f, "extends", v)
	below = append(below, f)
	list := []ancestor{{f, v}}
	for _, n := range f.nodes {
		if e, ok := n.(*extendsNode); ok {
			at := place{f.src, e.pos(), v}
			parent := l.file(e.name, f, &at)
			list = append(list, l.ancestors(parent, &via{"extended by", at}, below)...)
		}
	}
	return list
}

// checkChain refuses circles and chains that are too long.
func (l *linker) checkChain(chain []*file, f *file, what string, v *via) {
	if !slices.Contains(chain, f) && (l.maxDepth <= 0 || len(chain) < l.maxDepth) {
		return
	}
	at := &place{f.src, 0, nil}
	if v != nil {
		at = &v.at
	}
	if !slices.Contains(chain, f) {
		panic(newError(KindLoad, at, "", "templates "+what+" each other too deeply"))
	}
	var names []string
	for _, c := range chain[slices.Index(chain, f):] {
		names = append(names, c.src.name)
	}
	names = append(names, f.src.name)
	panic(newError(KindLoad, at, "", "circular "+what+": "+strings.Join(names, " -> ")))
}

func (l *linker) expand(at *place) {
	if l.expansions++; l.expansions > l.maxParts {
		panic(newError(KindLoad, at, "", "the template consists of too many includes and blocks"))
	}
}

// collectBlocks notes the blocks of a file and of what it includes; later ones
// replace earlier ones.
func (l *linker) collectBlocks(nodes []node, f *file, v *via, chain []*file) {
	for _, n := range nodes {
		switch n := n.(type) {
		case *blockNode:
			l.blocks[n.name] = blockSource{n, f}
		case *includeNode:
			at := &place{f.src, n.pos(), v}
			l.expand(at)
			included := l.file(n.name, f, at)
			inner := append(chain[:len(chain):len(chain)], f)
			inside := &via{"included by", *at}
			l.checkChain(inner, included, "include", inside)
			l.collectBlocks(included.nodes, included, inside, inner)
			continue
		}
		for _, body := range n.bodies() {
			l.collectBlocks(body, f, v, chain)
		}
	}
}

func (l *linker) nodes(nodes []node, f *file, v *via) []linked {
	var list []linked
	for _, n := range nodes {
		switch n := n.(type) {
		case *extendsNode:
			l.checkExtends(n, f, v)
		case *blockNode:
			list = append(list, l.block(n, f, v)...)
		case *includeNode:
			list = append(list, l.include(n, f, v)...)
		default:
			bodies := n.bodies()
			item := linked{node: n, file: f, via: v}
			if bodies != nil {
				item.bodies = make([][]linked, len(bodies))
			}
			inside := v
			if _, ok := n.(*applyNode); ok {
				inside = &via{"applied in", place{f.src, n.pos(), v}}
			}
			for i, body := range bodies {
				item.bodies[i] = l.nodes(body, f, inside)
			}
			list = append(list, item)
		}
	}
	return list
}

// checkExtends refuses extends anywhere but at the top of a template that is not
// included: only there it has been followed, and its file is no root then.
func (l *linker) checkExtends(n *extendsNode, f *file, v *via) {
	at := &place{f.src, n.pos(), v}
	if len(l.including) > 1 {
		panic(newError(KindLoad, at, "", "an included template cannot extend another"))
	}
	panic(newError(KindLoad, at, "", "extends stands inside of another block"))
}

// block puts in what overrides n. That cannot go on for ever: what stands inside
// of a block has been collected after it, and later blocks win.
func (l *linker) block(n *blockNode, f *file, v *via) []linked {
	source := l.blocks[n.name]
	at := place{f.src, n.pos(), v}
	l.expand(&at)
	if source.file != f {
		v = &via{"in a block of", at}
	}
	return l.nodes(source.node.body, source.file, v)
}

func (l *linker) include(n *includeNode, f *file, v *via) []linked {
	at := place{f.src, n.pos(), v}
	l.expand(&at)
	included := l.file(n.name, f, &at)
	inside := &via{"included by", at}
	l.checkChain(l.including, included, "include", inside)
	l.including = append(l.including, included)
	defer func() { l.including = l.including[:len(l.including)-1] }()
	return l.nodes(included.nodes, included, inside)
}
