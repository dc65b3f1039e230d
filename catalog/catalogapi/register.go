// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"net/http"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/httpx"
)

// registration is the answer to POST /locations.
type registration struct {
	Location location          `json:"location"`
	Entities []*catalog.Entity `json:"entities"`
	// Exists is only said of a trial.
	Exists *bool `json:"exists,omitempty"`
	// Problems are warnings of a trial, which are ours.
	Problems []catalog.Problem `json:"problems,omitempty"`
}

// addLocation serves POST /locations.
func (a *API) addLocation(w http.ResponseWriter, r *http.Request) error {
	p, err := paramsOf(r)
	if err != nil {
		return err
	}
	dryRun, err := p.flag("dryRun")
	if err != nil {
		return err
	}
	onConflict, err := p.choice("onConflict", "reject", "refresh")
	if err != nil {
		return err
	}
	l, err := readLocation(r)
	if err != nil {
		return err
	}
	var out registration
	if dryRun {
		out, err = a.tryLocation(r, l)
	} else {
		out, err = a.register(r, l, onConflict == "refresh")
	}
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, http.StatusCreated, out)
}

// tryLocation says what registering would bring. As in the original, what could
// not be taken in is an error that names all that is wrong.
func (a *API) tryLocation(r *http.Request, l catalog.Location) (registration, error) {
	found, err := a.service.TryLocation(r.Context(), l)
	if err != nil {
		return registration{}, err
	}
	if wrong := errorsOf(found.Problems); len(wrong) > 0 {
		return registration{}, invalid("%s", strings.Join(wrong, "\n"))
	}
	if found.Location.ID == "" {
		found.Location.ID = l.Type + ":" + l.Target
	}
	out := registration{Location: locationOf(found.Location), Entities: found.Entities, Exists: &found.Exists, Problems: found.Problems}
	if out.Entities == nil {
		out.Entities = []*catalog.Entity{}
	}
	return out, nil
}

// register registers. A location that is registered already is an error, or is
// read again.
func (a *API) register(r *http.Request, l catalog.Location, refresh bool) (registration, error) {
	made, err := a.service.AddLocation(r.Context(), l)
	if refresh && callboard.CodeOf(err) == callboard.CodeConflict {
		made.Location, err = a.findLocation(r.Context(), "the location went away meanwhile; try again", func(o catalog.Location) bool {
			return o.Type == l.Type && o.Target == l.Target
		})
		if err == nil {
			err = a.service.RefreshLocation(r.Context(), l.Type+":"+l.Target)
		}
	}
	return registration{Location: locationOf(made.Location), Entities: []*catalog.Entity{}}, err
}

// updateLocation serves PUT /locations/{id}: the location moves. The new place
// is registered before the old one is given up, so that what both declare stays.
func (a *API) updateLocation(w http.ResponseWriter, r *http.Request) error {
	old, err := a.locationByID(r)
	if err != nil {
		return err
	}
	l, err := readLocation(r)
	if err != nil {
		return err
	}
	if l.Type == old.Type && l.Target == old.Target {
		return sendJSON(w, r, locationOf(old))
	}
	made, err := a.service.AddLocation(r.Context(), l)
	if err != nil {
		return err
	}
	if err := a.service.RemoveLocation(r.Context(), old.ID); err != nil {
		return err
	}
	return sendJSON(w, r, locationOf(made.Location))
}

// errorsOf are the problems that keep something out, as text.
func errorsOf(problems []catalog.Problem) []string {
	var out []string
	for _, p := range problems {
		if p.Severity == catalog.SeverityError {
			out = append(out, problemText(p))
		}
	}
	return out
}
