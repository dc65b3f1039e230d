// SPDX-License-Identifier: Apache-2.0

package filecatalog_test

import (
	"context"
	"fmt"
	"log"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/catalog/filecatalog"
)

func ExampleNew() {
	files, err := filecatalog.New([]string{"./catalog", "./services/**/catalog-info.yaml"}, nil)
	if err != nil {
		log.Fatal(err)
	}
	service, err := catalog.NewService(catalogtest.NewStore(), &catalog.ServiceOptions{
		Providers: []catalog.Provider{files},
		Readers:   []catalog.LocationReader{files}, // follows what Location entities name
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(service.Status(context.Background())[0].Name, service.Status(context.Background())[0].State)
	// Output: file idle
}
