// SPDX-License-Identifier: Apache-2.0

package catalogapi_test

import (
	"context"
	"strings"
	"testing"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
)

// pages reads URLs from memory.
type pages map[string]string

func (pages) Types() []string { return []string{"url"} }

func (pages) Resolve(_, target string) (string, error) { return target, nil }

func (p pages) Read(_ context.Context, r catalog.ReadRequest) (catalog.ReadResult, error) {
	text, ok := p[r.Target]
	if !ok {
		return catalog.ReadResult{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "there is nothing at " + r.Target}
	}
	return catalog.ReadResult{Items: []catalog.Item{{Location: "url:" + r.Target, Content: []byte(text)}}}, nil
}

// TestService takes the API through registering, reading and removing with the
// catalog's own service behind it.
func TestService(t *testing.T) {
	t.Parallel()
	const target = "https://git.example.com/orders/catalog-info.yaml"
	web := pages{target: `
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: orders-api}
spec: {type: service, lifecycle: production, owner: orders}
`, "https://git.example.com/broken.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: 'not a name!'}\n"}
	store := catalogtest.NewStore()
	svc, err := catalog.NewService(store, &catalog.ServiceOptions{Readers: []catalog.LocationReader{web}})
	if err != nil {
		t.Fatal(err)
	}
	s := newServerWith(t, store, svc, nil)
	body := `{"type":"url","target":"` + target + `"}`

	var tried, made registrationJSON
	s.post("/locations?dryRun=true", body).want(201).into(&tried)
	if len(tried.Entities) != 2 || *tried.Exists {
		t.Errorf("trial = %+v, want the Location and what it names", tried)
	}
	s.get("/entities/by-name/component/default/orders-api").want(404)
	s.post("/locations?dryRun=true", `{"type":"url","target":"https://git.example.com/broken.yaml"}`).want(400)
	s.post("/locations", `{"type":"file","target":"/etc/passwd"}`).want(400)

	s.post("/locations", body).want(201).into(&made)
	s.get("/entities/by-name/component/default/orders-api").want(200)
	s.get("/entities/by-name/" + strings.NewReplacer(":", "/").Replace(made.Location.EntityRef)).want(200)
	s.get("/locations/by-entity/component/default/orders-api").want(200)
	s.post("/locations", body).want(409)
	s.post("/locations?onConflict=refresh", body).want(201)

	var ancestry struct{ Items []struct{ Entity entityJSON } }
	s.get("/entities/by-name/component/default/orders-api/ancestry").want(200).into(&ancestry)
	if len(ancestry.Items) != 2 || ancestry.Items[1].Entity.ref() != made.Location.EntityRef {
		t.Errorf("ancestry = %+v, want to end at %s", ancestry.Items, made.Location.EntityRef)
	}
	web[target] = strings.Replace(web[target], "production", "deprecated", 1)
	s.post("/refresh", `{"entityRef":"component:default/orders-api"}`).want(200)
	if got := s.get("/entities/by-query?filter=spec.lifecycle=deprecated").page(); got.names() != "orders-api" {
		t.Errorf("after the refresh %q is deprecated, want orders-api", got.names())
	}
	s.get("/entities/by-name/component/default/orders-api/history").want(200)

	valid := `{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"x"},"spec":{"type":"service","lifecycle":"production","owner":"orders"}}`
	s.post("/validate-entity", `{"entity":`+valid+`,"location":"url:`+target+`"}`).want(200)
	s.post("/validate-entity", `{"entity":`+strings.Replace(valid, `"x"`, `"not a name!"`, 1)+`,"location":"url:`+target+`"}`).want(400)
	s.post("/analyze-location", `{"location":`+body+`}`).want(200)
	s.get("/providers").want(200)

	s.do("DELETE", "/locations/"+made.Location.ID, "").want(204)
	s.get("/entities/by-name/component/default/orders-api").want(404)
}
