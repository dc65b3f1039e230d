// SPDX-License-Identifier: Apache-2.0

package catalogapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type locationJSON struct{ ID, Type, Target, EntityRef string }

type registrationJSON struct {
	Location locationJSON
	Entities []entityJSON
	Exists   *bool
	Problems []struct{ Rule string }
}

func testLocations(t *testing.T, s *server) {
	target := strings.TrimPrefix(ordersFile, "url:")
	body := `{"type":"url","target":"` + target + `"}`
	var made registrationJSON
	s.post("/locations", body).want(201).into(&made)
	if l := made.Location; l.Target != target || l.ID == "" || made.Exists != nil || !strings.HasPrefix(l.EntityRef, "location:default/generated-") {
		t.Errorf("registration = %+v", made)
	}
	var all []struct{ Data locationJSON }
	s.get("/locations").want(200).into(&all)
	if len(all) != 1 || all[0].Data != made.Location {
		t.Errorf("locations = %+v, want %+v", all, made.Location)
	}
	var one locationJSON
	s.get("/locations/" + made.Location.ID).want(200).into(&one)
	s.get("/locations/by-entity/component/default/orders-api").want(200).into(&one)
	if one != made.Location {
		t.Errorf("by-entity = %+v, want %+v", one, made.Location)
	}
	s.get("/locations/by-entity/component/default/orders-web").want(404)
	s.get("/locations/none").want(404)

	if got := s.post("/locations", body).want(409).message(); !strings.HasPrefix(got, "ConflictError: ") {
		t.Errorf("registering twice: %q", got)
	}
	s.post("/locations?onConflict=refresh", body).want(201).into(&made)
	if diff := cmp.Diff([]string{ordersFile}, s.service.refreshed); diff != "" || made.Location != one {
		t.Errorf("refreshed mismatch (-want +got):\n%s, location %+v", diff, made.Location)
	}

	s.do("PUT", "/locations/"+one.ID, body).want(200)
	s.do("PUT", "/locations/"+one.ID, `{"type":"url","target":"https://git.example.com/new.yaml"}`).want(200).into(&one)
	s.get("/locations").want(200).into(&all)
	if len(all) != 1 || all[0].Data != one || one.Target != "https://git.example.com/new.yaml" {
		t.Errorf("after the move locations = %+v", all)
	}
	s.do("PUT", "/locations/none", body).want(404)
	s.do("DELETE", "/locations/"+one.ID, "").want(204)
	s.do("DELETE", "/locations/"+one.ID, "").want(404)
}

func testDryRun(t *testing.T, s *server) {
	var tried registrationJSON
	s.post("/locations?dryRun=true", `{"type":"url","target":"https://git.example.com/meagre.yaml"}`).want(201).into(&tried)
	if tried.Exists == nil || *tried.Exists || len(tried.Entities) != 1 || len(tried.Problems) != 1 {
		t.Errorf("trial = %+v, want one entity and one warning", tried)
	}
	got := s.post("/locations?dryRun=yes", `{"type":"url","target":"https://git.example.com/broken.yaml"}`).want(400).message()
	if want := "InputError: this is no YAML; close the bracket"; got != want {
		t.Errorf("trial of a broken file: %q, want %q", got, want)
	}
	s.post("/locations?dryRun=perhaps", `{"type":"url","target":"x"}`).want(400)
	s.post("/locations?onConflict=explode", `{"type":"url","target":"x"}`).want(400)
	s.post("/locations", `{"type":"url"}`).want(400)
	var all []any
	if s.get("/locations").want(200).into(&all); len(all) != 0 {
		t.Errorf("a trial registered %v", all)
	}
}

func testLocationQuery(t *testing.T, s *server) {
	for i := range 7 {
		kind := []string{"url", "file"}[i%2]
		s.post("/locations", fmt.Sprintf(`{"type":%q,"target":"https://git.example.com/%d.yaml"}`, kind, i)).want(201)
	}
	type page struct {
		Items      []locationJSON
		TotalItems int
		PageInfo   struct{ NextCursor string }
	}
	body, total := `{"limit":2,"query":{"type":"URL"}}`, 0
	for body != "" {
		var p page
		s.post("/locations/by-query", body).want(200).into(&p)
		if p.TotalItems != 4 {
			t.Errorf("totalItems = %d, want 4", p.TotalItems)
		}
		total += len(p.Items)
		body = ""
		if p.PageInfo.NextCursor != "" {
			b, _ := json.Marshal(map[string]string{"cursor": p.PageInfo.NextCursor})
			body = string(b)
		}
	}
	if total != 4 {
		t.Errorf("pages have %d locations, want 4", total)
	}
	var p page
	s.post("/locations/by-query", "").want(200).into(&p)
	if len(p.Items) != 7 {
		t.Errorf("without a body there are %d locations, want all 7", len(p.Items))
	}
	s.post("/locations/by-query", `{"query":{"target":{"$hasPrefix":"https://GIT"},"$any":[]}}`).want(400)
	s.post("/locations/by-query", `{"limit":0}`).want(400)
	s.post("/locations/by-query", `{"cursor":""}`).want(400)
}

