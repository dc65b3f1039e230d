// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// entityByName serves GET /entities/by-name/{kind}/{namespace}/{name}.
func (a *API) entityByName(w http.ResponseWriter, r *http.Request) error {
	rec, err := a.record(r)
	if err != nil {
		return err
	}
	return body{rec.JSON}.send(w, r)
}

// entityByUID serves GET /entities/by-uid/{uid}.
func (a *API) entityByUID(w http.ResponseWriter, r *http.Request) error {
	rec, err := a.store.RecordByUID(r.Context(), mux.Vars(r)["uid"])
	if err != nil {
		return err
	}
	return body{rec.JSON}.send(w, r)
}

// refOf is the reference in the path.
func refOf(r *http.Request) catalog.Ref {
	v := mux.Vars(r)
	return catalog.NewRef(v["kind"], v["namespace"], v["name"])
}

// record returns the entity that the path names.
func (a *API) record(r *http.Request) (catalog.Record, error) {
	records, err := a.store.Records(r.Context(), []catalog.Ref{refOf(r)})
	if err != nil {
		return catalog.Record{}, err
	}
	if !records[0].Found() {
		v := mux.Vars(r)
		return catalog.Record{}, &callboard.Error{
			Code: callboard.CodeNotFound,
			Message: fmt.Sprintf("No entity named '%s' found, with kind '%s' in namespace '%s'",
				short(v["name"]), short(v["kind"]), short(v["namespace"])),
		}
	}
	return records[0], nil
}

// deleteByUID serves DELETE /entities/by-uid/{uid}. As in the original, an
// entity that is not there is deleted already.
func (a *API) deleteByUID(w http.ResponseWriter, r *http.Request) error {
	rec, err := a.store.RecordByUID(r.Context(), mux.Vars(r)["uid"])
	if callboard.CodeOf(err) == callboard.CodeNotFound {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err != nil {
		return err
	}
	return a.delete(w, r, rec.Ref)
}

// deleteByName serves DELETE /entities/by-name/{kind}/{namespace}/{name}.
func (a *API) deleteByName(w http.ResponseWriter, r *http.Request) error {
	rec, err := a.record(r)
	if err != nil {
		return err
	}
	return a.delete(w, r, rec.Ref)
}

// delete removes the entity, with ?suppress=true also what a source declares.
func (a *API) delete(w http.ResponseWriter, r *http.Request, ref catalog.Ref) error {
	p, err := paramsOf(r)
	if err != nil {
		return err
	}
	suppress, err := p.flag("suppress")
	if err != nil {
		return err
	}
	mode := catalog.RemoveOrphan
	if suppress {
		mode = catalog.Suppress
	}
	err = a.store.Remove(r.Context(), a.cause(r.Context(), "delete"), ref, mode)
	if callboard.CodeOf(err) == callboard.CodeConflict {
		return &callboard.Error{
			Code:    callboard.CodeConflict,
			Message: callboard.MessageOf(err) + "; take it out of its source, or repeat the request with ?suppress=true to keep it away",
			Err:     err,
		}
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// restore serves POST /entities/by-name/{kind}/{namespace}/{name}/restore.
func (a *API) restore(w http.ResponseWriter, r *http.Request) error {
	if err := a.store.Restore(r.Context(), a.cause(r.Context(), "restore"), refOf(r)); err != nil {
		return err
	}
	return a.entityByName(w, r)
}

// ancestor is one entity on the way from a root to an entity.
type ancestor struct {
	Entity  json.RawMessage `json:"entity"`
	Parents []catalog.Ref   `json:"parentEntityRefs"`
}

// ancestry serves GET /entities/by-name/{kind}/{namespace}/{name}/ancestry.
func (a *API) ancestry(w http.ResponseWriter, r *http.Request) error {
	rec, err := a.record(r)
	if err != nil {
		return err
	}
	items, err := a.ancestors(r.Context(), rec)
	if err != nil {
		return err
	}
	return sendJSON(w, r, struct {
		Root  catalog.Ref `json:"rootEntityRef"`
		Items []ancestor  `json:"items"`
	}{rec.Ref, items})
}

// ancestors returns the entity and all that led to it, each once.
func (a *API) ancestors(ctx context.Context, root catalog.Record) ([]ancestor, error) {
	var items []ancestor
	seen := map[catalog.Ref]bool{root.Ref: true}
	for todo := []catalog.Record{root}; len(todo) > 0; {
		rec := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		parents, err := a.parents(ctx, rec.Ref)
		if err != nil {
			return nil, err
		}
		item := ancestor{Entity: rec.JSON, Parents: []catalog.Ref{}}
		for _, parent := range parents {
			item.Parents = append(item.Parents, parent.Ref)
			if !seen[parent.Ref] {
				seen[parent.Ref] = true
				todo = append(todo, parent)
			}
		}
		items = append(items, item)
	}
	return items, nil
}

// parents returns the Location entities that name the place which the entity
// comes from; there may be several for one place.
func (a *API) parents(ctx context.Context, ref catalog.Ref) ([]catalog.Record, error) {
	claims, err := a.store.Claims(ctx, ref)
	if err != nil || len(claims) == 0 {
		return nil, err
	}
	var refs []catalog.Ref
	for _, c := range claims {
		if c.Source.Parent == "" || c.Source.Location != claims[0].Source.Location {
			continue
		}
		parent, err := catalog.ParseRef(c.Source.Parent, catalog.Ref{})
		if err != nil {
			return nil, fmt.Errorf("catalogapi: parent of %s: %w", ref, err)
		}
		if !slices.Contains(refs, parent) {
			refs = append(refs, parent)
		}
	}
	if len(refs) == 0 {
		return nil, nil
	}
	records, err := a.store.Records(ctx, refs)
	return slices.DeleteFunc(records, func(r catalog.Record) bool { return !r.Found() }), err
}
