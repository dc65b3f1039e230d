// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"cmp"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/ui"
	"github.com/callboard/callboard/portal/ui/graph"
)

// cardBudget is how many entities the small picture of relations shows.
const cardBudget = 12

// ownCards are the built-in cards of the overview.
func (w *Web) ownCards() []entitypage.Card {
	cards := []entitypage.Card{
		{ID: "catalog.status", Title: "Status", Order: 50, Width: 12, For: hasStatus, Render: w.statusCard},
		{ID: "catalog.problems", Title: "Problems", Order: 60, Width: 12, Render: w.problemsCard},
		{ID: "catalog.about", Title: "About", Order: 100, Width: 4, More: editLink, Render: w.aboutCard},
		{ID: "catalog.graph", Title: "Relations", Order: 200, Width: 8, More: w.exploreLink, Render: w.graphCard},
	}
	for i, r := range relatedCards() {
		cards = append(cards, entitypage.Card{
			ID: r.id, Title: r.title, Order: 300 + 10*i, Width: r.width, Flush: true,
			For: func(e *catalog.Entity) bool { return r.matches(e) },
			Render: func(req entitypage.Request) (template.HTML, error) {
				return w.relatedCard(req, r)
			},
		})
	}
	return cards
}

// related is a card that lists the other ends of some relations.
type related struct {
	id, title string
	width     int
	relations []string
	kinds     []string // of the other end; empty is any
	on        []string // kinds of the page's entity
}

func relatedCards() []related {
	return []related{
		{"catalog.members", "Members", 6, []string{"hasMember"}, nil, []string{"group"}},
		{"catalog.subgroups", "Groups below", 6, []string{"parentOf"}, nil, []string{"group"}},
		{"catalog.groups", "Member of", 6, []string{"memberOf"}, nil, []string{"user"}},
		{"catalog.owned", "Owns", 12, []string{"ownerOf"}, nil, []string{"group", "user"}},
		{"catalog.systems", "Systems", 6, []string{"hasPart"}, []string{"system", "domain"}, []string{"domain"}},
		{"catalog.components", "Components", 6, []string{"hasPart"}, []string{"component"}, []string{"system", "component"}},
		{"catalog.apis", "APIs", 6, []string{"hasPart"}, []string{"api"}, []string{"system"}},
		{"catalog.resources", "Resources", 6, []string{"hasPart"}, []string{"resource"}, []string{"system"}},
		{"catalog.provides", "Provides APIs", 6, []string{"providesApi"}, nil, []string{"component"}},
		{"catalog.consumes", "Consumes APIs", 6, []string{"consumesApi"}, nil, []string{"component"}},
		{"catalog.depends", "Depends on", 6, []string{"dependsOn"}, nil, []string{"component", "resource"}},
		{"catalog.dependents", "Needed by", 6, []string{"dependencyOf"}, nil, []string{"component", "resource"}},
		{"catalog.providers", "Provided by", 6, []string{"apiProvidedBy"}, nil, []string{"api"}},
		{"catalog.consumers", "Consumed by", 6, []string{"apiConsumedBy"}, nil, []string{"api"}},
	}
}

func (r related) matches(e *catalog.Entity) bool {
	return slices.Contains(r.on, e.Ref().Kind) && len(r.targets(e)) > 0
}

func (r related) targets(e *catalog.Entity) []catalog.Ref {
	var refs []catalog.Ref
	for _, rel := range e.Relations {
		if slices.Contains(r.relations, rel.Type) && (len(r.kinds) == 0 || slices.Contains(r.kinds, rel.Target.Kind)) {
			refs = append(refs, rel.Target)
		}
	}
	return refs
}

// relatedRows is how many rows a card of relations shows.
const relatedRows = 15

// relatedPage is the body of a card of relations.
type relatedPage struct {
	Table ui.Table
	More  ui.Link
}

func (w *Web) relatedCard(req entitypage.Request, r related) (template.HTML, error) {
	targets := r.targets(req.Entity)
	shown := targets[:min(len(targets), relatedRows)]
	n, err := w.names(req.HTTP.Context(), shown...)
	if err != nil {
		return "", err
	}
	body := relatedPage{Table: ui.Table{Caption: r.title, Columns: []ui.Column{{Title: "Name"}, {Title: "Kind"}, {Title: "Lifecycle"}}}}
	for _, ref := range shown {
		body.Table.Rows = append(body.Table.Rows, w.relatedRow(n, ref))
	}
	if len(targets) > len(shown) {
		body.More = ui.Link{Title: fmt.Sprintf("All %d", len(targets)), URL: w.tabURL(req.Entity.Ref(), "relations")}
	}
	return w.pages.Fragment(req.HTTP, "related.html", body)
}

func (w *Web) relatedRow(n names, ref catalog.Ref) ui.Row {
	e := n[ref]
	if e == nil {
		chip := ui.Chip{Tone: ui.Warn, Text: "does not exist"}
		return ui.Row{Cells: []ui.Cell{{Text: n.title(ref)}, {Text: w.kindTitle(ref.Kind), Quiet: true}, {Chip: &chip}}}
	}
	row := ui.Row{Cells: []ui.Cell{nameCell(w, n, e), {Text: w.kindTitle(e.Kind), Sub: e.Type()}, {}}}
	if e.Lifecycle() != "" {
		chip := lifecycleChip(e.Lifecycle())
		row.Cells[2].Chip = &chip
	}
	return row
}

