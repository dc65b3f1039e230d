// SPDX-License-Identifier: Apache-2.0

package filecatalog

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// item reads a file as a source. A failure is the item's.
func (c *Catalog) item(root, path string) catalog.Item {
	loc := location(path)
	content, err := c.readFile(root, path)
	c.note(path, loc)
	return catalog.Item{
		Location: loc, Content: content, Err: err,
		Open: func(ctx context.Context, relative string) ([]byte, error) {
			return c.open(ctx, root, path, relative)
		},
	}
}

// open reads a file beside another one, inside the same root.
func (c *Catalog) open(ctx context.Context, root, beside, relative string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	local := filepath.FromSlash(relative)
	if filepath.IsAbs(local) {
		return nil, fail(callboard.CodeForbidden, "%q is not relative to the file that names it", relative)
	}
	path := filepath.Join(filepath.Dir(beside), local)
	c.note(path, location(beside))
	return c.readFile(root, path)
}

// readFile reads a regular file of limited size inside the root.
func (c *Catalog) readFile(root, path string) ([]byte, error) {
	rel, ok := within(root, path)
	if !ok {
		return nil, fail(callboard.CodeForbidden, "%s is outside of %s", filepath.Base(path), root)
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, readError(path, err)
	}
	defer func() { _ = r.Close() }() // only reads
	info, err := r.Stat(rel)
	switch {
	case err != nil:
		return nil, readError(path, err)
	case !info.Mode().IsRegular(): // a pipe would never end
		return nil, fail(callboard.CodeInvalid, "%s is not a regular file", path)
	case info.Size() > c.opts.MaxBytes:
		return nil, c.tooLarge(path)
	}
	f, err := r.Open(rel)
	if err != nil {
		return nil, readError(path, err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, c.opts.MaxBytes+1))
	switch {
	case err != nil:
		return nil, readError(path, err)
	case int64(len(content)) > c.opts.MaxBytes: // it grew meanwhile
		return nil, c.tooLarge(path)
	}
	return content, nil
}

func (c *Catalog) tooLarge(path string) error {
	return fail(callboard.CodeTooLarge, "%s is larger than %d bytes", path, c.opts.MaxBytes)
}

// readError says what went wrong in words that a person may read.
func readError(path string, err error) error {
	e := &callboard.Error{Code: callboard.CodeUnavailable, Message: "cannot read " + path, Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Code, e.Message = callboard.CodeNotFound, "no such file: "+path
	case errors.Is(err, fs.ErrPermission):
		e.Code, e.Message = callboard.CodeForbidden, "no permission to read "+path
	case escapes(err):
		e.Code, e.Message = callboard.CodeForbidden, path+" is a link that leads out of its root"
	}
	return e
}

// escapes recognises the error of [os.Root], which has no exported value.
func escapes(err error) bool {
	var p *fs.PathError
	return errors.As(err, &p) && p.Err.Error() == "path escapes from parent"
}

// note remembers that a location was made of a file.
func (c *Catalog) note(path, loc string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.uses[path] == nil {
		c.uses[path] = map[string]bool{}
	}
	c.uses[path][loc] = true
	if c.notice != nil {
		c.notice(filepath.Dir(path))
	}
}

// users returns the locations that were made of a file.
func (c *Catalog) users(path string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := []string{}
	for loc := range c.uses[path] {
		list = append(list, loc)
	}
	return list
}
