// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"net/http"
	"net/url"
)

// Method is one way to sign in. A method is also a [Redirector] or a
// [Requester]; it may be an [Ender] and a [LogoutReceiver].
type Method interface {
	// ID is unique in the portal, of lower case letters, digits and dashes, such
	// as "google". It is part of the addresses of the method.
	ID() string
	// Label is what its button says behind "Sign in with".
	Label() string
}

// Redirector sends the browser away and gets it back: OpenID Connect, OAuth 2.
type Redirector interface {
	Method
	// Begin returns where to send the browser. A provider that cannot be reached
	// is [callboard.CodeUnavailable].
	Begin(ctx context.Context, b Beginning) (Departure, error)
	// Complete returns who came back. What the provider or the browser says
	// wrongly is [callboard.CodeUnauthenticated], with a message that names the
	// check and shows no token; the person's own refusal at the provider is too.
	Complete(ctx context.Context, r Return) (SignIn, error)
}

// Beginning is what a sign-in starts from.
type Beginning struct {
	// Callback is the portal's own address that the provider sends the browser
	// back to.
	Callback string
	// State is an unguessable value that the provider must send back. That it
	// did, in the same browser, is checked before Complete is called.
	State string
}

// Departure is the way to a provider.
type Departure struct {
	// URL is where to send the browser.
	URL string
	// Secret is what Complete needs, such as a nonce and a PKCE verifier. It is
	// kept on the server.
	Secret []byte
}

// Return is a browser that came back.
type Return struct {
	// Callback and Secret are those of the beginning.
	Callback string
	Secret   []byte
	// Query has the parameters that the provider sent.
	Query url.Values
}

// SignIn is somebody who was recognised.
type SignIn struct {
	Claims Claims
	// Hint is what [Ender] needs to end the session at the provider, such as the
	// ID token. It is kept on the server.
	Hint []byte
}

// Claims is what a provider says of a person.
type Claims struct {
	// Issuer and Subject together are the person's identifier: the subject never
	// changes at its issuer, whatever else does.
	Issuer, Subject string
	// Username is the name that the person signs in with; Name is for people to
	// read. Either may be empty.
	Username, Name string
	// Email is an address of the person; it proves nothing unless EmailVerified.
	Email         string
	EmailVerified bool
	// Groups are the provider's groups of the person, by its names for them.
	Groups []string
	// Session is the provider's name for the session that this sign-in belongs
	// to; empty if it has none.
	Session string
	// Other has the claims as the provider sent them, decoded from JSON.
	Other map[string]any
}

// Requester recognises people from the request itself, such as a header that a
// proxy signed.
type Requester interface {
	Method
	// Recognise returns who makes the request, or nil if it says nothing. A
	// request that says something wrong is [callboard.CodeUnauthenticated].
	Recognise(r *http.Request) (*Claims, error)
}

// Ender is a Redirector that can end the session at its provider too.
type Ender interface {
	// EndURL returns where to send the browser so that the provider's session
	// ends and the browser comes back to back; empty if there is no such place.
	EndURL(ctx context.Context, hint []byte, back string) (string, error)
}

// LogoutReceiver is a Redirector whose provider says when somebody signed out
// there (OpenID Connect Back-Channel Logout 1.0).
type LogoutReceiver interface {
	// Logout checks a logout token. A wrong one is [callboard.CodeUnauthenticated].
	Logout(ctx context.Context, token string) (Logout, error)
}

// Logout says whose sessions have ended.
type Logout struct {
	// Issuer and Subject are those of [Claims]; Subject may be empty.
	Issuer, Subject string
	// Session is the one session that ended; empty is all of the subject's.
	Session string
	// ID names the token, which is taken once.
	ID string
}
