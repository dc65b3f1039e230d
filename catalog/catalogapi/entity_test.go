// SPDX-License-Identifier: Apache-2.0

package catalogapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogapi"
	"github.com/callboard/callboard/catalog/catalogtest"
)

func testEntity(t *testing.T, s *server) {
	var e entityJSON
	s.get("/entities/by-name/Component/FINANCE/billing").want(200).into(&e)
	if e.ref() != "component:finance/billing" || e.Metadata.UID == "" {
		t.Errorf("by-name = %+v, want billing with a uid", e)
	}
	var same entityJSON
	s.get("/entities/by-uid/" + e.Metadata.UID).want(200).into(&same)
	if diff := cmp.Diff(e, same); diff != "" {
		t.Errorf("by-uid mismatch (-by-name +by-uid):\n%s", diff)
	}
	missing := s.get("/entities/by-name/component/default/none").want(404)
	if got, want := missing.message(), "NotFoundError: No entity named 'none' found, with kind 'component' in namespace 'default'"; got != want {
		t.Errorf("missing entity: %q, want %q", got, want)
	}
	s.get("/entities/by-uid/none").want(404)
}

// testConditional shows that what a client has already is not sent again.
func testConditional(t *testing.T, s *server) {
	for _, path := range []string{
		"/entities/by-name/component/default/stock", "/entities/by-query?filter=kind=group", "/entities", "/entity-facets?facet=kind",
		"/entities/by-name/component/default/stock/ancestry", "/locations", "/problems", "/openapi.json",
	} {
		full := s.get(path).want(200)
		tag := full.Header.Get("ETag")
		if tag == "" {
			t.Errorf("GET %s has no ETag", path)
		}
		for _, header := range []string{tag, strings.TrimPrefix(tag, "W/"), `"other", ` + tag, "*"} {
			if a := s.get(path, "If-None-Match", header).want(304); len(a.Body) != 0 || a.Header.Get("ETag") != tag {
				t.Errorf("GET %s with If-None-Match %s: %d bytes, ETag %s", path, header, len(a.Body), a.Header.Get("ETag"))
			}
		}
		s.get(path, "If-None-Match", `W/"other"`).want(200)
		if a := s.do("HEAD", path, "").want(200); a.Header.Get("ETag") != tag {
			t.Errorf("HEAD %s: ETag %s, want %s", path, a.Header.Get("ETag"), tag)
		}
	}
	path := "/entities/by-name/group/default/orders"
	tag := s.get(path).Header.Get("ETag")
	apply(t, s.store, catalog.SourceUpdate{
		Key:    catalog.SourceKey{Provider: "more", Location: "url:https://git.example.com/more.yaml"},
		Claims: []catalog.Claim{owned(t, catalogtest.Component("more"), "group:default/orders")},
	})
	if s.get(path, "If-None-Match", tag).want(200).Header.Get("ETag") == tag {
		t.Errorf("%s has a relation more, and the same ETag", path)
	}
}

func testAncestry(t *testing.T, s *server) {
	var got struct {
		RootEntityRef string
		Items         []struct {
			Entity           entityJSON
			ParentEntityRefs []string
		}
	}
	s.get("/entities/by-name/component/default/stock/ancestry").want(200).into(&got)
	var lines []string
	for _, item := range got.Items {
		lines = append(lines, item.Entity.ref()+" < "+strings.Join(item.ParentEntityRefs, ","))
	}
	want := []string{"component:default/stock < location:default/root", "location:default/root < "}
	if diff := cmp.Diff(want, lines); diff != "" || got.RootEntityRef != "component:default/stock" {
		t.Errorf("ancestry of %s mismatch (-want +got):\n%s", got.RootEntityRef, diff)
	}
	s.get("/entities/by-name/component/default/none/ancestry").want(404)
}

