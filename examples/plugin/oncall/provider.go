// SPDX-License-Identifier: Apache-2.0

package oncall

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"strings"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/events"
)

// rotaType is the spec.type of the entities that the provider brings, and
// rotaPrefix begins their names.
const (
	rotaType   = "on-call-rota"
	rotaPrefix = "on-call-"
)

// entityName returns the name of the entity of a rota.
func entityName(rota string) string { return rotaPrefix + rota }

// rotaRef returns the reference of the entity of a rota.
func rotaRef(rota string) catalog.Ref { return catalog.NewRef("resource", "", entityName(rota)) }

// Provider brings a Resource for each rota, owned by the rota's team. It
// passes catalogtest.TestProvider.
type Provider struct {
	store *Store
	bus   events.Bus
}

var _ catalog.Provider = (*Provider)(nil)

// NewProvider returns a provider over the store.
func NewProvider(store *Store, bus events.Bus) *Provider { return &Provider{store, bus} }

// Name keys all that the provider brought, so it never changes.
func (p *Provider) Name() string { return "oncall" }

// Run delivers everything once, so that the catalog drops what went while
// nobody looked, and from then on only what changes.
func (p *Provider) Run(ctx context.Context, sink catalog.Sink) error {
	// Listen first and read then, so that nothing falls between.
	news := changed.Subscribe(p.bus, 1)
	defer news.Close()
	served, err := p.store.Rotas(ctx)
	if err == nil {
		err = sink.Replace(ctx, items(served))
	}
	for err == nil {
		if _, err = news.Next(ctx); err == nil {
			served, err = p.update(ctx, sink, served)
		}
	}
	if ctx.Err() != nil {
		return nil // the end is no failure
	}
	return err // shown on the page of providers, and Run is called again
}

// update delivers what differs from what is served.
func (p *Provider) update(ctx context.Context, sink catalog.Sink, served []Rota) ([]Rota, error) {
	now, err := p.store.Rotas(ctx)
	if err != nil {
		return nil, err
	}
	before, after := rotasByName(served), rotasByName(now)
	var altered []catalog.Item
	var removed []string
	for _, r := range now {
		if !reflect.DeepEqual(before[r.Name], r) {
			altered = append(altered, item(r))
		}
	}
	for _, r := range served {
		if _, stays := after[r.Name]; !stays {
			removed = append(removed, location(r))
		}
	}
	if len(altered)+len(removed) == 0 {
		return now, nil
	}
	return now, sink.Update(ctx, altered, removed)
}

func items(rotas []Rota) iter.Seq2[catalog.Item, error] {
	return func(yield func(catalog.Item, error) bool) {
		for _, r := range rotas {
			if !yield(item(r), nil) {
				return
			}
		}
	}
}

// location says where an entity is from, as type:target. It is the unit of an
// update.
func location(r Rota) string { return "oncall:" + r.Name }

func item(r Rota) catalog.Item {
	return catalog.Item{Location: location(r), Entities: []*catalog.Entity{{
		APIVersion: "backstage.io/v1alpha1",
		Kind:       "Resource",
		Metadata: catalog.Metadata{
			Name:        entityName(r.Name),
			Title:       r.Title + " on call",
			Description: fmt.Sprintf("%s take turns of %s, in %s.", strings.Join(r.People, ", "), turnWords(r.Shift), r.Channel),
		},
		Spec: map[string]any{"type": rotaType, "owner": "group:" + r.Team},
	}}}
}
