// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"errors"
	"fmt"

	yaml "go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// Limits of [Decode] where [DecodeOptions] does not set them.
const (
	DefaultMaxBytes     = 10 << 20
	DefaultMaxDocuments = 10_000
	DefaultMaxDepth     = 100
)

// DecodeOptions bound what a file may hold. Zero fields are the defaults.
type DecodeOptions struct {
	// Location is the file's name in problems, as type:target.
	Location string
	// MaxBytes is the greatest size of a file, and the most that aliases in it
	// may expand to; 0 means [DefaultMaxBytes].
	MaxBytes int
	// MaxDocuments is the most documents of one file; 0 means [DefaultMaxDocuments].
	MaxDocuments int
	// MaxDepth is how deep values may nest; 0 means [DefaultMaxDepth].
	MaxDepth int
	// Placeholder resolves an object whose only key starts with a dollar sign,
	// such as {$text: ./openapi.yaml}, wherever it stands in a document. It
	// returns the value to put in its place, made of the types of
	// [Entity.Spec]; or false to leave the object as it is. An error becomes a
	// problem of the document with the rule "placeholder". nil leaves all alone.
	Placeholder func(key string, argument any) (value any, resolved bool, err error)
}

// Document is one document of a file.
type Document struct {
	// Number counts from 1 over the documents that are not empty; 0 is the file
	// as a whole, which then has problems and no entity.
	Number int
	// Entity is what the document declares, or nil if it is too broken to say.
	// It may still break rules: see [Kinds.Validate].
	Entity *Entity
	// Problems are what is wrong with the text and the envelope. One of
	// [SeverityError] means that the document must not be taken in.
	Problems []Problem

	location string
	tree     any        // the value as it was written, or nil
	root     *yaml.Node // for positions, or nil
	line     int        // lines of the file before this document's text
}

// Decode reads a file of YAML 1.2 (or JSON) with any number of documents. One
// that is broken does not hide its neighbours: each has its own entry, in the
// order of the file, with its own problems. Empty documents are left out. What
// is wrong with the file as a whole (too large, too many documents) is an entry
// with Number 0. nil options are the defaults.
//
// It accepts what the core schema of YAML 1.2 does: yes, no, 1_000 and dates
// are text, and << is a key like any other. Anchors and aliases work, as far as
// they do not blow up. Beyond that it refuses a key that is given twice.
func Decode(content []byte, opts *DecodeOptions) []Document {
	o := decodeOptions(opts)
	if len(content) > o.MaxBytes {
		return []Document{fileProblem(o, Problem{
			Rule:    "file-size",
			Message: fmt.Sprintf("the file has %s, and at most %s are read", byteCount(len(content)), byteCount(o.MaxBytes)),
			Remedy:  "split it into several files and name them in a Location",
		})}
	}
	d := decoder{opts: o, budget: o.MaxBytes}
	if p, bad := foreignEncoding(content); bad {
		return []Document{fileProblem(o, p)}
	}
	for s := range splitDocuments(content) {
		if !d.segment(s) {
			break
		}
	}
	return d.docs
}

func decodeOptions(opts *DecodeOptions) DecodeOptions {
	var o DecodeOptions
	if opts != nil {
		o = *opts
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.MaxDocuments == 0 {
		o.MaxDocuments = DefaultMaxDocuments
	}
	if o.MaxDepth == 0 {
		o.MaxDepth = DefaultMaxDepth
	}
	return o
}

// decoder is one run over a file.
type decoder struct {
	opts   DecodeOptions
	budget int // what aliases may still expand to, over the whole file
	docs   []Document
}

// segment decodes the text between two document markers. It returns false when
// the file has too many documents to go on.
func (d *decoder) segment(s segment) bool {
	doc := Document{location: d.opts.Location, line: s.line, Number: len(d.docs) + 1}
	err := doc.parse(s, d.opts.MaxDepth)
	if err == nil && doc.empty() {
		return true
	}
	if len(d.docs) >= d.opts.MaxDocuments {
		d.docs = append(d.docs, fileProblem(d.opts, Problem{
			Rule:    "document-count",
			Message: fmt.Sprintf("the file has more than %d documents; those behind it were not read", d.opts.MaxDocuments),
			Remedy:  "split it into several files and name them in a Location",
			Line:    s.line + 1, Column: 1,
		}))
		return false
	}
	if err != nil {
		doc.syntaxProblem(s, err, d.opts.MaxDepth)
	} else {
		d.build(&doc, s)
	}
	doc.stamp(doc.Problems, doc.tree)
	inOrder(doc.Problems)
	d.docs = append(d.docs, doc)
	return true
}

// build turns the parsed nodes into a tree, and the tree into an entity.
func (d *decoder) build(doc *Document, s segment) {
	b := treeBuilder{decoder: d, doc: doc, separators: s.separators}
	tree, ok := b.value(doc.root, 0)
	if !ok {
		return
	}
	doc.tree = tree
	root, isMap := tree.(map[string]any)
	if !isMap {
		doc.add(Problem{
			Rule:    "document-shape",
			Message: "the document must be an object with apiVersion, kind, metadata and spec, not " + typeWord(tree),
			Remedy:  "write apiVersion: and the other keys at the beginning of lines of their own, or take the document away",
		}, "")
		return
	}
	v := envelopeCheck{doc: doc}
	v.check(root)
	doc.Problems = append(doc.Problems, v.problems...)
	if _, ok := root["metadata"].(map[string]any); !ok {
		return
	}
	if e, err := entityFromTree(root); err == nil {
		e.Metadata.UID, e.Metadata.ETag, e.Relations, e.Status = "", "", nil, nil
		doc.Entity = e
	}
}

var errTooDeep = errors.New("too deep")

// parse reads the segment into nodes. Depth is limited while reading, because
// the nodes are built by recursion.
func (doc *Document) parse(s segment, maxDepth int) error {
	if s.bad != nil {
		return s.bad
	}
	if s.blank {
		return nil
	}
	var node yaml.Node
	err := yaml.Load(s.text, &node, yaml.WithPlugin(loaderlimits.New(
		loaderlimits.AliasNone(), // nodes do not expand aliases; treeBuilder does, on a budget
		loaderlimits.DepthFunc(func(depth int, _ *yaml.DepthContext) error {
			if depth > maxDepth {
				return errTooDeep
			}
			return nil
		}))))
	if err != nil {
		return err
	}
	if len(node.Content) == 1 {
		doc.root = node.Content[0]
	}
	return nil
}

// empty reports whether the document holds nothing, as after a trailing ---.
func (doc *Document) empty() bool {
	return doc.root == nil || doc.root.Kind == yaml.ScalarNode && plainScalar(doc.root) && isNull(doc.root.Value)
}

func fileProblem(o DecodeOptions, p Problem) Document {
	p.Severity = SeverityError
	p.Location = o.Location
	return Document{location: o.Location, Problems: []Problem{p}}
}

func byteCount(n int) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
