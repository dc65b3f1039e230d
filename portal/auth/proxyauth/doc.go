// SPDX-License-Identifier: Apache-2.0

// Package proxyauth takes the word of a proxy in front of the portal for who
// makes a request. The proxy signs what it says, as a JSON web token in a
// header:
//
//	auth:
//	  proxy:
//	    label: the company's proxy
//	    signed:
//	      product: google-iap
//	      audience: /projects/1234/global/backendServices/5678
//
// The products google-iap, cloudflare-access (with its issuer,
// https://TEAM.cloudflareaccess.com, and the application's audience tag) and
// aws-alb (with signer, the load balancer's ARN, and the issuer and client of
// the listener's rule) know their header and keys; any other proxy names them:
//
//	signed:
//	  header: X-Assertion
//	  issuer: https://proxy.acme.example
//	  audience: portal
//	  keys: https://proxy.acme.example/.well-known/jwks.json   # or a file
//
// Or the proxy just writes a name, which is believed of the networks alone
// that it connects from, because whoever else reaches the portal could write
// one too:
//
//	auth:
//	  proxy:
//	    plain: { user: X-Forwarded-User, email: X-Forwarded-Email, groups: X-Forwarded-Groups }
//	    trusted: [10.1.2.0/24]
//
// A network counts by the address that connects, whatever X-Forwarded-For says.
// A request with the header from anywhere else is refused rather than taken for
// nobody's: it is an attack or a mistake in the networks, and both should be
// seen. So is a header that comes twice, or that does not pass. A request
// without the header is nobody's. The proxy must remove the header from what it
// is sent.
//
// What was verified is remembered for as long as it is valid, an hour at most,
// so that a request costs microseconds.
//
// Start from [Package], or from [New] and [Settings].
package proxyauth
