// SPDX-License-Identifier: Apache-2.0

package oidcauth_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/oidcauth"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/module"
)

// configured returns what the package contributes with a configuration file.
func configured(t *testing.T, yaml string) ([]auth.Method, error) {
	t.Helper()
	c, err := config.Parse("portal.yaml", []byte(yaml), nil)
	if err != nil {
		t.Fatal(err)
	}
	i := module.NewInjector(nil)
	do.ProvideValue(i, c)
	oidcauth.Package()(i)
	lists, err := module.Collect[[]auth.Method](i)
	var all []auth.Method
	for _, list := range lists {
		all = append(all, list...)
	}
	if err == nil {
		err = c.Check()
	}
	return all, err
}

func TestPackage(t *testing.T) {
	t.Parallel()
	got, err := configured(t, `
auth:
  oidc:
    - { id: google, label: Google, issuer: https://accounts.google.com, clientId: a, clientSecret: s }
    - { id: staff, issuer: https://login.acme.example/realms/staff, clientId: b, maxAge: 8h, prompt: login }
`)
	if err != nil || len(got) != 2 {
		t.Fatalf("the package contributes %v, %v", got, err)
	}
	if got[0].ID() != "google" || got[0].Label() != "Google" || got[1].Label() != "login.acme.example" {
		t.Errorf("they are %s (%s) and %s (%s)", got[0].ID(), got[0].Label(), got[1].ID(), got[1].Label())
	}
	if got, err := configured(t, "{}"); err != nil || got != nil {
		t.Errorf("without settings: %v, %v", got, err)
	}
}

// Another section reads what stands beside the list.
func TestTheListStandsInASharedSection(t *testing.T) {
	t.Parallel()
	c, err := config.Parse("portal.yaml", []byte("auth: {idle: 1h, oidc: [{id: a, issuer: https://x.example, clientId: c}], odic: []}"), nil)
	if err != nil {
		t.Fatal(err)
	}
	type shared struct {
		Idle string `yaml:"idle"`
	}
	if s, err := config.Section(c, "auth", shared{}); err != nil || s.Idle != "1h" {
		t.Fatalf("the shared section is %+v, %v", s, err)
	}
	i := module.NewInjector(nil)
	do.ProvideValue(i, c)
	oidcauth.Package()(i)
	if all, err := module.Collect[[]auth.Method](i); err != nil || len(all) != 1 {
		t.Errorf("the package contributes %v, %v", all, err)
	}
	if text := fmt.Sprint(c.Check()); !strings.Contains(text, "auth.odic is not a known key; did you mean oidc?") || strings.Count(text, "\n") > 0 {
		t.Errorf("the problems are %s", text)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ item, problem string }{
		{"{id: a, issuer: https://x.example}", "auth.oidc[0].clientId is required"},
		{"{id: a, clientId: c}", "auth.oidc[0].issuer is required"},
		{"{issuer: https://x.example, clientId: c}", "auth.oidc[0].id is required"},
		{"{id: A B, issuer: https://x.example, clientId: c}", "the id must be lower case"},
		{"{id: a, issuer: x.example, clientId: c}", "auth.oidc[0].issuer must be an http or https URL"},
		{"{id: a, issuer: 'http://x.example', clientId: c}", "must be https"},
		{"{id: a, issuer: 'https://u:p@x.example', clientId: c}", "no user, query or fragment"},
		{"{id: a, issuer: 'https://x.example?a=b', clientId: c}", "no user, query or fragment"},
		{"{id: a, issuer: https://x.example, clientId: c, algorithms: [HS256]}", "must be one of RS256"},
		{"{id: a, issuer: https://x.example, clientId: c, algorithms: [none]}", "must be one of RS256"},
		{"{id: a, issuer: https://x.example, clientId: c, prompt: none}", "must be one of login"},
		{"{id: a, issuer: https://x.example, clientId: c, maxAge: -1h}", "must be at least"},
		{"{id: a, issuer: https://x.example, clientId: c, client_secret: hush}", "did you mean clientSecret?"},
	} {
		_, err := configured(t, "auth:\n  oidc:\n    - "+test.item)
		if callboard.CodeOf(err) != callboard.CodeInvalid || !strings.Contains(fmt.Sprint(err), test.problem) {
			t.Errorf("%s: got %v, want a problem with %q", test.item, err, test.problem)
		}
		if strings.Contains(fmt.Sprint(err), "hush") {
			t.Errorf("%s: the problem shows a secret: %v", test.item, err)
		}
	}
	for _, s := range []oidcauth.Settings{
		{},
		{ID: "a", Issuer: "https://x.example"},
		{ID: "a", Issuer: "https://x.example", ClientID: "c", Algorithms: []string{"HS256"}},
	} {
		if _, err := oidcauth.New(s, nil); callboard.CodeOf(err) != callboard.CodeInvalid {
			t.Errorf("New(%+v) = %v, want an invalid input", s, err)
		}
	}
}
