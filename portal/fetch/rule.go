// SPDX-License-Identifier: Apache-2.0

package fetch

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Rule allows URLs. Its text is [scheme://]host[:port][/path]: the scheme is
// https if it is left out, the port the scheme's own, the path any. The host
// is a name, an address, "*.example.com" for all names below it, or "*" for
// all. A path covers itself and everything below it.
type Rule struct {
	scheme string
	host   string
	port   string
	path   string
}

// ParseRule reads the text of a rule.
func ParseRule(text string) (Rule, error) {
	full := text
	if !strings.Contains(full, "://") {
		full = "https://" + full
	}
	u, err := url.Parse(full)
	if err != nil {
		return Rule{}, fmt.Errorf("fetch: %q is not an allow rule; write [https://]host[:port][/path]", text)
	}
	r := Rule{scheme: u.Scheme, host: strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), port: u.Port(), path: u.Path}
	switch {
	case r.scheme != "https" && r.scheme != "http":
		return Rule{}, fmt.Errorf("fetch: the rule %q has the scheme %s; only https and http can be read", text, r.scheme)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return Rule{}, fmt.Errorf("fetch: the rule %q has more than scheme, host, port and path", text)
	case !validRuleHost(r.host):
		return Rule{}, fmt.Errorf("fetch: the rule %q has no host that can be matched; write a name, an address, *.name or *", text)
	case oddPath(r.path):
		return Rule{}, fmt.Errorf("fetch: the rule %q has a path with . or .. in it", text)
	}
	if r.port == "" {
		r.port = defaultPort(r.scheme)
	}
	return r, nil
}

// MustParseRule is ParseRule for rules written in source; it panics on a
// mistake.
func MustParseRule(text string) Rule {
	r, err := ParseRule(text)
	if err != nil {
		panic(err)
	}
	return r
}

func validRuleHost(host string) bool {
	if host == "*" {
		return true
	}
	host = strings.TrimPrefix(host, "*.")
	return checkHost(host) == ""
}

// String returns the rule's text.
func (r Rule) String() string {
	host := r.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if r.port != defaultPort(r.scheme) {
		host += ":" + r.port
	}
	return r.scheme + "://" + host + r.path
}

// MarshalText returns the rule's text.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the rule's text.
func (r *Rule) UnmarshalText(text []byte) error {
	parsed, err := ParseRule(string(text))
	if err == nil {
		*r = parsed
	}
	return err
}

// allows reports whether the rule covers a target.
func (r Rule) allows(t target) bool {
	return r.scheme == t.url.Scheme && r.port == t.port && matchHost(r.host, t.host) && matchPath(r.path, t.url.Path)
}

func matchHost(pattern, host string) bool {
	if pattern == "*" {
		return true
	}
	if suffix, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(host, suffix) && len(host) > len(suffix)
	}
	if a, err := netip.ParseAddr(pattern); err == nil {
		b, err := netip.ParseAddr(host)
		return err == nil && a == b
	}
	return pattern == host
}

func matchPath(prefix, path string) bool {
	if prefix == "" || prefix == "/" {
		return true
	}
	if path == prefix {
		return true
	}
	return strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/")
}

func defaultPort(scheme string) string {
	if scheme == "http" {
		return "80"
	}
	return "443"
}
