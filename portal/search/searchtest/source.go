// SPDX-License-Identifier: Apache-2.0

// Package searchtest has the conformance suite of search indexes, and a source
// to test with:
//
//	func TestIndex(t *testing.T) {
//		sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
//			searchtest.TestIndex(t, func(tb testing.TB) search.Index { … })
//		})
//	}
package searchtest

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/search"
)

// Source is a source in memory with a feed. A document whose ID begins with
// "secret" is for callers who are signed in; who is called nobody sees nothing.
// It is safe for concurrent use.
type Source struct {
	mu      sync.Mutex
	version string
	docs    map[string][]search.Document // by parent
	log     []string                     // parents that changed
}

var _ search.Feed = (*Source)(nil)

// NewSource returns a source of documents.
func NewSource(docs ...search.Document) *Source {
	s := &Source{docs: map[string][]search.Document{}, version: "1"}
	for _, d := range docs {
		d = complete(d)
		s.docs[d.Parent] = append(s.docs[d.Parent], d)
	}
	return s
}

func complete(d search.Document) search.Document {
	if d.Parent == "" {
		d.Parent = d.ID
	}
	if d.Type == "" {
		d.Type = "thing"
	}
	if d.Location == "" {
		d.Location = "/things/" + d.ID
	}
	level := "open"
	if strings.HasPrefix(d.ID, "secret") {
		level = "secret"
	}
	d.Guards = append(slices.Clone(d.Guards), search.Fact{Field: "level", Value: level})
	return d
}

// Put replaces the documents of a parent; none removes it.
func (s *Source) Put(parent string, docs ...search.Document) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.docs, parent)
	for _, d := range docs {
		d.Parent = parent
		s.docs[parent] = append(s.docs[parent], complete(d))
	}
	s.log = append(s.log, parent)
}

// SetVersion has everything taken in anew.
func (s *Source) SetVersion(v string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version = v
}

// Forget drops documents without telling: as a source does that lost its feed.
func (s *Source) Forget(parent string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.docs, parent)
}

// Name returns "test".
func (s *Source) Name() string { return "test" }

// Version is what SetVersion said.
func (s *Source) Version() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// Types are things and people.
func (s *Source) Types() []search.Type {
	return []search.Type{
		{ID: "thing", Title: "Things", Icon: "box", Also: "software-catalog", Order: 100},
		{ID: "person", Title: "People", Icon: "user", Also: "software-catalog", Order: 200},
	}
}

// List returns documents in order of parent.
func (s *Source) List(ctx context.Context, after string, limit int) (search.Listing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	parents := make([]string, 0, len(s.docs))
	for p := range s.docs {
		if p > after {
			parents = append(parents, p)
		}
	}
	slices.Sort(parents)
	var l search.Listing
	for i, p := range parents {
		if len(l.Documents) >= limit {
			l.Next = parents[i-1]
			break
		}
		l.Documents = append(l.Documents, s.docs[p]...)
	}
	return l, ctx.Err()
}

// Head is the number of changes.
func (s *Source) Head(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strconv.Itoa(len(s.log)), nil
}

// Changes returns what Put replaced.
func (s *Source) Changes(_ context.Context, after string, limit int) (search.Changes, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, err := strconv.Atoi(after)
	if err != nil {
		return search.Changes{}, err
	}
	from = min(from, len(s.log))
	to := min(len(s.log), from+limit)
	ch := search.Changes{Next: strconv.Itoa(to), More: to < len(s.log)}
	for _, p := range s.log[from:to] {
		if !slices.Contains(ch.Parents, p) {
			ch.Parents = append(ch.Parents, p)
			ch.Documents = append(ch.Documents, s.docs[p]...)
		}
	}
	return ch, nil
}

// Sight is what is open, for callers who are not signed in.
func (s *Source) Sight(ctx context.Context) (search.Filter, error) {
	id := callboard.IdentityFrom(ctx)
	switch {
	case id.Subject == "nobody":
		return nil, &callboard.Error{Code: callboard.CodeForbidden, Message: "not you"}
	case id.SignedIn():
		return nil, nil
	}
	return search.Has{Field: "level", Value: "open"}, nil
}

// Visible holds for what is there and open.
func (s *Source) Visible(ctx context.Context, hits []search.Hit) ([]bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ok := make([]bool, len(hits))
	for i, h := range hits {
		there := slices.ContainsFunc(s.docs[h.Parent], func(d search.Document) bool { return d.ID == h.ID })
		ok[i] = there && (callboard.IdentityFrom(ctx).SignedIn() || !strings.HasPrefix(h.ID, "secret"))
	}
	return ok, nil
}
