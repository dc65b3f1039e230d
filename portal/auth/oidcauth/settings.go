// SPDX-License-Identifier: Apache-2.0

package oidcauth

import (
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/callboard/callboard/portal/auth/internal/provider"
	"github.com/callboard/callboard/portal/auth/internal/signed"
	"github.com/callboard/callboard/portal/config"
)

// Settings is one provider: an item of the key "auth.oidc" of the
// configuration.
type Settings struct {
	// ID is unique among the ways to sign in, such as "google".
	ID string `yaml:"id" validate:"required"`
	// Label is what the button says behind "Sign in with"; default the issuer's
	// host.
	Label string `yaml:"label" validate:"max=80"`
	// Issuer is the provider's own address for itself, exactly as it writes it.
	// It is https, or http on this machine.
	Issuer string `yaml:"issuer" validate:"required,http_url"`
	// ClientID and ClientSecret are what the provider knows the portal by. A
	// client without a secret proves itself by PKCE alone.
	ClientID     string        `yaml:"clientId" validate:"required"`
	ClientSecret config.Secret `yaml:"clientSecret"`
	// Scopes are asked for; default openid, profile and email.
	Scopes []string `yaml:"scopes"`
	// GroupsClaim has the person's groups: a claim, or a path through objects
	// such as realm_access.roles; default groups.
	GroupsClaim string `yaml:"groupsClaim"`
	// UsernameClaim has the name that the person signs in with; default
	// preferred_username.
	UsernameClaim string `yaml:"usernameClaim"`
	// Algorithms are those with which the provider may sign; default every one
	// with a public key that the provider says it uses.
	Algorithms []string `yaml:"algorithms" validate:"dive,oneof=RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA"`
	// TrustEmail takes addresses as verified of which the provider does not say
	// whether they are. It is for a company's own directory, such as one tenant
	// of Microsoft Entra ID, where people cannot write an address themselves.
	TrustEmail bool `yaml:"trustEmail"`
	// SkipUserInfo keeps to what the ID token says.
	SkipUserInfo bool `yaml:"skipUserInfo"`
	// ACRValues are asked for, and one of them must be what the sign-in had.
	ACRValues []string `yaml:"acrValues"`
	// MaxAge is how long ago the person may have given proof to the provider; 0
	// is any time.
	MaxAge time.Duration `yaml:"maxAge" validate:"min=0"`
	// Prompt is sent as it is, such as select_account.
	Prompt string `yaml:"prompt" validate:"omitempty,oneof=login consent select_account"`
}

// check returns what the tags do not say.
func (s Settings) check() error {
	if err := provider.CheckID(s.ID); err != nil {
		return err
	}
	if s.ClientID == "" {
		return provider.Invalid("the clientId is required")
	}
	for _, a := range s.Algorithms {
		if !slices.Contains(signed.Algorithms(), a) {
			return provider.Invalid("the algorithm " + a + " is not one of " + strings.Join(signed.Algorithms(), ", "))
		}
	}
	return provider.CheckURL("the issuer", s.Issuer)
}

func (s Settings) withDefaults(host string) Settings {
	setDefault(&s.Label, host)
	setDefault(&s.GroupsClaim, "groups")
	setDefault(&s.UsernameClaim, "preferred_username")
	if len(s.Scopes) == 0 {
		s.Scopes = []string{"profile", "email"}
	}
	if !slices.Contains(s.Scopes, oidc.ScopeOpenID) {
		s.Scopes = append([]string{oidc.ScopeOpenID}, s.Scopes...)
	}
	return s
}

func setDefault(text *string, value string) {
	if *text == "" {
		*text = value
	}
}
