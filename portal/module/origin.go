// SPDX-License-Identifier: Apache-2.0

package module

import (
	"net/url"
	"path"
	"reflect"
	"runtime"
	"strconv"
	"strings"
)

// Origin is where in a program something was provided or contributed.
type Origin struct {
	// Package is the import path.
	Package string `json:"package"`
	// File and Line are where; File has only its last element.
	File string `json:"file"`
	Line int    `json:"line"`
}

// String returns the package with the file and line.
func (o Origin) String() string {
	switch {
	case o.Package == "":
		return "an unknown package"
	case o.File == "":
		return o.Package
	default:
		return o.Package + " (" + o.File + ":" + strconv.Itoa(o.Line) + ")"
	}
}

// machinery are the packages that stand between a module's package and the
// registry on the stack, and are never the origin of anything.
var machinery = []string{
	reflect.TypeFor[Origin]().PkgPath(),
	"github.com/samber/do",
	"runtime",
}

// applyFunction ends the name of [Apply], below which on the stack are only
// those that compose the portal.
const applyFunction = "/module.Apply"

// callerOrigin returns the nearest caller outside of the machinery, or where
// provide, a function, was written. A package made by do.Package and do.Lazy
// is not on the stack when it is applied; its provider's own place is exact
// then.
func callerOrigin(provide any) Origin {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var nearest Origin
	for {
		frame, more := frames.Next()
		pkg := packageOf(frame.Function)
		switch {
		case pkg == "" || isMachinery(pkg):
		case !strings.Contains(frame.File, "/samber/do/"):
			return Origin{Package: packageAt(frame.Function, frame.File), File: path.Base(frame.File), Line: frame.Line}
		case nearest.Package == "":
			// A generic function of samber/do, compiled for this package.
			nearest.Package = pkg
		}
		if !more || strings.HasSuffix(frame.Function, applyFunction) {
			break
		}
	}
	if o := funcOrigin(provide); o.Package != "" {
		return o
	}
	return nearest
}

// funcOrigin returns where fn was written.
func funcOrigin(fn any) Origin {
	v := reflect.ValueOf(fn)
	if v.Kind() != reflect.Func || v.IsNil() {
		return Origin{}
	}
	f := runtime.FuncForPC(v.Pointer())
	if f == nil {
		return Origin{}
	}
	file, line := f.FileLine(f.Entry())
	return Origin{Package: packageAt(f.Name(), file), File: path.Base(file), Line: line}
}

func isMachinery(pkg string) bool {
	for _, m := range machinery {
		if pkg == m || strings.HasPrefix(pkg, m+"/v") {
			return true
		}
	}
	return false
}

// packageAt returns the import path of a function that was written in file. A
// closure of a function that was inlined bears the name of the package that it
// was inlined into; the file is its own.
func packageAt(function, file string) string {
	pkg, dir := packageOf(function), path.Dir(file)
	if pkg == "" || strings.TrimSuffix(path.Base(pkg), "_test") == path.Base(dir) {
		return pkg
	}
	_, self, _, _ := runtime.Caller(0)
	here := machinery[0] // the import path of the directory that self is in
	if rest, ours := strings.CutPrefix(dir, strings.TrimSuffix(path.Dir(self), "/portal/module")+"/"); ours {
		return strings.TrimSuffix(here, "/portal/module") + "/" + rest
	}
	_, module, cached := strings.Cut(dir, "/pkg/mod/")
	if !cached && !path.IsAbs(dir) && strings.Contains(dir, ".") {
		module, cached = dir, true // built with -trimpath
	}
	if !cached || strings.Contains(module, "!") { // the cache's sign for a capital
		return pkg
	}
	root, rest, versioned := strings.Cut(module, "@")
	if _, below, deeper := strings.Cut(rest, "/"); versioned && deeper {
		return root + "/" + below
	}
	return root
}

// packageOf returns the import path in a function's full name, such as
// "github.com/acme/portal/oncall.Package.func1".
func packageOf(function string) string {
	slash := strings.LastIndex(function, "/")
	dot := strings.Index(function[slash+1:], ".")
	if dot < 0 {
		return ""
	}
	pkg := function[:slash+1+dot]
	// The linker escapes dots in the last element of the path.
	if plain, err := url.PathUnescape(pkg); err == nil {
		return plain
	}
	return pkg
}
