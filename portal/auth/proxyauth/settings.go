// SPDX-License-Identifier: Apache-2.0

package proxyauth

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/callboard/callboard/portal/auth/internal/provider"
	"github.com/callboard/callboard/portal/auth/internal/signed"
)

// Settings is the key "auth.proxy" of the configuration. Either Signed or Plain
// is set.
type Settings struct {
	// ID is unique among the ways to sign in; default proxy.
	ID string `yaml:"id"`
	// Label is what people read; default the proxy.
	Label string `yaml:"label" validate:"max=80"`
	// Signed is a proxy that signs what it says.
	Signed *Signed `yaml:"signed"`
	// Plain is a proxy that writes a name into a header.
	Plain *Plain `yaml:"plain"`
	// Trusted are the networks that the proxy connects from, such as
	// 10.1.2.0/24 or one address. Plain needs some; without any, Signed is taken
	// from everywhere.
	Trusted []string `yaml:"trusted"`
	// TrustEmail takes addresses as verified of which the proxy does not say
	// whether they are. Google's and Cloudflare's always are taken so.
	TrustEmail bool `yaml:"trustEmail"`
}

// Signed says how a proxy signs. Empty fields are the product's; without a
// product, Header, Issuer, Audience and Keys are required.
type Signed struct {
	// Product is google-iap, cloudflare-access or aws-alb.
	Product string `yaml:"product" validate:"omitempty,oneof=google-iap cloudflare-access aws-alb"`
	// Header has the token.
	Header string `yaml:"header"`
	// Issuer and Audience are what the token must name; for aws-alb, the
	// provider's issuer and the client's ID of the listener's rule.
	Issuer   string `yaml:"issuer"`
	Audience string `yaml:"audience"`
	// Keys is the URL or the file of the JSON web key set; for aws-alb, the URL
	// below which the region has its keys.
	Keys string `yaml:"keys"`
	// Algorithms are those with which the proxy may sign; default every one with
	// a public key.
	Algorithms []string `yaml:"algorithms" validate:"dive,oneof=RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA"`
	// Signer is the load balancer's ARN, for aws-alb alone.
	Signer string `yaml:"signer" validate:"required_if=Product aws-alb,excluded_unless=Product aws-alb"`
	// UsernameClaim has the name that the person signs in with; default
	// preferred_username, of Google and Cloudflare email.
	UsernameClaim string `yaml:"usernameClaim"`
	// GroupsClaim has the person's groups: a claim or a path; default groups, of
	// Cloudflare custom.groups.
	GroupsClaim string `yaml:"groupsClaim"`
}

// Plain names the headers of a proxy that does not sign.
type Plain struct {
	// User has the name of the person, which is also their identifier.
	User string `yaml:"user" validate:"required"`
	// Name, Email and Groups have more about the person; empty are not read.
	// Groups are separated by commas.
	Name   string `yaml:"name"`
	Email  string `yaml:"email"`
	Groups string `yaml:"groups"`
}

// products are the defaults of each.
func products() map[string]Signed {
	return map[string]Signed{
		"": {UsernameClaim: "preferred_username", GroupsClaim: "groups"},
		"google-iap": {
			Header: "X-Goog-Iap-Jwt-Assertion", Issuer: "https://cloud.google.com/iap",
			Keys: "https://www.gstatic.com/iap/verify/public_key-jwk", Algorithms: []string{"ES256"},
			UsernameClaim: "email", GroupsClaim: "groups",
		},
		"cloudflare-access": {
			Header: "Cf-Access-Jwt-Assertion", Algorithms: []string{"RS256"},
			UsernameClaim: "email", GroupsClaim: "custom.groups",
		},
		"aws-alb": {Header: "X-Amzn-Oidc-Data", Algorithms: []string{"ES256"}, UsernameClaim: "preferred_username", GroupsClaim: "groups"},
	}
}

