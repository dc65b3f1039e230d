// SPDX-License-Identifier: Apache-2.0

package standard_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/standard"
	"github.com/callboard/callboard/portal/ui"
)

// results is the answer of the field's search route.
type results struct {
	Results []struct {
		Type      string
		Document  map[string]string
		Rank      int
		Highlight struct {
			PreTag, PostTag string
			Fields          map[string]string
		}
	}
	NextPageCursor, PreviousPageCursor string
	NumberOfResults                    int
}

// ask asks the field's search route.
func ask(t *testing.T, p *portaltest.Portal, query string) results {
	t.Helper()
	answer := p.Get(t, "/api/search/query?"+query)
	var r results
	if err := json.Unmarshal([]byte(answer.Body), &r); err != nil || answer.Status != http.StatusOK {
		t.Fatalf("%s: %d, %v\n%s", query, answer.Status, err, answer.Body)
	}
	return r
}

func (r results) titles() []string {
	titles := []string{}
	for _, one := range r.Results {
		titles = append(titles, one.Document["title"])
	}
	return titles
}

// startSearch runs the office, and waits until all of it is found.
func startSearch(t *testing.T) (*portaltest.Portal, string) {
	t.Helper()
	p, file := startOffice(t, inesAdministers)
	p.WaitFor(t, "/api/search/documents?q=shop", `"group:default/shop"`, `"behind":false`)
	return p, file
}

// TestSearchAsClientsAsk asks the route of the field's clients as they write it.
func TestSearchAsClientsAsk(t *testing.T) {
	t.Parallel()
	p, _ := startSearch(t)
	for _, tt := range []struct {
		query string
		want  []string
	}{
		{"term=ines", []string{"ines", "Ines Duarte"}},
		{"term=ines&types[0]=software-catalog&types[1]=techdocs", []string{"ines", "Ines Duarte"}},
		{"term=ines&types%5B%5D=techdocs", []string{}},
		{"term=ines&filters[kind]=User", []string{"Ines Duarte"}},
		{"term=ines&filters%5Bkind%5D%5B0%5D=user&filters%5Bkind%5D%5B1%5D=group", []string{"Ines Duarte"}},
		{"term=ines&filters[kind]=Component&filters[lifecycle]=experimental", []string{}},
		{"term=ines&filters[componentType]=service", []string{"ines"}},
		{"term=ines&filters[nothing]=x", []string{}},
		{"term=kim&pageLimit=1&types=software-catalog", []string{"Kim"}},
		{"term=&types=group", []string{"shop", "web"}},
	} {
		if diff := cmp.Diff(tt.want, ask(t, p, tt.query).titles()); diff != "" {
			t.Errorf("%s mismatch (-want +got):\n%s", tt.query, diff)
		}
	}
	r := ask(t, p, "term=ines&filters[kind]=Component")
	one := r.Results[0]
	want := map[string]string{
		"title": "ines", "text": "", "location": "/catalog/default/component/ines", "kind": "Component", "namespace": "default", "name": "ines",
		"type": "service", "componentType": "service", "lifecycle": "production", "owner": "group:default/web",
	}
	if diff := cmp.Diff(want, one.Document); diff != "" || one.Type != "software-catalog" || one.Rank != 1 || r.NumberOfResults != 1 {
		t.Errorf("result = %+v (-want +got):\n%s", one, diff)
	}
	if h := one.Highlight; h.Fields["title"] != h.PreTag+"ines"+h.PostTag {
		t.Errorf("highlight = %+v", h)
	}
	first := ask(t, p, "term=kim&pageLimit=1&types=user")
	second := ask(t, p, "term=kim&pageLimit=1&types=user&pageCursor="+url.QueryEscape(first.NextPageCursor))
	back := ask(t, p, "term=kim&pageLimit=1&types=user&pageCursor="+url.QueryEscape(second.PreviousPageCursor))
	if diff := cmp.Diff([][]string{{"Kim"}, {"Old Kim"}, {"Kim"}}, [][]string{first.titles(), second.titles(), back.titles()}); diff != "" || second.Results[0].Rank != 2 {
		t.Errorf("pages, rank %d (-want +got):\n%s", second.Results[0].Rank, diff)
	}
	for _, wrong := range []string{"term=x&pageLimit=0", "term=x&pageLimit=1000", "term=x&pageLimit=few", "term=x&pageCursor=!", "term=x&pageCursor=" + strings.Repeat("e", 5000)} {
		if got := p.Get(t, "/api/search/query?"+wrong); got.Status != http.StatusBadRequest || !strings.Contains(got.Body, `"InputError"`) {
			t.Errorf("%.60s: %d %s", wrong, got.Status, got.Body)
		}
	}
}

