// SPDX-License-Identifier: Apache-2.0

package fetch_test

import (
	"fmt"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/fetch"
)

func ExampleClient_Check() {
	client, err := fetch.New(&fetch.Options{
		Allow: []fetch.Rule{fetch.MustParseRule("https://raw.example.com/acme/")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, url := range []string{
		"https://raw.example.com/acme/catalog-info.yaml",
		"https://raw.example.com/other/catalog-info.yaml",
		"https://ines:hunter2@raw.example.com/acme/catalog-info.yaml",
	} {
		err := client.Check(url)
		fmt.Printf("%q %v\n", callboard.CodeOf(err), err)
	}
	// Output:
	// "" <nil>
	// "forbidden" https://raw.example.com/other/catalog-info.yaml is not on the allow list; add raw.example.com to fetch.allow
	// "invalid" the URL holds a user name or password; remove them and configure a token for the host
}
