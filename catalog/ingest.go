// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"strconv"
	"time"

	"github.com/callboard/callboard"
)

// pipelineVersion is part of every source's hash: a new one reads every source
// again, which is needed when the same text gives other entities than before.
const pipelineVersion = "1"

// pipeline turns sources into what a store applies.
type pipeline struct {
	store  Store
	opts   *ServiceOptions
	kinds  *Kinds
	rules  rules
	linker func(location string) LocationLinks
	// basis starts every hash: all that, beside the content, decides what
	// comes of it.
	basis []byte
}

// inbound is one source on its way in.
type inbound struct {
	key    SourceKey
	item   Item
	origin string // the location that led here, at the root of the chain
	known  string // the hash that is stored; empty for a new source
	next   time.Time
	remove bool
	// pattern says that it stands for a target with wildcards.
	pattern bool
}

// outcome is what became of an inbound source.
type outcome struct {
	update SourceUpdate
	// same says that the stored source is as it was; there is no update.
	same bool
	// locations are the Location entities that the update claims.
	locations []Ref
	// open reads beside the source; isNew says that the store did not have it.
	open  func(ctx context.Context, relative string) ([]byte, error)
	isNew bool
}

// locationKind is the kind whose entities name further sources.
const locationKind = "location"

func newPipeline(store Store, opts *ServiceOptions, linker func(string) LocationLinks) (*pipeline, error) {
	rs, err := compileRules(opts.Rules)
	if err != nil {
		return nil, err
	}
	p := &pipeline{store: store, opts: opts, kinds: opts.Kinds, rules: rs, linker: linker}
	h := sha256.New()
	fmt.Fprintln(h, pipelineVersion, fingerprint(opts.Kinds), rs.fingerprint())
	for _, x := range opts.Processors {
		fmt.Fprintln(h, x.Name())
	}
	p.basis = h.Sum(nil)
	return p, nil
}

// process takes one source through. It fails only when ctx ends: all else that
// can go wrong is a problem of the source.
func (p *pipeline) process(ctx context.Context, in inbound) (outcome, error) {
	u := SourceUpdate{Key: in.key, Checked: p.opts.Now().UTC(), Next: in.next}
	switch {
	case in.remove:
		u.Remove = true
		return outcome{update: u}, nil
	case in.pattern:
		u.Hash = patternHash
		return outcome{update: u, same: in.known == patternHash}, nil
	}
	if in.item.Err != nil {
		return p.unreadable(in, u), nil //nolint:nilerr // it is a problem of the source
	}
	h := p.newHash(in)
	sum, err := p.sum(h, in.item)
	if err != nil {
		in.item.Err = err
		return p.unreadable(in, u), nil //nolint:nilerr // it is a problem of the source
	}
	w := &work{pipeline: p, in: in, update: u, seen: map[Ref]bool{}}
	dynamic := hasPlaceholders(in.item.Content)
	if !dynamic && sum == in.known {
		return outcome{same: true}, nil
	}
	docs := w.documents(ctx)
	for _, f := range w.files {
		fmt.Fprintln(h, f.path, len(f.content), f.err)
		h.Write(f.content)
	}
	w.update.Hash = encode(h)
	if w.update.Hash == in.known {
		return outcome{same: true}, ctx.Err()
	}
	for i := range docs {
		if err := ctx.Err(); err != nil {
			return outcome{}, err
		}
		w.document(ctx, &docs[i])
	}
	w.update.Problems = limitProblems(w.update.Problems)
	return outcome{update: w.update, locations: w.locations}, ctx.Err()
}

// maxOfRule bounds how many problems of one rule a source may have: a generated
// file can be wrong ten thousand times in the same way.
const maxOfRule = 100

// limitProblems leaves the first of each rule, and says how many there are more.
func limitProblems(list []Problem) []Problem {
	count := map[string]int{}
	kept := list[:0]
	for _, p := range list {
		if count[p.Rule]++; count[p.Rule] <= maxOfRule {
			kept = append(kept, p)
		}
	}
	if more := len(list) - len(kept); more > 0 {
		kept = append(kept, Problem{
			Severity: SeverityWarning, Rule: "more-problems", Location: list[0].Location,
			Message: fmt.Sprintf("%d more problems are not listed, as there are %d of their kind already", more, maxOfRule),
			Remedy:  "mend those that are listed; the others come up then",
		})
	}
	return kept
}

// unreadable keeps what the source last declared, and says why it is stale.
func (p *pipeline) unreadable(in inbound, u SourceUpdate) outcome {
	message, remedy := "cannot be read: ", "make it readable, or take it away; what it declared before is still served"
	if in.key.Provider == RegisteredProvider && in.key.Parent == registeredRef(in.key.Location) {
		remedy = "make it readable, or remove the location; what it declared before is still served"
	} else if in.key.Parent != "" {
		message = in.key.Parent + " names it, and it cannot be read: "
		remedy = "make it readable, or take it out of " + in.key.Parent + "; what it declared before is still served"
	}
	problem := Problem{
		Severity: SeverityError,
		Rule:     "source-unreadable",
		Message:  message + callboard.MessageOf(in.item.Err),
		Remedy:   remedy,
		Location: in.key.Location,
		Entity:   in.key.Parent,
	}
	h := p.newHash(in)
	fmt.Fprintln(h, "unreadable", problem.Message)
	u.Hash, u.KeepMissing, u.Problems = encode(h), true, []Problem{problem}
	return outcome{update: u, same: u.Hash == in.known}
}

// fingerprint tells one set of kinds from another.
func fingerprint(ks *Kinds) string {
	b, err := json.Marshal(ks.All())
	if err != nil {
		panic("catalog: kinds are plain data: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (p *pipeline) newHash(in inbound) hash.Hash {
	h := sha256.New()
	h.Write(p.basis)
	fmt.Fprintln(h, in.origin)
	return h
}

func (p *pipeline) sum(h hash.Hash, item Item) (string, error) {
	h.Write(item.Content)
	var buf []byte
	for _, e := range item.Entities {
		if e == nil {
			return "", invalid("an entity is missing: the provider delivered nil")
		}
		b, err := e.AppendJSON(buf[:0])
		if err != nil {
			return "", err
		}
		buf = b
		h.Write([]byte(strconv.Itoa(len(b))))
		h.Write(b)
	}
	return encode(h), nil
}

func encode(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)[:20]) }

// documents returns the item's entities, decoded or as delivered.
func (w *work) documents(ctx context.Context) []Document {
	docs := []Document{}
	if len(w.in.item.Content) > 0 {
		docs = Decode(w.in.item.Content, &DecodeOptions{
			Location:    w.in.key.Location,
			Placeholder: func(key string, argument any) (any, bool, error) { return w.placeholder(ctx, key, argument) },
		})
	}
	w.written = len(docs)
	for _, e := range w.in.item.Entities {
		docs = append(docs, Document{Number: len(docs) + 1, Entity: e.Clone()})
	}
	return docs
}
