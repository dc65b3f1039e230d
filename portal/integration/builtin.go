// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/callboard/callboard/portal/config"
)

//go:embed definitions/*.yaml
var embedded embed.FS

// Builtin returns the definitions that ship with the portal, sorted by ID. They
// are compiled anew with each call.
func Builtin() ([]*Definition, error) {
	files, err := fs.Sub(embedded, "definitions")
	if err != nil {
		return nil, err
	}
	return ParseFS("definitions", files)
}

// Library is the definitions that a portal knows: those that ship with it, and
// a company's own, which take the place of those with the same ID. Built-in
// ones are compiled when they are asked for. It is safe for concurrent use.
type Library struct {
	own     []*Definition
	builtin func() ([]*Definition, error)
}

// NewLibrary returns the built-in definitions with a company's own.
func NewLibrary(own []*Definition) *Library {
	return &Library{own: own, builtin: sync.OnceValues(Builtin)}
}

// Definition returns the definition of that ID.
func (l *Library) Definition(id string) (*Definition, bool) {
	for _, d := range l.own {
		if d.ID == id {
			return d, true
		}
	}
	if !idForm.MatchString(id) {
		return nil, false
	}
	name := path.Join("definitions", id+".yaml")
	data, err := embedded.ReadFile(name)
	if err != nil {
		return nil, false
	}
	d, err := Parse(name, data)
	return d, err == nil // a test parses them all
}

// All returns every definition, sorted by ID.
func (l *Library) All() ([]*Definition, error) {
	builtin, err := l.builtin()
	if err != nil {
		return nil, err
	}
	all := slices.Clone(l.own)
	for _, d := range builtin {
		if !slices.ContainsFunc(l.own, func(o *Definition) bool { return o.ID == d.ID }) {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b *Definition) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

// maxFiles bounds the definitions of one folder.
const maxFiles = 500

// ParseFS reads every .yaml and .yml file of a folder, not of those below it,
// sorted by ID. name is what messages call the folder. The error is
// [config.Problems] of all files, or why the folder cannot be read; what could
// be read is returned with it.
func ParseFS(name string, files fs.FS) ([]*Definition, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("integration: %w", err)
	}
	var all []*Definition
	var wrong config.Problems
	from := map[string]string{}
	for _, f := range entries {
		if f.IsDir() || path.Ext(f.Name()) != ".yaml" && path.Ext(f.Name()) != ".yml" {
			continue
		}
		file := path.Join(name, f.Name())
		if len(from) == maxFiles {
			wrong = append(wrong, config.Problem{Origin: config.Origin{Name: file}, Rule: "limit", Message: fmt.Sprintf("is more than the %d definitions that are read", maxFiles), Remedy: "move it to another folder"})
			break
		}
		data, err := fs.ReadFile(files, f.Name())
		if err != nil {
			wrong = append(wrong, config.Problem{Origin: config.Origin{Name: file}, Rule: "file", Message: "cannot be read: " + err.Error()})
			continue
		}
		d, err := Parse(file, data)
		var problems config.Problems
		switch {
		case errors.As(err, &problems):
			wrong = append(wrong, problems...)
		case from[d.ID] != "":
			wrong = append(wrong, config.Problem{Origin: config.Origin{Name: file, Line: 1, Column: 1}, Path: "id", Rule: "twice", Message: d.ID + " is the ID of " + from[d.ID] + " too", Remedy: "choose another"})
		default:
			from[d.ID] = file
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b *Definition) int { return strings.Compare(a.ID, b.ID) })
	if len(wrong) > 0 {
		return all, wrong
	}
	return all, nil
}