// TestSearchSeesChanges asks after each change: what was written is found, what is
// gone is not.
func TestSearchSeesChanges(t *testing.T) {
	t.Parallel()
	p, file := startSearch(t)
	more := office + "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: weathervane, description: Turns with the wind}\nspec: {type: service, lifecycle: production, owner: web}\n"
	if err := os.WriteFile(file, []byte(more), 0o600); err != nil {
		t.Fatal(err)
	}
	p.WaitFor(t, "/api/catalog/entities/by-name/component/default/weathervane", "Turns")
	if got := ask(t, p, "term=weathervane").titles(); !slices.Contains(got, "weathervane") {
		t.Errorf("what is in the catalog is not found: %v", got)
	}
	if err := os.WriteFile(file, []byte(office), 0o600); err != nil {
		t.Fatal(err)
	}
	p.WaitFor(t, "/api/catalog/entities/by-name/component/default/weathervane", "NotFoundError")
	if got := ask(t, p, "term=weathervane"); got.NumberOfResults != 0 {
		t.Errorf("what is gone from the catalog is found: %v", got.titles())
	}
}

// TestSearchPage reads what people read.
func TestSearchPage(t *testing.T) {
	t.Parallel()
	p, _ := startSearch(t)
	for path, wants := range map[string][]string{
		"/search":                        {"What are you looking for?"},
		"/search?q=ines":                 {"2 results", "<mark>ines</mark>", `href="/catalog/default/user/ines"`, `name="type" value="component"`},
		"/search?q=ines&type=user":       {"1 result ", `value="user" checked`, `value="component"`},
		"/search?q=ines&type=group":      {"Nothing found", "Search all types"},
		"/search?q=%3Cscript%3Ealert(1)": {"Nothing found", "&lt;script&gt;alert(1)"},
		"/search?q=%22%00%27+OR+1":       {"Nothing found"},
	} {
		got := p.Get(t, path)
		for _, want := range wants {
			if got.Status != http.StatusOK || !strings.Contains(got.Body, want) {
				t.Errorf("%s: %d, lacks %q", path, got.Status, want)
			}
		}
		if strings.Contains(got.Body, "<script>alert") {
			t.Errorf("%s has script in it", path)
		}
	}
	if got := p.Get(t, "/readyz").Body; !strings.Contains(got, `"search"`) {
		t.Errorf("the portal's health knows no search: %s", got)
	}
	if got := p.Get(t, "/catalog").Body; !strings.Contains(got, `action="/search"`) || !strings.Contains(got, `data-suggest="/search/suggest"`) {
		t.Error("the search of the header is not that of the portal")
	}
}

