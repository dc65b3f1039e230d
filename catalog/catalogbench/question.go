// SPDX-License-Identifier: Apache-2.0

package catalogbench

import (
	"context"

	"github.com/callboard/callboard/catalog"
)

// Question is something that is asked of a catalog again and again.
type Question struct {
	// Group is where it is asked: "store", "condition" (the store, by somebody who
	// sees a part), "API" or "page".
	Group string
	// Name says what is asked.
	Name string
	// Ask asks for the i-th time, about another entity each time where it is about
	// one, and returns how many were found.
	Ask func(ctx context.Context, i int) (found int, err error)
}

// Questions are what pages and clients ask of a site that was loaded.
func (s *Site) Questions(ctx context.Context) ([]Question, error) {
	queries, err := s.queries(ctx)
	if err != nil {
		return nil, err
	}
	all := append(s.lookups(), queries...)
	all = append(all, s.facets()...)
	guarded, err := s.guarded()
	if err != nil {
		return nil, err
	}
	all = append(all, guarded...)
	return append(all, s.requests()...), nil
}

// lookups ask for entities by name.
func (s *Site) lookups() []Question {
	refs := s.company.refs()
	records := func(n int) func(context.Context, int) (int, error) {
		return func(ctx context.Context, i int) (found int, err error) {
			got, err := s.Store.Records(ctx, refs[i*37%(len(refs)-n):][:n])
			for _, r := range got {
				if r.Found() {
					found++
				}
			}
			return found, err
		}
	}
	return []Question{
		{"store", "by name", records(1)},
		{"store", "by refs, 50", records(50)},
	}
}

// The conditions of the questions.
func components() catalog.Filter { return catalog.In{Field: "kind", Values: []string{"Component"}} }

func services() catalog.Filter {
	return catalog.All{components(), catalog.In{Field: "spec.type", Values: []string{"service"}}}
}

func (c *Company) ofTeam() catalog.Filter {
	return catalog.In{Field: "relations.ownedBy", Values: []string{"group:default/" + c.team(0)}}
}

// queries ask for pages of entities.
func (s *Site) queries(ctx context.Context) ([]Question, error) {
	byTitle := []catalog.Order{{Field: "metadata.title"}}
	byTitleDown := []catalog.Order{{Field: "metadata.title", Desc: true}}
	byName := []catalog.Order{{Field: "metadata.name"}}
	deep, err := s.deep(ctx, catalog.Query{Filter: components(), Order: byName})
	if err != nil {
		return nil, err
	}
	var all []Question
	for _, q := range []struct {
		name  string
		query catalog.Query
	}{
		{"page", catalog.Query{}},
		{"page of services", catalog.Query{Filter: services()}},
		{"page of services, without total", catalog.Query{Filter: services(), SkipTotal: true}},
		{"page of components by name", catalog.Query{Filter: components(), Order: byName}},
		{"page of components by name, in the middle", catalog.Query{Cursor: deep}},
		{"page of components by title", catalog.Query{Filter: components(), Order: byTitle}},
		{"page of services by title, descending", catalog.Query{Filter: services(), Order: byTitleDown}},
		{"page of what a team owns, by title", catalog.Query{Filter: s.company.ofTeam(), Order: byTitle}},
		{"text, a common word", catalog.Query{Text: &catalog.Text{Term: "invoice"}}},
		{"text, a rare word", catalog.Query{Text: &catalog.Text{Term: s.company.refs()[7].Name}}},
	} {
		all = append(all, Question{"store", q.name, func(ctx context.Context, _ int) (int, error) {
			p, err := s.Store.Query(ctx, q.query)
			return max(p.Total, len(p.Items)), err
		}})
	}
	return all, nil
}

// deep returns the cursor to the middle of what q selects.
func (s *Site) deep(ctx context.Context, q catalog.Query) (string, error) {
	q.Limit = 1
	p, err := s.Store.Query(ctx, q)
	if err != nil {
		return "", err
	}
	q.Offset = max(0, p.Total/2-1)
	p, err = s.Store.Query(ctx, q)
	return p.Next, err
}

func (s *Site) facets() []Question {
	ask := func(f catalog.Filter, fields ...string) func(context.Context, int) (int, error) {
		return func(ctx context.Context, _ int) (int, error) {
			got, err := s.Store.Facets(ctx, catalog.FacetQuery{Filter: f, Fields: fields})
			return len(got[fields[0]]), err
		}
	}
	return []Question{
		{"store", "facets: kind, type", ask(nil, "kind", "spec.type")},
		{"store", "facets of services: owner, tags, lifecycle", ask(services(), "spec.owner", "metadata.tags", "spec.lifecycle")},
	}
}

// requests ask over HTTP, without a network.
func (s *Site) requests() []Question {
	refs := s.company.refs()
	get := func(path func(i int) string) func(context.Context, int) (int, error) {
		return func(ctx context.Context, i int) (int, error) {
			_, err := s.Get(ctx, path(i))
			return 1, err
		}
	}
	fixed := func(path string) func(context.Context, int) (int, error) {
		return get(func(int) string { return path })
	}
	some := func(path func(r catalog.Ref) string) func(context.Context, int) (int, error) {
		return get(func(i int) string { return path(refs[i*37%len(refs)]) })
	}
	const api = "/api/catalog/entities"
	return []Question{
		{"API", "by-name", some(func(r catalog.Ref) string { return api + "/by-name/" + r.Kind + "/" + r.Namespace + "/" + r.Name })},
		{"API", "ancestry, two locations up", fixed(api + "/by-name/component/default/registered/ancestry")},
		{"API", "by-query, filtered", fixed(api + "/by-query?filter=kind=component,spec.type=service")},
		{"API", "by-query, filtered and sorted", fixed(api + "/by-query?filter=kind=component,spec.type=service&orderField=metadata.title,asc")},
		{"page", "/catalog", fixed("/catalog")},
		{"page", "/catalog, services", fixed("/catalog?kind=component&type=service")},
		{"page", "/catalog, by text", fixed("/catalog?q=invoice")},
		{"page", "an entity", some(func(r catalog.Ref) string { return "/catalog/" + r.Namespace + "/" + r.Kind + "/" + r.Name })},
	}
}

// refs returns references from all over the company.
func (c *Company) refs() []catalog.Ref {
	var refs []catalog.Ref
	for i := 0; i < c.n; i += max(1, c.n/2000) {
		refs = append(refs, c.Entity(i).Ref())
	}
	for len(refs) < 100 { // a very small company
		refs = append(refs, refs...)
	}
	return refs
}
