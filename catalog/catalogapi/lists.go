// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/callboard/callboard/catalog"
)

// maxList is the largest page of the lists that are ours.
const maxList = 1000

// listParams reads what the lists that are ours have in common.
func listParams(r *http.Request) (p *params, limit int, at listCursor, err error) {
	if p, err = paramsOf(r); err != nil {
		return p, 0, at, err
	}
	if limit, err = p.number("limit", catalog.DefaultLimit); err != nil {
		return p, 0, at, err
	}
	if limit < 1 || limit > maxList {
		return p, 0, at, invalid("limit %d: it must be 1 to %d; follow pageInfo.nextCursor for more", limit, maxList)
	}
	if cursor := p.values.Get("cursor"); cursor != "" {
		err = decodeCursor(cursor, &at)
	}
	return p, limit, at, err
}

// ref is where a list by reference goes on.
func (at listCursor) ref() (catalog.Ref, error) {
	if at.Ref == "" {
		return catalog.Ref{}, nil
	}
	return catalog.ParseRef(at.Ref, catalog.Ref{})
}

// problems serves GET /problems.
func (a *API) problems(w http.ResponseWriter, r *http.Request) error {
	p, limit, at, err := listParams(r)
	if err != nil {
		return err
	}
	q := catalog.ProblemQuery{
		Provider: p.values.Get("provider"),
		Location: p.values.Get("location"),
		After:    at.ID,
		Limit:    limit,
	}
	severity, err := p.choice("severity", string(catalog.SeverityError), string(catalog.SeverityWarning))
	if err != nil {
		return err
	}
	q.Severity = catalog.Severity(severity)
	if owner := p.values.Get("owner"); owner != "" {
		ref, err := catalog.ParseRef(owner, catalog.Ref{Kind: "group"})
		if err != nil {
			return err
		}
		q.Owners = []string{ref.String()}
	}
	if entity := p.values.Get("entity"); entity != "" {
		if q.Ref, err = catalog.ParseRef(entity, catalog.Ref{Kind: "component"}); err != nil {
			return err
		}
	}
	items, total, err := a.store.Problems(r.Context(), q)
	if err != nil {
		return err
	}
	out := page[catalog.Problem]{Items: items, TotalItems: &total}
	if len(items) == limit {
		out.PageInfo.Next = encodeCursor(listCursor{ID: items[len(items)-1].ID})
	}
	return out.send(w, r)
}

// page is a page of a list that is ours.
type page[T any] struct {
	Items      []T      `json:"items"`
	TotalItems *int     `json:"totalItems,omitempty"`
	PageInfo   pageInfo `json:"pageInfo"`
}

func (p page[T]) send(w http.ResponseWriter, r *http.Request) error {
	if p.Items == nil {
		p.Items = []T{}
	}
	return sendJSON(w, r, p)
}

// claim is a source's declaration of an entity.
type claim struct {
	Provider  string    `json:"provider"`
	Location  string    `json:"location"`
	Parent    string    `json:"parentRef,omitempty"`
	Winner    bool      `json:"winner"`
	FirstSeen time.Time `json:"firstSeen,omitzero"`
}

// conflict is an entity that several locations declare.
type conflict struct {
	EntityRef catalog.Ref `json:"entityRef"`
	Claims    []claim     `json:"claims"`
}

// conflicts serves GET /conflicts.
func (a *API) conflicts(w http.ResponseWriter, r *http.Request) error {
	_, limit, at, err := listParams(r)
	if err != nil {
		return err
	}
	after, err := at.ref()
	if err != nil {
		return err
	}
	found, err := a.store.Conflicts(r.Context(), after, limit)
	if err != nil {
		return err
	}
	var out page[conflict]
	for _, c := range found {
		item := conflict{EntityRef: c.Ref}
		for _, of := range c.Claims {
			item.Claims = append(item.Claims, claim{
				Provider:  of.Source.Provider,
				Location:  of.Source.Location,
				Parent:    of.Source.Parent,
				Winner:    of.Winner,
				FirstSeen: of.FirstSeen,
			})
		}
		out.Items = append(out.Items, item)
	}
	if len(found) == limit {
		out.PageInfo.Next = encodeCursor(listCursor{Ref: found[limit-1].Ref.String()})
	}
	return out.send(w, r)
}

// deletedEntity is an entity that can be restored.
type deletedEntity struct {
	EntityRef  catalog.Ref     `json:"entityRef"`
	Cause      cause           `json:"cause"`
	Suppressed bool            `json:"suppressed"`
	Entity     json.RawMessage `json:"entity"`
}

// deleted serves GET /deleted.
func (a *API) deleted(w http.ResponseWriter, r *http.Request) error {
	_, limit, at, err := listParams(r)
	if err != nil {
		return err
	}
	after, err := at.ref()
	if err != nil {
		return err
	}
	found, err := a.store.Deleted(r.Context(), after, limit)
	if err != nil {
		return err
	}
	var out page[deletedEntity]
	for _, d := range found {
		out.Items = append(out.Items, deletedEntity{
			EntityRef:  d.Record.Ref,
			Cause:      causeOf(d.Cause),
			Suppressed: d.Suppressed,
			Entity:     d.Record.JSON,
		})
	}
	if len(found) == limit {
		out.PageInfo.Next = encodeCursor(listCursor{Ref: found[limit-1].Record.Ref.String()})
	}
	return out.send(w, r)
}