func testIngest(t *testing.T, s *server) {
	if a := s.post("/refresh", `{"entityRef":"Component:stock","authorizationToken":"old"}`).want(200); len(a.Body) != 0 {
		t.Errorf("refresh answered %q, want nothing", a.Body)
	}
	if diff := cmp.Diff([]string{"component:default/stock"}, s.service.refreshed); diff != "" {
		t.Errorf("refreshed mismatch (-want +got):\n%s", diff)
	}
	s.post("/refresh", `{"entityRef":"component:none"}`).want(404)
	s.post("/refresh", `{"entityRef":"stock"}`).want(400)
	s.post("/refresh", `{}`).want(400)

	valid := `{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"x"}}`
	if a := s.post("/validate-entity", `{"entity":`+valid+`,"location":"url:https://git.example.com/x"}`).want(200); len(a.Body) != 0 {
		t.Errorf("validate answered %q, want nothing", a.Body)
	}
	var wrong struct {
		Errors []struct {
			Name, Message string
			Problem       *struct{ Rule string }
		}
	}
	s.post("/validate-entity", `{"entity":{"kind":"Component","metadata":{"name":""}},"location":"url:https://git.example.com/x"}`).want(400).into(&wrong)
	if len(wrong.Errors) != 1 || wrong.Errors[0].Message != "/metadata/name: the name is empty; give it one" || wrong.Errors[0].Problem.Rule != "metadata-name" {
		t.Errorf("validation of a nameless entity = %+v", wrong.Errors)
	}
	s.post("/validate-entity", `{"entity":[],"location":"url:https://git.example.com/x"}`).want(400)
	s.post("/validate-entity", `{"entity":`+valid+`,"location":"nowhere"}`).want(400)

	s.post("/analyze-location", `{"location":{"type":"url","target":"https://git.example.com/found"}}`).want(200)
	s.post("/analyze-location", `{"location":{"type":"url","target":"https://git.example.com/empty"},"catalogFilename":"x.yaml"}`).want(200)
	s.post("/analyze-location", `{"location":{"type":"url"}}`).want(400)

	var providers struct {
		Items []struct{ Name, State string }
	}
	s.get("/providers").want(200).into(&providers)
	if len(providers.Items) != 2 || providers.Items[1].State != "held" {
		t.Errorf("providers = %+v", providers.Items)
	}
	s.post("/providers/forge/release", "").want(204)
	s.post("/providers/none/release", "").want(404)
}

func testProblemsAndConflicts(t *testing.T, s *server) {
	type page struct {
		Items []struct {
			Rule, EntityRef string
			Claims          []struct {
				Location string
				Winner   bool
			}
		}
		TotalItems int
		PageInfo   struct{ NextCursor string }
	}
	for query, want := range map[string]int{
		"": 2, "severity=error": 1, "owner=stock": 1, "owner=group:default/none": 0, "entity=stock": 1, "provider=files": 2,
		"provider=none": 0, "location=" + ordersFile: 2, "severity=warning&owner=group:orders": 0,
	} {
		var p page
		s.get("/problems?" + query).want(200).into(&p)
		if len(p.Items) != want || p.TotalItems != want {
			t.Errorf("problems?%s = %d of %d, want %d", query, len(p.Items), p.TotalItems, want)
		}
	}
	var p, next page
	s.get("/problems?limit=1").want(200).into(&p)
	s.get("/problems?limit=1&cursor=" + p.PageInfo.NextCursor).want(200).into(&next)
	if p.Items[0].Rule == next.Items[0].Rule {
		t.Errorf("the second page of problems repeats %s", p.Items[0].Rule)
	}
	p = page{}
	s.get("/conflicts").want(200).into(&p)
	if len(p.Items) != 1 || p.Items[0].EntityRef != "component:default/stock" || !p.Items[0].Claims[0].Winner || p.Items[0].Claims[1].Location != stockFile {
		t.Errorf("conflicts = %+v, want stock, won by the first file", p.Items)
	}
	for _, path := range []string{"/problems?severity=bad", "/problems?owner=a:", "/problems?limit=9999", "/problems?cursor=%25", "/conflicts?limit=-1"} {
		s.get(path).want(400)
	}
}
