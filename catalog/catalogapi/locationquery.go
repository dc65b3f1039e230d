// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/callboard/callboard/catalog"
)

// defaultLocations is the page size of a listing of locations.
const defaultLocations = 1000

// queryLocations serves POST /locations/by-query. Registered locations are few,
// so the predicate is evaluated on each.
func (a *API) queryLocations(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Cursor *string         `json:"cursor"`
		Limit  *int            `json:"limit"`
		Query  json.RawMessage `json:"query"`
	}
	if err := decodeOptional(r, &in); err != nil {
		return err
	}
	at := locationCursor{Limit: defaultLocations, Query: in.Query}
	if in.Cursor != nil {
		if err := decodeCursor(*in.Cursor, &at); err != nil {
			return err
		}
	} else if in.Limit != nil {
		at.Limit = *in.Limit
	}
	if at.Limit < 1 || at.Limit > catalog.MaxLimit {
		return invalid("limit %d: it must be 1 to %d", at.Limit, catalog.MaxLimit)
	}
	var b budget
	filter, err := parsePredicate(at.Query, &b)
	if err != nil {
		return err
	}
	all, err := a.store.Locations(r.Context())
	if err != nil {
		return err
	}
	return sendJSON(w, r, at.page(matching(all, filter)))
}

// matching returns the locations that meet the filter, in order of ID.
func matching(all []catalog.Location, filter catalog.Filter) []catalog.Location {
	var out []catalog.Location
	for _, l := range all {
		of := catalog.Fields{
			"id":        {strings.ToLower(l.ID)},
			"type":      {strings.ToLower(l.Type)},
			"target":    {strings.ToLower(l.Target)},
			"entityref": {locationRef(l).String()},
		}
		if catalog.Match(filter, of) {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(x, y catalog.Location) int { return strings.Compare(x.ID, y.ID) })
	return out
}

type locationPage struct {
	Items      []location `json:"items"`
	TotalItems int        `json:"totalItems"`
	PageInfo   pageInfo   `json:"pageInfo"`
}

// page cuts the page out of all that match.
func (at locationCursor) page(all []catalog.Location) locationPage {
	rest := all
	if at.After != "" {
		i, found := slices.BinarySearchFunc(all, at.After, func(l catalog.Location, id string) int {
			return strings.Compare(l.ID, id)
		})
		if found {
			i++
		}
		rest = all[i:]
	}
	out := locationPage{TotalItems: len(all)}
	if len(rest) > at.Limit {
		rest = rest[:at.Limit]
		at.After = rest[at.Limit-1].ID
		out.PageInfo.Next = encodeCursor(at)
	}
	out.Items = locationsOf(rest)
	return out
}
