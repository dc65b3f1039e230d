// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/ui"
)

// homeRows is how many entities a card of the home page lists.
const homeRows = 8

// homeCards are the catalog's boxes on the home page. Some are for people who
// said who they are, and some for the others.
func homeCards() []func(*Web) module.HomeCard {
	return []func(*Web) module.HomeCard{
		func(w *Web) module.HomeCard {
			return module.HomeCard{ID: "catalog.browse", Title: "In the catalog", Order: 50, Width: 12, Render: forGuests(w.browseCard)}
		},
		func(w *Web) module.HomeCard {
			return module.HomeCard{ID: "catalog.owned", Title: "What you own", Order: 100, Width: 8, Flush: true, More: w.allOwned, Render: forPeople(w.ownedCard)}
		},
		func(w *Web) module.HomeCard {
			return module.HomeCard{ID: "catalog.myproblems", Title: "Problems of yours", Order: 200, Width: 4, Render: forPeople(w.myProblemsCard)}
		},
		func(w *Web) module.HomeCard {
			return module.HomeCard{ID: "catalog.changes", Title: "Recent changes", Order: 300, Width: 8, Flush: true, Render: w.changesCard}
		},
		func(w *Web) module.HomeCard {
			return module.HomeCard{ID: "catalog.problems", Title: "Problems", Order: 350, Width: 4, Render: forGuests(w.allProblemsCard)}
		},
		func(w *Web) module.HomeCard {
			return module.HomeCard{ID: "catalog.teams", Title: "Your teams", Order: 400, Width: 4, Render: forPeople(w.teamsCard)}
		},
		func(w *Web) module.HomeCard {
			return module.HomeCard{ID: "catalog.starred", Title: "Starred", Order: 500, Width: 4, Render: w.starredCard}
		},
		func(w *Web) module.HomeCard {
			return module.HomeCard{ID: "catalog.counts", Title: "In the catalog", Order: 600, Width: 4, Render: forPeople(w.countsCard)}
		},
	}
}

// HomeCards returns the catalog's boxes on the home page.
func (w *Web) HomeCards() []module.HomeCard {
	var cards []module.HomeCard
	for _, card := range homeCards() {
		cards = append(cards, card(w))
	}
	return cards
}

// HomeLead returns the catalog's sentence on the home page.
func (w *Web) HomeLead() module.HomeLead {
	return module.HomeLead{ID: "catalog.lead", Order: 100, Text: w.homeLead}
}

type renderFunc = func(*http.Request) (template.HTML, error)

// forPeople leaves the card out where nobody said who they are.
func forPeople(render renderFunc) renderFunc {
	return func(r *http.Request) (template.HTML, error) {
		if !callboard.IdentityFrom(r.Context()).SignedIn() {
			return "", nil
		}
		return render(r)
	}
}

// forGuests leaves the card out where somebody said who they are.
func forGuests(render renderFunc) renderFunc {
	return func(r *http.Request) (template.HTML, error) {
		if callboard.IdentityFrom(r.Context()).SignedIn() {
			return "", nil
		}
		return render(r)
	}
}

// homeLead says in a sentence what the page will be about.
func (w *Web) homeLead(r *http.Request) (string, error) {
	id := callboard.IdentityFrom(r.Context())
	var filter catalog.Filter
	if id.SignedIn() {
		filter = ownedBy(id)
	}
	kinds, err := w.kindCounts(r.Context(), filter)
	if err != nil {
		return "", err
	}
	total := 0
	for _, k := range kinds {
		total += k.Count
	}
	switch {
	case !id.SignedIn():
		return fmt.Sprintf("%s and how they belong together.", count(total, "entity", "entities")), nil
	case total == 0:
		return "You and your teams own nothing in the catalog yet.", nil
	}
	_, wrong, err := w.problemsToTell(r.Context(), catalog.ProblemQuery{Owners: id.Owns, Limit: 1})
	if err != nil {
		return "", err
	}
	lead := fmt.Sprintf("You and your teams own %s.", count(total, "entity", "entities"))
	if wrong > 0 {
		lead += fmt.Sprintf(" %s to mend.", count(wrong, "problem", "problems"))
	}
	return lead, nil
}

// ownedBy holds for what the reader owns, directly or through groups.
func ownedBy(id callboard.Identity) catalog.Filter {
	return catalog.In{Field: "relations." + catalog.RelationOwnedBy, Values: id.Owns}
}

func (w *Web) allOwned(*http.Request) module.Link {
	return module.Link{Title: "All", URL: withQuery(w.url("catalog.list"), listState{View: viewOwned}.values())}
}

// ownedPage is the body of the card of what the reader owns.
type ownedPage struct {
	Kinds []kindCount
	Table ui.Table
	Empty *ui.Empty
}