// TestPaletteShowsWhatOneMayDo asks for suggestions as a guest and as an
// administrator.
func TestPaletteShowsWhatOneMayDo(t *testing.T) {
	t.Parallel()
	p, _ := startSearch(t)
	suggestions := func(p *portaltest.Portal, q string) map[string]string {
		t.Helper()
		var list []ui.Suggestion
		body := p.Get(t, "/search/suggest?q="+url.QueryEscape(q)).Body
		if err := json.Unmarshal([]byte(body), &list); err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		groups := map[string]string{}
		last := ""
		for _, s := range list {
			if _, seen := groups[s.Group]; seen && last != s.Group {
				t.Errorf("%q: the group %s is torn apart", q, s.Group)
			}
			last = s.Group
			groups[s.Group] = strings.TrimSpace(groups[s.Group] + " " + s.URL)
		}
		return groups
	}
	ines := p.As(t, "user:default/ines")
	for _, tt := range []struct {
		as   *portaltest.Portal
		q    string
		want map[string]string
	}{
		{p, "ines", map[string]string{"Components": "/catalog/default/component/ines", "People": "/catalog/default/user/ines"}},
		{p, "audit", map[string]string{}},
		{ines, "audit", map[string]string{"Settings": "/admin/audit"}},
		{p, "register", map[string]string{}},
		{ines, "register", map[string]string{"Actions": "/locations/register"}},
		{ines, "api keys", map[string]string{"Settings": "/settings/keys"}},
		{p, "", map[string]string{}},
	} {
		if diff := cmp.Diff(tt.want, suggestions(tt.as, tt.q)); diff != "" {
			t.Errorf("%q mismatch (-want +got):\n%s", tt.q, diff)
		}
	}
}

// TestSearchDescription holds the description against the routes.
func TestSearchDescription(t *testing.T) {
	t.Parallel()
	p, _ := startOffice(t, "")
	doc, err := openapi3.NewLoader().LoadFromData([]byte(p.Get(t, "/api/search/openapi.yaml").Body))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.IsOpenAPI31OrLater()); err != nil {
		t.Errorf("the description is not valid: %v", err)
	}
	var described, served []string
	for path := range doc.Paths.Map() {
		described = append(described, "/api/search"+path)
	}
	for _, r := range p.App.Routes() {
		if strings.HasPrefix(r.Path, "/api/search") {
			served = append(served, r.Path)
		}
	}
	slices.Sort(described)
	if diff := cmp.Diff(described, served); diff != "" {
		t.Errorf("routes mismatch (-described +served):\n%s", diff)
	}
	if got := p.Get(t, "/api/search/types"); got.Status != http.StatusOK || !strings.Contains(got.Body, `"operation"`) {
		t.Errorf("types: %d %s", got.Status, got.Body)
	}
}

// TestSearchCommand runs the command beside a portal's database.
func TestSearchCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "office.yaml")
	if err := os.WriteFile(file, []byte(office), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse("portal.yaml", fmt.Appendf(nil, "catalog: {locations: [{type: file, target: %q}]}", file), nil)
	if err != nil {
		t.Fatal(err)
	}
	opts := &portal.Options{Config: cfg, Settings: portal.Settings{Data: dir, Database: filepath.Join(dir, "callboard.db")}}
	p := portaltest.StartWith(t, opts, standard.Package())
	p.WaitFor(t, "/api/search/documents?q=shop", `"group:default/shop"`, `"behind":false`)
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		t.Helper()
		var out, wrong bytes.Buffer
		code := portal.Run(t.Context(), &portal.Program{Packages: []func(do.Injector){standard.Package()}, Args: append([]string{"portal"}, append(args, "--data", dir)...), Stdout: &out, Stderr: &wrong})
		if code != 0 {
			t.Fatalf("%v: %d\n%s", args, code, wrong.String())
		}
		return out.String()
	}
	if got := run("search", "ines"); !strings.Contains(got, "/catalog/default/user/ines") || !strings.Contains(got, "2 results") {
		t.Errorf("search = %s", got)
	}
	if got := run("search", "--json", "--type", "user", "kim"); !strings.Contains(got, `"location":"/catalog/old/user/kim"`) {
		t.Errorf("search --json = %s", got)
	}
	if got := run("search", "reindex"); !strings.Contains(got, "catalog: 6 documents") || !strings.Contains(got, "portal: ") {
		t.Errorf("search reindex = %s", got)
	}
	if got := run("search", "ines"); !strings.Contains(got, "2 results") {
		t.Errorf("search before all is taken in anew = %s", got)
	}
}
