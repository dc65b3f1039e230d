// SPDX-License-Identifier: Apache-2.0

package catalogweb_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
)

const shopFile = `apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop, title: The shop}
spec: {type: website, lifecycle: production, owner: web}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: till}
spec: {type: service, lifecycle: production, owner: web}
`

const shopAddress = "https://git.example.com/shop/catalog-info.yaml"

func TestLocationsEmpty(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	page := s.get("/locations", http.StatusOK)
	page.one(".empty").says("No sources")
	page.one(`.actions a[href="/locations/register"]`).says("Register a location")
}

func TestRegisterLooksFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.add(catalogtest.Component("till"))
	s.reader.pages[shopAddress] = shopFile + "---\nkind: Spaceship\n"
	s.get("/locations/register?target=https%3A%2F%2Fa.example", http.StatusOK).one(`input[name="target"][value="https://a.example"]`)

	page := s.post("/locations/register", url.Values{"target": {" " + shopAddress + " "}}, http.StatusOK)
	if diff := cmp.Diff([]string{"The shop component:default/shop", "till component:default/till"}, page.texts("tbody th")); diff != "" {
		t.Errorf("entities mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"new", "waits"}, page.texts("tbody .chip")); diff != "" {
		t.Errorf("fates mismatch (-want +got):\n%s", diff)
	}
	page.one(".problems").says("apiVersion is missing", shopAddress+":11:1")
	if known, _ := s.store.Locations(t.Context()); len(known) > 0 {
		t.Fatalf("a look registered %v", known)
	}
	keep := url.Values{}
	for _, in := range page.all(`.action-form[action="/locations/register"] input`) {
		keep.Set(in.attr("name"), in.attr("value"))
	}
	if to := s.post("/locations/register", keep, http.StatusSeeOther).header.Get("Location"); to != "/locations" {
		t.Errorf("registering leads to %q, want /locations", to)
	}
	s.get("/locations", http.StatusOK).says("url:"+shopAddress, "Registered locations")
	s.get("/catalog/default/component/shop", http.StatusOK)
	s.post("/locations/register", url.Values{"target": {shopAddress}}, http.StatusUnprocessableEntity).says("registered already")
	s.post("/locations/register", keep, http.StatusUnprocessableEntity)
}

func TestRegisterRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	tests := []struct{ name, target, says string }{
		{"nothing", "  ", "Type the address"},
		{"not there", "https://git.example.com/none.yaml", "nothing at https://git.example.com/none.yaml"},
		{"not allowed", "http://git.example.com/a.yaml", "only https is read"},
		{"a file", "/etc/passwd", `ocations of type "file" cannot be registered`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := s.post("/locations/register", url.Values{"target": {tt.target}}, http.StatusUnprocessableEntity)
			field := page.one(`input[name="target"]`)
			if got := field.attr("value"); got != strings.TrimSpace(tt.target) {
				t.Errorf("the field holds %q, want what was typed", got)
			}
			field.has("aria-invalid")
			page.one("#f-target-error").says(tt.says)
			page.one(`.error-list a[href="#f-target"]`)
		})
	}
}

func TestRegisterProposes(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	page := s.post("/locations/register", url.Values{"target": {"https://git.example.com/shop/Checkout"}}, http.StatusUnprocessableEntity)
	page.one(".codeblock").says("kind : Component", "name : checkout")
}

func TestUnregisterSaysWhatGoes(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.reader.pages[shopAddress] = shopFile + "---\napiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: more}\nspec: {targets: [" + shopAddress + "/more]}\n"
	s.reader.pages[shopAddress+"/more"] = strings.ReplaceAll(shopFile, "shop", "deep")
	s.post("/locations/register", url.Values{"target": {shopAddress}, "keep": {"yes"}}, http.StatusSeeOther)
	s.add(catalogtest.Component("till"))

	known, err := s.store.Locations(t.Context())
	if err != nil || len(known) != 1 {
		t.Fatalf("Locations = %v, %v", known, err)
	}
	path := "/locations/registered/" + known[0].ID + "/remove"
	s.get("/locations", http.StatusOK).one(`a[href="` + path + `"]`)
	fate := map[string]string{}
	for _, tr := range s.get(path, http.StatusOK).all("tbody tr") {
		fate[tr.one("th .sub").text()] = tr.one(".chip").text()
	}
	for ref, want := range map[string]string{
		"component:default/shop": "goes away", "component:default/deep": "goes away", "location:default/more": "goes away", "component:default/till": "stays",
	} {
		if fate[ref] != want {
			t.Errorf("%s: %q, want %q", ref, fate[ref], want)
		}
	}
	s.post(path, nil, http.StatusSeeOther)
	s.get("/catalog/default/component/till", http.StatusOK)
	for ref, want := range fate {
		parsed, _ := catalog.ParseRef(ref, catalog.Ref{})
		recs, err := s.store.Records(t.Context(), []catalog.Ref{parsed})
		if err != nil || recs[0].Found() != (want == "stays") {
			t.Errorf("%s: found %v, %v; the page said it %s", ref, recs[0].Found(), err, want)
		}
	}
	s.get(path, http.StatusNotFound)
	s.post(path, nil, http.StatusNotFound)
}

func TestHeldProvider(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	var items []catalog.Item
	for i := range 12 {
		items = append(items, catalog.Item{Location: fmt.Sprintf("test:%02d", i), Entities: []*catalog.Entity{catalogtest.Component(fmt.Sprint("c", i)).Entity()}})
	}
	s.deliver(items...)
	s.get("/locations/providers/test/release", http.StatusOK).one(".empty").says("Nothing is held back")
	s.deliver(items[:2]...)
	row := s.get("/locations", http.StatusOK).all("tbody tr")[0]
	row.says("held", "10 of 12 sources")
	page := s.get(row.one(`a[href="/locations/providers/test/release"]`).attr("href"), http.StatusOK)
	page.one(".lead").says("10 sources with 10 entities")
	if got := len(page.all("tbody tr")); got != 10 {
		t.Errorf("%d sources are listed, want 10", got)
	}
	s.post("/locations/providers/test/release", nil, http.StatusSeeOther)
	s.get("/catalog/default/component/c1", http.StatusOK)
	s.get("/catalog/default/component/c5", http.StatusNotFound)
	s.post("/locations/providers/test/release", nil, http.StatusConflict)
	s.get("/locations/providers/none/release", http.StatusNotFound)
}

func TestSourcesPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	var items []catalog.Item
	for i := range 120 {
		items = append(items, catalog.Item{Location: fmt.Sprintf("test:a&b#%03d", i), Content: []byte("kind: Spaceship\n")})
	}
	s.deliver(items...)
	seen := map[string]bool{}
	path := "/locations?provider=test"
	for range 3 {
		page := s.get(path, http.StatusOK)
		for _, l := range page.texts("tbody th .mono") {
			seen[l] = true
		}
		if next := page.all(`.pagination a[rel="next"]`); len(next) > 0 {
			path = next[0].attr("href")
		}
	}
	if len(seen) != 120 {
		t.Errorf("three pages show %d sources, want 120", len(seen))
	}
	page := s.get(path, http.StatusOK)
	problems := page.one(`a[href="/problems?location=test%3Aa%26b%23119"]`).attr("href")
	s.get(problems, http.StatusOK).says("test:a&b#119:1:1", "2 problems")

	to := s.post("/locations/refresh", url.Values{"location": {"test:nowhere"}, "next": {"//evil.example"}}, http.StatusSeeOther)
	if got := to.header.Get("Location"); got != "/" {
		t.Errorf("refresh leads to %q, want /", got)
	}
}
