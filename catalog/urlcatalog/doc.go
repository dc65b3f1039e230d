// SPDX-License-Identifier: Apache-2.0

// Package urlcatalog reads the URLs that Location entities, people and the
// configuration name. Addresses as a forge shows them (GitHub, GitLab,
// Bitbucket, Gitea, on any host) are read from where the forge keeps the bytes:
//
//	urls := urlcatalog.New(urlcatalog.FromClient(client))
//	service, err := catalog.NewService(store, &catalog.ServiceOptions{
//		Readers:   []catalog.LocationReader{urls},
//		Locations: []catalog.Location{{Type: "url", Target: "https://github.com/acme/shop/blob/main/catalog-info.yaml"}},
//	})
//
// Reads are conditional, so that an unchanged file costs a server next to
// nothing. Which hosts may be read is the [Fetcher]'s to say.
package urlcatalog
