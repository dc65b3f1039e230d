// SPDX-License-Identifier: Apache-2.0

package fscatalog_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/catalog/fscatalog"
)

// The entities of an embedded file system, or any other, are validated by the
// service as all are.
func ExampleNew() {
	files := fstest.MapFS{ // embed.FS in earnest
		"all.yaml": {Data: []byte("apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec: {targets: [org/*.yaml]}\n")},
		"org/web.yaml": {Data: []byte("apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: web}\n" +
			"spec: {type: team, children: []}\n")},
	}
	c, err := fscatalog.New("demo", files, "all.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	// One value brings the entries, and reads what their Location entities name.
	service, err := catalog.NewService(catalogtest.NewStore(), &catalog.ServiceOptions{
		Providers: []catalog.Provider{c},
		Readers:   []catalog.LocationReader{c},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(service.Status(context.Background())[0].Name)

	target, err := c.Resolve("all.yaml", "org/*.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := c.Read(context.Background(), catalog.ReadRequest{Target: target})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(found.Items[0].Location)
	// Output:
	// demo
	// demo:org/web.yaml
}
