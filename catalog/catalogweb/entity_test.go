// SPDX-License-Identifier: Apache-2.0

package catalogweb_test

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/catalog/catalogweb"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/slot"
	"github.com/callboard/callboard/portal/ui"
)

const basketPage = "/catalog/default/component/basket"

func TestEntityPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	basket := catalogtest.Component("basket").Title("The basket").Owner("group:default/web").Set("system", "shop").Set("dependsOn", []any{"component:default/gone"}).
		Set("lifecycle", "production").Tags("go").Description("Holds things.").Annotate("backstage.io/edit-url", "https://example.com/edit")
	e := basket.Entity()
	e.Metadata.Links = []catalog.Link{{URL: "https://example.com/run", Title: "Runbook"}}
	s.deliver(catalog.Item{Location: "test:all", Entities: []*catalog.Entity{
		e, catalogtest.Group("web").Title("Web team").Entity(), catalogtest.System("shop").Owner("group:default/web").Entity(),
	}})
	page := s.get(basketPage, http.StatusOK)
	page.one("h1").says("The basket")
	page.one(".page-head").says("Component, service", "production", "Holds things.", "Web team", "shop", "basket")
	if diff := cmp.Diff([]string{"Overview", "Relations", "History", "YAML"}, page.texts(".tabs a")); diff != "" {
		t.Errorf("tabs mismatch (-want +got):\n%s", diff)
	}
	about := page.one(`[id="card-catalog.about"]`)
	about.says("component:default/basket", "Web team", "go")
	about.one(`header a[href="https://example.com/edit"]`)
	about.one(`a[href="https://example.com/run"]`).says("Runbook")
	page.one(`[id="card-catalog.depends"]`).says("gone", "does not exist")
	page.one(`[id="card-catalog.graph"]`).one("svg.nodes")
	page.one(`[id="card-catalog.graph"]`).one(`header a[href="/explore?root=component%3Adefault%2Fbasket"]`)
	s.get(basketPage+"/nonsense", http.StatusNotFound)

	relations := s.get(basketPage+"/relations", http.StatusOK)
	if diff := cmp.Diff([]string{"Depends on", "Owned by", "Part of"}, relations.texts(".card h2")); diff != "" {
		t.Errorf("relations mismatch (-want +got):\n%s", diff)
	}
	s.get(basketPage+"/source", http.StatusOK).one("pre").says("kind : Component", "lifecycle : production")
	s.post(basketPage+"/refresh", nil, http.StatusSeeOther)
}

func TestEntitySlots(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	card := func(id string, render entitypage.RenderFunc) entitypage.Card {
		return entitypage.Card{ID: id, Title: "Card " + id, Order: 900, Render: render}
	}
	s := newSite(t, &catalogweb.Options{
		SlotTimeout: 300 * time.Millisecond,
		Cards: []entitypage.Card{
			card("good", func(r entitypage.Request) (template.HTML, error) {
				return template.HTML("<p>for " + r.Entity.Metadata.Name + "</p>"), nil
			}),
			card("silent", func(entitypage.Request) (template.HTML, error) { return "", nil }),
			card("panics", func(entitypage.Request) (template.HTML, error) { panic("secret stack") }),
			card("fails", func(entitypage.Request) (template.HTML, error) { return "", errors.New("secret cause") }),
			card("hangs", func(entitypage.Request) (template.HTML, error) { <-hang; return "late", nil }),
			card("floods", func(entitypage.Request) (template.HTML, error) {
				return template.HTML(strings.Repeat("x", slot.MaxBytes+1)), nil
			}),
			{ID: "elsewhere", Title: "Elsewhere", For: func(e *catalog.Entity) bool { return e.Kind == "API" }, Render: func(entitypage.Request) (template.HTML, error) { return "no", nil }},
			{ID: "unsure", Title: "Unsure", For: func(*catalog.Entity) bool { panic("unsure") }, Render: func(entitypage.Request) (template.HTML, error) { return "no", nil }},
			{ID: "linked", Title: "Linked", Flush: true, More: func(entitypage.Request) ui.Link { return ui.Link{Title: "All", URL: "/all"} }, Render: func(entitypage.Request) (template.HTML, error) { return "<p>flush</p>", nil }},
		},
		Tabs: []entitypage.Tab{
			{ID: "oncall", Title: "On call", Order: 850, Render: func(r entitypage.Request) (template.HTML, error) {
				return template.HTML("<p id=\"tab\">" + r.HTTP.URL.Path + "</p>"), nil
			}},
			{ID: "broken", Title: "Broken", Order: 860, Render: func(entitypage.Request) (template.HTML, error) { panic("secret stack") }},
		},
		Actions: []entitypage.Action{{ID: "page", Label: "Page them", URL: func(r entitypage.Request) string { return "/oncall?for=" + r.Entity.Metadata.Name }}},
	})
	s.add(catalogtest.Component("basket"))
	page := s.get(basketPage, http.StatusOK)
	page.one(`[id="card-good"]`).says("for basket")
	for _, gone := range []string{"silent", "elsewhere", "unsure"} {
		page.none("#card-" + gone)
	}
	for id, want := range map[string]string{"panics": "could not be drawn", "fails": "could not be drawn", "hangs": "took longer", "floods": "drew more than 1024 KB"} {
		page.one(`[id="card-` + id + `"]`).one(".problem").says(want)
	}
	if text := page.text(); strings.Contains(text, "secret") {
		t.Errorf("the page tells a secret: %s", text)
	}
	page.one(`[id="card-linked"]`).one(`header a[href="/all"]`)
	page.one(`[id="card-linked"]`).none(".body")
	page.one(`.actions a[href="/oncall?for=basket"]`)
	s.get(basketPage+"/oncall/below/it", http.StatusOK).one("#tab").says(basketPage + "/oncall/below/it")
	s.get(basketPage+"/broken", http.StatusOK).one("main .problem").says("could not be drawn")
}

