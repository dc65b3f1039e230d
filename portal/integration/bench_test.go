// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/fetch"
	"github.com/callboard/callboard/portal/integration"
	"github.com/callboard/callboard/portal/ui"
)

// BenchmarkBuiltin is the cost of compiling every definition that ships.
func BenchmarkBuiltin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := integration.Builtin(); err != nil {
			b.Fatal(err)
		}
	}
}

// issues is an answer of GitHub with that many issues.
func issues(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`{"number": %d, "title": "Issue %d", "html_url": "https://github.com/acme/shop/issues/%d", "user": {"login": "kim"},
			"labels": [{"name": "bug"}], "comments": 3, "updated_at": "2026-03-14T08:00:00Z", "body": "text"}`, i, i, i))
	}
	return "[" + strings.Join(all, ",") + "]"
}

func shop() integration.Subject {
	return integration.SubjectOf(map[string]any{"kind": "Component", "metadata": map[string]any{"name": "shop", "annotations": map[string]any{"github.com/project-slug": "acme/shop"}}})
}

// BenchmarkMapping is an answer decoded, mapped and made a view.
func BenchmarkMapping(b *testing.B) {
	d := builtin(b)["github-issues"]
	for _, n := range []int{10, 100, 1000} {
		answer := []byte(issues(n))
		b.Run(fmt.Sprintf("issues/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.Try(shop(), nil, answer, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCard is a card of ten rows that is in memory, drawn.
func BenchmarkCard(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, issues(100)) }))
	b.Cleanup(server.Close)
	client, err := fetch.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	d := builtin(b)["github-issues"]
	e, err := integration.New([]integration.Instance{{
		ID: d.ID, Definition: d, Settings: map[string]string{"url": server.URL}, Named: []string{"url"},
		Credentials: map[string]config.Secret{"token": config.NewSecret("x")},
	}}, client, &integration.Options{Now: func() time.Time { return now }, Wait: time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = e.Close() })
	u, err := ui.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	drawer, err := integration.NewDrawer(u)
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", nil)
	b.ReportAllocs()
	for b.Loop() {
		out, err := e.Load(b.Context(), d.ID, shop())
		if err != nil || out.Trouble != nil {
			b.Fatal(err, out.Trouble)
		}
		if _, err := drawer.Draw(r, out, nil); err != nil {
			b.Fatal(err)
		}
	}
}
