// SPDX-License-Identifier: Apache-2.0

// Package auth says on whose behalf a request is made, and signs people in and
// out.
//
// [Auth] is a module of the portal and its [Identifier]. It knows a request by
// a key or token in the Authorization header, else by the session whose cookie
// the browser sends, else by what a [Requester] reads from the request. Ways to
// sign in are contributed as [Method]; a [Resolver] finds the person of the
// [Directory] whom a provider's [Claims] are about, and explains each step.
//
//	auth:
//	  session: {idle: 24h, lifetime: 720h}
//	  resolve:
//	    - {by: email}
//	    - {by: annotation, claim: sub, annotation: acme.example/login}
//	    - {by: name, methods: [google]}
//	    - {by: domain, domain: acme.example}
//	  local: {enabled: false}
//
// Sessions, sign-ins under way, keys and device codes live in the database,
// which holds hashes of what browsers and programs hold, so that any replica
// answers, and what is revoked is so at once.
//
// Start from [Package] in a portal and from [New] in a test.
package auth
