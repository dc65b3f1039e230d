// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/callboard/callboard/portal/ui/uitest"
)

// focused says which element has the focus, whether it can be seen, and
// whether the focus itself can.
type focused struct {
	Place, Text string
	Seen        bool
}

const focusedNow = `(() => {
  const e = document.activeElement, r = e.getBoundingClientRect(), style = getComputedStyle(e);
  const place = e.matches(".skip") ? "skip" : e.closest(".side-nav") ? "nav" : e.closest("form.search") ? "search" : e.closest(".account") ? "account" : e.closest(".facets") ? "facets" : e.closest("main") ? "main" : "other";
  const header = e.closest("main") ? document.querySelector(".top").getBoundingClientRect().bottom : 0;
  return {Place: place, Text: (e.textContent || e.name || "").trim().slice(0, 40), Seen: r.width > 0 && r.bottom > header && r.top < innerHeight && (style.outlineStyle !== "none" || e.matches(".skip"))};
})()`

// TestKeyboardStory goes through the catalog without a mouse.
func TestKeyboardStory(t *testing.T) {
	t.Parallel()
	p := start(t)
	tab := uitest.Open(t).Page(t, p.URL+"/catalog", uitest.View{Name: "keyboard", Width: 1280, Theme: "light"})
	press := func(keys string) { uitest.Do(t, tab.Ctx, chromedp.KeyEvent(keys)) }

	t.Log("Tab leads from the skip link through navigation and search to the facets, always seen")
	var places []string
	for range 60 {
		press(kb.Tab)
		f := uitest.Eval[focused](t, tab.Ctx, focusedNow)
		if !f.Seen {
			t.Errorf("the focus on %q in %s cannot be seen", f.Text, f.Place)
		}
		if !slices.Contains(places, f.Place) {
			places = append(places, f.Place)
		}
		if f.Place == "facets" {
			break
		}
	}
	if got, want := strings.Join(places, " "), "skip other nav search account main facets"; got != want {
		t.Errorf("Tab goes through %q, want %q", got, want)
	}

	t.Log("a facet is chosen with the space bar, and keeps the focus")
	press(kb.Tab)
	press(kb.Tab)
	press(" ")
	uitest.WaitFor(t, tab.Ctx, `location.search.includes("kind=") && document.readyState === "complete" && document.activeElement.name === "kind" && document.activeElement.checked`)

	t.Log("the account's menu opens with Enter, and Escape gives the focus back")
	uitest.Do(t, tab.Ctx, chromedp.Focus(`.account > summary`))
	press(kb.Enter)
	uitest.WaitFor(t, tab.Ctx, `document.querySelector(".account").open`)
	press(kb.Escape)
	uitest.WaitFor(t, tab.Ctx, `!document.querySelector(".account").open && document.activeElement.matches(".account > summary")`)

	t.Log("the slash finds an entity by its name")
	press("/")
	uitest.WaitFor(t, tab.Ctx, `document.getElementById("palette").open`)
	press("capture-w")
	uitest.WaitFor(t, tab.Ctx, `document.querySelector("#palette [aria-selected=true]")?.textContent.includes("capture-worker")`)
	press(kb.Enter)
	uitest.WaitFor(t, tab.Ctx, `location.pathname === "/catalog/default/component/capture-worker"`)
	tab.CheckConsole(t)
}

// TestStoryWithoutScripts does a day's work with forms and links alone.
func TestStoryWithoutScripts(t *testing.T) {
	t.Parallel()
	p := start(t)
	tab := uitest.Open(t).Page(t, p.URL+"/", uitest.View{Name: "noscript", Width: 1280, Theme: "light", NoScript: true})
	click := func(selector, then string) {
		t.Helper()
		t.Logf("click %s", selector)
		uitest.Do(t, tab.Ctx, uitest.Click(selector), chromedp.WaitReady(then))
	}
	click(`.actions a[href^="/signin"]`, `button[value="user:default/ines"]`)
	click(`button[value="user:default/ines"]`, `#card-catalog\.owned`)
	click(`.nav a[href="/catalog"]`, `.facets`)
	click(`input[name=kind][value=Component]`, `input[name=kind][value=Component]`)
	click(`.facets [data-apply]`, `input[name=kind][value=Component]:checked`)
	click(`.facets a[href="/catalog"]`, `input[name=kind][value=Component]:not(:checked)`)
	click(`a[rel=next]`, `a[rel=prev]`)
	click(`a[rel=prev]`, `th a[href="/catalog/default/component/checkout"]`)
	click(`th a[href="/catalog/default/component/checkout"]`, `.actions [aria-pressed=false]`)
	click(`.actions [aria-pressed=false]`, `.actions [aria-pressed=true]`)
	click(`form[action$="/refresh"] button`, `.notices .note`)
	click(`.nav a[href="/catalog"]`, `.tabs`)
	click(`.tabs a[href="/catalog?view=starred"]`, `th a[href="/catalog/default/component/checkout"]`)
	click(`.account > summary`, `.account[open]`)
	click(`.account a[href="/settings"]`, `form[action="/settings/sessions/revoke"]`)
	click(`.tabs a[href="/settings/keys"]`, `form[action="/settings/keys"]`)
	uitest.Do(t, tab.Ctx, chromedp.SendKeys(`input[name=name]`, "script"))
	click(`form[action="/settings/keys"] .primary`, `.command code`)
	click(`.account > summary`, `.account[open]`)
	click(`.account form[action="/signout"] button`, `.account a[href^="/signin"]`)
}

// TestFirstViewBudget holds the first view of the main pages against its
// budget; a repeated view asks for the page alone.
func TestFirstViewBudget(t *testing.T) {
	t.Parallel()
	p := start(t)
	b := uitest.Open(t)
	for _, path := range []string{"/", "/catalog", "/catalog/default/component/checkout"} {
		tab := b.Page(t, p.URL+path, uitest.View{Name: "first", Width: 1280, Theme: "light"})
		uitest.WaitFor(t, tab.Ctx, `document.readyState === "complete"`)
		first := tab.Requests()
		all, js := 0, 0
		for _, r := range first {
			all += r.Bytes
			if strings.HasSuffix(r.URL, ".js") {
				js += r.Bytes
			}
		}
		t.Logf("%s: %d requests, %d bytes, of which %d are scripts", path, len(first), all, js)
		if len(first) > 6 || all > 60<<10 || js > 20<<10 || all == 0 || js == 0 {
			t.Errorf("%s: the first view takes %d requests, %d bytes and %d bytes of scripts; at most 6, 60 KB and 20 KB are allowed:\n%v", path, len(first), all, js, first)
		}
		// The browser asks for the icon when it likes, so the third view counts.
		uitest.Do(t, tab.Ctx, chromedp.Navigate(p.URL+path))
		tab.Requests()
		uitest.Do(t, tab.Ctx, chromedp.Navigate(p.URL+path))
		again := slices.DeleteFunc(tab.Requests(), func(r uitest.Request) bool { return r.Bytes == 0 })
		if len(again) != 1 || again[0].URL != p.URL+path {
			t.Errorf("%s: a repeated view asks for %v, want the page alone", path, again)
		}
	}
}