// withDefaults returns the settings with the product's where there are none.
func (s Signed) withDefaults() Signed {
	p := products()[s.Product]
	for _, field := range []struct {
		text  *string
		value string
	}{
		{&s.Header, p.Header}, {&s.Issuer, p.Issuer}, {&s.Keys, p.Keys},
		{&s.UsernameClaim, p.UsernameClaim}, {&s.GroupsClaim, p.GroupsClaim},
	} {
		setDefault(field.text, field.value)
	}
	if len(s.Algorithms) == 0 {
		s.Algorithms = p.Algorithms
	}
	if len(s.Algorithms) == 0 {
		s.Algorithms = signed.Algorithms()
	}
	if s.Product == "cloudflare-access" && s.Issuer != "" {
		setDefault(&s.Keys, strings.TrimSuffix(s.Issuer, "/")+"/cdn-cgi/access/certs")
	}
	if region := regionOf(s.Signer); s.Product == "aws-alb" && region != "" {
		setDefault(&s.Keys, "https://public-keys.auth.elb."+region+".amazonaws.com")
	}
	return s
}

// check returns what is missing or cannot be.
func (s Signed) check() error {
	_, known := products()[s.Product]
	switch {
	case !known:
		return provider.Invalid("the product is google-iap, cloudflare-access, aws-alb or left out")
	case (s.Product == "aws-alb") != (s.Signer != ""):
		return provider.Invalid("the signer is required for aws-alb, and for nothing else")
	case s.Signer != "" && regionOf(s.Signer) == "":
		return provider.Invalid("the signer must be the ARN of a load balancer")
	case !validHeader(s.Header):
		return provider.Invalid("the header is required, such as X-Assertion")
	case s.Issuer == "" || s.Audience == "":
		return provider.Invalid("the issuer and the audience are required: a token for something else would pass without")
	case s.Keys == "":
		return provider.Invalid("the keys are required: a URL or a file")
	case slices.ContainsFunc(s.Algorithms, func(a string) bool { return !slices.Contains(signed.Algorithms(), a) }):
		return provider.Invalid("the algorithms must be of " + strings.Join(signed.Algorithms(), ", "))
	case isURL(s.Keys):
		return provider.CheckURL("the address of the keys", s.Keys)
	case s.Product == "aws-alb":
		return provider.Invalid("the keys of aws-alb must be a URL")
	}
	return nil
}

func isURL(text string) bool { return strings.Contains(text, "://") }

// validHeader reports whether a header of that name can come alone from a
// proxy: those that every client sends cannot.
func validHeader(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Authorization", "Cookie", "Host", "Origin", "Referer", "User-Agent":
		return false
	}
	return httpguts.ValidHeaderFieldName(name)
}

func (p Plain) check() error {
	for _, name := range []string{p.User, p.Name, p.Email, p.Groups} {
		if name != "" && !validHeader(name) || p.User == "" {
			return provider.Invalid("the headers must be names of headers that the proxy writes, such as X-Forwarded-User, and user is required")
		}
	}
	return nil
}

// networks reads the trusted networks. One so wide that it has strangers in it
// is refused.
func networks(texts []string) ([]netip.Prefix, error) {
	const widest4, widest6 = 8, 7 // 10.0.0.0/8 and fc00::/7
	var all []netip.Prefix
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if addr, aerr := netip.ParseAddr(text); aerr == nil && addr.Zone() == "" {
			p, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		switch {
		case err != nil || p.Addr().Is4In6():
			return nil, provider.Invalid("the trusted network " + text + " must be a network or an address, such as 10.1.2.0/24")
		case p.Addr().Is4() && p.Bits() < widest4 || p.Addr().Is6() && p.Bits() < widest6:
			return nil, provider.Invalid("the trusted network " + text + " is so wide that anybody could be in it; name the proxy's own")
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

func setDefault(text *string, value string) {
	if *text == "" {
		*text = value
	}
}
