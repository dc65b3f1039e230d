// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"encoding/json"
	"net/http"

	"github.com/callboard/callboard/catalog"
)

// entitiesByRefs serves POST /entities/by-refs. As in the original, what is not
// there, not within the filter or no reference at all is null in its place, so
// that one bad reference does not spoil the others.
func (a *API) entitiesByRefs(w http.ResponseWriter, r *http.Request) error {
	p, err := paramsOf(r)
	if err != nil {
		return err
	}
	var in struct {
		EntityRefs *[]string       `json:"entityRefs"`
		Fields     []string        `json:"fields"`
		Query      json.RawMessage `json:"query"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	if in.EntityRefs == nil {
		return invalid(`entityRefs is missing; send {"entityRefs": ["component:default/orders"]}`)
	}
	if n := len(*in.EntityRefs); n > catalog.MaxLimit {
		return invalid("entityRefs: there are %d; at most %d fit into a request, so split it", n, catalog.MaxLimit)
	}
	fields, err := parseFields(append(in.Fields, p.values["fields"]...))
	if err != nil {
		return err
	}
	filter, err := p.filter()
	if err != nil {
		return err
	}
	query, err := parsePredicate(in.Query, &p.budget)
	if err != nil {
		return err
	}
	records, err := a.batch(r, *in.EntityRefs, and(filter, query))
	if err != nil {
		return err
	}
	return list(`{"items":`, fields.items(records), "}").send(w, r)
}

// batch returns a record, or none, for each text that should be a reference.
func (a *API) batch(r *http.Request, texts []string, filter catalog.Filter) ([]catalog.Record, error) {
	out := make([]catalog.Record, len(texts))
	refs := make([]catalog.Ref, 0, len(texts))
	at := make([]int, 0, len(texts))
	for i, text := range texts {
		if ref, err := catalog.ParseRef(text, catalog.Ref{}); err == nil {
			refs, at = append(refs, ref), append(at, i)
		}
	}
	if len(refs) == 0 {
		return out, nil
	}
	records, err := a.store.Records(r.Context(), refs)
	if err != nil {
		return nil, err
	}
	for i, rec := range records {
		ok, err := meets(rec, filter)
		if err != nil {
			return nil, err
		}
		if ok {
			out[at[i]] = rec
		}
	}
	return out, nil
}

// meets reports whether a record is there and meets the filter.
func meets(rec catalog.Record, filter catalog.Filter) (bool, error) {
	if filter == nil || !rec.Found() {
		return rec.Found(), nil
	}
	e, err := rec.Entity()
	if err != nil {
		return false, err
	}
	return catalog.Match(filter, catalog.FieldsOf(e)), nil
}
