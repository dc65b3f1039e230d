// SPDX-License-Identifier: Apache-2.0

package guardedcatalog

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/audit"
)

// recordTimeout bounds the writing of an entry, which the end of the request
// does not stop: the change has been made.
const recordTimeout = 10 * time.Second

// Recorder writes what callers change in a catalog into the audit log: what was
// done, what failed and what they were refused. The entry follows the change;
// the catalog's own history has who caused it in the change's transaction.
type Recorder struct {
	log *audit.Log
	// strangers bounds what callers who are not signed in can write by being
	// refused.
	strangers *rate.Limiter
}

// NewRecorder returns a recorder into the log.
func NewRecorder(log *audit.Log) *Recorder {
	return &Recorder{log: log, strangers: rate.NewLimiter(1, 60)}
}

// Store returns the store with what changes it recorded.
func (r *Recorder) Store(s *Store) catalog.Store { return &recordedStore{s, r} }

// Operator returns the operator with what it changes recorded.
func (r *Recorder) Operator(o *Operator) catalog.Operator { return &recordedOperator{o, r} }

// note records how an action went, and returns the action's error.
func (r *Recorder) note(ctx context.Context, e audit.Entry, err error) error {
	switch callboard.CodeOf(err) {
	case "":
	case callboard.CodeForbidden, callboard.CodeUnauthenticated:
		e.Outcome = audit.Denied
	default:
		e.Outcome = audit.Failed
	}
	if err != nil {
		e.Message, e.Before, e.After = callboard.MessageOf(err), nil, nil
		if !callboard.IdentityFrom(ctx).SignedIn() && !r.strangers.Allow() {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	return errors.Join(err, r.log.Record(ctx, nil, e))
}

type recordedStore struct {
	*Store
	recorder *Recorder
}

var _ catalog.Store = (*recordedStore)(nil)

// Remove deletes and records the entity as it was.
func (s *recordedStore) Remove(ctx context.Context, cause catalog.Cause, ref catalog.Ref, mode catalog.RemoveMode) error {
	e := audit.Entry{Action: "catalog.entity.delete", Resource: ref.String(), Before: s.document(ctx, ref)}
	return s.recorder.note(ctx, e, s.Store.Remove(ctx, cause, ref, mode))
}

// Restore restores and records the entity as it is then.
func (s *recordedStore) Restore(ctx context.Context, cause catalog.Cause, ref catalog.Ref) error {
	err := s.Store.Restore(ctx, cause, ref)
	e := audit.Entry{Action: "catalog.entity.restore", Resource: ref.String()}
	if err == nil {
		e.After = s.document(context.WithoutCancel(ctx), ref)
	}
	return s.recorder.note(ctx, e, err)
}

// AddLocation registers and records.
func (s *recordedStore) AddLocation(ctx context.Context, l catalog.Location) error {
	err := s.Store.AddLocation(ctx, l)
	return s.recorder.note(ctx, audit.Entry{Action: "catalog.location.register", Resource: l.String(), After: jsonOf(l)}, err)
}

// RemoveLocation unregisters and records.
func (s *recordedStore) RemoveLocation(ctx context.Context, id string) error {
	e := s.unregistering(ctx, id)
	return s.recorder.note(ctx, e, s.Store.RemoveLocation(ctx, id))
}

// document is the entity that is served, or nil.
func (s *Store) document(ctx context.Context, ref catalog.Ref) json.RawMessage {
	records, err := s.all.Records(ctx, []catalog.Ref{ref})
	if err != nil || !records[0].Found() {
		return nil
	}
	return records[0].JSON
}

// unregistering is the entry for the end of a location.
func (s *Store) unregistering(ctx context.Context, id string) audit.Entry {
	e := audit.Entry{Action: "catalog.location.unregister", Resource: id}
	all, err := s.all.Locations(ctx)
	if n := slices.IndexFunc(all, func(l catalog.Location) bool { return l.ID == id }); err == nil && n >= 0 {
		e.Resource, e.Before = all[n].String(), jsonOf(all[n])
	}
	return e
}

type recordedOperator struct {
	*Operator
	recorder *Recorder
}

var _ catalog.Operator = (*recordedOperator)(nil)

// AddLocation registers and records.
func (o *recordedOperator) AddLocation(ctx context.Context, l catalog.Location) (catalog.Registration, error) {
	made, err := o.Operator.AddLocation(ctx, l)
	e := audit.Entry{Action: "catalog.location.register", Resource: l.String(), After: jsonOf(made.Location)}
	if made.Exists {
		e.Message = "it was registered before"
	}
	return made, o.recorder.note(ctx, e, err)
}

// RemoveLocation unregisters and records.
func (o *recordedOperator) RemoveLocation(ctx context.Context, id string) error {
	e := o.store.unregistering(ctx, id)
	return o.recorder.note(ctx, e, o.Operator.RemoveLocation(ctx, id))
}

// Refresh reads again and records.
func (o *recordedOperator) Refresh(ctx context.Context, ref catalog.Ref) error {
	return o.recorder.note(ctx, audit.Entry{Action: "catalog.entity.refresh", Resource: ref.String()}, o.Operator.Refresh(ctx, ref))
}

// RefreshLocation reads again and records.
func (o *recordedOperator) RefreshLocation(ctx context.Context, location string) error {
	return o.recorder.note(ctx, audit.Entry{Action: "catalog.location.refresh", Resource: location}, o.Operator.RefreshLocation(ctx, location))
}

// Release releases and records what was held back.
func (o *recordedOperator) Release(ctx context.Context, provider string) error {
	held, _ := o.service.Held(ctx, provider) // unknown is recorded as nothing
	e := audit.Entry{Action: "catalog.provider.release", Resource: "provider:" + provider, Before: jsonOf(map[string][]string{"held": held})}
	return o.recorder.note(ctx, e, o.Operator.Release(ctx, provider))
}

// jsonOf is a value that JSON can hold.
func jsonOf(v any) json.RawMessage {
	doc, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return doc
}
