package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A library is what the packages of core export.
type library struct {
	names   map[string]map[string]bool // by package
	fields  map[string]map[string]bool // of structures, by package and name: "web.Settings"
	methods map[string]bool            // of anything, fields too
}

// readLibrary parses core, each package under its last name.
func readLibrary(t *testing.T) library {
	t.Helper()
	l := library{map[string]map[string]bool{}, map[string]map[string]bool{}, map[string]bool{}}
	err := filepath.WalkDir("../core", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "internal") || strings.Contains(path, "testdata") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err == nil {
			l.add(file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (l library) add(file *ast.File) {
	names := l.names[file.Name.Name]
	if names == nil {
		names = map[string]bool{}
		l.names[file.Name.Name] = names
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv != nil {
				l.methods[d.Name.Name] = true
			} else {
				names[d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						names[name.Name] = true
					}
				case *ast.TypeSpec:
					names[spec.Name.Name] = true
					l.addType(file.Name.Name+"."+spec.Name.Name, spec.Type)
				}
			}
		}
	}
}

func (l library) addType(name string, t ast.Expr) {
	switch t := t.(type) {
	case *ast.InterfaceType:
		for _, method := range t.Methods.List {
			for _, one := range method.Names {
				l.methods[one.Name] = true
			}
		}
	case *ast.StructType:
		fields := map[string]bool{}
		for _, field := range t.Fields.List {
			for _, one := range field.Names {
				fields[one.Name], l.methods[one.Name] = true, true
			}
			if len(field.Names) == 0 {
				embedded := field.Type
				if s, ok := embedded.(*ast.StarExpr); ok {
					embedded = s.X
				}
				if s, ok := embedded.(*ast.SelectorExpr); ok {
					embedded = s.Sel
				}
				if id, ok := embedded.(*ast.Ident); ok {
					fields[id.Name] = true
				}
			}
		}
		l.fields[name] = fields
	}
}

// fragments parses Go as it stands in a manual: declarations beside statements, and
// three dots for what does not matter.
func fragments(source string) (nodes []ast.Node, err error) {
	source = regexp.MustCompile(`(?m)^\s*\.\.\.$|\{ \.\.\. \}`).ReplaceAllStringFunc(source, func(dots string) string {
		return strings.Trim(strings.ReplaceAll(dots, "...", ""), "\t")
	})
	file, err := parseGo(source)
	if err == nil {
		return []ast.Node{file}, nil
	}
	for _, part := range paragraphs(source) {
		file, err := parseGo(part)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, file)
	}
	return nodes, nil
}

// paragraphs splits where a line that is not indented follows an empty one.
func paragraphs(source string) []string {
	marked := regexp.MustCompile(`\n\n([^\s)}])`).ReplaceAllString(source, "\x00$1")
	return strings.Split(marked, "\x00")
}

// surroundings are what a fragment may have been cut out of.
var surroundings = [][2]string{
	{"", ""}, {"package p\n", ""}, {"package p\nfunc _() {\n", "\n}"}, {"package p\nvar _ = T{\n", "\n}"}, {"package p\nfunc _() {\n", "\n})}"},
}

func parseGo(source string) (file *ast.File, err error) {
	for _, around := range surroundings {
		if file, err = parser.ParseFile(token.NewFileSet(), "", around[0]+source+around[1], parser.SkipObjectResolution); err == nil {
			return file, nil
		}
	}
	return parser.ParseFile(token.NewFileSet(), "", "package p\n"+source, parser.SkipObjectResolution)
}

// TestGoSnippets holds that what the manual shows of Go is Go, and that what it uses of
// core is there.
func TestGoSnippets(t *testing.T) {
	l := readLibrary(t)
	seen := 0
	for name, text := range pages(t) {
		for _, snippet := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(text, -1) {
			nodes, err := fragments(snippet[1])
			if err != nil {
				t.Errorf("%s: %v in\n%s", name, err, snippet[1])
			}
			seen++
			for _, node := range nodes {
				l.check(t, name, node)
			}
		}
	}
	if seen < 60 {
		t.Errorf("found only %d snippets; are the pages written differently now?", seen)
	}
}

func (l library) check(t *testing.T, page string, root ast.Node) {
	local := map[string]bool{} // what the snippet itself declares
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			local[n.Name.Name] = true
		case *ast.Field:
			for _, name := range n.Names {
				local[name.Name] = true
			}
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if id, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE {
					local[id.Name] = true
				}
			}
		}
		return true
	})
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			id, ok := n.X.(*ast.Ident)
			switch {
			case !ok:
			case l.names[id.Name] != nil && !local[id.Name]:
				if !l.names[id.Name][n.Sel.Name] && id.Name != "log" {
					t.Errorf("%s: there is no %s.%s", page, id.Name, n.Sel.Name)
				}
			case (id.Name == "h" || id.Name == "app" || id.Name == "p") && !l.methods[n.Sel.Name] && !local[n.Sel.Name] && n.Sel.Name != "RequestHandler" && ast.IsExported(n.Sel.Name):
				t.Errorf("%s: nothing in core has a method or field %s, of %s", page, n.Sel.Name, id.Name)
			}
		case *ast.CompositeLit:
			l.checkFields(t, page, n)
		}
		return true
	})
}

func (l library) checkFields(t *testing.T, page string, literal *ast.CompositeLit) {
	s, ok := literal.Type.(*ast.SelectorExpr)
	if !ok {
		return
	}
	of, ok := s.X.(*ast.Ident)
	if !ok {
		return
	}
	fields := l.fields[of.Name+"."+s.Sel.Name]
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok || fields == nil {
			continue
		}
		if key, ok := pair.Key.(*ast.Ident); ok && !fields[key.Name] {
			t.Errorf("%s: %s.%s has no field %s", page, of.Name, s.Sel.Name, key.Name)
		}
	}
}
