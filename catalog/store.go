// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"context"
	"encoding/json"
	"time"
)

// Record is an entity as a store holds it: its identity and its finished JSON,
// ready to be served without being rebuilt.
type Record struct {
	Ref Ref
	// UID stays the same for as long as the reference exists, restores included.
	UID string
	// ETag changes whenever the entity's own content does (its relations aside).
	ETag string
	// JSON is the whole entity with metadata.uid, metadata.etag and relations.
	// It must not be modified.
	JSON json.RawMessage
}

// Found reports whether the record holds an entity.
func (r Record) Found() bool { return r.JSON != nil }

// Reader answers questions about the catalog. Accept a Reader, not a [Store],
// where reading is all that is needed. It is safe for concurrent use, and sees
// every change whose Apply has returned.
type Reader interface {
	// Records returns one record for each reference, in the order asked. Where
	// there is no such entity the record is zero ([Record.Found] is false).
	Records(ctx context.Context, refs []Ref) ([]Record, error)
	// RecordByUID returns the entity with the identifier, or
	// [callboard.CodeNotFound].
	RecordByUID(ctx context.Context, uid string) (Record, error)
	// Query returns one page of entities. A cursor that was not made by this
	// store gives [callboard.CodeInvalid].
	Query(ctx context.Context, q Query) (Page, error)
	// Facets counts values by field. Every field asked for has an entry;
	// buckets are in order of value.
	Facets(ctx context.Context, q FacetQuery) (map[string][]Bucket, error)
}

// Matcher is a [Reader] that can tell without reading entities which of them a
// filter selects. It is optional; what stands in front of a store for callers who
// see a part asks it of every relation.
type Matcher interface {
	// Matches says of each reference whether there is such an entity, and whether
	// the filter holds for it.
	Matches(ctx context.Context, filter Filter, refs []Ref) (served, matching []bool, err error)
}

// Store keeps the catalog. Implementations pass
// [github.com/callboard/callboard/catalog/catalogtest.TestStore]. The parts are
// separate interfaces so that a caller can ask for just what it needs.
type Store interface {
	Reader
	Applier
	SourceReader
	HistoryReader
	ProblemReader
	Remover
	LocationStore
}

// Applier takes changes in.
type Applier interface {
	// Apply takes in what sources now declare, all of it or, on an error,
	// nothing. What is already so is not written again: applying the same
	// change twice changes no row but the source's own, and Applied is empty.
	Apply(ctx context.Context, c Change) (Applied, error)
}

// SourceKey names one place that entities come from, such as a file. A source
// is the unit of ingestion: what it declares is replaced as a whole.
type SourceKey struct {
	// Provider is the name of the provider that brought it.
	Provider string
	// Parent is the full reference of the Location entity that named it; empty
	// if the provider itself did.
	Parent string
	// Location is where it is, as type:target: file:/srv/catalog/a.yaml,
	// url:https://example.com/catalog-info.yaml, or a provider's own scheme.
	Location string
}

// Change is a set of sources with what they now declare.
type Change struct {
	Cause   Cause
	Sources []SourceUpdate
}

// Cause says who or what made a change; it is kept with every version.
type Cause struct {
	// Provider and Location are where the content came from. They may be empty
	// in a Change, and are then filled in from each source.
	Provider, Location string
	// Actor is the subject of the person or token behind the change; empty for
	// the portal's own work.
	Actor string
	// Reason is a short word for what happened: "scan", "refresh", "register",
	// "delete", "restore".
	Reason string
	// Time is when, in UTC.
	Time time.Time
}

// SourceUpdate is what one source now declares.
type SourceUpdate struct {
	Key SourceKey
	// Remove takes the source away with all it declared; the rest is ignored.
	Remove bool
	// Hash is of the content as read; a reader compares it to skip parsing.
	Hash string
	// Claims are the entities declared, in document order.
	Claims []Claim
	// KeepMissing leaves claims of this source that are not in Claims as they
	// are: set when the source could not be read, or holds a broken document
	// that could be any of them.
	KeepMissing bool
	// Problems replace all problems of this source. One with the rule, document,
	// pointer and message of a stored one is the same: it keeps ID and FirstSeen.
	Problems []Problem
	// Checked and Next are when the source was read and is due again; a zero
	// Next is never. They are not part of what counts as a change.
	Checked, Next time.Time
}

// Claim is one source's declaration of an entity. Several sources may claim one
// reference: the claim that was accepted first wins, and the others wait in
// order of arrival; when the winner goes, the next takes its place. Claims of
// the same Location through different parents do not conflict.
type Claim struct {
	Ref Ref
	// Entity is the processed entity without uid, etag and relations.
	Entity *Entity
	// Relations are the edges that it declares, in both directions: an edge may
	// start at another entity (ownerOf starts at the owner).
	Relations []Edge
	// Keep leaves the stored claim as it is: the document is there, but broken,
	// and what was last good stays. Entity is ignored. Without a stored claim
	// nothing happens.
	Keep bool
}

// Edge is a relation from one entity to another, either of which may not exist.
type Edge struct {
	Source Ref
	Type   string
	Target Ref
}

// Applied says what a change did to the entities that are served.
type Applied struct {
	Changes []EntityChange
}

// EntityChange is one entity that was created, updated, deleted or restored.
type EntityChange struct {
	Ref     Ref
	Op      Op
	Version int64
}

// Op is what happened to an entity. An entity that was deleted and is back,
// by hand or because a source declares it again, is restored; a change of the
// edges that it declares is an update, though its JSON stays the same.
type Op string

