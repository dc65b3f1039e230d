// SPDX-License-Identifier: Apache-2.0

package catalogapi

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/httpx"
)

// refresh serves POST /refresh.
func (a *API) refresh(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		EntityRef string `json:"entityRef"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	ref, err := catalog.ParseRef(in.EntityRef, catalog.Ref{})
	if err != nil {
		return err
	}
	if err := a.service.Refresh(r.Context(), ref); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// validationError is one thing wrong with an entity, in the wire format, with
// our own finding beside it.
type validationError struct {
	Name    string           `json:"name"`
	Message string           `json:"message"`
	Problem *catalog.Problem `json:"problem,omitempty"`
}

// validateEntity serves POST /validate-entity. A valid entity is an empty 200.
func (a *API) validateEntity(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Entity   json.RawMessage `json:"entity"`
		Location string          `json:"location"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	if wrong := validationInput(in.Entity, in.Location); wrong != "" {
		return refuse(w, []validationError{{Name: "InputError", Message: wrong}})
	}
	found, err := a.service.Validate(r.Context(), catalog.Item{Location: in.Location, Content: in.Entity})
	if err != nil {
		return err
	}
	var out []validationError
	for _, p := range found.Problems {
		if p.Severity == catalog.SeverityError {
			out = append(out, validationError{Name: "InputError", Message: problemText(p), Problem: &p})
		}
	}
	if len(out) > 0 {
		return refuse(w, out)
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// validationInput says what is wrong with the request itself, or "".
func validationInput(entity json.RawMessage, location string) string {
	if len(entity) == 0 || entity[0] != '{' {
		return "entity: it must be an object, the entity to be validated"
	}
	kind, target, ok := strings.Cut(location, ":")
	if !ok || kind == "" || target == "" {
		return "location " + `"` + short(location) + `": it must be type:target, such as url:https://git.example.com/orders/catalog-info.yaml`
	}
	return ""
}

func refuse(w http.ResponseWriter, errors []validationError) error {
	return httpx.WriteJSON(w, http.StatusBadRequest, struct {
		Errors []validationError `json:"errors"`
	}{errors})
}

// problemText is a problem in one line.
func problemText(p catalog.Problem) string {
	var b strings.Builder
	if p.Pointer != "" {
		b.WriteString(p.Pointer + ": ")
	}
	b.WriteString(p.Message)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}

// existingEntity is an entity that stands at an analyzed location.
type existingEntity struct {
	Location     locationInput   `json:"location"`
	IsRegistered bool            `json:"isRegistered"`
	Entity       *catalog.Entity `json:"entity"`
}

// generatedEntity is a proposal for an analyzed location.
type generatedEntity struct {
	Entity *catalog.Entity `json:"entity"`
	Fields []string        `json:"fields"`
}

// analyzeLocation serves POST /analyze-location.
func (a *API) analyzeLocation(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Location locationInput `json:"location"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	l, err := in.Location.location("location: ")
	if err != nil {
		return err
	}
	found, err := a.service.Analyze(r.Context(), l)
	if err != nil {
		return err
	}
	existing := make([]existingEntity, 0, len(found.Existing))
	for _, e := range found.Existing {
		existing = append(existing, existingEntity{
			Location:     locationInput{Type: e.Location.Type, Target: e.Location.Target},
			IsRegistered: e.Registered,
			Entity:       e.Entity,
		})
	}
	generated := make([]generatedEntity, 0, len(found.Generated))
	for _, e := range found.Generated {
		generated = append(generated, generatedEntity{Entity: e, Fields: []string{}})
	}
	return httpx.WriteJSON(w, http.StatusOK, struct {
		Existing  []existingEntity  `json:"existingEntityFiles"`
		Generated []generatedEntity `json:"generateEntities"`
	}{existing, generated})
}

// providers serves GET /providers.
func (a *API) providers(w http.ResponseWriter, r *http.Request) error {
	items := a.service.Status(r.Context())
	if items == nil {
		items = []catalog.ProviderStatus{}
	}
	return sendJSON(w, r, struct {
		Items []catalog.ProviderStatus `json:"items"`
	}{items})
}

// release serves POST /providers/{name}/release.
func (a *API) release(w http.ResponseWriter, r *http.Request) error {
	if err := a.service.Release(r.Context(), mux.Vars(r)["name"]); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
