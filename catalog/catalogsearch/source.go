// SPDX-License-Identifier: Apache-2.0

package catalogsearch

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/search"
)

// Store is what is read of the catalog, for the portal itself: nothing is hidden
// from it.
type Store interface {
	Query(ctx context.Context, q catalog.Query) (catalog.Page, error)
	Records(ctx context.Context, refs []catalog.Ref) ([]catalog.Record, error)
	Versions(ctx context.Context, ref catalog.Ref, before int64, limit int) ([]catalog.Version, error)
	Changes(ctx context.Context, after int64, limit int) ([]catalog.Version, error)
}

// Guard says what the caller in a context may see of the catalog.
type Guard interface {
	// Sight returns a filter of what the caller has the permission for, nil for
	// everything, or the refusal of one who has it for nothing.
	Sight(ctx context.Context, permission string) (catalog.Filter, error)
	// Sees says of each reference whether it is there and may be seen.
	Sees(ctx context.Context, refs []catalog.Ref) ([]bool, error)
}

// Source is the catalog as documents. It is safe for concurrent use.
type Source struct {
	store Store
	guard Guard
	kinds *catalog.Kinds
	urls  module.URLs
}

var _ search.Feed = (*Source)(nil)

// New returns the catalog's source. Links are built with urls from the names of
// the routes of the catalog's pages.
func New(store Store, guard Guard, kinds *catalog.Kinds, urls module.URLs) *Source {
	return &Source{store: store, guard: guard, kinds: kinds, urls: urls}
}

// TypeOperation is the type of the documents of API operations.
const TypeOperation = "operation"

// documents is the version of what documents are made of.
const documents = "1"

// listed is how many entities are read at once: definitions can be long.
const listed = 200

// Name returns "catalog".
func (s *Source) Name() string { return "catalog" }

// Version returns that of the documents.
func (s *Source) Version() string { return documents }

// Types returns a type for each kind, by its name in lower case, and one for
// operations.
func (s *Source) Types() []search.Type {
	types := []search.Type{{ID: TypeOperation, Title: "API operations", Icon: "code", Order: 900, Weight: -200}}
	seen := map[string]bool{TypeOperation: true}
	for i, k := range s.kinds.All() {
		t := search.Type{ID: strings.ToLower(k.Name), Title: k.Plural, Icon: k.Icon, Also: "software-catalog", Order: 100 + i}
		if seen[t.ID] {
			continue // another version of the kind
		}
		seen[t.ID] = true
		switch t.ID {
		case "group":
			t.Title, t.Weight, t.Order = "Teams", 10, 700
		case "user":
			t.Order = 600
		case "component":
			t.Weight = 20
		case "system":
			t.Weight = 15
		case "api", "domain":
			t.Weight = 10
		case "location":
			t.Weight = -40
		}
		types = append(types, t)
	}
	return types
}

// List returns the documents of entities in order of reference.
func (s *Source) List(ctx context.Context, after string, limit int) (search.Listing, error) {
	page, err := s.store.Query(ctx, catalog.Query{Limit: min(limit, listed), Cursor: after, SkipTotal: true})
	if err != nil {
		return search.Listing{}, err
	}
	l := search.Listing{Next: page.Next}
	l.Documents, err = s.documents(page.Items)
	return l, err
}

// Head returns the number of the last version.
func (s *Source) Head(ctx context.Context) (string, error) {
	versions, err := s.store.Versions(ctx, catalog.Ref{}, 0, 1)
	if err != nil || len(versions) == 0 {
		return "0", err
	}
	return strconv.FormatInt(versions[0].Number, 10), nil
}

// Changes returns the entities that have versions behind a number, and those
// whose owner a version declares.
func (s *Source) Changes(ctx context.Context, after string, limit int) (search.Changes, error) {
	number, err := strconv.ParseInt(after, 10, 64)
	if err != nil {
		return search.Changes{}, fmt.Errorf("catalogsearch: the place %q: %w", after, err)
	}
	limit = min(limit, listed)
	versions, err := s.store.Changes(ctx, number, limit)
	if err != nil {
		return search.Changes{}, err
	}
	ch := search.Changes{Next: after, More: len(versions) == limit}
	var refs []catalog.Ref
	met := map[catalog.Ref]bool{}
	add := func(ref catalog.Ref) {
		if !met[ref] {
			met[ref] = true
			refs = append(refs, ref)
		}
	}
	for _, v := range versions {
		add(v.Ref)
		for _, content := range [][]byte{v.JSON, v.Previous} {
			for _, ref := range s.owned(content) {
				add(ref)
			}
		}
		ch.Next = strconv.FormatInt(v.Number, 10)
	}
	if len(refs) == 0 {
		return ch, nil
	}
	for _, ref := range refs {
		ch.Parents = append(ch.Parents, ref.String())
	}
	records, err := s.store.Records(ctx, refs)
	if err != nil {
		return search.Changes{}, err
	}
	ch.Documents, err = s.documents(records)
	return ch, err
}

// owned returns the other entities whose owner the content declares: who owns
// them is part of what may be asked of their documents.
func (s *Source) owned(content []byte) []catalog.Ref {
	if content == nil {
		return nil
	}
	e, err := catalog.Record{JSON: content}.Entity()
	if err != nil {
		return nil
	}
	edges, _ := s.kinds.Relations(e)
	var refs []catalog.Ref
	for _, edge := range edges {
		if edge.Type == catalog.RelationOwnedBy && edge.Source != e.Ref() {
			refs = append(refs, edge.Source)
		}
	}
	return refs
}

// documents returns the documents of entities that are there.
func (s *Source) documents(records []catalog.Record) ([]search.Document, error) {
	var docs []search.Document
	for _, rec := range records {
		if !rec.Found() {
			continue
		}
		e, err := rec.Entity()
		if err != nil {
			return nil, err
		}
		d, err := s.entity(e)
		if err != nil {
			return nil, err
		}
		docs = append(docs, d)
		operations, err := s.operations(e, d)
		if err != nil {
			return nil, err
		}
		docs = append(docs, operations...)
	}
	return docs, nil
}

// Visible asks the catalog about the entities that the hits belong to.
func (s *Source) Visible(ctx context.Context, hits []search.Hit) ([]bool, error) {
	refs := make([]catalog.Ref, 0, len(hits))
	at := map[string]int{}
	for _, h := range hits {
		if _, asked := at[h.Parent]; asked {
			continue
		}
		ref, err := catalog.ParseRef(h.Parent, catalog.Ref{})
		if err != nil {
			return nil, err
		}
		at[h.Parent] = len(refs)
		refs = append(refs, ref)
	}
	sees, err := s.guard.Sees(ctx, refs)
	if err != nil {
		return nil, err
	}
	ok := make([]bool, len(hits))
	for i, h := range hits {
		ok[i] = sees[at[h.Parent]]
	}
	return ok, nil
}