func TestSlotsWithOneID(t *testing.T) {
	t.Parallel()
	u, err := ui.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	twice := []entitypage.Card{{ID: "a.b"}, {ID: "a.b"}, {ID: "catalog.about"}}
	_, err = catalogweb.New(catalogtest.NewStore(), nil, u, &catalogweb.Options{Cards: twice})
	for _, want := range []string{`"card a.b"`, `"card catalog.about"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v, want a word about %s", err, want)
		}
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.add(catalogtest.Component("basket").Set("lifecycle", "experimental"))
	s.add(catalogtest.Component("basket").Set("lifecycle", "production"))
	s.add(catalogtest.Component("basket").Set("lifecycle", "production").Description("Holds things.").Tags("go").Title("Basket").Set("type", "website"))
	events := s.get(basketPage+"/history", http.StatusOK).all(".history li")
	if len(events) != 3 {
		t.Fatalf("%d versions, want 3", len(events))
	}
	events[0].says("Changed metadata.description, metadata.tags, metadata.title and 1 more field")
	events[1].says("Changed spec.lifecycle, +1 −1", "test:all by provider test")
	events[1].one("tr.del").says("lifecycle: experimental")
	events[1].one("tr.add").says("lifecycle: production")
	events[2].says("Created")
	if events[2].one("time").attr("title") == "" {
		t.Error("the time has no exact form")
	}
}

func TestHistoryPages(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	for i := range 25 {
		s.add(catalogtest.Component("basket").Description(strings.Repeat("x", i+1)))
	}
	first := s.get(basketPage+"/history", http.StatusOK)
	older := s.get(first.one(`a[rel="next"]`).attr("href"), http.StatusOK)
	if a, b := len(first.all(".history li")), len(older.all(".history li")); a != 20 || b != 5 {
		t.Errorf("pages of %d and %d versions, want 20 and 5", a, b)
	}
	older.one(`a[rel="prev"]`)
}

func TestDeletedAndRestored(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.add(catalogtest.Component("basket").Title("The basket"), catalogtest.Component("other"))
	s.add(catalogtest.Component("other"))
	page := s.get(basketPage, http.StatusNotFound)
	page.one("h1").says("The basket was deleted")
	page.one("main").says("Its source does not declare it any more", "test:all")
	page.one(".history").says("Deleted", "Created")
	page.one(`form[action="` + basketPage + `/restore"]`)
	s.identity = callboard.Identity{Subject: "user:default/ann", Name: "Ann"}
	s.post(basketPage+"/restore", nil, http.StatusSeeOther)
	s.get(basketPage, http.StatusOK)
	s.get(basketPage+"/history", http.StatusOK).one(".history").says("Restored", "user:default/ann")
	s.post(basketPage+"/restore", nil, http.StatusNotFound)

	t.Log("nobody declares it any more, so it can be deleted")
	s.post(basketPage+"/delete", nil, http.StatusSeeOther)
	s.get(basketPage, http.StatusNotFound).one("main").says("Somebody deleted it", "user:default/ann")

	t.Log("what a source declares is kept away only if asked for")
	const other = "/catalog/default/component/other"
	s.get(other, http.StatusOK).one(`form[action="` + other + `/delete"]`)
	ask := s.post(other+"/delete", nil, http.StatusConflict)
	ask.one("main").says("a source declares it", "test:all")
	ask.one(`input[name="suppress"][value="true"]`)
	s.get(other, http.StatusOK)
	s.post(other+"/delete", url.Values{"suppress": {"true"}}, http.StatusSeeOther)
	s.get(other, http.StatusNotFound).one("main").says("kept away")
	s.add(catalogtest.Component("other").Description("again"))
	s.get(other, http.StatusNotFound)
}

func TestNeverKnown(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	page := s.get("/catalog/default/component/nowhere", http.StatusNotFound)
	page.one("h1").says("Not in the catalog")
	page.one(`a[href="/catalog?q=nowhere"]`)
	page.none(`form[method="post"][action="/catalog/default/component/nowhere/restore"]`)
}

func TestStaleEntity(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.add(catalogtest.Component("basket"))
	s.get(basketPage, http.StatusOK).none("main .notices")
	s.deliver(catalog.Item{Location: "test:all", Err: errors.New("the disk is gone")})
	s.get(basketPage, http.StatusOK).one("main .notices").says("This may be out of date", "cannot be read", "test:all")
}
