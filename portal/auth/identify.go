// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/callboard/callboard"
)

// What the catalog says of a person is asked again after a moment, so that a
// page of many requests asks once, and a changed group counts at once.
const (
	memoFor  = time.Second
	memoSize = 10_000
)

// memo is a value with when it was read.
type memo[T any] struct {
	value T
	at    time.Time
}

// Identify returns who makes the request: the subject of a bearer token, which
// must then be valid, else the person of the session, else whoever the request
// itself speaks of.
func (a *Auth) Identify(r *http.Request) (callboard.Identity, error) {
	if token, ok := Bearer(r); ok {
		return a.bearer(r.Context(), token)
	}
	rec, err := a.session(r)
	if err != nil {
		return callboard.Identity{}, err
	}
	if rec != nil {
		id, err := a.person(r.Context(), rec.Subject)
		id.Claims = rec.Claims
		return id, err
	}
	claims, res, err := a.recognise(r)
	if err != nil || res.Subject == "" {
		return callboard.Identity{}, err
	}
	id, err := a.person(r.Context(), res.Subject)
	id.Claims = policyClaims(*claims)
	return id, err
}

// maxPolicyClaims bounds what a session keeps for policies.
const maxPolicyClaims = 200

// policyClaims are what policies can bind roles to.
func policyClaims(c Claims) []string {
	var out []string
	for _, g := range c.Groups[:min(len(c.Groups), maxPolicyClaims)] {
		out = append(out, "groups="+g)
	}
	return out
}

// bearer returns the identity of a token.
func (a *Auth) bearer(ctx context.Context, token string) (callboard.Identity, error) {
	if a.isAdmin(token) {
		return callboard.Identity{Subject: AdminSubject, Name: "Administrator", Owns: []string{AdminSubject}}, nil
	}
	key, err := a.keys.Find(ctx, token)
	if err != nil {
		return callboard.Identity{}, err
	}
	a.toucher.touch(use{"auth_key", key.ID}, key.Used)
	if isService(key.Subject) {
		return callboard.Identity{Subject: key.Subject, Name: key.Name, Owns: []string{key.Subject}, Limits: key.Limits}, nil
	}
	id, err := a.person(ctx, key.Subject)
	if err == nil && !id.SignedIn() {
		err = errBadToken() // its person has left
	}
	id.Limits = key.Limits
	return id, err
}

// isAdmin compares in constant time, whatever the lengths.
func (a *Auth) isAdmin(token string) bool {
	if a.opts.AdminToken.IsZero() {
		return false
	}
	want, got := sha256.Sum256([]byte(a.opts.AdminToken.Reveal())), sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// session returns the session of the request's cookie, or nil.
func (a *Auth) session(r *http.Request) (*record, error) {
	rec, seen, err := a.sessions.find(r.Context(), a.cookie(r, a.sessionName(r)))
	if rec != nil {
		a.toucher.touch(use{"auth_session", rec.ID}, seen)
	}
	return rec, err
}

// person returns the identity of a person, nobody if they have left the
// catalog.
func (a *Auth) person(ctx context.Context, subject string) (callboard.Identity, error) {
	if subject == "" {
		return callboard.Identity{}, nil
	}
	now := a.opts.Now()
	if m, ok := a.known.Get(subject); ok && fresh(m.at, now) {
		return m.value, nil
	}
	id, err := a.people.Identity(ctx, subject)
	if code := callboard.CodeOf(err); code == callboard.CodeNotFound || code == callboard.CodeInvalid {
		return callboard.Identity{}, nil //nolint:nilerr // whoever left the catalog is nobody
	}
	if err != nil {
		return callboard.Identity{}, err
	}
	id.Owns = slices.Clip(id.Owns) // requests share it
	a.known.Add(subject, memo[callboard.Identity]{id, now})
	return id, nil
}

func fresh(at, now time.Time) bool { return now.Sub(at) < memoFor && !now.Before(at) }

// recognise asks the methods that read requests. Claims are nil if none says
// anything.
func (a *Auth) recognise(r *http.Request) (*Claims, Resolution, error) {
	for _, m := range a.opts.Methods {
		requester, ok := m.(Requester)
		if !ok {
			continue
		}
		claims, err := requester.Recognise(r)
		if err != nil {
			return nil, Resolution{}, err
		}
		if claims != nil {
			res, err := a.resolveAsserted(r.Context(), m.ID(), *claims)
			return claims, res, err
		}
	}
	return nil, Resolution{}, nil
}

// resolveAsserted resolves claims that come with each request.
func (a *Auth) resolveAsserted(ctx context.Context, method string, c Claims) (Resolution, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return Resolution{}, err
	}
	key, now := method+"\x00"+hashOf(string(data)), a.opts.Now()
	if m, ok := a.asserted.Get(key); ok && fresh(m.at, now) {
		return m.value, nil
	}
	res, err := a.resolver.Settle(ctx, method, c)
	if err == nil {
		a.asserted.Add(key, memo[Resolution]{res, now})
	}
	return res, err
}
