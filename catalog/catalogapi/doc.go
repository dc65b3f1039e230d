// SPDX-License-Identifier: Apache-2.0

// Package catalogapi serves a catalog over HTTP, in the wire format that the
// field's clients speak: that of Backstage's catalog backend. What is ours goes
// beyond it and changes nothing that an old client could meet: the match
// parameter, problems, conflicts, history, restore, and the state of providers.
//
//	api, err := catalogapi.New(store, service, nil)
//	...
//	r := mux.NewRouter()
//	api.Routes(r)
//	http.ListenAndServe("127.0.0.1:7007", r)
//
// The API describes itself at /api/catalog/openapi.yaml and openapi.json; the
// tests hold every answer against that description. Start from [New].
package catalogapi
