// SPDX-License-Identifier: Apache-2.0

// Package fscatalog brings entities from an [fs.FS], such as files that were
// embedded into a binary:
//
//	//go:embed demo
//	var files embed.FS
//
//	c, err := fscatalog.New("demo", files, "demo/all.yaml")
//
// The [Catalog] is a provider of the entries, and reads the targets that their
// Location entities name inside the same file system.
package fscatalog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

var (
	_ catalog.Provider       = (*Catalog)(nil)
	_ catalog.LocationReader = (*Catalog)(nil)
)

// Catalog reads entities from a file system that does not change. It is safe
// for concurrent use.
type Catalog struct {
	name    string
	fsys    fs.FS
	entries []string
}

// New returns a catalog over the entries, paths in fsys. The name is the
// provider's, and the type of its locations: demo:org/people.yaml. An entry
// that is not there gives [callboard.CodeInvalid].
func New(name string, fsys fs.FS, entries ...string) (*Catalog, error) {
	if name == "" || strings.ContainsAny(name, ":/ ") {
		return nil, &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf("fscatalog: %q is no name for a provider: use letters, digits and dashes", name)}
	}
	for _, e := range entries {
		if info, err := fs.Stat(fsys, e); err != nil || info.IsDir() {
			return nil, &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf("fscatalog: there is no file %s", e), Err: err}
		}
	}
	return &Catalog{name: name, fsys: fsys, entries: entries}, nil
}

// Name implements [catalog.Provider].
func (c *Catalog) Name() string { return c.name }

// Run implements [catalog.Provider]: it delivers the entries once.
func (c *Catalog) Run(ctx context.Context, sink catalog.Sink) error {
	var items iter.Seq2[catalog.Item, error] = func(yield func(catalog.Item, error) bool) {
		for _, e := range c.entries {
			if !yield(c.item(e), nil) {
				return
			}
		}
	}
	if err := sink.Replace(ctx, items); err != nil && ctx.Err() == nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// Types implements [catalog.LocationReader].
func (c *Catalog) Types() []string { return []string{c.name} }

// Resolve implements [catalog.LocationReader]: target is relative to the
// directory of base, or to the top if there is none.
func (c *Catalog) Resolve(base, target string) (string, error) {
	full := path.Join(path.Dir(base), target)
	if base == "" || strings.HasPrefix(target, "/") {
		full = path.Clean(strings.TrimPrefix(target, "/"))
	}
	if !fs.ValidPath(full) || full == "." {
		return "", &callboard.Error{Code: callboard.CodeForbidden, Message: fmt.Sprintf("%s is outside of %s", target, c.name)}
	}
	return full, nil
}

// Read implements [catalog.LocationReader]. A target may be a glob.
func (c *Catalog) Read(_ context.Context, req catalog.ReadRequest) (catalog.ReadResult, error) {
	if strings.ContainsAny(req.Target, "*?[") {
		matches, err := fs.Glob(c.fsys, req.Target)
		if err != nil {
			return catalog.ReadResult{}, &callboard.Error{Code: callboard.CodeInvalid, Message: req.Target + " is no pattern", Err: err}
		}
		var r catalog.ReadResult
		for _, m := range matches {
			r.Items = append(r.Items, c.item(m))
		}
		return r, nil
	}
	item := c.item(req.Target)
	if errors.Is(item.Err, fs.ErrNotExist) {
		return catalog.ReadResult{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no file " + req.Target, Err: item.Err}
	}
	return catalog.ReadResult{Items: []catalog.Item{item}}, nil
}

func (c *Catalog) item(name string) catalog.Item {
	content, err := fs.ReadFile(c.fsys, name)
	return catalog.Item{
		Location: c.name + ":" + name, Content: content, Err: err,
		Open: func(_ context.Context, relative string) ([]byte, error) {
			full, err := c.Resolve(name, relative)
			if err != nil {
				return nil, err
			}
			return fs.ReadFile(c.fsys, full)
		},
	}
}
