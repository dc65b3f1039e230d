// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
)

// caller returns who asks, or CodeUnauthenticated.
func caller(r *http.Request) (callboard.Identity, error) {
	id := callboard.IdentityFrom(r.Context())
	if !id.SignedIn() {
		return id, &callboard.Error{Code: callboard.CodeUnauthenticated, Message: "sign in, or send a key as a bearer token"}
	}
	return id, nil
}

// manager is caller for what a key may not do.
func manager(r *http.Request) (callboard.Identity, error) {
	if err := managing(r); err != nil {
		return callboard.Identity{}, err
	}
	return caller(r)
}

// meAnswer is who asks.
type meAnswer struct {
	Subject string            `json:"subject"`
	Name    string            `json:"name"`
	Owns    []string          `json:"owns"`
	Limits  []callboard.Limit `json:"limits,omitempty"`
}

// me serves GET /api/auth/me.
func (a *Auth) me(w http.ResponseWriter, r *http.Request) error {
	id, err := caller(r)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return httpx.WriteJSON(w, http.StatusOK, meAnswer{id.Subject, id.Name, id.Owns, id.Limits})
}

// items is a list as the API writes it.
type items[T any] struct {
	Items []T `json:"items"`
}

func writeItems[T any](w http.ResponseWriter, list []T) error {
	if list == nil {
		list = []T{}
	}
	w.Header().Set("Cache-Control", "no-store")
	return httpx.WriteJSON(w, http.StatusOK, items[T]{list})
}

// sessionList serves GET /api/auth/sessions.
func (a *Auth) sessionList(w http.ResponseWriter, r *http.Request) error {
	id, err := caller(r)
	if err != nil {
		return err
	}
	current := ""
	if _, bearer := Bearer(r); !bearer {
		rec, err := a.session(r)
		if err != nil {
			return err
		}
		if rec != nil {
			current = rec.ID
		}
	}
	list, err := a.sessions.list(r.Context(), id.Subject, current)
	if err != nil {
		return err
	}
	return writeItems(w, list)
}

// deleteSession serves DELETE /api/auth/sessions/{id}.
func (a *Auth) deleteSession(w http.ResponseWriter, r *http.Request) error {
	id, err := manager(r)
	if err != nil {
		return err
	}
	if err := a.revokeSession(r, id.Subject, mux.Vars(r)["id"]); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// deleteOthers serves DELETE /api/auth/sessions: all but the one that asks.
func (a *Auth) deleteOthers(w http.ResponseWriter, r *http.Request) error {
	id, err := manager(r)
	if err != nil {
		return err
	}
	rec, err := a.session(r)
	if err != nil {
		return err
	}
	if err := a.revokeOthers(r, id.Subject, rec); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// keyList serves GET /api/auth/keys.
func (a *Auth) keyList(w http.ResponseWriter, r *http.Request) error {
	id, err := caller(r)
	if err != nil {
		return err
	}
	keys, err := a.keys.Of(r.Context(), id.Subject)
	if err != nil {
		return err
	}
	return writeItems(w, keys)
}

// newKeyRequest is what POST /api/auth/keys takes.
type newKeyRequest struct {
	Name    string            `json:"name"`
	Limits  []callboard.Limit `json:"limits"`
	Expires time.Time         `json:"expires"`
}

// newKeyAnswer is a key with its secret, which is shown this once.
type newKeyAnswer struct {
	Key
	Secret string `json:"secret"`
}

// createKey serves POST /api/auth/keys.
func (a *Auth) createKey(w http.ResponseWriter, r *http.Request) error {
	id, err := manager(r)
	if err != nil {
		return err
	}
	var in newKeyRequest
	if err := httpx.DecodeJSON(r, &in); err != nil {
		return err
	}
	key, secret, err := a.keys.Create(r.Context(), Key{Subject: id.Subject, CreatedBy: id.Subject, Name: in.Name, Limits: in.Limits, Expires: in.Expires})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return httpx.WriteJSON(w, http.StatusCreated, newKeyAnswer{key, secret})
}

// deleteKey serves DELETE /api/auth/keys/{id}.
func (a *Auth) deleteKey(w http.ResponseWriter, r *http.Request) error {
	id, err := manager(r)
	if err != nil {
		return err
	}
	if err := a.keys.Revoke(r.Context(), id.Subject, mux.Vars(r)["id"], id.Subject); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
