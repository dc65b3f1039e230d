// SPDX-License-Identifier: Apache-2.0

// Package authtest has people and a way to sign in for tests:
//
//	people := authtest.People{{Identity: callboard.Identity{Subject: "user:default/ines", Name: "Ines"}, Email: "ines@acme.example"}}
//	idp := authtest.NewProvider("acme")
//	code := idp.Code(auth.SignIn{Claims: auth.Claims{Email: "ines@acme.example", EmailVerified: true}})
//
// A browser that comes back with that code is Ines.
package authtest

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth"
)

// Person is somebody in the directory.
type Person struct {
	callboard.Identity
	// Email is the address in the profile.
	Email string
	// Annotations are those of the entity.
	Annotations map[string]string
}

// People is a directory in memory, in order.
type People []Person

var _ auth.Directory = People(nil)

// People implements [auth.Directory].
func (p People) People(_ context.Context, text string, limit int) ([]auth.Person, error) {
	var found []auth.Person
	for _, person := range p {
		if strings.Contains(strings.ToLower(person.Name), strings.ToLower(text)) && len(found) < limit {
			found = append(found, auth.Person{Ref: person.Subject, Name: person.Name})
		}
	}
	return found, nil
}

// Find implements [auth.Directory].
func (p People) Find(_ context.Context, l auth.Lookup) ([]string, error) {
	var found []string
	for _, person := range p {
		has := false
		switch l.By {
		case auth.ByEmail:
			has = auth.SameASCII(person.Email, l.Value)
		case auth.ByName:
			has = auth.SameASCII(person.Subject[strings.LastIndexByte(person.Subject, '/')+1:], l.Value)
		case auth.ByAnnotation:
			has = person.Annotations[l.Annotation] == l.Value
		}
		if has {
			found = append(found, person.Subject)
		}
	}
	return found, nil
}

// Identity implements [auth.Directory].
func (p People) Identity(_ context.Context, ref string) (callboard.Identity, error) {
	for _, person := range p {
		if person.Subject == ref {
			return person.Identity, nil
		}
	}
	return callboard.Identity{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "there is nobody called " + ref}
}

// Provider is a way to sign in whose provider is the test. It is safe for
// concurrent use.
type Provider struct {
	// Page is where the browser is sent; [NewProvider] says https://ID.example.
	Page string

	id string

	mu      sync.Mutex
	codes   map[string]auth.SignIn
	logouts map[string]auth.Logout
	secrets map[string]string // by state
}

var (
	_ auth.Redirector     = (*Provider)(nil)
	_ auth.Ender          = (*Provider)(nil)
	_ auth.LogoutReceiver = (*Provider)(nil)
)

// NewProvider returns a provider of that ID, whose pages would be at
// https://ID.example.
func NewProvider(id string) *Provider {
	return &Provider{Page: "https://" + id + ".example", id: id, codes: map[string]auth.SignIn{}, logouts: map[string]auth.Logout{}, secrets: map[string]string{}}
}

// ID implements [auth.Method].
func (p *Provider) ID() string { return p.id }

// Label implements [auth.Method].
func (p *Provider) Label() string { return strings.ToUpper(p.id[:1]) + p.id[1:] }

// Code returns a code by which the browser is recognised as that.
func (p *Provider) Code(in auth.SignIn) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	code := "code-" + strconv.Itoa(len(p.codes)+1)
	p.codes[code] = in
	return code
}

// LogoutToken returns a token that says that.
func (p *Provider) LogoutToken(l auth.Logout) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	token := "logout-" + strconv.Itoa(len(p.logouts)+1)
	p.logouts[token] = l
	return token
}

// Begin implements [auth.Redirector].
func (p *Provider) Begin(_ context.Context, b auth.Beginning) (auth.Departure, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	secret := "verifier of " + b.State
	p.secrets[b.State] = secret
	q := url.Values{"state": {b.State}, "redirect_uri": {b.Callback}}
	return auth.Departure{URL: p.Page + "/authorize?" + q.Encode(), Secret: []byte(secret)}, nil
}

// Complete implements [auth.Redirector].
func (p *Provider) Complete(_ context.Context, r auth.Return) (auth.SignIn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	in, known := p.codes[r.Query.Get("code")]
	switch {
	case r.Query.Get("error") != "":
		return in, refused("the provider says that you refused")
	case string(r.Secret) != p.secrets[r.Query.Get("state")]:
		return in, refused("the code verifier is wrong")
	case !known:
		return in, refused("the code is unknown")
	}
	return in, nil
}

// EndURL implements [auth.Ender].
func (p *Provider) EndURL(_ context.Context, hint []byte, back string) (string, error) {
	if len(hint) == 0 {
		return "", nil
	}
	return p.Page + "/end?" + url.Values{"id_token_hint": {string(hint)}, "post_logout_redirect_uri": {back}}.Encode(), nil
}

// Logout implements [auth.LogoutReceiver].
func (p *Provider) Logout(_ context.Context, token string) (auth.Logout, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, known := p.logouts[token]
	if !known {
		return l, refused("the logout token is not signed by the provider")
	}
	return l, nil
}

func refused(message string) error {
	return &callboard.Error{Code: callboard.CodeUnauthenticated, Message: message}
}
