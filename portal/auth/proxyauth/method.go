// SPDX-License-Identifier: Apache-2.0

package proxyauth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/internal/provider"
)

const (
	maxValue  = 256 // of a header that a proxy does not sign
	maxGroups = 200
)

var _ auth.Requester = (*Method)(nil)

// Method recognises people by what a proxy says. It may be used by several
// goroutines.
type Method struct {
	settings Settings
	header   string
	trusted  []netip.Prefix
	claims   func(*http.Request, string) (*auth.Claims, error)
}

// Options are for tests and unusual networks; the zero value is the default.
type Options struct {
	// Transport reads the keys; nil connects directly.
	Transport http.RoundTripper
	// Timeout bounds how long a request waits for keys; 0 means 10 s.
	Timeout time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// New returns a way to recognise people. It reads the keys when they are first
// needed. Settings that cannot work, or would believe strangers, are
// [callboard.CodeInvalid].
func New(s Settings, opts *Options) (*Method, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Timeout == 0 {
		o.Timeout = provider.Timeout
	}
	setDefault(&s.ID, "proxy")
	setDefault(&s.Label, "the proxy")
	if err := provider.CheckID(s.ID); err != nil {
		return nil, err
	}
	m := &Method{settings: s}
	var err error
	if m.trusted, err = networks(s.Trusted); err != nil {
		return nil, err
	}
	switch {
	case (s.Signed == nil) == (s.Plain == nil):
		return nil, provider.Invalid("either signed or plain must be set, and not both")
	case s.Plain != nil:
		return m, m.setPlain(*s.Plain)
	}
	return m, m.setSigned(s.Signed.withDefaults(), o)
}

func (m *Method) setPlain(p Plain) error {
	if len(m.trusted) == 0 {
		return provider.Invalid("a proxy that does not sign needs trusted networks: anybody else could write the header too")
	}
	m.header, m.claims = p.User, m.plain(p)
	return p.check()
}

func (m *Method) setSigned(s Signed, o Options) error {
	if err := s.check(); err != nil {
		return err
	}
	known, err := lru.New[[sha256.Size]byte, remembered](maxRemembered)
	if err != nil {
		return err
	}
	trustEmail := m.settings.TrustEmail || s.Product == "google-iap" || s.Product == "cloudflare-access"
	c := &cache{known: known, now: o.Now, check: newKeySet(s, o).check, read: func(a assertion) *auth.Claims { return a.claims(s, trustEmail) }}
	if s.Product == "aws-alb" {
		b, err := newBalancer(s, o)
		if err != nil {
			return err
		}
		c.check = b.check
	}
	m.header = s.Header
	m.claims = func(r *http.Request, token string) (*auth.Claims, error) {
		ctx, cancel := context.WithTimeout(r.Context(), o.Timeout)
		defer cancel()
		return c.claims(ctx, token)
	}
	return nil
}

// ID returns the settings' ID.
func (m *Method) ID() string { return m.settings.ID }

// Label returns the settings' label.
func (m *Method) Label() string { return m.settings.Label }

// Recognise returns whom the proxy's header names, or nil without the header.
func (m *Method) Recognise(r *http.Request) (*auth.Claims, error) {
	value, err := one(r, m.header)
	if err != nil || value == "" {
		return nil, err
	}
	if len(m.trusted) > 0 && !m.trusts(r.RemoteAddr) {
		return nil, provider.Refused("the header "+m.header+" does not come from the proxy's network", fmt.Errorf("it comes from %s", r.RemoteAddr))
	}
	return m.claims(r, value)
}

// one returns the header, which comes once or not at all: of two, one may be
// the client's own.
func one(r *http.Request, name string) (string, error) {
	values := r.Header.Values(name)
	if len(values) > 1 {
		return "", provider.Refused("the header "+name+" comes more than once", nil)
	}
	return strings.TrimSpace(strings.Join(values, "")), nil
}

func (m *Method) trusts(remoteAddr string) bool {
	peer, err := netip.ParseAddrPort(remoteAddr)
	return err == nil && slices.ContainsFunc(m.trusted, func(p netip.Prefix) bool { return p.Contains(peer.Addr().Unmap().WithZone("")) })
}

// plain returns what reads the headers of a proxy that does not sign.
func (m *Method) plain(p Plain) func(*http.Request, string) (*auth.Claims, error) {
	return func(r *http.Request, user string) (*auth.Claims, error) {
		c := &auth.Claims{Issuer: "proxy:" + m.settings.ID, Subject: user, Username: user}
		var groups string
		for _, field := range []struct {
			name string
			text *string
			max  int
		}{{p.User, &c.Username, maxValue}, {p.Name, &c.Name, maxValue}, {p.Email, &c.Email, maxValue}, {p.Groups, &groups, maxGroups * maxValue}} {
			if field.name == "" {
				continue
			}
			value, err := one(r, field.name)
			if err != nil {
				return nil, err
			}
			if len(value) > field.max || strings.ContainsFunc(value, unicode.IsControl) {
				return nil, provider.Refused("the header "+field.name+" is too long or has control characters", nil)
			}
			*field.text = value
		}
		c.EmailVerified = m.settings.TrustEmail && c.Email != ""
		for g := range strings.SplitSeq(groups, ",") {
			if g = strings.TrimSpace(g); g != "" && len(c.Groups) < maxGroups {
				c.Groups = append(c.Groups, g)
			}
		}
		return c, nil
	}
}
