// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/callboard/callboard/portal/ui/uitest"
)

// TestPaletteStory finds things in the palette, in groups, and goes on to the
// page of all results.
func TestPaletteStory(t *testing.T) {
	t.Parallel()
	p := start(t)
	settled(t, p)
	session := p.SignIn(t, "user:default/ines")
	view := uitest.View{Name: "palette", Width: 1280, Theme: "light", Cookies: map[string]string{session.Name: session.Value}}
	tab := uitest.Open(t).Page(t, p.URL+"/", view)
	press := func(keys string) { uitest.Do(t, tab.Ctx, chromedp.KeyEvent(keys)) }
	groups := `[...document.querySelectorAll("#palette .palette-title")].map((e) => e.textContent).join(", ")`

	press("/")
	uitest.WaitFor(t, tab.Ctx, `document.getElementById("palette").open`)
	press("orders")
	uitest.WaitFor(t, tab.Ctx, `((g) => g.startsWith("Teams") && g.includes("APIs") && g.includes("API operations"))(`+groups+`)`)
	uitest.WaitFor(t, tab.Ctx, `document.querySelector("#palette [aria-selected=true]").getAttribute("href") === "/catalog/default/group/orders"`)
	tab.Check(t)

	t.Log("an entry of the navigation comes once, and a typing error is no obstacle")
	uitest.Eval[bool](t, tab.Ctx, `document.querySelector("#palette input").value = "", true`)
	press("catalog")
	uitest.WaitFor(t, tab.Ctx, `[...document.querySelectorAll("#palette [role=option]")].filter((o) => o.getAttribute("href") === "/catalog").length === 1`)
	uitest.Eval[bool](t, tab.Ctx, `document.querySelector("#palette input").value = "", true`)
	press("chekout")
	uitest.WaitFor(t, tab.Ctx, `document.querySelector("#palette [aria-selected=true]")?.getAttribute("href") === "/catalog/default/component/checkout"`)
	press(kb.Enter)
	uitest.WaitFor(t, tab.Ctx, `location.pathname === "/catalog/default/component/checkout" && document.readyState === "complete"`)

	t.Log("without a choice Enter leads to all results")
	press("/")
	uitest.WaitFor(t, tab.Ctx, `document.getElementById("palette").open`)
	press("zzqx")
	uitest.WaitFor(t, tab.Ctx, `document.querySelectorAll("#palette [role=option]").length === 0`)
	press(kb.Enter)
	uitest.WaitFor(t, tab.Ctx, `location.pathname === "/search" && location.search.includes("zzqx")`)
	tab.CheckConsole(t)
}
