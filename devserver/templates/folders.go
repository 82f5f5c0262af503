package templates

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Folders finds where the templates of the project in dir are: the folders that
// its Go files name as TemplatePath or give to template.NewLoader, as literals or
// joined of literals, or else those that are called templates. What belongs to
// other modules, tests and hidden folders is not looked at.
func Folders(dir string) ([]string, error) {
	var named, called []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != dir && skipped(path, d.Name()):
			return fs.SkipDir
		case d.IsDir() && d.Name() == "templates":
			called = append(called, path)
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			for _, folder := range namedIn(path) {
				if !filepath.IsAbs(folder) {
					folder = filepath.Join(dir, folder)
				}
				if info, err := os.Stat(folder); err == nil && info.IsDir() && !slices.Contains(named, folder) {
					named = append(named, folder)
				}
			}
		}
		return nil
	})
	if len(named) > 0 {
		return named, err
	}
	return called, err
}

// skipped reports whether a folder is no part of the project.
func skipped(path, name string) bool {
	if strings.HasPrefix(name, ".") || name == "vendor" || name == "node_modules" || name == "testdata" {
		return true
	}
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil // a module of its own
}

// namedIn gives the folders that a Go file names. A file that does not parse names
// none: it is for the compiler to say so.
func namedIn(path string) []string {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	var folders []string
	add := func(e ast.Expr) {
		if text, ok := constantPath(e); ok && text != "" {
			folders = append(folders, text)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "TemplatePath" {
				add(n.Value)
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "NewLoader" && len(n.Args) > 0 {
				add(n.Args[0])
			}
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if f, ok := left.(*ast.SelectorExpr); ok && f.Sel.Name == "TemplatePath" && i < len(n.Rhs) {
					add(n.Rhs[i])
				}
			}
		}
		return true
	})
	return folders
}

// constantPath reads a string literal, or filepath.Join and path.Join of them.
func constantPath(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return filepath.FromSlash(text), err == nil && e.Kind == token.STRING
	case *ast.CallExpr:
		f, ok := e.Fun.(*ast.SelectorExpr)
		if !ok || f.Sel.Name != "Join" || len(e.Args) == 0 {
			return "", false
		}
		var parts []string
		for _, arg := range e.Args {
			part, ok := constantPath(arg)
			if !ok {
				return "", false
			}
			parts = append(parts, part)
		}
		return filepath.Join(parts...), true
	}
	return "", false
}
