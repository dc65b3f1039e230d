// SPDX-License-Identifier: Apache-2.0

// Package oidcauth signs people in at OpenID Connect providers: by the
// authorization code with PKCE, checked as OpenID Connect Core 1.0 asks and
// RFC 9207 adds. It ends the session at the provider when somebody signs out
// here, and takes the provider's word when they sign out there.
//
// The operator lists the providers:
//
//	auth:
//	  oidc:
//	    - id: google
//	      label: Google
//	      issuer: https://accounts.google.com
//	      clientId: 1234.apps.googleusercontent.com
//	      clientSecret: { $file: /run/secrets/google }
//	    - id: staff
//	      label: the staff directory
//	      issuer: https://login.acme.example/realms/staff
//	      clientId: portal
//	      clientSecret: ${STAFF_CLIENT_SECRET}
//	      scopes: [openid, profile, email, groups]
//	      groupsClaim: realm_access.roles
//
// and registers with each the portal's callback address, the address to come
// back to after signing out, and the one for back-channel logout.
//
// A provider is asked when somebody wants to sign in, not before, so one that
// is down stops nothing, and is tried again. What it says of itself and its
// keys are read again after an hour, and when a token is signed with a key
// that is not known. Redirects are not followed, answers of more than 1 MB and
// more than 100 keys are refused, and each step ends within ten seconds.
//
// Start from [Package], or from [New] and [Settings].
package oidcauth