func testDeleteAndRestore(t *testing.T, s *server) {
	path := "/entities/by-name/component/default/orders-web"
	refused := s.do("DELETE", path, "").want(409)
	if got := refused.message(); !strings.HasPrefix(got, "ConflictError: ") || !strings.Contains(got, "?suppress=true") {
		t.Errorf("delete of a declared entity: %q, want a conflict that offers suppress", got)
	}
	s.do("DELETE", path+"?suppress=maybe", "").want(400)
	var e entityJSON
	s.get(path).want(200).into(&e)
	s.do("DELETE", "/entities/by-uid/"+e.Metadata.UID+"?suppress=true", "").want(204)
	s.get(path).want(404)
	s.do("DELETE", path, "").want(404)
	s.do("DELETE", "/entities/by-uid/"+e.Metadata.UID, "").want(204)

	var deleted struct {
		Items []struct {
			EntityRef  string
			Suppressed bool
			Cause      struct{ Reason string }
		}
	}
	s.get("/deleted").want(200).into(&deleted)
	if len(deleted.Items) != 1 || deleted.Items[0].EntityRef != "component:default/orders-web" || !deleted.Items[0].Suppressed {
		t.Errorf("deleted = %+v, want orders-web, suppressed", deleted.Items)
	}
	var back entityJSON
	s.post(path+"/restore", "").want(200).into(&back)
	if back.Metadata.UID != e.Metadata.UID {
		t.Errorf("restored with uid %s, want %s", back.Metadata.UID, e.Metadata.UID)
	}
	s.post(path+"/restore", "").want(404)
}

func testHistory(t *testing.T, s *server) {
	for i, title := range []string{"Second", "Third"} {
		b := catalogtest.Component("stock").Title(title).Set("type", "library")
		if i == 1 {
			b.Tags("a/b", "c")
		}
		apply(t, s.store, catalog.SourceUpdate{
			Key:    catalog.SourceKey{Provider: "history", Location: "url:https://git.example.com/history.yaml"},
			Claims: []catalog.Claim{claimOf(b, "told")},
		})
	}
	type item struct {
		Op    string
		Cause struct{ Provider, Reason string }
		Diff  []struct {
			Op, Path   string
			Value, Old json.RawMessage
		}
		Entity *entityJSON
	}
	type history struct {
		Items    []item
		PageInfo struct{ NextCursor string }
	}
	path := "/entities/by-name/component/default/told/history"
	var got history
	s.get(path + "?limit=1").want(200).into(&got)
	newest := got.Items[0]
	if newest.Op != "update" || newest.Cause.Provider != "history" || newest.Cause.Reason != "scan" || newest.Entity != nil {
		t.Errorf("newest version = %+v, want an update by a scan of history", newest)
	}
	var lines []string
	for _, d := range newest.Diff {
		lines = append(lines, d.Op+" "+d.Path+" "+string(d.Old)+" > "+string(d.Value))
	}
	want := []string{`add /metadata/tags  > ["a/b","c"]`, `replace /metadata/title "Second" > "Third"`}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("diff mismatch (-want +got):\n%s", diff)
	}
	cursor := got.PageInfo.NextCursor
	got = history{}
	s.get(path + "?entity=true&cursor=" + cursor).want(200).into(&got)
	if len(got.Items) != 1 || got.Items[0].Op != "create" || got.Items[0].Entity.ref() != "component:default/told" || got.Items[0].Diff[0].Op != "add" {
		t.Errorf("older versions = %+v, want the creation with the entity", got.Items)
	}
	s.get("/entities/by-name/component/default/none/history").want(404)
	s.get(path + "?limit=0").want(400)
}

// claimOf is the builder's entity under another name.
func claimOf(b *catalogtest.Builder, name string) catalog.Claim {
	e := b.Entity()
	e.Metadata.Name = name
	return catalog.Claim{Ref: e.Ref(), Entity: e}
}

func TestNew(t *testing.T) {
	t.Parallel()
	if _, err := catalogapi.New(nil, nil, nil); callboard.CodeOf(err) != callboard.CodeInternal {
		t.Errorf("New without a store: %v, want an error", err)
	}
	s := demo(t)
	rec := s.do("GET", "/openapi.yaml", "").want(http.StatusOK)
	if !strings.HasPrefix(string(rec.Body), "openapi: 3.1") {
		t.Errorf("openapi.yaml begins %q", rec.Body[:20])
	}
}
