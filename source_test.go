// SPDX-License-Identifier: Apache-2.0

package callboard_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// sourceFile is one parsed file of the module that is not a test.
type sourceFile struct {
	name, base, pkg string
	fset            *token.FileSet
	syntax          *ast.File
}

func (f sourceFile) imports(path string) bool {
	for _, spec := range f.syntax.Imports {
		if p, _ := strconv.Unquote(spec.Path.Value); p == path {
			return true
		}
	}
	return false
}

func (f sourceFile) at(n ast.Node) string { return f.fset.Position(n.Pos()).String() }

// sourceFiles parses every file of the module that is not a test.
func sourceFiles(t *testing.T) []sourceFile {
	t.Helper()
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	var files []sourceFile
	fset := token.NewFileSet()
	for _, p := range listPackages(t) {
		rel, _ := relative(p.ImportPath)
		for _, base := range p.GoFiles {
			full := filepath.Join(p.Dir, base)
			name, _ := filepath.Rel(root, full)
			syntax, err := parser.ParseFile(fset, full, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, sourceFile{name: name, base: base, pkg: rel, fset: fset, syntax: syntax})
		}
	}
	return files
}

func TestEveryFileNamesItsLicence(t *testing.T) {
	t.Parallel()
	for _, f := range sourceFiles(t) {
		if len(f.syntax.Comments) == 0 || !strings.HasPrefix(f.syntax.Comments[0].List[0].Text, "// SPDX-License-Identifier: Apache-2.0") {
			t.Errorf("%s does not begin with // SPDX-License-Identifier: Apache-2.0", f.name)
		}
	}
}

func TestEveryPackageAndExportedNameIsDocumented(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	seen := map[string]bool{}
	for _, f := range sourceFiles(t) {
		seen[f.pkg] = true
		documented[f.pkg] = documented[f.pkg] || f.syntax.Doc.Text() != ""
		for _, decl := range f.syntax.Decls {
			for _, n := range undocumented(decl) {
				t.Errorf("%s: exported %s has no doc comment", f.at(n), n.Name)
			}
		}
	}
	for pkg := range seen {
		if !documented[pkg] {
			t.Errorf("package %q has no package comment", pkg)
		}
	}
}

// undocumented returns the exported names that a declaration leaves without a
// comment of their own or of their group.
func undocumented(decl ast.Decl) []*ast.Ident {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		return undocumentedSpecs(d)
	}
	return nil
}

func undocumentedSpecs(d *ast.GenDecl) []*ast.Ident {
	var names []*ast.Ident
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && s.Doc == nil && (d.Doc == nil || d.Lparen.IsValid()) {
				names = append(names, s.Name)
			}
		case *ast.ValueSpec:
			for _, n := range s.Names {
				if n.IsExported() && s.Doc == nil && s.Comment == nil && d.Doc == nil {
					names = append(names, n)
				}
			}
		}
	}
	return names
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	typ := d.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

// TestNoPackageVariableIsAssigned holds package variables to what their
// initialisation made of them: there is no mutable global state.
func TestNoPackageVariableIsAssigned(t *testing.T) {
	t.Parallel()
	files := map[string][]sourceFile{}
	for _, f := range sourceFiles(t) {
		files[f.pkg] = append(files[f.pkg], f)
	}
	for pkg, list := range files {
		uses := resolve(pkg, list)
		for _, f := range list {
			ast.Inspect(f.syntax, func(n ast.Node) bool {
				for _, target := range assigned(n) {
					id := rootIdent(target)
					v, isVar := uses[id].(*types.Var)
					if isVar && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
						t.Errorf("%s: package variable %s is changed after its initialisation", f.at(id), id.Name)
					}
				}
				return true
			})
		}
	}
}

// resolve returns what the names of a package's files mean. Other packages are
// not loaded, so only the package's own names are certain.
func resolve(pkg string, files []sourceFile) map[*ast.Ident]types.Object {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{
		Error:    func(error) {},
		Importer: noImports{},
	}
	var syntax []*ast.File
	for _, f := range files {
		syntax = append(syntax, f.syntax)
	}
	_, _ = conf.Check(pkg, files[0].fset, syntax, info) // fails for want of imports
	return info.Uses
}

// noImports knows no package.
type noImports struct{}

func (noImports) Import(string) (*types.Package, error) { return nil, errors.ErrUnsupported }

func assigned(n ast.Node) []ast.Expr {
	switch s := n.(type) {
	case *ast.AssignStmt:
		if s.Tok != token.DEFINE {
			return s.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{s.X}
	}
	return nil
}

// rootIdent returns v of v, v.f, v[i], *v and their nestings.
func rootIdent(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}
