// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"net/netip"
	"net/url"
	"regexp"

	"github.com/callboard/callboard"
)

var idRule = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// CheckID returns what is wrong with the ID of a way to sign in.
func CheckID(id string) error {
	if !idRule.MatchString(id) {
		return Invalid("the id must be lower case letters, digits and dashes, at most 40, such as google")
	}
	return nil
}

// CheckURL returns what is wrong with the address of a provider: it is https,
// or http on this machine, and has no user, query or fragment.
func CheckURL(name, text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return Invalid(name + " must be a URL, such as https://login.example.com")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return Invalid(name + " must have no user, query or fragment")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return Invalid(name + " must be https; http is for providers on this machine only")
	}
	return nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// Invalid is a mistake in the configuration.
func Invalid(message string) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: message}
}
