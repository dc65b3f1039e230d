// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"net/http"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/ui"
)

// Identifier says on whose behalf a request is made. The portal asks those
// that were contributed, in order, and puts the first identity that is anybody
// into the request's context, where callboard.IdentityFrom finds it.
type Identifier interface {
	// Identify returns who makes the request; the zero identity is nobody. An
	// error fails the request; see [Challenger].
	Identify(r *http.Request) (callboard.Identity, error)
	// Account returns what the shell shows of the reader, nobody included: the
	// way to sign in.
	Account(r *http.Request) ui.Account
}

// Warner is an [Identifier] with something that every reader must know.
type Warner interface {
	// Warning returns a notice that stands on top of every page, or nil.
	Warning(r *http.Request) *ui.Notice
}

// Challenger is an error of [Identifier] that says how to do better.
type Challenger interface {
	error
	// Challenge returns the value of the WWW-Authenticate header.
	Challenge() string
}
