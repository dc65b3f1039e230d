// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/ui"
)

// offered is how many entities of one kind a choice shows.
const offered = 12

// starting is what became of the roots that were typed.
type starting struct {
	Roots []catalog.Ref
	Typed string // what the field holds
	// Wrong says which roots were not found, Offers what may be meant.
	Wrong  []string
	Offers []offer
}

// offer is a few entities to start from.
type offer struct {
	Title string
	Links []ui.Link
}

// findRoots turns what was typed into references. A name alone is looked for
// among all kinds; where several have it, they are offered.
func (w *Web) findRoots(ctx context.Context, typed []string) (starting, error) {
	var s starting
	for _, text := range typed {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		if len(s.Roots) == maxRoots {
			s.Wrong = append(s.Wrong, fmt.Sprintf("A picture has %d starts at most; the others are left out.", maxRoots))
			break
		}
		if err := w.findRoot(ctx, &s, text); err != nil {
			return s, err
		}
	}
	if len(s.Roots) > 0 {
		s.Typed = s.Roots[0].String()
	}
	return s, nil
}

func (w *Web) findRoot(ctx context.Context, s *starting, text string) error {
	name := text
	if strings.ContainsAny(text, ":/") {
		ref, err := catalog.ParseRef(text, catalog.Ref{Kind: "component"})
		if err != nil {
			s.Typed = text
			s.Wrong = append(s.Wrong, callboard.MessageOf(err))
			return nil
		}
		n, err := w.names(ctx, ref)
		if err != nil {
			return err
		}
		if !n.missing(ref) {
			s.Roots = append(s.Roots, ref)
			return nil
		}
		name = ref.Name
	}
	found, err := w.likeName(ctx, name)
	if err != nil {
		return err
	}
	var exact []*catalog.Entity
	for _, e := range found {
		if name == text && (strings.EqualFold(e.Metadata.Name, name) || strings.EqualFold(e.DisplayName(), name)) {
			exact = append(exact, e)
		}
	}
	if len(exact) == 1 {
		s.Roots = append(s.Roots, exact[0].Ref())
		return nil
	}
	s.Typed = text
	if len(exact) > 1 {
		s.Wrong = append(s.Wrong, fmt.Sprintf("%d entities are called %q; choose one.", len(exact), text))
		found = exact
	} else {
		s.Wrong = append(s.Wrong, fmt.Sprintf("There is no entity %q.", text))
	}
	s.Offers = append(s.Offers, w.offer("Did you mean", found))
	return nil
}

// likeName returns entities whose name or title has the text in it.
func (w *Web) likeName(ctx context.Context, text string) ([]*catalog.Entity, error) {
	p, err := w.store.Query(ctx, catalog.Query{
		Text:  &catalog.Text{Term: text, Fields: []string{"metadata.name", "metadata.title", "spec.profile.displayname"}},
		Order: []catalog.Order{{Field: "metadata.name"}}, Limit: 50, SkipTotal: true,
	})
	if err != nil {
		return nil, err
	}
	return decodeAll(p.Items)
}

func (w *Web) offer(title string, entities []*catalog.Entity) offer {
	o := offer{Title: title}
	for _, e := range entities[:min(len(entities), offered)] {
		o.Links = append(o.Links, ui.Link{
			Title: e.DisplayName() + " · " + w.kindTitle(e.Ref().Kind),
			URL:   w.exploreURL(exploreState{Roots: []catalog.Ref{e.Ref()}, Depth: exploreDepth}),
		})
	}
	return o
}

// exploreStart offers what to start from: what was perhaps meant, then domains
// and systems, or components where there are neither.
func (w *Web) exploreStart(rw http.ResponseWriter, r *http.Request, page explorePage) error {
	page.Lead = "How services, APIs, resources, systems and teams hang together."
	for _, kind := range []string{"domain", "system", "component"} {
		if kind == "component" && len(page.Offers) > 0 {
			break
		}
		p, err := w.store.Query(r.Context(), catalog.Query{
			Filter: catalog.In{Field: "kind", Values: []string{kind}},
			Order:  []catalog.Order{{Field: "metadata.name"}}, Limit: offered, SkipTotal: true,
		})
		if err != nil {
			return err
		}
		entities, err := decodeAll(p.Items)
		if err != nil {
			return err
		}
		if len(entities) > 0 {
			o := w.offer(w.kindTitle(kind)+"s", entities)
			for i, e := range entities {
				o.Links[i].Title = e.DisplayName()
			}
			page.Offers = append(page.Offers, o)
		}
	}
	page.Empty = &ui.Empty{Icon: "graph", Title: "Choose where to start", Text: "The picture grows from one entity along its relations. Type its name, or take one of these."}
	if len(page.Offers) == 0 {
		page.Empty = &ui.Empty{Icon: "graph", Title: "Nothing to draw yet", Text: "The catalog has no entities. Register a location that declares some.", Action: &ui.Action{Label: "Locations", URL: w.url("catalog.locations")}}
	}
	return w.pages.Page(rw, r, "explore.html", page)
}
