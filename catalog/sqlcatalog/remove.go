// SPDX-License-Identifier: Apache-2.0

package sqlcatalog

import (
	"context"
	"database/sql"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// Remove deletes softly. See [catalog.Remover].
func (s *Store) Remove(ctx context.Context, cause catalog.Cause, ref catalog.Ref, mode catalog.RemoveMode) error {
	return s.write(ctx, "remove "+ref.String(), func(w *writer) error {
		e, winner, err := w.find(ctx, ref)
		if err != nil {
			return err
		}
		switch {
		case e.state != stateLive:
			return &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no entity " + ref.String()}
		case winner != nil && mode != catalog.Suppress:
			return &callboard.Error{
				Code:    callboard.CodeConflict,
				Message: ref.String() + " is still declared at " + winner.location + " and would come back; suppress it to keep it away",
			}
		}
		e.suppressed = mode == catalog.Suppress
		d := &decisions{applying: newApplying(w, s.causeOf(cause))}
		d.withdraw(e)
		return d.write(ctx, []*entity{e})
	})
}

// Restore brings a deleted entity back. See [catalog.Remover].
func (s *Store) Restore(ctx context.Context, cause catalog.Cause, ref catalog.Ref) error {
	return s.write(ctx, "restore "+ref.String(), func(w *writer) error {
		e, winner, err := w.find(ctx, ref)
		if err != nil {
			return err
		}
		if e.state != stateDeleted {
			return &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no deleted entity " + ref.String()}
		}
		if winner == nil {
			winner = &candidate{claim: e.claim, document: e.document, hash: e.hash}
		}
		e.suppressed = false
		d := &decisions{applying: newApplying(w, s.causeOf(cause))}
		d.serve(e, winner)
		return d.write(ctx, []*entity{e})
	})
}

// find returns the entity's row and its oldest claim, or nil if nothing claims it.
func (w *writer) find(ctx context.Context, ref catalog.Ref) (*entity, *candidate, error) {
	if err := w.resolve(ctx, []string{refText(ref)}); err != nil {
		return nil, nil, err
	}
	e := w.refs[refText(ref)]
	winners, err := w.winners(ctx, []*entity{e})
	return e, winners[e.id], err
}

// Deleted returns deleted entities. See [catalog.Remover].
func (s *Store) Deleted(ctx context.Context, after catalog.Ref, limit int) ([]catalog.DeletedEntity, error) {
	from := ""
	if !after.IsZero() {
		from = refText(after)
	}
	query := `SELECT ` + rowColumns + `, e.suppressed, v.provider, v.location, v.actor, v.reason, v.time
		FROM catalog_entities e
		JOIN catalog_documents d ON d.id = e.document_id
		JOIN catalog_versions v ON v.number = e.version
		WHERE e.state = 2 AND e.ref > ?
		ORDER BY e.ref
		LIMIT ?`
	var out []catalog.DeletedEntity
	err := s.read(ctx, "deleted entities", func(r reader) error {
		out = nil
		return r.each(ctx, query, []any{from, limitOf(limit)}, func(rows *sql.Rows) error {
			var f row
			var x catalog.DeletedEntity
			var at int64
			c := &x.Cause
			err := rows.Scan(append(f.dest(), (*flag)(&x.Suppressed), &c.Provider, &c.Location, &c.Actor, &c.Reason, &at)...)
			if err != nil {
				return err
			}
			c.Time, x.Record = timeOf(at), f.record()
			out = append(out, x)
			return nil
		})
	})
	return out, err
}
