// SPDX-License-Identifier: Apache-2.0

package ui_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/callboard/callboard/portal/ui"
)

func get(t *testing.T, u *ui.UI, url string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, url, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	u.Assets().ServeHTTP(w, r)
	return w.Result()
}

func TestAssets(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	for name, kind := range map[string]string{"callboard.css": "text/css", "callboard.js": "text/javascript", "icons.svg": "image/svg+xml", "mark.svg": "image/svg+xml"} {
		res := get(t, u, u.Asset(name), "Accept-Encoding", "br, gzip")
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), kind) || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", name, res.StatusCode, res.Header)
		}
		if name != "mark.svg" && res.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s is not compressed", name)
		}
		if plain := get(t, u, u.Asset(name), "Accept-Encoding", "gzip;q=0"); plain.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s is compressed for a client that refuses it", name)
		}
	}
	for _, missing := range []string{"/assets/callboard.css", "/assets/../ui.go", "/assets/css/00-tokens.css", "/assets/"} {
		if res := get(t, u, missing); res.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s = %d, want 404", missing, res.StatusCode)
		}
	}
}

func TestModulesImportServedNames(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	body, err := io.ReadAll(get(t, u, u.Asset("callboard.js")).Body)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`import\("([^"]+)"\)`).FindAllSubmatch(body, -1)
	if len(found) != 4 {
		t.Errorf("callboard.js imports %d modules, want 4", len(found))
	}
	for _, m := range found {
		if res := get(t, u, string(m[1])); res.StatusCode != http.StatusOK {
			t.Errorf("import of %s answers %d", m[1], res.StatusCode)
		}
	}
}

func TestMount(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	files := fstest.MapFS{"a.css": {Data: []byte("b{}")}, "x/y.js": {Data: []byte("1")}}
	if err := u.Mount("acme", files); err != nil {
		t.Fatal(err)
	}
	if res := get(t, u, u.Asset("acme/x/y.js")); res.StatusCode != http.StatusOK {
		t.Errorf("a mounted asset answers %d", res.StatusCode)
	}
	for _, prefix := range []string{"acme", "", ".", "../x", "css"} {
		if err := u.Mount(prefix, files); err == nil {
			t.Errorf("Mount(%q) is accepted", prefix)
		}
	}
}

// TestFirstViewIsSmall holds the shell against its budget; the rest of the
// 60 KB is for the page's own HTML.
func TestFirstViewIsSmall(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	total, scripts := 0, 0
	for _, name := range []string{"callboard.css", "callboard.js", "icons.svg", "mark.svg", "palette.js", "graph.js", "live.js", "combobox.js"} {
		body, err := io.ReadAll(get(t, u, u.Asset(name), "Accept-Encoding", "gzip").Body)
		if err != nil {
			t.Fatal(err)
		}
		total += len(body)
		if strings.HasSuffix(name, ".js") {
			scripts += len(body)
		}
	}
	_, w := render(t, u, "x", struct{ ui.Page }{}, nil)
	total += packed(w.Body.Bytes())
	t.Logf("%d bytes in all, %d of scripts", total, scripts)
	if total > 30<<10 || scripts > 12<<10 {
		t.Errorf("the shell takes %d bytes, scripts %d; at most 30 KB and 12 KB", total, scripts)
	}
}

func packed(b []byte) int {
	var out bytes.Buffer
	zw := gzip.NewWriter(&out)
	_, _ = zw.Write(b)
	_ = zw.Close()
	return out.Len()
}

var token = regexp.MustCompile(`(?m)--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`)

func TestContrast(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile(filepath.Join("assets", "css", "00-tokens.css"))
	if err != nil {
		t.Fatal(err)
	}
	themes := [2]map[string]string{{}, {}}
	for _, m := range token.FindAllSubmatch(css, -1) {
		themes[0][string(m[1])], themes[1][string(m[1])] = string(m[2]), string(m[3])
	}
	pairs := []struct {
		front, backs string
		least        float64
	}{
		{"ink", "bg surface raised sunken accent-soft ok-soft warn-soft bad-soft", 7}, {"ink-2", "bg surface raised sunken", 4.5},
		{"ink-3", "bg surface raised sunken", 4.5}, {"accent", "bg surface raised sunken accent-soft", 4.5}, {"accent-ink", "accent bad", 4.5},
		{"ok", "bg surface sunken ok-soft", 4.5}, {"warn", "bg surface sunken warn-soft", 4.5}, {"bad", "bg surface sunken bad-soft", 4.5},
		{"run", "bg surface sunken run-soft", 4.5}, {"brand", "sunken surface", 4.5}, {"field-line", "surface bg", 3},
	}
	for i, theme := range []string{"light", "dark"} {
		for _, p := range pairs {
			for back := range strings.FieldsSeq(p.backs) {
				if got := contrast(themes[i][p.front], themes[i][back]); got < p.least {
					t.Errorf("%s: %s %s on %s %s has %.2f, want %.1f", theme, p.front, themes[i][p.front], back, themes[i][back], got, p.least)
				}
			}
		}
	}
}

// contrast is the ratio of WCAG 2.
func contrast(a, b string) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + .05) / (min(la, lb) + .05)
}

func luminance(hex string) float64 {
	if len(hex) != 7 {
		return math.NaN()
	}
	sum := 0.0
	for i, weight := range []float64{.2126, .7152, .0722} {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			return math.NaN()
		}
		c := float64(n) / 255
		if c <= .04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func TestCSSUsesKnownTokens(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	body, err := io.ReadAll(get(t, u, u.Asset("callboard.css")).Body)
	if err != nil {
		t.Fatal(err)
	}
	defined := map[string]bool{}
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+):`).FindAllSubmatch(body, -1) {
		defined[string(m[1])] = true
	}
	for _, m := range regexp.MustCompile(`var\(--([a-z0-9-]+)`).FindAllSubmatch(body, -1) {
		if !defined[string(m[1])] {
			t.Errorf("the style sheet uses --%s, which is not defined", m[1])
		}
	}
	if open, end := bytes.Count(body, []byte("{")), bytes.Count(body, []byte("}")); open != end {
		t.Errorf("%d braces open and %d close", open, end)
	}
	for _, far := range []string{"http:", "https://", "@import", "url("} {
		if bytes.Contains(body, []byte(far+"/")) || far == "@import" && bytes.Contains(body, []byte(far)) {
			t.Errorf("the style sheet reaches out: %s", far)
		}
	}
}

func TestIcons(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	body, err := io.ReadAll(get(t, u, u.Asset("icons.svg")).Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range ui.IconNames() {
		if !bytes.Contains(body, []byte(fmt.Sprintf(`<symbol id="%s"`, name))) {
			t.Errorf("the sprite lacks %s", name)
		}
	}
	if got := ui.IconName(`x"><script>`); got != "dot" {
		t.Errorf("IconName of an unknown name = %q, want dot", got)
	}
}
