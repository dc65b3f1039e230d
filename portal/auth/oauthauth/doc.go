// SPDX-License-Identifier: Apache-2.0

// Package oauthauth signs people in with their accounts at GitHub and GitLab,
// in the cloud and self-managed: OAuth 2 by the authorization code with PKCE,
// then the forge's API for who they are.
//
//	auth:
//	  github:
//	    - clientId: Iv1.0123456789abcdef
//	      clientSecret: { $file: /run/secrets/github }
//	      allow: [acme, acme-labs/platform]
//	    - id: ghe
//	      label: GitHub Enterprise
//	      url: https://github.acme.example
//	      clientId: 0123456789abcdef
//	      clientSecret: ${GHE_CLIENT_SECRET}
//	  gitlab:
//	    - url: https://gitlab.acme.example
//	      clientId: "0123456789abcdef"
//	      clientSecret: ${GITLAB_CLIENT_SECRET}
//	      groups: true
//
// With allow, only members of those organisations, teams or groups may sign in;
// anybody with an account at the forge may without it. An organisation at
// GitHub that restricts OAuth apps must approve the portal's, or its members
// look like strangers. An address counts as verified if the forge says that it
// is the account's primary one and was confirmed; an account without one signs
// in without an address.
//
// Nothing is kept of what the forge gives: the token is used for the few
// requests of the sign-in and forgotten.
//
// Start from [Package], or from [NewGitHub], [NewGitLab] and [Settings].
package oauthauth