// safeLinks leaves out what a browser would run instead of open; validation
// refuses such links, but a provider may have been laxer once.
func safeLinks(links []catalog.Link) []catalog.Link {
	return slices.DeleteFunc(slices.Clone(links), func(l catalog.Link) bool { return !webURL(l.URL) })
}

func webURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && slices.Contains([]string{"https", "http", "mailto"}, strings.ToLower(u.Scheme))
}

// aboutCard is what the entity says about itself.
func (w *Web) aboutCard(req entitypage.Request) (template.HTML, error) {
	e := req.Entity
	n, err := w.names(req.HTTP.Context(), append(owners(e), systems(e)...)...)
	if err != nil {
		return "", err
	}
	kv := ui.KV{{Label: "Reference", Text: e.Ref().String(), Mono: true, Copy: true}}
	links := func(label string, refs []catalog.Ref) {
		item := ui.KVItem{Label: label}
		for _, r := range refs {
			item.Links = append(item.Links, w.link(n, r))
		}
		if len(refs) > 0 {
			kv = append(kv, item)
		}
	}
	text := func(label, value string) {
		if value != "" {
			kv = append(kv, ui.KVItem{Label: label, Text: value})
		}
	}
	links("Owner", owners(e))
	links("Part of", systems(e))
	text("Type", e.Type())
	text("Lifecycle", e.Lifecycle())
	if profile, ok := e.Spec["profile"].(map[string]any); ok {
		if mail, ok := profile["email"].(string); ok && mail != "" {
			kv = append(kv, ui.KVItem{Label: "E-mail", Text: mail, URL: "mailto:" + mail})
		}
	}
	kv = append(append(kv, w.metadataItems(e)...), sourceItems(e)...)
	return w.pages.Fragment(req.HTTP, "kv.html", kv)
}

// metadataItems are the tags and links.
func (w *Web) metadataItems(e *catalog.Entity) (items []ui.KVItem) {
	if len(e.Metadata.Tags) > 0 {
		item := ui.KVItem{Label: "Tags"}
		for _, tag := range e.Metadata.Tags {
			q := listState{Facets: map[string][]string{"tag": {tag}}}.values()
			item.Chips = append(item.Chips, ui.Chip{Text: tag, URL: withQuery(w.url("catalog.list"), q)})
		}
		items = append(items, item)
	}
	if links := safeLinks(e.Metadata.Links); len(links) > 0 {
		item := ui.KVItem{Label: "Links"}
		for _, l := range links {
			item.Links = append(item.Links, ui.Link{Title: cmp.Or(l.Title, l.URL), URL: l.URL})
		}
		items = append(items, item)
	}
	return items
}

// sourceItems says where the entity is declared.
func sourceItems(e *catalog.Entity) []ui.KVItem {
	var items []ui.KVItem
	if location := e.Annotation("backstage.io/managed-by-location"); location != "" {
		item := ui.KVItem{Label: "Declared in", Text: location, Mono: true, Copy: true}
		if view := e.Annotation("backstage.io/view-url"); webURL(view) {
			item.URL = view
		}
		items = append(items, item)
	}
	return items
}

// editLink leads to where the entity's source can be edited.
func editLink(req entitypage.Request) ui.Link {
	if edit := req.Entity.Annotation("backstage.io/edit-url"); webURL(edit) {
		return ui.Link{Title: "Edit source", URL: edit}
	}
	return ui.Link{}
}

// exploreLink leads to the large picture.
func (w *Web) exploreLink(req entitypage.Request) ui.Link {
	return ui.Link{Title: "Explore", URL: w.exploreURL(exploreState{Roots: []catalog.Ref{req.Entity.Ref()}, Depth: exploreDepth})}
}

// graphCard is a small picture of what the entity is related to.
func (w *Web) graphCard(req entitypage.Request) (template.HTML, error) {
	ref := req.Entity.Ref()
	n, err := w.neighbours(req.HTTP.Context(), walk{Roots: []catalog.Ref{ref}, Depth: 1, Budget: cardBudget, Star: true})
	if err != nil {
		return "", err
	}
	drawing := w.picture(n, "Relations of "+req.Entity.DisplayName(), []catalog.Ref{ref}, graph.Options{}, w.entityURL)
	return w.pages.Fragment(req.HTTP, "graph.html", struct {
		Picture template.HTML
		Alone   bool
	}{drawing.SVG(), len(n.Edges) == 0})
}

func hasStatus(e *catalog.Entity) bool { return e.Status != nil && len(e.Status.Items) > 0 }

func (w *Web) statusCard(req entitypage.Request) (template.HTML, error) {
	var notices []ui.Notice
	for _, item := range req.Entity.Status.Items {
		tone := map[string]ui.Tone{"error": ui.Bad, "warning": ui.Warn}[item.Level]
		notices = append(notices, ui.Notice{Tone: tone, Title: item.Type, Text: item.Message})
	}
	return w.pages.Fragment(req.HTTP, "notices.html", notices)
}
