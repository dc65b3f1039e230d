// SPDX-License-Identifier: Apache-2.0

package proxyauth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/auth/proxyauth"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/module"
)

func newRSAKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signRSA(t *testing.T, kid string, key *rsa.PrivateKey, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(raw)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// configured returns what the package contributes with a configuration file.
func configured(t *testing.T, yaml string) ([]auth.Method, error) {
	t.Helper()
	c, err := config.Parse("portal.yaml", []byte(yaml), nil)
	if err != nil {
		t.Fatal(err)
	}
	i := module.NewInjector(nil)
	do.ProvideValue(i, c)
	proxyauth.Package()(i)
	all, err := module.Collect[auth.Method](i)
	if err == nil {
		err = c.Check()
	}
	return all, err
}

func TestPackage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ yaml, want string }{
		{"{}", ""},
		{"auth: {proxy: {plain: {user: X-User}, trusted: [10.1.2.0/24]}}", "proxy (the proxy)"},
		{"auth: {proxy: {id: iap, label: Google, signed: {product: google-iap, audience: a}}}", "iap (Google)"},
		{"auth: {proxy: {signed: {product: cloudflare-access, issuer: https://acme.cloudflareaccess.com, audience: a}}}", "proxy (the proxy)"},
		{"auth: {proxy: {signed: {product: aws-alb, issuer: https://x.example, audience: a, signer: '" + arn + "'}}}", "proxy (the proxy)"},
		{"auth: {proxy: {signed: {header: X-A, issuer: i, audience: a, keys: /etc/keys.json}, trusted: [10.0.0.1, fd00::/8]}}", "proxy (the proxy)"},
	} {
		all, err := configured(t, test.yaml)
		got := ""
		for _, m := range all {
			got += fmt.Sprintf("%s (%s)", m.ID(), m.Label())
		}
		if err != nil || got != test.want {
			t.Errorf("%s contributes %q, %v, want %q", test.yaml, got, err, test.want)
		}
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	t.Parallel()
	plain := func(trusted string) string { return "{plain: {user: X-User}, trusted: " + trusted + "}" }
	for _, test := range []struct{ settings, problem string }{
		{"{label: x}", "either signed or plain"},
		{"{plain: {user: X-User}, signed: {product: google-iap, audience: a}, trusted: [10.1.2.3]}", "either signed or plain"},
		{"{plain: {user: X-User}}", "needs trusted networks"},
		{plain("[]"), "needs trusted networks"},
		{plain("['0.0.0.0/0']"), "so wide"},
		{plain("['::/0']"), "so wide"},
		{plain("['0.0.0.0/1', '128.0.0.0/1']"), "so wide"},
		{plain("['::ffff:0:0/96']"), "must be a network"},
		{plain("[proxy.acme.example]"), "must be a network"},
		{plain("['fe80::1%eth0']"), "must be a network"},
		{"{plain: {email: X-Mail}, trusted: [10.1.2.3]}", "auth.proxy.plain.user is required"},
		{"{plain: {user: X User}, trusted: [10.1.2.3]}", "names of headers"},
		{"{plain: {user: cookie}, trusted: [10.1.2.3]}", "names of headers"},
		{"{id: A B, plain: {user: X-User}, trusted: [10.1.2.3]}", "the id must be"},
		{"{signed: {product: nginx}}", "must be one of google-iap"},
		{"{signed: {product: google-iap}}", "issuer and the audience"},
		{"{signed: {product: cloudflare-access, audience: a}}", "issuer and the audience"},
		{"{signed: {product: aws-alb, issuer: i, audience: a}}", "signer is required"},
		{"{signed: {product: aws-alb, issuer: i, audience: a, signer: x}}", "must be the ARN"},
		{"{signed: {product: google-iap, audience: a, signer: x}}", "signer must not be set"},
		{"{signed: {issuer: i, audience: a, keys: k}}", "header is required"},
		{"{signed: {header: Authorization, issuer: i, audience: a, keys: k}}", "header is required"},
		{"{signed: {header: X-A, issuer: i, audience: a}}", "keys are required"},
		{"{signed: {header: X-A, issuer: i, audience: a, keys: 'http://x.example/keys'}}", "must be https"},
		{"{signed: {header: X-A, issuer: i, audience: a, keys: k, algorithms: [HS256]}}", "must be one of RS256"},
		{"{signed: {header: X-A, issuer: i, audience: a, keys: k}, trusted: ['0.0.0.0/0']}", "so wide"},
		{"{signed: {header: X-A, isuer: i, audience: a, keys: k}}", ""},
	} {
		_, err := configured(t, "auth:\n  proxy: "+test.settings)
		if callboard.CodeOf(err) != callboard.CodeInvalid || !strings.Contains(fmt.Sprint(err), test.problem) {
			t.Errorf("%s: got %v, want a problem with %q", test.settings, err, test.problem)
		}
	}
}
