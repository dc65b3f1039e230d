// SPDX-License-Identifier: Apache-2.0

package catalogapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/mux"

	"github.com/callboard/callboard/catalog/catalogapi"
	"github.com/callboard/callboard/catalog/catalogtest"
)

// TestDescription holds the routes against the description: neither has what
// the other has not.
func TestDescription(t *testing.T) {
	t.Parallel()
	s := demo(t)
	doc, err := openapi3.NewLoader().LoadFromData(s.get("/openapi.json").want(200).Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.IsOpenAPI31OrLater()); err != nil {
		t.Errorf("openapi.json is not valid: %v", err)
	}
	var described []string
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			described = append(described, method+" "+path)
			if op.OperationID == "" || op.Summary == "" || len(op.Tags) != 1 || op.Responses.Default() == nil {
				t.Errorf("%s %s needs an operationId, a summary, one tag and a default response", method, path)
			}
		}
	}
	api, err := catalogapi.New(catalogtest.NewStore(), &service{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sortedList(described), routesOf(t, api)); diff != "" {
		t.Errorf("routes mismatch (-described +served):\n%s", diff)
	}
}

func routesOf(t *testing.T, api *catalogapi.API) []string {
	t.Helper()
	r := mux.NewRouter()
	api.Routes(r)
	var out []string
	err := r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		if err != nil {
			return err
		}
		methods, err := route.GetMethods()
		for _, method := range methods {
			if method != http.MethodHead {
				out = append(out, method+" "+strings.TrimPrefix(path, catalogapi.Prefix))
			}
		}
		if !strings.HasPrefix(route.GetName(), api.ID()+".") {
			t.Errorf("route %s is named %q, want %s.…", path, route.GetName(), api.ID())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sortedList(out)
}

func sortedList(list []string) []string {
	slices.Sort(list)
	return list
}

func TestUnknownPath(t *testing.T) {
	t.Parallel()
	s := demo(t)
	for _, test := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/api/catalog/nothing", 404},
		{"PATCH", "/api/catalog/entities", 405},
	} {
		rec := serve(s, test.method, test.path)
		if rec.Code != test.status || !strings.Contains(rec.Header().Get("Content-Type"), "json") {
			t.Errorf("%s %s = %d %s, want %d as JSON", test.method, test.path, rec.Code, rec.Header(), test.status)
		}
	}
}
