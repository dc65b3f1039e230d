// SPDX-License-Identifier: Apache-2.0

package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// loader reads files into nodes and collects what is wrong with them.
type loader struct {
	opts     Options
	problems Problems
	stack    []string // files being read, outermost first
	files    int
	nodes    int
}

func newLoader(opts *Options) *loader {
	l := &loader{}
	if opts != nil {
		l.opts = *opts
	}
	if l.opts.Lookup == nil {
		l.opts.Lookup = func(string) (string, bool) { return "", false }
	}
	if l.opts.Prefix == "" {
		l.opts.Prefix = "CALLBOARD"
	}
	if l.opts.ReadFile == nil {
		l.opts.ReadFile = readFromDisk
	}
	return l
}

func (l *loader) report(at Origin, rule, message, remedy string) {
	l.problems = append(l.problems, Problem{Origin: at, Rule: rule, Message: message, Remedy: remedy})
}

// topLevel refuses a file that is not a mapping.
func (l *loader) topLevel(n *node) *node {
	switch n.kind {
	case mapKind:
		return n
	case nullKind, brokenKind:
	default:
		l.report(n.at, "type", "a configuration file is a mapping of keys, not "+n.describe(), "write key: value")
	}
	return &node{kind: mapKind}
}

// file reads one file, named from the position at, or by the caller if that is
// the zero Origin. It returns nil after a problem.
func (l *loader) file(path string, at Origin) *node {
	data, ok := l.read(path, at)
	if !ok {
		return nil
	}
	return l.parse(path, data)
}

func (l *loader) read(path string, at Origin) ([]byte, bool) {
	if at == (Origin{}) {
		at = Origin{Name: path}
	}
	if l.files++; l.files > maxFiles {
		l.report(at, "limit", fmt.Sprintf("more than %d files are read", maxFiles), "use fewer files")
		return nil, false
	}
	data, err := l.opts.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.report(at, "file", fmt.Sprintf("there is no file %s", path), "create it or correct the path")
	case errors.Is(err, fs.ErrPermission):
		l.report(at, "file", fmt.Sprintf("the file %s may not be read by this user", path), "change its permissions")
	case err != nil:
		l.report(at, "file", fmt.Sprintf("cannot read %s: %v", path, err), "")
	case len(data) > maxFileBytes:
		l.report(at, "limit", fmt.Sprintf("the file %s is larger than %s", path, Size(maxFileBytes)), "split it with $include")
	default:
		return data, true
	}
	return nil, false
}

// parse reads data as the content of the file name.
func (l *loader) parse(name string, data []byte) *node {
	start := Origin{Name: name, Line: 1, Column: 1}
	if len(data) > maxFileBytes {
		l.report(start, "limit", "the file is larger than "+Size(maxFileBytes).String(), "split it with $include")
		return nil
	}
	if at := badText(data); at >= 0 {
		l.report(position(name, data, at), "encoding", "the file is not valid UTF-8 text here", "save it as UTF-8")
		return nil
	}
	document, ok := l.document(name, data)
	if !ok {
		return nil
	}
	if document == nil {
		return &node{kind: nullKind, at: start}
	}
	l.stack = append(l.stack, filepath.Clean(name))
	defer func() { l.stack = l.stack[:len(l.stack)-1] }()
	b := &builder{loader: l, file: name}
	return b.build(document, 0)
}

// badText returns the offset of the first byte that is no text, or -1.
func badText(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f {
			return i
		}
		i += size
	}
	return -1
}

func position(name string, data []byte, offset int) Origin {
	before := data[:offset]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return Origin{Name: name, Line: 1 + bytes.Count(before, []byte("\n")), Column: 1 + utf8.RuneCount(line)}
}

// document parses the one YAML document of a file; it is nil for an empty one.
func (l *loader) document(name string, data []byte) (document *yaml.Node, ok bool) {
	docs, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		l.report(Origin{Name: name}, "syntax", err.Error(), "")
		return nil, false
	}
	var first, second yaml.Node
	switch err := docs.Load(&first); {
	case errors.Is(err, io.EOF):
		return nil, true
	case err != nil:
		l.syntax(name, err)
		return nil, false
	}
	switch err := docs.Load(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		l.syntax(name, err)
		return nil, false
	default:
		l.report(Origin{Name: name, Line: max(second.Line, 1), Column: max(second.Column, 1)}, "syntax",
			"a second document begins here; a configuration file holds one", "use a file for each and name both")
		return nil, false
	}
	if first.Kind == yaml.DocumentNode && len(first.Content) == 1 {
		return first.Content[0], true
	}
	return nil, true
}

func (l *loader) syntax(name string, err error) {
	at, message := Origin{Name: name}, err.Error()
	var le *yaml.LoadError
	if errors.As(err, &le) {
		message = le.Message
		if le.ContextMsg != "" {
			message = le.ContextMsg + ", " + message
		}
		if le.Mark.Line > 0 {
			at.Line, at.Column = le.Mark.Line, max(le.Mark.Column, 1)
		}
	}
	l.report(at, "syntax", "this is not YAML: "+strings.TrimPrefix(message, "yaml: "), "")
}

// include reads the file that stands at an $include.
func (l *loader) include(from, path string, at Origin) *node {
	path = relativeTo(from, path)
	if i := slices.Index(l.stack, filepath.Clean(path)); i >= 0 {
		chain := append(slices.Clone(l.stack[i:]), filepath.Clean(path))
		l.report(at, "include", "files include each other in a circle: "+strings.Join(chain, " → "), "remove one $include")
		return nil
	}
	if len(l.stack) > maxIncludes {
		l.report(at, "limit", fmt.Sprintf("files are included more than %d deep", maxIncludes), "include them from one file")
		return nil
	}
	return l.file(path, at)
}

func relativeTo(file, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(filepath.Dir(file), path)
}
