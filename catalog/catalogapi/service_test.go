// SPDX-License-Identifier: Apache-2.0

package catalogapi_test

import (
	"context"
	"fmt"
	"sync"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
)

// service is a catalog's service that reads nothing: it registers in the store,
// finds one entity at each location, and remembers what it was asked to refresh.
type service struct {
	store catalog.Store

	mu        sync.Mutex
	refreshed []string
	released  []string
}

var _ catalog.Operator = (*service)(nil)

func (s *service) AddLocation(ctx context.Context, l catalog.Location) (catalog.Registration, error) {
	l.ID = fmt.Sprintf("id-%x", l.Type+l.Target)
	return catalog.Registration{Location: l}, s.store.AddLocation(ctx, l)
}

func (s *service) TryLocation(_ context.Context, l catalog.Location) (catalog.Registration, error) {
	found := catalog.Registration{Location: l, Entities: []*catalog.Entity{catalogtest.Component("found").Entity()}}
	switch l.Target {
	case "https://git.example.com/broken.yaml":
		found.Problems = []catalog.Problem{{Severity: catalog.SeverityError, Rule: "yaml", Message: "this is no YAML",
			Remedy: "close the bracket", Location: "url:" + l.Target, Line: 3, Column: 7}}
	case "https://git.example.com/meagre.yaml":
		found.Problems = []catalog.Problem{{Severity: catalog.SeverityWarning, Rule: "owner-missing", Message: "no such owner", Location: "url:" + l.Target}}
	}
	return found, nil
}

func (s *service) RemoveLocation(ctx context.Context, id string) error {
	return s.store.RemoveLocation(ctx, id)
}

func (s *service) Explain(context.Context, catalog.Ref) (catalog.Explanation, error) {
	return catalog.Explanation{}, nil
}

func (s *service) Held(context.Context, string) ([]string, error) { return nil, nil }

func (s *service) Refresh(ctx context.Context, ref catalog.Ref) error {
	found, err := s.store.Records(ctx, []catalog.Ref{ref})
	if err != nil {
		return err
	}
	if !found[0].Found() {
		return &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no entity " + ref.String() + " to refresh"}
	}
	return s.RefreshLocation(ctx, ref.String())
}

func (s *service) RefreshLocation(_ context.Context, location string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refreshed = append(s.refreshed, location)
	return nil
}

// Validate finds fault with whatever has no letter in its name.
func (s *service) Validate(_ context.Context, item catalog.Item) (catalog.Validation, error) {
	var e catalog.Entity
	if err := e.UnmarshalJSON(item.Content); err != nil {
		return catalog.Validation{Problems: []catalog.Problem{{Severity: catalog.SeverityError, Rule: "shape",
			Message: callboard.MessageOf(err), Location: item.Location}}}, nil
	}
	if e.Metadata.Name == "" {
		return catalog.Validation{Problems: []catalog.Problem{{Severity: catalog.SeverityError, Rule: "metadata-name",
			Message: "the name is empty", Remedy: "give it one", Pointer: "/metadata/name", Location: item.Location}}}, nil
	}
	return catalog.Validation{Entities: []*catalog.Entity{&e}}, nil
}

func (s *service) Analyze(_ context.Context, l catalog.Location) (catalog.Analysis, error) {
	if l.Target == "https://git.example.com/empty" {
		return catalog.Analysis{Generated: []*catalog.Entity{catalogtest.Component("empty").Entity()}}, nil
	}
	return catalog.Analysis{Existing: []catalog.ExistingEntity{
		{Location: l, Registered: true, Entity: catalogtest.Component("found").Entity()},
	}}, nil
}

func (s *service) Status(context.Context) []catalog.ProviderStatus {
	return []catalog.ProviderStatus{
		{Name: "files", State: catalog.ProviderRunning, LastRun: start(), LastSuccess: start(), Unchanged: 3},
		{Name: "forge", State: catalog.ProviderHeld, Held: 40, Had: 50, Error: "it dropped 40 of 50 sources"},
	}
}

func (s *service) Release(_ context.Context, provider string) error {
	if provider != "forge" {
		return &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no provider " + provider}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.released = append(s.released, provider)
	return nil
}
