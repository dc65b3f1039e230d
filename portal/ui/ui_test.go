// SPDX-License-Identifier: Apache-2.0

package ui_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/text/language"
	textcatalog "golang.org/x/text/message/catalog"

	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/ui"
)

var noon = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)

func newUI(t testing.TB, change ...func(*ui.Options)) *ui.UI {
	t.Helper()
	o := &ui.Options{
		Now: func() time.Time { return noon },
		URL: func(name string, pairs ...string) (string, error) {
			if name == "missing" {
				return "", fmt.Errorf("no route %q", name)
			}
			return "/" + name + "/" + strings.Join(pairs, "/"), nil
		},
	}
	for _, c := range change {
		c(o)
	}
	u, err := ui.New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return u
}

// render draws text as the content of a page and returns the document.
func render(t *testing.T, u *ui.UI, text string, page ui.Pager, r *http.Request) (*html.Node, *httptest.ResponseRecorder) {
	t.Helper()
	tpl, err := u.Templates(fstest.MapFS{"a.html": {Data: []byte(text)}})
	if err != nil {
		t.Fatalf("Templates: %v", err)
	}
	if r == nil {
		r = httptest.NewRequest(http.MethodGet, "/x?a=1", nil)
	}
	w := httptest.NewRecorder()
	if err := tpl.Page(w, r, "a.html", page); err != nil {
		t.Fatalf("Page: %v", err)
	}
	return parse(t, w.Body.String()), w
}

func parse(t *testing.T, text string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// find returns the elements with the tag that have all attributes; a value of
// "*" is any.
func find(doc *html.Node, tag string, attrs ...string) []*html.Node {
	var out []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == tag && has(n, attrs) {
			out = append(out, n)
		}
	}
	return out
}

func has(n *html.Node, attrs []string) bool {
	for i := 0; i+1 < len(attrs); i += 2 {
		got, ok := attr(n, attrs[i])
		if !ok || attrs[i+1] != "*" && got != attrs[i+1] {
			return false
		}
	}
	return true
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestPageDrawsShell(t *testing.T) {
	t.Parallel()
	u := newUI(t, func(o *ui.Options) {
		o.Environment = "production"
		o.Search = func() ui.Search { return ui.Search{URL: "/search/"} }
		o.Nav = func(*http.Request) []ui.NavSection {
			return []ui.NavSection{{Items: []ui.NavItem{{ID: "catalog", Title: "Catalog", URL: "/catalog", Icon: "grid", Count: 1200}}}, {Title: "Deliver", Items: []ui.NavItem{{ID: "p", Title: "Pipelines", URL: "/p"}}}}
		}
		o.Account = func(*http.Request) ui.Account { return ui.Account{Name: "Ines Duarte"} }
	})
	doc, w := render(t, u, "<p>{{.Title}}</p>", struct{ ui.Page }{ui.Page{Title: "A < b", Active: "catalog", Status: 422, Tabs: []ui.Tab{{Title: "One", URL: "/1", Current: true}}}}, nil)
	if w.Code != 422 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" || w.Header().Get("Cache-Control") == "" {
		t.Errorf("status %d, headers %v", w.Code, w.Header())
	}
	if h := find(doc, "h1"); len(h) != 1 || text(h[0]) != "A < b" {
		t.Errorf("%d h1", len(h))
	}
	if n := find(doc, "a", "aria-current", "page", "href", "/catalog"); len(n) != 1 || text(n[0]) != "Catalog1,200" {
		t.Errorf("the open item is not marked")
	}
	for _, want := range [][]string{
		{"a", "class", "skip", "href", "#content"}, {"main", "id", "content"}, {"form", "role", "search", "action", "/search/", "method", "get"},
		{"input", "type", "search", "name", "q", "aria-label", "*"}, {"nav", "aria-label", "Main"}, {"form", "action", "/preferences", "method", "post"},
		{"input", "name", "next", "value", "/x?a=1"}, {"dialog", "id", "keys"}, {"summary", "class", "btn"}, {"html", "lang", "en"},
	} {
		if len(find(doc, want[0], want[1:]...)) == 0 {
			t.Errorf("the page has no %v", want)
		}
	}
}

func TestBarePageHasNoChrome(t *testing.T) {
	t.Parallel()
	doc, _ := render(t, newUI(t), "x", struct{ ui.Page }{ui.Page{Title: "Sign in", Bare: true}}, nil)
	if len(find(doc, "aside"))+len(find(doc, "header", "class", "top")) != 0 || len(find(doc, "h1")) != 1 {
		t.Error("a bare page has navigation, or no heading")
	}
}

