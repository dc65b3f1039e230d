// SPDX-License-Identifier: Apache-2.0

package search

import "context"

// Type is a type of documents: a group of the results.
type Type struct {
	// ID is unique in the portal, in lower case, such as component.
	ID string
	// Title is what people call several: "Components".
	Title string
	// Icon is the name of an icon of the design system.
	Icon string
	// Also is a name under which the field's clients know the type, such as
	// software-catalog; several types may share one.
	Also string
	// Order sorts groups; the built-in ones use 100, 200, ….
	Order int
	// Weight moves documents of the type up among equals, by some tens: a name
	// that was typed whole is worth 1000, one that begins so 800 at most.
	Weight int
}

// Source is where documents come from. Modules contribute sources with
// module.Contribute. A source is safe for concurrent use.
type Source interface {
	// Name is unique in the portal, such as catalog.
	Name() string
	// Version changes when the same things give other documents than before;
	// all of them are then taken in anew.
	Version() string
	// Types are the types of its documents.
	Types() []Type
	// List returns documents in an order that stays the same, from behind the
	// place after, about limit of them; documents of a parent are not torn
	// apart. Whoever asks, all documents are meant.
	List(ctx context.Context, after string, limit int) (Listing, error)
	// Sight returns what the caller in ctx may see, as a filter over the
	// guards: it must hold for all that they may see, and may for more. An
	// error with callboard.CodeUnauthenticated or callboard.CodeForbidden is
	// the refusal of somebody who may see nothing.
	Sight(ctx context.Context) (Filter, error)
	// Visible says of each document whether it is still there and the caller
	// in ctx may see it.
	Visible(ctx context.Context, hits []Hit) ([]bool, error)
}

// Listing is a part of a source's documents.
type Listing struct {
	Documents []Document
	// Next is the place behind the last; empty is the end.
	Next string
}

// Feed is a [Source] that tells what changed. One that does not is compared as
// a whole when the portal starts, and now and then.
type Feed interface {
	Source
	// Head returns the place behind all changes that there were.
	Head(ctx context.Context) (string, error)
	// Changes returns changes from behind a place, about limit of them. No
	// change is ever found at a place before one that was returned.
	Changes(ctx context.Context, after string, limit int) (Changes, error)
}

// Changes are parents whose documents changed, with what they are now.
type Changes struct {
	// Parents lists what changed, with or without documents.
	Parents []string
	// Documents are all those of the parents.
	Documents []Document
	// Next is the place behind the last change.
	Next string
	// More says that there are changes behind it.
	More bool
}
