// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"bytes"
	"context"
	slashpath "path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/callboard/callboard"
)

// placeholderNames are the keys that stand for a file beside the source:
// {"$text": "./api.yaml"} is replaced by the file's text, the others by the
// value that it holds.
var placeholderNames = [...]string{"$text", "$json", "$yaml"}

// placeholderRule is the rule that [Decode] reports failures under.
const placeholderRule = "placeholder"

// Limits on what the placeholders of one source may read.
const (
	maxPlaceholderFiles = 100
	maxPlaceholderBytes = 8 << 20
)

// file is a file that a placeholder named, or the failure to read it.
type file struct {
	path    string
	content []byte
	err     error
}

// hasPlaceholders is a guess that errs on the side of yes.
func hasPlaceholders(content []byte) bool {
	return slices.ContainsFunc(placeholderNames[:], func(name string) bool {
		return bytes.Contains(content, []byte(name))
	})
}

// placeholder returns what stands for a placeholder, see [DecodeOptions].
func (w *work) placeholder(ctx context.Context, key string, argument any) (any, bool, error) {
	if !slices.Contains(placeholderNames[:], key) {
		return nil, false, nil
	}
	name, err := placeholderPath(argument)
	if err != nil {
		return nil, true, err
	}
	content, err := w.open(ctx, name)
	if err != nil {
		// Without its cause, which is not for a person to read.
		return nil, true, coded(callboard.CodeOf(err), "%s: %s", name, callboard.MessageOf(err))
	}
	v, err := placeholderValue(key, name, content)
	return v, true, err
}

func placeholderValue(key, name string, content []byte) (any, error) {
	if key == "$text" {
		if !utf8.Valid(content) {
			return nil, invalid("%s is not text in UTF-8", name)
		}
		return string(content), nil
	}
	if key == "$json" {
		v, err := jsonTree(content)
		if err != nil {
			return nil, invalid("%s is not JSON: %s", name, callboard.MessageOf(err))
		}
		return v, nil
	}
	docs := Decode(content, nil)
	switch {
	case len(docs) == 0:
		return nil, nil
	case len(docs) > 1:
		return nil, invalid("%s has more than one document", name)
	case docs[0].tree == nil && len(docs[0].Problems) > 0:
		p := docs[0].Problems[0]
		return nil, invalid("%s is not YAML: line %d: %s", name, p.Line, p.Message)
	}
	return docs[0].tree, nil
}

// open reads a file once for each source, within the limits.
func (w *work) open(ctx context.Context, name string) ([]byte, error) {
	size := 0
	for _, f := range w.files {
		if f.path == name {
			return f.content, f.err
		}
		size += len(f.content)
	}
	f := file{path: name}
	switch {
	case w.in.item.Open == nil:
		f.err = invalid("this source has no files beside it")
	case len(w.files) >= maxPlaceholderFiles:
		return nil, tooLarge("more than %d files are named by placeholders", maxPlaceholderFiles)
	default:
		f.content, f.err = w.in.item.Open(ctx, name)
	}
	if size+len(f.content) > maxPlaceholderBytes {
		f.content, f.err = nil, tooLarge("the files named by placeholders hold more than %d MiB", maxPlaceholderBytes>>20)
	}
	w.files = append(w.files, f)
	return f.content, f.err
}

// placeholderPath checks what a placeholder names. Leaving the repository is
// Open's to refuse; an address elsewhere is refused here.
func placeholderPath(argument any) (string, error) {
	name, ok := argument.(string)
	switch {
	case !ok || name == "":
		return "", invalid("it must name a file")
	case strings.Contains(name, "://"):
		return "", forbidden("%s is not a file of the same repository", quote(name))
	}
	return slashpath.Clean(name), nil
}

func tooLarge(format string, args ...any) error {
	return coded(callboard.CodeTooLarge, format, args...)
}

func forbidden(format string, args ...any) error {
	return coded(callboard.CodeForbidden, format, args...)
}
