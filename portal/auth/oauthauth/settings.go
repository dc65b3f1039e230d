// SPDX-License-Identifier: Apache-2.0

package oauthauth

import (
	"net/url"
	"strings"

	"github.com/callboard/callboard/portal/auth/internal/provider"
	"github.com/callboard/callboard/portal/config"
)

// Settings is one forge: an item of the keys "auth.github" and "auth.gitlab" of
// the configuration.
type Settings struct {
	// ID is unique among the ways to sign in; default github or gitlab.
	ID string `yaml:"id"`
	// Label is what the button says behind "Sign in with"; default GitHub or
	// GitLab.
	Label string `yaml:"label" validate:"max=80"`
	// URL is where people see the forge; default https://github.com or
	// https://gitlab.com. It is https, or http on this machine.
	URL string `yaml:"url" validate:"omitempty,http_url"`
	// APIURL is where its API is, if that does not follow from the URL.
	APIURL string `yaml:"apiUrl" validate:"omitempty,http_url"`
	// ClientID and ClientSecret are what the forge knows the portal by.
	ClientID     string        `yaml:"clientId" validate:"required"`
	ClientSecret config.Secret `yaml:"clientSecret" validate:"required"`
	// Groups asks for the person's organisations and teams, or groups. The
	// person is asked for leave.
	Groups bool `yaml:"groups"`
	// Allow lists those of which one must be the person's, such as acme or
	// acme/platform; empty allows everybody. It implies Groups, and then only
	// these and what is inside of them are told.
	Allow []string `yaml:"allow" validate:"dive,required"`
}

// check fills in defaults, and returns what is wrong.
func (s *Settings) check(id, label, address string) error {
	setDefault(&s.ID, id)
	setDefault(&s.Label, label)
	setDefault(&s.URL, address)
	s.URL, s.APIURL = strings.TrimSuffix(s.URL, "/"), strings.TrimSuffix(s.APIURL, "/")
	s.Groups = s.Groups || len(s.Allow) > 0
	if s.ClientID == "" || s.ClientSecret.IsZero() {
		return provider.Invalid("the clientId and the clientSecret are required")
	}
	if err := provider.CheckID(s.ID); err != nil {
		return err
	}
	if err := provider.CheckURL("the url", s.URL); err != nil || s.APIURL == "" {
		return err
	}
	return provider.CheckURL("the apiUrl", s.APIURL)
}

// githubAPI returns where the API of a GitHub is: in the cloud on a host of its
// own, else below the web's.
func githubAPI(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host != "github.com" && !strings.HasSuffix(u.Host, ".ghe.com") {
		return address + "/api/v3"
	}
	return "https://api." + u.Host
}

func setDefault(text *string, value string) {
	if *text == "" {
		*text = value
	}
}
