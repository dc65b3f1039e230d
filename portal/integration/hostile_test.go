// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/fetch"
	"github.com/callboard/callboard/portal/integration"
)

// TestHostileAnnotations: no value changes the host, climbs the path or adds a
// header; what is harmless is escaped.
func TestHostileAnnotations(t *testing.T) {
	t.Parallel()
	var asked string
	s := newStation(t, weather, func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.EscapedPath() + "?" + r.URL.RawQuery
		_, _ = io.WriteString(w, `{"celsius": 1}`)
	}, patience)
	for value, want := range map[string]string{
		"../../admin": "", "..": "", ".": "", "a/../../b": "", "..;x": "", `..\admin`: "", "%2e%2e/admin": "", "..%2fadmin": "", "%2f": "", "%252e": "",
		"a\r\nX-Evil: 1": "", "a\nb": "", "a\x00b": "", "a\xff": "",
		"@evil.example": "/cities/@evil.example?", "https://evil.example": "/cities/https:%2F%2Fevil.example?", "?x=1": "/cities/%3Fx=1?", "#x": "/cities/%23x?",
		"a b/c": "/cities/a%20b%2Fc?", "100%": "/cities/100%25?", "é": "/cities/%C3%A9?", "{{settings.url}}": "/cities/%7B%7Bsettings.url%7D%7D?",
	} {
		asked = ""
		out := s.load(value)
		switch {
		case want == "" && (asked != "" || out.Trouble == nil || out.Trouble.Reason != integration.ReasonValue || out.Trouble.Position == ""):
			t.Errorf("%q was asked as %q: %+v", value, asked, out.Trouble)
		case want != "" && asked != want:
			t.Errorf("%q was asked as %q, want %q: %+v", value, asked, want, out.Trouble)
		}
	}
}

// TestHostileAnswers: what is too large, too deep, no JSON or not what the
// definition expects is a trouble that says so.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer func(w io.Writer)
		reason integration.Reason
		words  string
	}{
		"endless": {func(w io.Writer) {
			chunk := bytes.Repeat([]byte(" "), 64<<10)
			for range 16 << 10 { // 1 GB, if anybody read it
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}, integration.ReasonTooLarge, "source.maxBytes"},
		"deep":         {func(w io.Writer) { _, _ = io.WriteString(w, strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)) }, integration.ReasonAnswer, "deeper than 64"},
		"unclosed":     {func(w io.Writer) { _, _ = io.WriteString(w, `{"celsius": "`+strings.Repeat("x", 100)) }, integration.ReasonAnswer, "no JSON"},
		"a page":       {func(w io.Writer) { _, _ = io.WriteString(w, "<html>sign in</html>") }, integration.ReasonAnswer, "a page for people"},
		"two values":   {func(w io.Writer) { _, _ = io.WriteString(w, `{"celsius": 1} {"celsius": 2}`) }, integration.ReasonAnswer, "behind its JSON"},
		"another form": {func(w io.Writer) { _, _ = io.WriteString(w, `{"kelvin": 290}`) }, integration.ReasonMapping, "weather.yaml:14:27"},
		"a number":     {func(w io.Writer) { _, _ = io.WriteString(w, `17`) }, integration.ReasonMapping, "weather.yaml:14:27"},
		"empty":        {func(io.Writer) {}, integration.ReasonMapping, "view[0].text"},
	} {
		s := newStation(t, weather, func(w http.ResponseWriter, _ *http.Request) { tt.answer(w) }, patience)
		out := s.load("Kassel")
		if out.Trouble == nil || out.Trouble.Reason != tt.reason || !strings.Contains(out.Trouble.Error(), tt.words) {
			t.Errorf("%s: %+v, want %s with %q", name, out.Trouble, tt.reason, tt.words)
		}
	}
}

// TestHostileExpressions: what would take for ever, or all memory, is stopped.
func TestHostileExpressions(t *testing.T) {
	t.Parallel()
	list := "[" + strings.TrimSuffix(strings.Repeat("1,", 500), ",") + "]"
	bomb := "'0123456789'"
	for range 40 {
		bomb = "[" + bomb + "].map(a, a + a)[0]"
	}
	for name, text := range map[string]string{
		"nested loops": "string(response.all(a, response.all(b, response.all(c, response.all(d, a == b || c == d || true)))))",
		"doubling":     bomb,
		"regex":        "string(response.map(a, string(a) + 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa').all(a, response.all(b, a.matches('(a*)*b') || true)))",
		"join":         "response.map(a, response.map(b, 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx').join(',')).join(',').replace('x', 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy')",
	} {
		d, err := integration.Parse("bomb.yaml", []byte(fmt.Sprintf("id: bomb\ntitle: Bomb\ndescription: It explodes.\nappliesTo: {kinds: [Component]}\nsource: {url: \"https://a.example/\"}\nview: [{kind: status, text: %q}]\n", text)))
		if err != nil {
			if name == "doubling" && strings.Contains(err.Error(), "expression") {
				continue // too deep to be an expression at all
			}
			t.Errorf("%s: %v", name, err)
			continue
		}
		out, err := d.Try(integration.Subject{Ref: "component:default/a", Kind: "Component"}, nil, []byte(list), now)
		if err == nil {
			t.Errorf("%s was evaluated to %d blocks", name, len(out.Result.View.Blocks))
		}
	}
}

