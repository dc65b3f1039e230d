// SPDX-License-Identifier: Apache-2.0

package urlcatalog_test

import (
	"fmt"
	"log"

	"github.com/callboard/callboard/catalog/urlcatalog"
	"github.com/callboard/callboard/portal/fetch"
)

func ExampleNew() {
	client, err := fetch.New(&fetch.Options{Allow: []fetch.Rule{fetch.MustParseRule("github.com")}})
	if err != nil {
		log.Fatal(err)
	}
	urls := urlcatalog.New(urlcatalog.FromClient(client))
	target, err := urls.Resolve("https://github.com/acme/shop/blob/main/catalog-info.yaml", "./api/openapi.yaml")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(target)
	fmt.Println(urls.Links(target).Edit)
	// Output:
	// https://github.com/acme/shop/blob/main/api/openapi.yaml
	// https://github.com/acme/shop/edit/main/api/openapi.yaml
}
