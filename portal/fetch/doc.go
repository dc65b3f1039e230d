// SPDX-License-Identifier: Apache-2.0

// Package fetch reads URLs that come from data: a location in a catalog, an
// image in a document, a link in a form. Whoever writes the data must not be
// able to make the portal read what only the portal can reach, so nothing is
// read that the operator has not allowed:
//
//	client, err := fetch.New(&fetch.Options{
//		Allow: []fetch.Rule{fetch.MustParseRule("https://raw.githubusercontent.com/acme/")},
//	})
//	...
//	res, err := client.Get(ctx, url, &fetch.Request{ETag: known})
//	if err == nil && !res.NotModified {
//		use(res.Body)
//	}
//
// The allow list is asked for the URL and again for each redirect. Addresses
// are checked after the name has been resolved, and the connection goes to
// the address that was checked, so a name that changes its mind gains
// nothing: private, loopback, link-local and other special addresses are
// refused, in all the forms in which IPv6 can hide them, unless the host is
// named in AllowPrivate. Sizes, times, concurrency and rates are bounded;
// tokens go to their own host alone and appear in no message.
//
// Start from [New], [Client.Get], [Rule] and [RetryAfter].
package fetch
