// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog/catalogapi/clienttest"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// TestRealClient runs Backstage's own client against the reference portal with
// its demo company.
func TestRealClient(t *testing.T) {
	t.Parallel()
	sqldbtest.EachURL(t, func(t *testing.T, database string) {
		t.Parallel()
		web := httptest.NewServer(till())
		defer web.Close()
		host := strings.TrimPrefix(web.URL, "http://")
		config := filepath.Join(t.TempDir(), "portal.yaml")
		if err := os.WriteFile(config, []byte("fetch: {allow: ['"+web.URL+"'], allowPrivate: ['"+host+"']}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		p := run(t, []string{"--database", database, "--config", config})
		p.delivered(t, "demo")
		var got map[string]any
		if err := json.Unmarshal(clienttest.Run(t, filepath.Join("testdata", "client.cjs"), p.URL+"/api/catalog", web.URL, adminToken), &got); err != nil {
			t.Fatal(err)
		}
		walked := map[string]any{"complete": true, "same": true}
		want := map[string]any{
			"list": true, "relations": true, "uids": true, "paged": walked, "pagedByPredicate": walked, "facets": true, "filter": true,
			"text": true, "byRef": true, "byRefs": true, "ancestry": true,
			"dryRun": "till", "analyzed": 1.0, "added": map[string]any{"exists": false, "type": "url"}, "addedAgain": "409 ConflictError",
			"registered": true, "locationOf": true, "removeDeclared": "409 ConflictError", "refreshed": "Till, renamed",
			"valid": true, "invalid": false, "refused": "403 NotAllowedError", "refusedType": "400 InputError",
			"removed": "gone", "locations": 0.0,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("what the client saw mismatch (-want +got):\n%s", diff)
		}
	})
}

// till serves a catalog file that changes when told to.
func till() http.Handler {
	var title atomic.Value
	title.Store("Till")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /catalog-info.yaml", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strings.Replace(component("till"), "name: till", "name: till\n  title: "+title.Load().(string), 1)))
	})
	mux.HandleFunc("POST /change", func(http.ResponseWriter, *http.Request) { title.Store("Till, renamed") })
	return mux
}
