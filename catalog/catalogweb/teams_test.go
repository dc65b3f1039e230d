// SPDX-License-Identifier: Apache-2.0

package catalogweb_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog/catalogtest"
)

func TestTeamsTree(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.add(
		catalogtest.Group("company"),
		catalogtest.Group("web").Title("Web team").Set("parent", "company"),
		catalogtest.Group("orphan").Set("parent", "gone"),
		catalogtest.Group("egg").Set("parent", "hen"),
		catalogtest.Group("hen").Set("parent", "egg"),
		catalogtest.Group("self").Set("parent", "self"),
		catalogtest.User("ann", "web"),
		catalogtest.Component("shop").Owner("group:default/web"),
	)
	page := s.get("/teams", http.StatusOK)
	for _, name := range []string{"company", "web", "orphan", "egg", "hen", "self"} {
		page.one(`main a[href="/catalog/default/group/` + name + `"]`)
	}
	page.one("main").says("1 person, owns 1 entity", "6 groups")
}

func TestTeamsEmpty(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.get("/teams", http.StatusOK).one(".empty").says("No teams", "kind Group")
	s.get("/teams/people", http.StatusOK).one(".empty").says("Nobody", "kind User")
}

func TestPeople(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.add(
		catalogtest.Group("web"),
		catalogtest.User("zoe", "web").Set("profile", map[string]any{"displayName": "Aaron Zoe", "email": "zoe@example.com"}),
		catalogtest.User("ann").Set("profile", map[string]any{"displayName": "Zelda Ann"}),
	)
	page := s.get("/teams/people", http.StatusOK)
	if diff := cmp.Diff([]string{"Aaron Zoe", "Zelda Ann"}, page.texts("tbody th a")); diff != "" {
		t.Errorf("people mismatch (-want +got):\n%s", diff)
	}
	page.one(`a[href="mailto:zoe@example.com"]`)
	page.one(`tbody a[href="/catalog/default/group/web"]`)
	if diff := cmp.Diff([]string{"Zelda Ann"}, s.get("/teams/people?q=zelda", http.StatusOK).texts("tbody th a")); diff != "" {
		t.Errorf("found mismatch (-want +got):\n%s", diff)
	}
}
