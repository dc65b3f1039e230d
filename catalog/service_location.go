// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"context"
	"time"
)

// LocationReader reads the places that Location entities and people name.
// filecatalog reads files, urlcatalog reads URLs.
type LocationReader interface {
	// Types are the location types that it reads, such as "file".
	Types() []string
	// Resolve returns the full target that target means when it is named by
	// something read from base, a target of the same type; an empty base means
	// that a person or configuration named it. What it must not read is
	// [callboard.CodeForbidden].
	Resolve(base, target string) (string, error)
	// Read reads a resolved target. A target with wildcards gives several
	// items, in a fixed order; one without gives one. A failure to read one of
	// them is that item's Err. Nothing there is [callboard.CodeNotFound].
	Read(ctx context.Context, req ReadRequest) (ReadResult, error)
}

// ReadRequest asks a [LocationReader] for a target.
type ReadRequest struct {
	// Type and Target are the location's, the target resolved.
	Type, Target string
	// Validator is what the last read returned; empty reads in any case.
	Validator string
}

// ReadResult is what a [LocationReader] found.
type ReadResult struct {
	Items []Item
	// Validator lets the next read find out cheaply that nothing changed.
	Validator string
	// NotModified says that all is as it was when Validator was made; there
	// are no items then.
	NotModified bool
	// Next is how long the result may be used; 0 means the service's own interval.
	Next time.Duration
}

// LocationWatcher is a [LocationReader] that notices changes by itself.
type LocationWatcher interface {
	// Watch calls changed with each location, as type:target, that it has read
	// and that then changed, until ctx ends.
	Watch(ctx context.Context, changed func(location string)) error
}

// Refresher is a [Provider] that can read some of its sources anew when asked,
// by whichever replica is asked.
type Refresher interface {
	// Refresh reads the locations again and returns their items, and the
	// locations that are gone.
	Refresh(ctx context.Context, locations []string) (items []Item, removed []string, err error)
}

// Registration is a registered location with what was found there.
type Registration struct {
	Location Location
	// Exists says that the location was registered before.
	Exists bool
	// Entities are what the location declares, itself included, for a trial only.
	Entities []*Entity
	// Problems are what is wrong there, for a trial only.
	Problems []Problem
}

// Validation is what became of a source that was only looked at.
type Validation struct {
	// Entities would be taken in, in document order.
	Entities []*Entity
	// Relations are the edges that they declare.
	Relations []Edge
	Problems  []Problem
}

// Analysis is what stands at a location that somebody thinks of registering.
type Analysis struct {
	// Existing are the entities declared there.
	Existing []ExistingEntity
	// Generated are proposals where nothing is declared yet.
	Generated []*Entity
}

// ExistingEntity is an entity that a location declares.
type ExistingEntity struct {
	Location   Location
	Registered bool
	Entity     *Entity
}

// Explanation is all that is known about why an entity is as it is.
type Explanation struct {
	Record Record
	// Claims are the declarations of it, the winner first.
	Claims []ClaimInfo
	// Sources are where the claims come from, in the same order.
	Sources []Source
	// Ancestors are the Location entities that led to the winner, the nearest first.
	Ancestors []Ref
	// Problems name the entity.
	Problems []Problem
	// Deleted is set if the entity was deleted by hand or with its source.
	Deleted *DeletedEntity
}
