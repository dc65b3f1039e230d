// SPDX-License-Identifier: Apache-2.0

// Package catalogintegration shows the integrations of portal/integration on
// entities of the catalog: each one that is configured is a card or a tab of
// the entities that it is for, with buttons for its actions. An action is asked
// for on a page of its own, which works without scripts, needs the permission
// integration.action.run about the entity, and is in the audit log.
//
//	portal.Main(integration.Package(), catalogintegration.Package(), …)
//
// The engine knows no catalog; this package turns entities into its subjects.
package catalogintegration

import (
	"cmp"
	"html/template"
	"maps"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/integration"
	"github.com/callboard/callboard/portal/ui"
)

// The places of integrations among the slots of the entity page.
const (
	firstCard = 500
	firstTab  = 500
)

// Subject returns the entity as integrations know it. The entity must not be
// changed as long as the subject is used.
func Subject(e *catalog.Entity) integration.Subject {
	return integration.Subject{
		Ref: e.Ref().String(), Kind: e.Kind, Annotations: e.Metadata.Annotations,
		Tree: func() map[string]any { return tree(e) },
	}
}

// tree is the entity as JSON values; it shares the spec.
func tree(e *catalog.Entity) map[string]any {
	metadata := map[string]any{}
	maps.Copy(metadata, e.Metadata.Extra)
	tags := make([]any, len(e.Metadata.Tags))
	for i, t := range e.Metadata.Tags {
		tags[i] = t
	}
	links := make([]any, len(e.Metadata.Links))
	for i, l := range e.Metadata.Links {
		links[i] = map[string]any{"url": l.URL, "title": l.Title, "icon": l.Icon, "type": l.Type}
	}
	maps.Copy(metadata, map[string]any{
		"name": e.Metadata.Name, "namespace": e.Ref().Namespace, "title": e.Metadata.Title, "description": e.Metadata.Description,
		"labels": texts(e.Metadata.Labels), "annotations": texts(e.Metadata.Annotations), "tags": tags, "links": links,
	})
	spec := e.Spec
	if spec == nil {
		spec = map[string]any{}
	}
	return map[string]any{"apiVersion": e.APIVersion, "kind": e.Kind, "metadata": metadata, "spec": spec}
}

func texts(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for name, v := range m {
		out[name] = v
	}
	return out
}

// slots are the cards and tabs of what is configured.
func (w *Web) slots() entitypage.Slots {
	var s entitypage.Slots
	for n, i := range w.engine.Instances() {
		matches := func(e *catalog.Entity) bool { return w.engine.Applies(i.ID, Subject(e)) }
		render := func(req entitypage.Request) (template.HTML, error) { return w.draw(req, i.ID) }
		title := i.Definition.Title
		if i.ID != i.Definition.ID {
			title += " (" + i.ID + ")"
		}
		switch i.Definition.As {
		case "search":
		case "tab":
			s.Tabs = append(s.Tabs, entitypage.Tab{ID: i.ID, Title: title, Order: firstTab + n, For: matches, Render: render})
		default:
			s.Cards = append(s.Cards, entitypage.Card{
				ID: "integration." + i.ID, Title: title, Order: firstCard + n, Width: cmp.Or(i.Definition.Width, defaultWidth), For: matches, Render: render,
			})
		}
	}
	return s
}

// defaultWidth is half of the page.
const defaultWidth = 6

// draw draws a card or a tab.
func (w *Web) draw(req entitypage.Request, id string) (template.HTML, error) {
	ctx := req.HTTP.Context()
	out, err := w.engine.Load(ctx, id, Subject(req.Entity))
	if err != nil {
		return "", err
	}
	var buttons []ui.Action
	if actions := w.engine.Actions(id); len(actions) > 0 && w.judge.May(ctx, integration.RunAction, req.Entity) {
		for _, a := range actions {
			buttons = append(buttons, ui.Action{Label: a.Title, Icon: a.Icon, URL: w.runURL(id, a.Name, req.Entity.Ref())})
		}
	}
	return w.drawer.Draw(req.HTTP, out, buttons)
}
