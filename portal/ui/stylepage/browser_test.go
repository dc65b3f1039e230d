// SPDX-License-Identifier: Apache-2.0

package stylepage_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/gorilla/mux"

	"github.com/callboard/callboard/portal/ui"
	"github.com/callboard/callboard/portal/ui/stylepage"
	"github.com/callboard/callboard/portal/ui/uitest"
)

// policy is the one that the portal sends.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// guide serves a portal that has the style guide alone.
func guide(t *testing.T) string {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 11, 18, 9, 31, 4, 0, time.UTC) }
	router := mux.NewRouter()
	var u *ui.UI
	u, err := ui.New(&ui.Options{
		Environment: "production", Now: now,
		Search: func() ui.Search { return ui.Search{URL: "/style", Suggest: "/style/suggest"} },
		URL: func(name string, pairs ...string) (string, error) {
			to, err := router.Get(name).URL(pairs...)
			if err != nil {
				return "", err
			}
			return to.String(), nil
		},
		Nav:     navigation,
		Account: func(*http.Request) ui.Account { return ui.Account{Name: "Ines Duarte", URL: "/style"} },
	})
	if err != nil {
		t.Fatal(err)
	}
	page, err := stylepage.New(u, &stylepage.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	u.Routes(router)
	page.Routes(router)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		router.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.CloseClientConnections)
	t.Cleanup(srv.Close)
	return srv.URL
}

func navigation(*http.Request) []ui.NavSection {
	return []ui.NavSection{
		{Items: []ui.NavItem{
			{ID: "home", Title: "Home", URL: "/style#home", Icon: "home"}, {ID: "catalog", Title: "Catalog", URL: "/style#catalog", Icon: "grid", Count: 128},
			{ID: "apis", Title: "APIs", URL: "/style#apis", Icon: "api", Count: 31}, {ID: "docs", Title: "Docs", URL: "/style#docs", Icon: "book"},
			{ID: "create", Title: "Create", URL: "/style#create", Icon: "plus"},
		}},
		{Title: "Deliver", Items: []ui.NavItem{
			{ID: "pulls", Title: "Pull requests", URL: "/style#pulls", Icon: "flow", Count: 4}, {ID: "pipelines", Title: "Pipelines", URL: "/style#pipelines", Icon: "check"},
			{ID: "apps", Title: "App performance", URL: "/style#apps", Icon: "pulse"},
		}},
		{Title: "Organisation", Items: []ui.NavItem{{ID: "teams", Title: "Teams", URL: "/style#teams", Icon: "users"}, {ID: "explore", Title: "Explore", URL: "/style#explore", Icon: "graph"}}},
		{Foot: true, Items: []ui.NavItem{{ID: "style.guide", Title: "Style guide", URL: "/style", Icon: "gear"}}},
	}
}

func TestGuideInBrowser(t *testing.T) {
	t.Parallel()
	url := guide(t)
	b := uitest.Open(t)
	for _, v := range uitest.Views() {
		t.Run(v.Name, func(t *testing.T) { b.Page(t, url+"/style", v).Check(t) })
	}
}

func TestScriptsInBrowser(t *testing.T) {
	t.Parallel()
	url := guide(t)
	b := uitest.Open(t)
	tab := b.Page(t, url+"/style", uitest.View{Name: "scripts", Width: 1280, Theme: "light"})
	press := func(keys string, opts ...chromedp.KeyOption) { uitest.Do(t, tab.Ctx, chromedp.KeyEvent(keys, opts...)) }

	t.Log("the live log fills and ends")
	uitest.WaitFor(t, tab.Ctx, `document.querySelectorAll(".log[data-stream] .line").length === 5`)

	t.Log("Ctrl-K finds a navigation entry and a suggestion, Escape gives the focus back")
	uitest.Do(t, tab.Ctx, chromedp.Focus("#f-name"))
	press("k", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	uitest.WaitFor(t, tab.Ctx, `document.getElementById("palette").open`)
	press("cat")
	uitest.WaitFor(t, tab.Ctx, `document.querySelector("#palette [role=option]")?.textContent.includes("Catalog")`)
	uitest.Eval[bool](t, tab.Ctx, `document.querySelector("#palette input").value = "", true`)
	press("chart")
	uitest.WaitFor(t, tab.Ctx, `[...document.querySelectorAll("#palette [role=option]")].some((o) => o.getAttribute("href") === "/style#charts")`)
	tab.CheckAxe(t)
	press(kb.Escape)
	uitest.WaitFor(t, tab.Ctx, `!document.getElementById("palette").open && document.activeElement.id === "f-name"`)

	t.Log("single keys do nothing while typing, and open search and help elsewhere")
	press("?")
	if uitest.Eval[bool](t, tab.Ctx, `document.getElementById("keys").open`) {
		t.Error("? opened the keys while a field had the focus")
	}
	uitest.Eval[bool](t, tab.Ctx, `document.activeElement.blur(), true`)
	press("?")
	uitest.WaitFor(t, tab.Ctx, `document.getElementById("keys").open`)
	press(kb.Escape)
	press("/")
	uitest.WaitFor(t, tab.Ctx, `document.getElementById("palette").open`)
	press(kb.Escape)

	t.Log("a star is switched in place, a menu closes with Escape")
	uitest.Do(t, tab.Ctx, uitest.Click(`.head form[data-toggle] button`))
	uitest.WaitFor(t, tab.Ctx, `document.querySelector(".head form[data-toggle] button").getAttribute("aria-pressed") === "true"`)
	uitest.Do(t, tab.Ctx, uitest.Click(`.account > summary`))
	uitest.WaitFor(t, tab.Ctx, `document.querySelector(".account").open`)
	press(kb.Escape)
	uitest.WaitFor(t, tab.Ctx, `!document.querySelector(".account").open && document.activeElement.matches(".account > summary")`)

	t.Log("the graph zooms")
	uitest.Do(t, tab.Ctx, uitest.Click(`#graph [data-zoom=in]`))
	uitest.WaitFor(t, tab.Ctx, `!document.querySelector("#graph .graph").classList.contains("fit")`)
	tab.CheckConsole(t)

}

// TestFirstViewRequests holds a page of the shell against its budget.
func TestFirstViewRequests(t *testing.T) {
	t.Parallel()
	url := guide(t)
	tab := uitest.Open(t).Page(t, url+"/style/error/404", uitest.View{Name: "error", Width: 1280, Theme: "dark"})
	tab.Shot(t)
	tab.CheckWidth(t)
	tab.CheckAxe(t)
	requests, bytes := tab.Requests(), 0
	for _, r := range requests {
		bytes += r.Bytes
	}
	if len(requests) > 6 || bytes > 60<<10 {
		t.Errorf("the first view takes %d requests and %d bytes, at most 6 and 60 KB:\n%v", len(requests), bytes, requests)
	}
}

// TestThemeWithoutScripts switches the theme by the form alone.
func TestThemeWithoutScripts(t *testing.T) {
	t.Parallel()
	url := guide(t)
	tab := uitest.Open(t).Page(t, url+"/style", uitest.View{Name: "theme", Width: 1280, Theme: "light", NoScript: true})
	uitest.Do(t, tab.Ctx, uitest.Click(`.account > summary`), chromedp.WaitVisible(`button[value=dark]`), uitest.Click(`button[value=dark]`), chromedp.WaitReady(`html[data-theme=dark]`))
}
