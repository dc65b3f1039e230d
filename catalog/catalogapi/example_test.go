// SPDX-License-Identifier: Apache-2.0

package catalogapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogapi"
	"github.com/callboard/callboard/catalog/catalogtest"
)

func Example() {
	store := catalogtest.NewStore()
	service, err := catalog.NewService(store, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	api, err := catalogapi.New(store, service, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = store.Apply(context.Background(), catalog.Change{Sources: []catalog.SourceUpdate{{
		Key:    catalog.SourceKey{Provider: "example", Location: "example:all"},
		Claims: []catalog.Claim{catalogtest.Component("orders").Tags("java").Claim(), catalogtest.Component("stock").Claim()},
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := mux.NewRouter()
	api.Routes(r)

	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, httptest.NewRequest(http.MethodGet,
		"/api/catalog/entities/by-query?filter=metadata.tags.java&fields=kind,metadata.name", nil))
	fmt.Println(answer.Body)
	// Output:
	// {"items":[{"kind":"Component","metadata":{"name":"orders"}}],"totalItems":1,"pageInfo":{}}
}
