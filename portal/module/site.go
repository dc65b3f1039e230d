// SPDX-License-Identifier: Apache-2.0

package module

import (
	"net/url"

	"github.com/callboard/callboard/portal/httpx"
)

// Site says where a portal is. The portal provides one to the packages.
type Site struct {
	// Name is what the pages call the portal.
	Name string
	// BaseURL is where people reach the portal, without a slash at its end; empty
	// if the operator did not say.
	BaseURL string
	// Listen is the address that the portal is to listen on.
	Listen string
}

// Public reports whether the operator gave the portal an address at which
// others reach it. It may then stand behind a proxy that says nothing of
// itself, so that a request that seems to come from the machine may not.
func (s Site) Public() bool {
	base, err := url.Parse(s.BaseURL)
	if err != nil {
		return true
	}
	return base.Host != "" && !httpx.IsLoopbackHost(base.Host)
}
