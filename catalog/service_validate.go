// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"context"
	slashpath "path"
	"slices"
	"strings"

	"github.com/callboard/callboard"
)

// tryProvider is the provider of sources that are only looked at.
const tryProvider = "validate"

// Validate takes the item through the whole pipeline and stores nothing. What
// is wrong with it are problems; an error is a failure to look.
func (s *Service) Validate(ctx context.Context, item Item) (Validation, error) {
	if item.Location == "" {
		item.Location = "unknown:"
	}
	in := inbound{
		key:    SourceKey{Provider: tryProvider, Location: item.Location},
		item:   item,
		origin: item.Location,
	}
	o, err := s.pipe.process(ctx, in)
	if err != nil {
		return Validation{}, err
	}
	v := Validation{Problems: o.update.Problems}
	for i := range v.Problems {
		v.Problems[i].Provider = ""
	}
	for _, c := range o.update.Claims {
		if !c.Keep {
			v.Entities = append(v.Entities, c.Entity)
			v.Relations = append(v.Relations, c.Relations...)
		}
	}
	return v, nil
}

// Analyze says what stands at a location that somebody thinks of registering:
// the entities declared there or, where the address is a repository without
// any, a Component to begin with.
func (s *Service) Analyze(ctx context.Context, l Location) (Analysis, error) {
	l, err := s.registrable(l)
	if err != nil {
		return Analysis{}, err
	}
	a, err := s.existing(ctx, l)
	if err != nil || len(a.Existing) > 0 {
		return a, err
	}
	name := repositoryName(l.Target)
	if name == "" {
		return a, nil
	}
	a.Generated = []*Entity{{
		APIVersion: "backstage.io/v1alpha1",
		Kind:       "Component",
		Metadata:   Metadata{Name: name},
		Spec:       map[string]any{"type": "other", "lifecycle": "unknown"},
	}}
	return a, nil
}

// existing returns the entities declared at a location. One that cannot be
// read as a catalog file has none.
func (s *Service) existing(ctx context.Context, l Location) (Analysis, error) {
	var a Analysis
	known, err := s.store.Locations(ctx)
	if err != nil {
		return a, err
	}
	res, err := s.read(ctx, l.Type, l.Target, "")
	if err != nil {
		return a, unlessAbsent(err)
	}
	for _, item := range res.Items {
		if item.Err != nil {
			if err := unlessAbsent(item.Err); err != nil {
				return a, err
			}
			continue
		}
		v, err := s.Validate(ctx, item)
		if err != nil {
			return a, err
		}
		at := l
		at.Type, at.Target = splitLocation(item.Location)
		registered := slices.ContainsFunc(known, func(k Location) bool { return k.Type == at.Type && k.Target == at.Target })
		for _, e := range v.Entities {
			a.Existing = append(a.Existing, ExistingEntity{Location: at, Registered: registered, Entity: e})
		}
	}
	return a, nil
}

// unlessAbsent drops an error that only says that there is no catalog file.
func unlessAbsent(err error) error {
	switch callboard.CodeOf(err) {
	case callboard.CodeNotFound, callboard.CodeInvalid:
		return nil
	}
	return err
}

// repositoryName makes an entity's name of the last part of an address.
func repositoryName(target string) string {
	_, rest, _ := strings.Cut(target, "://")
	_, rest, ok := strings.Cut(strings.TrimRight(rest, "/"), "/")
	if !ok || strings.HasSuffix(rest, ".yaml") || strings.HasSuffix(rest, ".yml") {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "/tree/")
	rest, _, _ = strings.Cut(rest, "/blob/")
	name := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, strings.ToLower(strings.TrimSuffix(slashpath.Base(rest), ".git")))
	name = strings.Trim(name, "-_.")
	return name[:min(len(name), 63)]
}
