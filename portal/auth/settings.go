// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"time"

	"github.com/callboard/callboard/portal/config"
)

// Settings are what an operator decides about signing in: the key "auth" of the
// configuration. The zero value of each has the default.
type Settings struct {
	// Session bounds sessions.
	Session SessionSettings `yaml:"session"`
	// Resolve are the steps from a provider's claims to a person of the catalog;
	// default [DefaultRules].
	Resolve []Rule `yaml:"resolve" validate:"dive"`
	// Local lets people say who they are, without a password.
	Local LocalSettings `yaml:"local"`
}

// SessionSettings bounds how long somebody stays signed in.
type SessionSettings struct {
	// Idle ends a session that nobody used for that long; default 24 h.
	Idle time.Duration `yaml:"idle" validate:"min=0"`
	// Lifetime ends a session however much it is used; default 720 h, which is
	// 30 days.
	Lifetime time.Duration `yaml:"lifetime" validate:"min=0"`
}

// LocalSettings are about local accounts: a page that lists the people of the
// catalog, to be one of them. Nothing is checked, so it is for demonstrations.
type LocalSettings struct {
	// Enabled switches them on or off; the default is on if there is no other
	// way to sign in, the portal listens on a loopback address, and baseURL is
	// none that others could reach.
	Enabled *bool `yaml:"enabled"`
	// AllowRemote lets others use them than who sits at the machine itself.
	// Whoever reaches the portal can then be anybody.
	AllowRemote bool `yaml:"allowRemote"`
}

// AdminSettings is the key "admin" of the configuration.
type AdminSettings struct {
	// Token is a bearer token of service:admin, for scripts: at least 32
	// characters. Its place is the variable CALLBOARD_ADMIN_TOKEN.
	Token config.Secret `yaml:"token"`
}

// MinAdminToken is how many characters the administrator's token has at least.
const MinAdminToken = 32

func (s Settings) withDefaults() Settings {
	if s.Session.Idle == 0 {
		s.Session.Idle = 24 * time.Hour
	}
	if s.Session.Lifetime == 0 {
		s.Session.Lifetime = 30 * 24 * time.Hour
	}
	return s
}