func TestPageFailsWhole(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	tpl, err := u.Templates(fstest.MapFS{"a.html": {Data: []byte(`half {{url "missing"}}`)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.html", "none.html"} {
		w := httptest.NewRecorder()
		if err := tpl.Page(w, httptest.NewRequest(http.MethodGet, "/", nil), name, struct{ ui.Page }{}); err == nil || w.Body.Len() > 0 {
			t.Errorf("Page(%s) = %v and wrote %q, want an error and nothing", name, err, w.Body)
		}
	}
}

func TestTemplatesRefused(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	for name, file := range map[string]string{
		"syntax": "{{if}}", "own name": `{{define "ui/mine"}}x{{end}}`, "ours": `{{define "ui/chip"}}x{{end}}`, "unknown func": "{{nothing}}",
	} {
		if _, err := u.Templates(fstest.MapFS{"a.html": {Data: []byte(file)}}); err == nil {
			t.Errorf("%s: Templates accepts %q", name, file)
		}
	}
}

func TestFragmentSharesFiles(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	tpl, err := u.Templates(fstest.MapFS{"card.html": {Data: []byte(`{{template "parts/row.html" .}}{{template "ui/chip" (chip "ok" "fine")}}`)}, "parts/row.html": {Data: []byte("<b>{{.}}</b>")}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := tpl.Fragment(httptest.NewRequest(http.MethodGet, "/", nil), "card.html", "<x>")
	if want := `<b>&lt;x&gt;</b><span class="chip ok"><span class="dot"></span>fine</span>`; err != nil || string(got) != want {
		t.Errorf("Fragment = %q, %v, want %q", got, err, want)
	}
}

func TestFuncs(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{`{{number 412880}}`, "412,880"}, {`{{number -3}}`, "−3"}, {`{{bytes 31400}}`, "31.4 KB"}, {`{{bytes 999999}}`, "1 MB"},
		{`{{percent 0.8412}}`, "84.1%"}, {`{{delta -0.94}}`, "−0.9"}, {`{{delta 1.32}}`, "&#43;1.3"}, {`{{delta 0.0}}`, "0.0"},
		{`{{plural 1 "entity" "entities"}}`, "1 entity"}, {`{{plural 1200 "entity" "entities"}}`, "1,200 entities"},
		{`{{msg "page.range" 1 8 38}}`, "1 to 8 of 38"}, {`{{msg "A sentence is its own key"}}`, "A sentence is its own key"},
		{`{{url "catalog.entity" "kind" "api"}}`, "/catalog.entity/kind/api"}, {`{{initials "payments-core"}}`, "PC"},
	}
	u := newUI(t)
	for _, tt := range tests {
		tpl, err := u.Templates(fstest.MapFS{"a.html": {Data: []byte(tt.in)}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := tpl.Fragment(nil, "a.html", nil)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s = %q, %v, want %q", tt.in, got, err, tt.want)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		age  time.Duration
		want string
	}{
		{0, "now"}, {12 * time.Second, "12 s ago"}, {32 * time.Minute, "32 min ago"}, {3 * time.Hour, "3 h ago"}, {26 * time.Hour, "1 day ago"},
		{9 * 24 * time.Hour, "9 days ago"}, {40 * 24 * time.Hour, "9 Oct 2026"}, {-5 * 24 * time.Hour, "in 5 days"}, {-2 * time.Minute, "in 2 min"},
	}
	u := newUI(t)
	tpl, err := u.Templates(fstest.MapFS{"a.html": {Data: []byte(`{{time .}}`)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		got, err := tpl.Fragment(nil, "a.html", noon.Add(-tt.age))
		if err != nil || !strings.Contains(string(got), ">"+tt.want+"</time>") || !strings.Contains(string(got), `datetime="2026-`) {
			t.Errorf("time of %v = %s, %v, want %s", tt.age, got, err, tt.want)
		}
	}
	if got, err := tpl.Fragment(nil, "a.html", time.Time{}); err != nil || got != "never" {
		t.Errorf("no time = %q, %v, want never", got, err)
	}
}

func TestFormatDuration(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{
		"0 s": 0, "850 ns": 850, "412 ms": 412 * time.Millisecond, "1.18 s": 1180 * time.Millisecond, "2m 08s": 128 * time.Second,
		"3h 05m": 3*time.Hour + 5*time.Minute, "4d 02h": 98 * time.Hour, "−1.5 s": -1500 * time.Millisecond,
	} {
		if got := ui.FormatDuration(d); got != want {
			t.Errorf("FormatDuration(%d) = %q, want %q", d, got, want)
		}
	}
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	tests := []struct{ form, cookie, to string }{
		{"theme=dark&next=/catalog?kind=api", "callboard_theme=dark", "/catalog?kind=api"},
		{"theme=system&next=/", "callboard_theme=; Path=/; Max-Age=0", "/"},
		{"theme=<b>&next=//evil.example/x", "", "/"}, {"theme=light&next=https://evil.example", "callboard_theme=light", "/"},
		{"keys=off&next=/%5C%5Cevil.example", "callboard_keys=off", "/"}, {"keys=on&next=/a/../../b", "callboard_keys=; Path=/; Max-Age=0", "/b"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(http.MethodPost, "/preferences", strings.NewReader(tt.form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		u.Preferences().ServeHTTP(w, r)
		if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != tt.to {
			t.Errorf("%s leads to %d %q, want %q", tt.form, w.Code, got, tt.to)
		}
		if got := w.Header().Get("Set-Cookie"); !strings.HasPrefix(got, tt.cookie) || tt.cookie == "" && got != "" {
			t.Errorf("%s sets %q, want %q", tt.form, got, tt.cookie)
		}
	}
}

func TestThemeComesFromServer(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: "callboard_theme", Value: "dark"})
	doc, _ := render(t, newUI(t), "x", struct{ ui.Page }{}, r)
	if len(find(doc, "html", "data-theme", "dark")) != 1 || len(find(doc, "button", "value", "dark", "aria-pressed", "true")) != 1 {
		t.Error("the theme of the cookie is not on the page")
	}
}

func TestFlashIsShownOnce(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	w := httptest.NewRecorder()
	u.Flash(w, httptest.NewRequest(http.MethodPost, "/", nil), ui.Notice{Tone: ui.OK, Title: "Saved", Text: "<b>", Link: ui.Link{Title: "Open", URL: "https://evil.example"}})
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Cookie", strings.SplitN(w.Header().Get("Set-Cookie"), ";", 2)[0])
	doc, shown := render(t, u, "x", struct{ ui.Page }{}, r)
	if n := find(doc, "div", "class", "notices"); len(n) != 1 || text(n[0]) != "Saved<b> Open" {
		t.Errorf("the notice is not shown")
	}
	if len(find(doc, "a", "href", "https://evil.example")) != 0 {
		t.Error("the cookie can lead the reader elsewhere")
	}
	if got := shown.Header().Get("Set-Cookie"); !strings.Contains(got, "callboard_notice=;") {
		t.Errorf("the cookie stays: %q", got)
	}
	for _, bad := range []string{"%%%", "bnVsbA", strings.Repeat("A", 5000), url.QueryEscape("[1,2]")} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", "callboard_notice="+bad)
		render(t, u, "x", struct{ ui.Page }{}, r)
	}
}

func TestRenderError(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	for _, status := range []int{400, 401, 403, 404, 405, 409, 413, 418, 422, 429, 500, 502, 503, 504} {
		w := httptest.NewRecorder()
		f := httpx.Failure{Status: status, Message: "no entity <b>", RequestID: "r-42"}
		if err := u.RenderError(w, httptest.NewRequest(http.MethodGet, "/x", nil), f); err != nil {
			t.Fatal(err)
		}
		doc := parse(t, w.Body.String())
		if w.Code != status || len(find(doc, "h1")) != 1 || !strings.Contains(text(doc), "No entity <b>.") || !strings.Contains(text(doc), "r-42") || strings.Contains(text(doc), "error.") {
			t.Errorf("%d: answered %d: %s", status, w.Code, text(doc))
		}
	}
}

func TestMessagesInOtherLanguage(t *testing.T) {
	t.Parallel()
	u := newUI(t, func(o *ui.Options) {
		o.Messages = func(b *textcatalog.Builder) error { return b.SetString(language.German, "shell.skip", "Zum Inhalt") }
	})
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Accept-Language", "de-CH, en;q=0.5")
	doc, _ := render(t, u, `{{msg "do.copy"}}`, struct{ ui.Page }{}, r)
	if skip := find(doc, "a", "class", "skip"); text(skip[0]) != "Zum Inhalt" || len(find(doc, "html", "lang", "de")) != 1 {
		t.Errorf("skip link says %q", text(skip[0]))
	}
	if main := find(doc, "main"); !strings.Contains(text(main[0]), "Copy") {
		t.Errorf("a word that German lacks is %q, want the English one", text(main[0]))
	}
}