// TestPrivateAddresses: a definition cannot reach into the operator's network;
// only a host that the operator named may be there.
func TestPrivateAddresses(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	w := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(w.Close)
	base := func(url string) string {
		return "id: inside\ntitle: Inside\ndescription: What the portal alone can reach.\nappliesTo: {kinds: [Component]}\nsettings: {url: {kind: url, default: \"https://127.0.0.1:" + w.Listener.Addr().String()[strings.LastIndex(w.Listener.Addr().String(), ":")+1:] + "\"}}\nsource: {url: \"" + url + "\"}\nview: [{kind: status, text: \"'in'\"}]\n"
	}
	client, err := fetch.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{w.URL + "/x", "{{settings.url}}/x", "https://169.254.169.254/latest/meta-data", "https://localhost/x", "https://[::1]/x"} {
		d := mustParse(t, base(url))
		i := integration.Instance{ID: d.ID, Definition: d, Settings: map[string]string{"url": d.Settings["url"].Default}}
		e, err := integration.New([]integration.Instance{i}, client, &integration.Options{Wait: patience})
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Load(t.Context(), d.ID, city("Kassel"))
		if err != nil || out.Trouble == nil || out.Trouble.Reason != integration.ReasonNotAllowed || asked.Load() != 0 {
			t.Errorf("%s: %+v, %v; asked %d times", url, out.Trouble, err, asked.Load())
		}
		_ = e.Close()
	}
}

// TestRedirectsStayInside: an answer that leads elsewhere is not followed, and
// neither is a next page.
func TestRedirectsStayInside(t *testing.T) {
	t.Parallel()
	s := newStation(t, weather, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://login.example/?next=x", http.StatusFound)
	}, patience)
	if out := s.load("Kassel"); out.Trouble == nil || out.Trouble.Reason != integration.ReasonNotAllowed || !strings.Contains(out.Trouble.Text, "login.example") || strings.Contains(out.Trouble.Text, "fetch.allow") {
		t.Errorf("Load = %+v", out.Trouble)
	}
	paged := strings.Replace(weather, "  cache: 1m\n", "  cache: 1m\n  paging: {kind: link, items: response.list}\n", 1)
	p := newStation(t, paged, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", `<https://evil.example/steal>; rel="next"`)
		_, _ = io.WriteString(w, `{"celsius": 1, "list": [1]}`)
	}, patience)
	if out := p.load("Kassel"); out.Trouble == nil || out.Trouble.Reason != integration.ReasonNotAllowed || !strings.Contains(out.Trouble.Text, "another host") {
		t.Errorf("Load of pages elsewhere = %+v", out.Trouble)
	}
}

// TestMarkupIsText: nothing of an answer is markup, and only links to the web
// lead out.
func TestMarkupIsText(t *testing.T) {
	t.Parallel()
	d := mustParse(t, `
id: markup
title: Markup
description: Values with markup in them.
appliesTo: {kinds: [Component]}
source: {url: "https://a.example/"}
view:
  - {kind: status, text: response.text, url: "response.links[0]", tone: response.text}
  - kind: table
    rows: response.links
    limit: 20
    columns: [{title: Link, value: row, url: row}]
  - kind: links
    rows: response.links
    columns: [{title: Link, value: row, url: row}]
`)
	links := []string{"javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//evil.example/x", "/admin", "https:evil.example", "ftp://a.example/", "https://u:p@evil.example/", " https://fine.example/ ", "https://fine.example/\"><script>"}
	text := "<b>x</b>\u202e\x07\n end"
	answer := fmt.Sprintf(`{"text": %q, "links": [%q`, "<b>x</b>\\u202e", links[0])
	answer = strings.ReplaceAll(answer, `\\u`, `\u`)
	for _, l := range links[1:] {
		answer += fmt.Sprintf(", %q", l)
	}
	out, err := d.Try(city("x"), nil, []byte(answer+"]}"), now)
	if err != nil {
		t.Fatal(err)
	}
	blocks := out.Result.View.Blocks
	if chip := blocks[0].Status.Chip; chip.Text != "<b>x</b>" || chip.URL != "" || chip.Tone != "" {
		t.Errorf("status = %+v of %q", chip, text)
	}
	for n, row := range blocks[1].Table.Rows {
		got, want := row.Cells[0].URL, ""
		switch n {
		case 8:
			want = "https://fine.example/"
		case 9:
			want = "https://fine.example/%22%3E%3Cscript%3E"
		}
		if got != want || blocks[2].Links[n].URL != want {
			t.Errorf("link %q leads to %q and %q, want %q", links[n], got, blocks[2].Links[n].URL, want)
		}
	}
}

// TestSecretsStayInside: no expression can name a credential, and no setting
// puts one in front of a path.
func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{"credentials.token", "settings['token']", "token"} {
		text := strings.Replace(weather, "string(response.celsius) + ' °C'", expr, 1)
		d, err := integration.Parse("weather.yaml", []byte(text))
		if err != nil {
			continue // there is no such variable
		}
		if _, err := d.Try(city("Kassel"), nil, []byte(`{"celsius": 1}`), now); err == nil {
			t.Errorf("%s was evaluated", expr)
		}
	}
	if got := fmt.Sprintf("%+v", integration.Instance{Credentials: map[string]config.Secret{"token": config.NewSecret(secretWord)}}); strings.Contains(got, secretWord) {
		t.Errorf("an instance prints its secret: %s", got)
	}
}

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatalf("%q is no URL: %v", text, err)
	}
	return u
}
