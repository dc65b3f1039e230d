// SPDX-License-Identifier: Apache-2.0

package oncall

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/callboard/callboard/portal/search"
)

// Source lets people find rotas. It is safe for concurrent use.
type Source struct {
	store *Store
	may   Judge
	urls  URLs
}

// URLs builds links from the names of routes; *ui.UI does.
type URLs interface {
	URL(name string, pairs ...string) (string, error)
}

var _ search.Feed = (*Source)(nil)

// NewSource returns a source of the rotas in the store.
func NewSource(store *Store, may Judge, urls URLs) *Source {
	return &Source{store, may, urls}
}

// whole is the one thing that changes: the roster, of which every rota is a part.
const whole = "roster"

// Name tells the source from others.
func (s *Source) Name() string { return "oncall" }

// Version changes when documents are made in another way.
func (s *Source) Version() string { return "1" }

// Types makes rotas a group of their own among the results.
func (s *Source) Types() []search.Type {
	return []search.Type{{ID: "rota", Title: "On call", Icon: "clock", Order: 850}}
}

// List returns all rotas at once: there are few.
func (s *Source) List(ctx context.Context, _ string, _ int) (search.Listing, error) {
	docs, _, err := s.documents(ctx)
	return search.Listing{Documents: docs}, err
}

// Head is the roster's digest.
func (s *Source) Head(ctx context.Context) (string, error) {
	_, digest, err := s.documents(ctx)
	return digest, err
}

// Changes returns the roster unless it is still what it was.
func (s *Source) Changes(ctx context.Context, after string, _ int) (search.Changes, error) {
	docs, digest, err := s.documents(ctx)
	if err != nil || digest == after {
		return search.Changes{Next: after}, err
	}
	return search.Changes{Parents: []string{whole}, Documents: docs, Next: digest}, nil
}

func (s *Source) documents(ctx context.Context) (docs []search.Document, digest string, err error) {
	rotas, err := s.store.Rotas(ctx)
	if err != nil {
		return nil, "", err
	}
	page, err := s.urls.URL("oncall.rotas")
	if err != nil {
		return nil, "", err
	}
	for _, r := range rotas {
		docs = append(docs, search.Document{
			ID: r.Name, Parent: whole, Type: "rota", Title: r.Title, Names: []string{r.Name}, Hint: r.Channel,
			Keywords: append([]string{"on call", r.Channel}, r.People...), Location: page,
		})
	}
	content, err := json.Marshal(docs)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(content)
	return docs, hex.EncodeToString(sum[:12]), nil
}

// Sight is everything or nothing: no rota is more secret than another.
func (s *Source) Sight(ctx context.Context) (search.Filter, error) {
	return nil, s.may.Require(ctx, mayRead)
}

// Visible asks again when results are drawn, for a roster may have changed since.
func (s *Source) Visible(ctx context.Context, hits []search.Hit) ([]bool, error) {
	rotas, err := s.store.Rotas(ctx)
	if err != nil {
		return nil, err
	}
	known, may := rotasByName(rotas), s.may.May(ctx, mayRead)
	seen := make([]bool, len(hits))
	for i, h := range hits {
		_, there := known[h.ID]
		seen[i] = may && there
	}
	return seen, nil
}
