// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"context"
	"crypto/rand"
	"crypto/sha1" // names generated entities as the field's catalogs do; no secret depends on it
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/callboard/callboard"
)

// AddLocation registers a location and takes in what is there. Its type and
// target are needed; the ID is given by the service. A location that is
// registered already is [callboard.CodeConflict]. A target that cannot be read
// is registered all the same: it is a problem, and is tried again on schedule.
func (s *Service) AddLocation(ctx context.Context, l Location) (Registration, error) {
	l, err := s.registrable(l)
	if err != nil {
		return Registration{}, err
	}
	l.ID = newID()
	if err := s.store.AddLocation(ctx, l); err != nil {
		return Registration{}, err
	}
	if err := s.ingestRegistered(ctx, "register", []Location{l}, nil); err != nil {
		return Registration{Location: l}, err
	}
	cause := Cause{Provider: RegisteredProvider, Reason: "register", Actor: callboard.IdentityFrom(ctx).Subject}
	return Registration{Location: l}, s.follow.complete(ctx, cause, registeredEntity(l).Ref())
}

// TryLocation is [Service.AddLocation] without keeping anything: the result
// has the entities and problems found, the generated Location included.
func (s *Service) TryLocation(ctx context.Context, l Location) (Registration, error) {
	l, err := s.registrable(l)
	if err != nil {
		return Registration{}, err
	}
	reg := Registration{Location: l}
	known, err := s.store.Locations(ctx)
	if err != nil {
		return reg, err
	}
	reg.Exists = slices.ContainsFunc(known, func(k Location) bool { return k.Type == l.Type && k.Target == l.Target })
	reg.Location.ID = newID()
	res, err := s.read(ctx, l.Type, l.Target, "")
	if err != nil {
		return reg, err
	}
	reg.Entities = []*Entity{registeredEntity(l)}
	for _, item := range res.Items {
		if item.Err != nil {
			return reg, item.Err
		}
		v, err := s.Validate(ctx, item)
		if err != nil {
			return reg, err
		}
		reg.Entities = append(reg.Entities, v.Entities...)
		reg.Problems = append(reg.Problems, v.Problems...)
	}
	return reg, nil
}

// RemoveLocation unregisters the location of that ID; what only it brought
// goes away with it.
func (s *Service) RemoveLocation(ctx context.Context, id string) error {
	known, err := s.store.Locations(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(known, func(l Location) bool { return l.ID == id })
	if i < 0 {
		return coded(callboard.CodeNotFound, "no registered location %s", quote(id))
	}
	if err := s.store.RemoveLocation(ctx, id); err != nil {
		return err
	}
	if slices.ContainsFunc(s.opts.Locations, func(l Location) bool { return l.String() == known[i].String() }) {
		return nil
	}
	return s.ingestRegistered(ctx, "unregister", nil, []string{known[i].String()})
}

// String returns the location as type:target.
func (l Location) String() string { return l.Type + ":" + l.Target }

// registrable checks a location that somebody wants to register.
func (s *Service) registrable(l Location) (Location, error) {
	switch {
	case l.Type == "" || l.Target == "":
		return l, invalid("a location needs a type and a target")
	case !slices.Contains(s.opts.Registrable, l.Type):
		return l, invalid("locations of type %s cannot be registered; registrable are %v", quote(l.Type), s.opts.Registrable)
	case s.readers[l.Type] == nil:
		return l, invalid("this portal reads no locations of type %s", quote(l.Type))
	}
	resolved, err := s.readers[l.Type].Resolve("", l.Target)
	if err != nil {
		return l, err
	}
	l.Target = resolved
	return l, nil
}

// ingestRegistered brings the entities of registered locations and follows them.
func (s *Service) ingestRegistered(ctx context.Context, reason string, add []Location, remove []string) error {
	cause := Cause{Provider: RegisteredProvider, Reason: reason, Actor: callboard.IdentityFrom(ctx).Subject}
	items := make([]Item, len(add))
	for i, l := range add {
		items[i] = Item{Location: l.String(), Entities: []*Entity{registeredEntity(l)}}
	}
	r, _, err := s.update(ctx, cause, items, remove)
	if err != nil {
		return err
	}
	return s.follow.run(ctx, cause, r.locations, false)
}

// syncRegistered makes the sources of registered locations true to the list.
func (s *Service) syncRegistered(ctx context.Context) error {
	list, err := s.store.Locations(ctx)
	if err != nil {
		return err
	}
	list = append(list, s.configured(ctx)...)
	roots, _, err := s.rootsOf(ctx, RegisteredProvider)
	if err != nil {
		return err
	}
	var add []Location
	seen := map[string]bool{}
	for _, l := range list {
		if _, ok := roots[l.String()]; !ok && !seen[l.String()] {
			add = append(add, l)
		}
		seen[l.String()] = true
		delete(roots, l.String())
	}
	var remove []string
	for location := range roots {
		remove = append(remove, location)
	}
	slices.Sort(remove)
	if len(add)+len(remove) == 0 {
		return nil
	}
	return s.ingestRegistered(ctx, "recover", add, remove)
}

// configured returns the locations of the configuration, resolved.
func (s *Service) configured(ctx context.Context) []Location {
	list := make([]Location, 0, len(s.opts.Locations))
	for _, l := range s.opts.Locations {
		if r := s.readers[l.Type]; r != nil {
			target, err := r.Resolve("", l.Target)
			if err == nil {
				l.Target = target
			} else { // following it will make a problem of this
				s.log.WarnContext(ctx, "a configured location cannot be read", "location", l.String(), "error", err)
			}
		}
		list = append(list, l)
	}
	return list
}

// registeredEntity is the Location entity that stands for a registered location.
func registeredEntity(l Location) *Entity {
	return &Entity{
		APIVersion: "backstage.io/v1alpha1",
		Kind:       "Location",
		Metadata: Metadata{
			Name:      registeredName(l.String()),
			Namespace: DefaultNamespace,
			Annotations: map[string]string{
				AnnotationLocation:       l.String(),
				AnnotationOriginLocation: l.String(),
			},
		},
		Spec: map[string]any{"type": l.Type, "target": l.Target},
	}
}

func registeredName(location string) string {
	sum := sha1.Sum([]byte(location))
	return "generated-" + hex.EncodeToString(sum[:])
}

// registeredRef is the Location entity of a registered location, given as
// type:target.
func registeredRef(location string) string {
	return NewRef("Location", DefaultNamespace, registeredName(location)).String()
}

// newID returns a random UUID.
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
