// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// cause is who or what made a change.
type cause struct {
	Reason   string    `json:"reason,omitempty"`
	Actor    string    `json:"actor,omitempty"`
	Provider string    `json:"provider,omitempty"`
	Location string    `json:"location,omitempty"`
	Time     time.Time `json:"time,omitzero"`
}

func causeOf(c catalog.Cause) cause {
	return cause{Reason: c.Reason, Actor: c.Actor, Provider: c.Provider, Location: c.Location, Time: c.Time}
}

// version is one change to an entity.
type version struct {
	Version int64           `json:"version"`
	Op      catalog.Op      `json:"op"`
	Cause   cause           `json:"cause"`
	Diff    []difference    `json:"diff"`
	Entity  json.RawMessage `json:"entity,omitempty"`
}

// history serves GET /entities/by-name/{kind}/{namespace}/{name}/history, the
// newest version first. With entity=true each has the whole entity.
func (a *API) history(w http.ResponseWriter, r *http.Request) error {
	p, limit, at, err := listParams(r)
	if err != nil {
		return err
	}
	whole, err := p.flag("entity")
	if err != nil {
		return err
	}
	found, err := a.store.Versions(r.Context(), refOf(r), at.ID, limit)
	if err != nil {
		return err
	}
	if len(found) == 0 && at.ID == 0 {
		return &callboard.Error{Code: callboard.CodeNotFound, Message: "there never was an entity " + short(refOf(r).String())}
	}
	var out page[version]
	for _, v := range found {
		item := version{Version: v.Number, Op: v.Op, Cause: causeOf(v.Cause)}
		if item.Diff, err = diff(v.Previous, v.JSON); err != nil {
			return err
		}
		if whole {
			item.Entity = v.JSON
		}
		out.Items = append(out.Items, item)
	}
	if len(found) == limit {
		out.PageInfo.Next = encodeCursor(listCursor{ID: found[limit-1].Number})
	}
	return out.send(w, r)
}