// ownedCard lists what the reader owns, components before the rest, each with
// its problems.
func (w *Web) ownedCard(r *http.Request) (template.HTML, error) {
	ctx, id := r.Context(), callboard.IdentityFrom(r.Context())
	entities, err := w.ownedEntities(ctx, id)
	if err != nil {
		return "", err
	}
	body := ownedPage{Table: ui.Table{Caption: "What you own", Columns: []ui.Column{{Title: "Name"}, {Title: "Kind"}, {Title: "Owner"}, {Title: "State"}}}}
	if len(entities) == 0 {
		body.Empty = &ui.Empty{Icon: "users", Title: "You own nothing yet", Text: "An entity belongs to you if its spec.owner names you or a group of yours."}
		return w.pages.Fragment(r, "homeowned.html", body)
	}
	if body.Kinds, err = w.kindCounts(ctx, ownedBy(id)); err != nil {
		return "", err
	}
	for i, k := range body.Kinds {
		q := listState{View: viewOwned, Facets: map[string][]string{"kind": {k.Kind}}}.values()
		body.Kinds[i].URL = withQuery(w.url("catalog.list"), q)
	}
	problems, err := w.problemsByEntity(ctx, id)
	if err != nil {
		return "", err
	}
	n, err := w.columnNames(ctx, columns(), entities)
	if err != nil {
		return "", err
	}
	for _, e := range entities {
		state := w.stateCell(e, problems[e.Ref().String()])
		body.Table.Rows = append(body.Table.Rows, ui.Row{Cells: []ui.Cell{
			nameCell(w, n, e), {Text: w.kindTitle(e.Kind), Sub: e.Type()}, refCell(owners)(w, n, e), state,
		}})
	}
	return w.pages.Fragment(r, "homeowned.html", body)
}

// ownedEntities returns the first things that the reader owns: what runs, and
// then the rest.
func (w *Web) ownedEntities(ctx context.Context, id callboard.Identity) ([]*catalog.Entity, error) {
	component := catalog.In{Field: "kind", Values: []string{"component"}}
	var all []*catalog.Entity
	for _, which := range []catalog.Filter{component, catalog.Not{Filter: component}} {
		if len(all) == homeRows {
			break
		}
		page, err := w.store.Query(ctx, catalog.Query{
			Filter: catalog.All{ownedBy(id), which}, Limit: homeRows - len(all), SkipTotal: true,
			Order: []catalog.Order{{Field: "kind"}, {Field: "metadata.name"}},
		})
		if err != nil {
			return nil, err
		}
		entities, err := decodeAll(page.Items)
		if err != nil {
			return nil, err
		}
		all = append(all, entities...)
	}
	return all, nil
}

// problemsCounted bounds how many problems are looked at to count them by entity.
const problemsCounted = 200

// problemsByEntity groups the problems of what the reader owns by reference.
func (w *Web) problemsByEntity(ctx context.Context, id callboard.Identity) (map[string][]catalog.Problem, error) {
	problems, _, err := w.problemsToTell(ctx, catalog.ProblemQuery{Owners: id.Owns, Limit: problemsCounted})
	if err != nil {
		return nil, err
	}
	by := map[string][]catalog.Problem{}
	for _, p := range problems {
		by[p.Entity] = append(by[p.Entity], p)
	}
	return by, nil
}

// stateCell says how the entity is: its problems, or its lifecycle.
func (w *Web) stateCell(e *catalog.Entity, problems []catalog.Problem) ui.Cell {
	if len(problems) == 0 {
		if e.Lifecycle() == "" {
			return ui.Cell{}
		}
		chip := lifecycleChip(e.Lifecycle())
		return ui.Cell{Chip: &chip}
	}
	chip := ui.Chip{Tone: ui.Warn, Text: count(len(problems), "problem", "problems"), URL: w.entityURL(e.Ref())}
	if slices.ContainsFunc(problems, func(p catalog.Problem) bool { return p.Severity == catalog.SeverityError }) {
		chip.Tone = ui.Bad
	}
	return ui.Cell{Chip: &chip}
}

// kindCount is how many entities of a kind there are.
type kindCount struct {
	Kind, Title, Icon, URL string
	Count                  int
}

// kindCounts counts the entities that match by kind, the most frequent first.
func (w *Web) kindCounts(ctx context.Context, filter catalog.Filter) ([]kindCount, error) {
	found, err := w.store.Facets(ctx, catalog.FacetQuery{Filter: filter, Fields: []string{"kind"}})
	if err != nil {
		return nil, err
	}
	var all []kindCount
	for _, b := range found["kind"] {
		q := listState{Facets: map[string][]string{"kind": {b.Value}}}.values()
		all = append(all, kindCount{
			Kind: b.Value, Title: w.kindPlural(b.Value, b.Count), Icon: ui.IconName(w.kindIcon(b.Value)),
			Count: b.Count, URL: withQuery(w.url("catalog.list"), q),
		})
	}
	slices.SortStableFunc(all, func(a, b kindCount) int { return cmp.Compare(b.Count, a.Count) })
	return all, nil
}

// kindPlural is what n entities of the kind are called.
func (w *Web) kindPlural(kind string, n int) string {
	if k, ok := w.kinds.Kind(strings.ToLower(kind)); ok && n != 1 && k.Plural != "" {
		return k.Plural
	}
	return w.kindTitle(kind)
}