// The operations.
const (
	OpCreate  Op = "create"
	OpUpdate  Op = "update"
	OpDelete  Op = "delete"
	OpRestore Op = "restore"
)

// Source is a source as the store knows it.
type Source struct {
	Key           SourceKey
	Hash          string
	Claims        int // entities declared, winners or not
	Problems      int
	FirstSeen     time.Time
	Checked, Next time.Time
}

// SourceQuery selects sources. Zero fields do not restrict.
type SourceQuery struct {
	Provider string
	Parent   string
	Location string
	// DueBefore selects sources whose Next is set and earlier.
	DueBefore time.Time
	// After continues behind this key; sources come in order of provider,
	// parent and location.
	After SourceKey
	// Limit is the most sources to return; 0 means no limit.
	Limit int
}

// SourceReader tells where entities come from.
type SourceReader interface {
	// Sources returns the sources that match, in order of key.
	Sources(ctx context.Context, q SourceQuery) ([]Source, error)
	// Claims returns every claim on the reference, the winner first, then in
	// order of arrival. No claim is an empty slice.
	Claims(ctx context.Context, ref Ref) ([]ClaimInfo, error)
	// ClaimsOf returns the references that a source claims, in document order.
	ClaimsOf(ctx context.Context, key SourceKey) ([]ClaimInfo, error)
	// Conflicts returns references that more than one location claims, in order
	// of reference, behind after (zero starts), at most limit of them.
	Conflicts(ctx context.Context, after Ref, limit int) ([]Conflict, error)
}

// ClaimInfo is a claim without its content.
type ClaimInfo struct {
	Ref       Ref
	Source    SourceKey
	Winner    bool
	FirstSeen time.Time
}

// Conflict is a reference with all that claim it, the winner first.
type Conflict struct {
	Ref    Ref
	Claims []ClaimInfo
}

// HistoryReader tells what changed.
type HistoryReader interface {
	// Versions returns the versions of the entity, or of all entities if ref is
	// zero, the newest first, with numbers below before (0 starts at the newest),
	// at most limit of them.
	Versions(ctx context.Context, ref Ref, before int64, limit int) ([]Version, error)
	// Changes returns versions of all entities in order of number, from behind
	// after, at most limit of them: the change feed.
	Changes(ctx context.Context, after int64, limit int) ([]Version, error)
}

// Version is one change to one entity. Nothing is overwritten without one.
type Version struct {
	// Number grows over the whole catalog.
	Number int64
	Ref    Ref
	Op     Op
	Cause  Cause
	// JSON is the entity after the change, without relations; nil for a delete.
	JSON json.RawMessage
	// Previous is the entity as it was last served before the change, deletions
	// between left aside; nil for the first.
	Previous json.RawMessage
}

// ProblemQuery selects problems. Zero fields do not restrict.
type ProblemQuery struct {
	// Owners are full references; a problem of any of them is selected. An
	// empty one among them stands for an unknown owner.
	Owners   []string
	Ref      Ref
	Provider string
	Location string
	Severity Severity
	// After continues behind this problem's ID; the order is by ID.
	After int64
	// Limit is the most to return; 0 means [DefaultLimit].
	Limit int
}

// ProblemReader tells what is wrong.
type ProblemReader interface {
	// Problems returns the problems that match and how many match in all. What
	// several sources of a provider at one location have in common, since it is
	// named several times, counts once.
	Problems(ctx context.Context, q ProblemQuery) ([]Problem, int, error)
	// ProblemCounts counts the problems that match by owner, the owners with
	// the most first; After has no meaning here.
	ProblemCounts(ctx context.Context, q ProblemQuery) ([]ProblemCount, error)
}

// ProblemCount is how many problems one owner has.
type ProblemCount struct {
	// Owner is as in [Problem.Owner]: empty if it is unknown.
	Owner            string
	Errors, Warnings int
}

// Remover deletes and restores by hand.
type Remover interface {
	// Remove deletes the entity softly. If a source still declares it, the error
	// has [callboard.CodeConflict] unless suppress is chosen with [Suppress]: then
	// it stays away, whatever declares it, until it is restored.
	Remove(ctx context.Context, cause Cause, ref Ref, mode RemoveMode) error
	// Restore brings a deleted entity back, under its old UID, and ends its
	// suppression. Without a deleted entity it is [callboard.CodeNotFound].
	Restore(ctx context.Context, cause Cause, ref Ref) error
	// Deleted returns deleted entities in order of reference behind after.
	Deleted(ctx context.Context, after Ref, limit int) ([]DeletedEntity, error)
}

// RemoveMode says what to do about sources that still declare the entity.
type RemoveMode int

// The modes.
const (
	// RemoveOrphan refuses while a source declares the entity.
	RemoveOrphan RemoveMode = iota
	// Suppress deletes it all the same and keeps it away.
	Suppress
)

// DeletedEntity is an entity that was deleted and can be restored.
type DeletedEntity struct {
	Record     Record
	Cause      Cause
	Suppressed bool
}

// Location is a registered place to read entities from.
type Location struct {
	ID string `json:"id"`
	// Type is url or file.
	Type string `json:"type"`
	// Target is the URL or path.
	Target string `json:"target"`
}

// LocationStore keeps the locations that people registered.
type LocationStore interface {
	// Locations returns all registered locations in order of target.
	Locations(ctx context.Context) ([]Location, error)
	// AddLocation registers; the same type and target twice is
	// [callboard.CodeConflict].
	AddLocation(ctx context.Context, l Location) error
	// RemoveLocation unregisters, or is [callboard.CodeNotFound].
	RemoveLocation(ctx context.Context, id string) error
}
