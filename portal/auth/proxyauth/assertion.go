// SPDX-License-Identifier: Apache-2.0

package proxyauth

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"os"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/internal/provider"
	"github.com/callboard/callboard/portal/auth/internal/signed"
)

const (
	maxRemembered = 4096
	maxAge        = time.Hour
)

// assertion is what a proxy signed. A subject that is empty is nobody, such as
// a program that the proxy lets pass.
type assertion struct {
	issuer, subject string
	expires         time.Time
	all             map[string]any
}

// claims returns whom an assertion is about, or nil.
func (a assertion) claims(s Signed, trustEmail bool) *auth.Claims {
	if a.subject == "" {
		return nil
	}
	address, verified := signed.Email(a.all, trustEmail)
	return &auth.Claims{
		Issuer: a.issuer, Subject: a.subject,
		Username: signed.Text(a.all, s.UsernameClaim), Name: signed.Text(a.all, "name"),
		Email: address, EmailVerified: verified,
		Groups: signed.Texts(a.all, s.GroupsClaim), Other: a.all,
	}
}

// cache remembers what was verified, by the token's hash. Nothing is remembered
// of tokens that do not pass.
type cache struct {
	known *lru.Cache[[sha256.Size]byte, remembered]
	now   func() time.Time
	check func(context.Context, string) (assertion, error)
	read  func(assertion) *auth.Claims
}

type remembered struct {
	claims *auth.Claims
	until  time.Time
}

// claims returns a copy of what a token says.
func (c *cache) claims(ctx context.Context, token string) (*auth.Claims, error) {
	key, now := sha256.Sum256([]byte(token)), c.now()
	r, ok := c.known.Get(key)
	if !ok || !now.Before(r.until) {
		a, err := c.check(ctx, token)
		if err != nil {
			return nil, err
		}
		r = remembered{claims: c.read(a), until: now.Add(maxAge)}
		if a.expires.Before(r.until) {
			r.until = a.expires
		}
		c.known.Add(key, r)
	}
	if r.claims == nil {
		return nil, nil //nolint:nilnil // it is nobody's
	}
	out := *r.claims
	return &out, nil
}

// keySet checks tokens with the keys of a JSON web key set.
type keySet struct {
	rules signed.Rules
	keys  *provider.Fresh[*signed.Keys]
}

func newKeySet(s Signed, o Options) *keySet {
	client := provider.NewClient(o.Transport)
	return &keySet{
		rules: signed.Rules{Issuer: s.Issuer, Audience: s.Audience, Algorithms: s.Algorithms, Now: o.Now},
		keys: provider.NewFresh(o.Now, func(ctx context.Context) (*signed.Keys, error) {
			var set signed.KeySet
			if err := readKeys(ctx, client, s.Keys, &set); err != nil {
				return nil, err
			}
			keys, err := set.Parse()
			if err != nil {
				return nil, provider.Broken("the proxy's keys", err)
			}
			return &keys, nil
		}),
	}
}

// readKeys reads a URL or a file.
func readKeys(ctx context.Context, client *provider.Client, from string, out any) error {
	if isURL(from) {
		return client.JSON(ctx, from, nil, out)
	}
	raw, err := os.ReadFile(from)
	if err == nil {
		err = json.Unmarshal(raw, out)
	}
	if err != nil {
		return provider.Unavailable("the file of the proxy's keys", err)
	}
	return nil
}

// check checks a token, a second time with keys read anew if none of those at
// hand signed it.
func (k *keySet) check(ctx context.Context, token string) (assertion, error) {
	keys, err := k.keys.Value(ctx)
	if err != nil {
		return assertion{}, err
	}
	t, err := k.rules.ID(ctx, *keys, token)
	if errors.Is(err, signed.ErrSignature) {
		if renewed, rerr := k.keys.Renew(ctx); rerr == nil && renewed != keys {
			t, err = k.rules.ID(ctx, *renewed, token)
		}
	}
	if err != nil && !errors.Is(err, signed.ErrNobody) {
		return assertion{}, provider.Refused("the proxy's token: "+err.Error(), err)
	}
	return assertion{issuer: t.Issuer, subject: t.Subject, expires: t.Expiry, all: t.Claims}, nil
}
