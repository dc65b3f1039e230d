// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"context"
	"crypto/sha1" // the name of a generated Location is its SHA-1, see locationRef
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// originAnnotation names the registered location that an entity came from.
const originAnnotation = "backstage.io/managed-by-origin-location"

// location is a registered location in the wire format.
type location struct {
	catalog.Location
	EntityRef catalog.Ref `json:"entityRef"`
}

func locationOf(l catalog.Location) location {
	return location{Location: l, EntityRef: locationRef(l)}
}

func locationsOf(in []catalog.Location) []location {
	out := make([]location, len(in))
	for i, l := range in {
		out[i] = locationOf(l)
	}
	return out
}

// locationRef names the entity that stands for a registered location, as the
// original computes it.
func locationRef(l catalog.Location) catalog.Ref {
	sum := sha1.Sum([]byte(l.Type + ":" + l.Target))
	return catalog.NewRef("location", "", "generated-"+hex.EncodeToString(sum[:]))
}

// locations serves GET /locations.
func (a *API) locations(w http.ResponseWriter, r *http.Request) error {
	all, err := a.store.Locations(r.Context())
	if err != nil {
		return err
	}
	type item struct {
		Data location `json:"data"`
	}
	out := make([]item, len(all))
	for i, l := range all {
		out[i].Data = locationOf(l)
	}
	return sendJSON(w, r, out)
}

// location serves GET /locations/{id}.
func (a *API) location(w http.ResponseWriter, r *http.Request) error {
	l, err := a.locationByID(r)
	if err != nil {
		return err
	}
	return sendJSON(w, r, locationOf(l))
}

func (a *API) locationByID(r *http.Request) (catalog.Location, error) {
	id := mux.Vars(r)["id"]
	return a.findLocation(r.Context(), "Found no location with ID "+short(id), func(l catalog.Location) bool {
		return l.ID == id
	})
}

// findLocation returns the first registered location that is the one, or an
// error with the message.
func (a *API) findLocation(ctx context.Context, message string, is func(catalog.Location) bool) (catalog.Location, error) {
	all, err := a.store.Locations(ctx)
	if err != nil {
		return catalog.Location{}, err
	}
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], nil
	}
	return catalog.Location{}, &callboard.Error{Code: callboard.CodeNotFound, Message: message}
}

// locationByEntity serves GET /locations/by-entity/{kind}/{namespace}/{name}:
// the registered location that the entity came from.
func (a *API) locationByEntity(w http.ResponseWriter, r *http.Request) error {
	rec, err := a.record(r)
	if err != nil {
		return err
	}
	e, err := rec.Entity()
	if err != nil {
		return err
	}
	origin := e.Annotation(originAnnotation)
	l, err := a.findLocation(r.Context(), "No registered location brought "+rec.Ref.String(), func(l catalog.Location) bool {
		return origin == l.Type+":"+l.Target
	})
	if err != nil {
		return err
	}
	return sendJSON(w, r, locationOf(l))
}

// deleteLocation serves DELETE /locations/{id}.
func (a *API) deleteLocation(w http.ResponseWriter, r *http.Request) error {
	if err := a.service.RemoveLocation(r.Context(), mux.Vars(r)["id"]); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// readLocation reads the body {"type": ..., "target": ...}.
func readLocation(r *http.Request) (catalog.Location, error) {
	var in locationInput
	if err := decode(r, &in); err != nil {
		return catalog.Location{}, err
	}
	return in.location("")
}

type locationInput struct {
	Type   string `json:"type"`
	Target string `json:"target"`
}

// location checks the shape only: what may be registered is the service's to say.
func (in locationInput) location(at string) (catalog.Location, error) {
	kind, target := strings.TrimSpace(in.Type), strings.TrimSpace(in.Target)
	if kind == "" || target == "" {
		return catalog.Location{}, invalid(`%stype and target are needed, such as {"type": "url", "target": "https://git.example.com/orders/catalog-info.yaml"}`, at)
	}
	return catalog.Location{Type: kind, Target: target}, nil
}
