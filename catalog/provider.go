// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"context"
	"iter"
)

// Provider brings entities into the catalog. Implementations pass
// [github.com/callboard/callboard/catalog/catalogtest.TestProvider].
type Provider interface {
	// Name is unique within the portal and stays the same between versions: it
	// keys all that the provider brought.
	Name() string
	// Run delivers to the sink until ctx ends, then returns nil. An error, or a
	// panic, is recorded and shown, and Run is called again after a pause that
	// grows; what was delivered stays.
	Run(ctx context.Context, sink Sink) error
}

// Sink takes what a provider delivers. Calls block until the change is stored.
type Sink interface {
	// Replace delivers everything that the provider has: sources that are not
	// among items are removed, unless so many are missing that it looks like a
	// mistake; then nothing is removed, and the provider is shown as held back.
	// An error in the sequence ends it, and nothing is removed.
	Replace(ctx context.Context, items iter.Seq2[Item, error]) error
	// Update delivers changed items, and removed locations.
	Update(ctx context.Context, items []Item, removed []string) error
}

// Item is one source with its content: text to be decoded, or finished
// entities, or the failure to read it.
type Item struct {
	// Location is type:target, see [SourceKey.Location].
	Location string
	// Content is YAML text with any number of documents.
	Content []byte
	// Entities are finished entities, for providers that have no text.
	Entities []*Entity
	// Err says that the source is there but could not be read: what it last
	// declared stays, and the error is shown as a problem.
	Err error
	// Open reads a file beside this one, for placeholders and relative
	// targets; nil refuses them. It must not leave the source's own repository.
	Open func(ctx context.Context, relative string) ([]byte, error)
}

// Processor looks at each entity after it was decoded and before it is
// validated. It may change the entity, and emit more. Processors run in the
// order in which they were contributed; each entity is processed by one
// goroutine, different entities by several. A panic is a problem of the entity.
type Processor interface {
	// Name is unique within the portal.
	Name() string
	// Process works on in.Entity. An error refuses the entity.
	Process(ctx context.Context, in *Processing) error
}

// Processing is one entity on its way into the catalog.
type Processing struct {
	// Entity may be changed in place, its identity aside.
	Entity *Entity
	// Source is where it came from.
	Source SourceKey
	// Relations to emit beyond those that the kind declares.
	Relations []Edge
	// Problems to report; one of [SeverityError] refuses the entity.
	Problems []Problem
}
