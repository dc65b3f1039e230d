// SPDX-License-Identifier: Apache-2.0

package standard_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/agent"
	"github.com/callboard/callboard/portal/agent/agenttest"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/portaltest"
)

// TestAgentStory has an agent look, try and act with the key of a person: what
// it does is recorded, what it only tries is not done, and a revoked key ends it.
func TestAgentStory(t *testing.T) {
	t.Parallel()
	file := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: brought}\nspec: {type: service, lifecycle: production, owner: web}\n"))
	}))
	t.Cleanup(file.Close)
	p := startVault(t, fmt.Sprintf("\nagents: {burst: 1000}\nfetch: {allow: [%q], allowPrivate: [%q]}", file.URL, strings.TrimPrefix(file.URL, "http://")))
	key, secret := keyOf(t, p, "user:default/kim")
	kim := agentOf(t, p, secret)
	target := in{"target": file.URL + "/catalog-info.yaml"}
	with := func(dry bool) in { return in{"target": target["target"], "dryRun": dry} }
	registered := func() bool {
		text, _ := callTool(t, kim, "catalog_list_locations", in{})
		return strings.Contains(text, file.URL)
	}

	text, failed := callTool(t, kim, "catalog_register_location", with(true))
	if failed || !strings.Contains(text, "brought") || !strings.Contains(text, `"dryRun":true`) {
		t.Errorf("the dry run = %s", text)
	}
	if registered() {
		t.Error("a dry run registers")
	}
	insider := p.As(t, "user:default/kim")
	if body := insider.Get(t, "/api/admin/audit").Body; strings.Contains(body, "catalog_register_location") {
		t.Errorf("a dry run is in the audit log: %s", body)
	}
	if text, failed = callTool(t, kim, "catalog_register_location", with(false)); failed || !registered() {
		t.Fatalf("registering = %s", text)
	}
	insider.WaitFor(t, "/api/catalog/entities/by-name/component/default/brought", "brought")
	insider.WaitFor(t, "/api/admin/audit", "catalog_register_location", "user:default/kim")

	keys, err := do.Invoke[*auth.Keys](p.App.Injector())
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Revoke(t.Context(), "user:default/kim", key.ID, "user:default/kim"); err != nil {
		t.Fatal(err)
	}
	if text, failed := callTool(t, kim, "catalog_list_locations", in{}); !failed {
		t.Errorf("a revoked key still reads: %s", text)
	}
}

// TestAgentOfLittle: a key does what its scope says, and its person may do; what
// cannot be done is not offered.
func TestAgentOfLittle(t *testing.T) {
	t.Parallel()
	p := startVault(t, "\nagents: {burst: 1000}")
	_, narrow := keyOf(t, p, "user:default/kim", callboard.Limit{Permission: "catalog.entity.read", Resource: "component:default/open"})
	little := agentOf(t, p, narrow)
	if names := toolNames(t, little); slices.Contains(names, "catalog_register_location") || slices.Contains(names, "notifications_send") || !slices.Contains(names, "catalog_get_entity") {
		t.Errorf("a key for reading one entity is offered %v", names)
	}
	if text, failed := callTool(t, little, "catalog_get_entity", in{"ref": "component:default/open"}); failed || !strings.Contains(text, "open") {
		t.Errorf("the entity of its scope = %s", text)
	}
	if text, failed := callTool(t, little, "catalog_get_entity", in{"ref": "component:default/xylophone"}); !failed {
		t.Errorf("an entity outside of its scope = %s", text)
	}
	if text, failed := callTool(t, little, "catalog_register_location", in{"target": "https://x.example/a.yaml"}); !failed {
		t.Errorf("registering without the permission = %s", text)
	}
}

// TestAgentEndpoint is about what is no call: nobody, others' pages, too much.
func TestAgentEndpoint(t *testing.T) {
	t.Parallel()
	p := startVault(t, "")
	_, secret := keyOf(t, p, "user:default/kim")
	const ping = `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	for name, tt := range map[string]struct {
		header http.Header
		host   string
		body   string
		status int
	}{
		"nobody":          {http.Header{}, "", ping, http.StatusUnauthorized},
		"a wrong key":     {http.Header{"Authorization": {"Bearer cb_wrong"}}, "", ping, http.StatusUnauthorized},
		"another site":    {http.Header{"Authorization": {"Bearer " + secret}, "Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}}, "", ping, http.StatusForbidden},
		"another host":    {http.Header{"Authorization": {"Bearer " + secret}}, "evil.example", ping, http.StatusMisdirectedRequest},
		"too much":        {http.Header{"Authorization": {"Bearer " + secret}}, "", `{"x":"` + strings.Repeat("a", 1<<20) + `"}`, http.StatusRequestEntityTooLarge},
		"several at once": {http.Header{"Authorization": {"Bearer " + secret}}, "", "[" + ping + "]", http.StatusBadRequest},
		"a key":           {http.Header{"Authorization": {"Bearer " + secret}}, "", ping, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			r := guest(t, p)(http.MethodPost, agent.Path)
			r.Header = tt.header.Clone()
			r.Header.Set("Accept", "application/json, text/event-stream")
			r.Host = tt.host
			body := tt.body
			r.Header.Set("Content-Type", "application/json")
			r.Body, r.ContentLength = http.NoBody, 0
			res := sendAs(t, p, r, body)
			if res.Status != tt.status {
				t.Errorf("status = %d, want %d: %.300s", res.Status, tt.status, res.Body)
			}
			if tt.status == http.StatusUnauthorized && res.Header.Get("WWW-Authenticate") == "" {
				t.Error("a refusal does not say how to sign in")
			}
		})
	}
}

// sendAs sends a body with the request's own headers.
func sendAs(t *testing.T, p *portaltest.Portal, r *http.Request, body string) portaltest.Response {
	t.Helper()
	sent, err := http.NewRequestWithContext(t.Context(), r.Method, r.URL.String(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	sent.Header, sent.Host = r.Header, r.Host
	return p.Do(t, sent)
}

// TestFaultyTool: a tool that panics, or answers without end, fails alone.
func TestFaultyTool(t *testing.T) {
	t.Parallel()
	tool := func(name string, read func(context.Context, struct{}) (any, error)) agent.Tool {
		made, err := agent.Read(agent.Spec{Name: name, Title: name, Description: "Does what a tool should not, to see what becomes of it."}, read)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	p := startVault(t, "\nagents: {burst: 1000, callTimeout: 200ms}", contribute(
		tool("acme_panics", func(context.Context, struct{}) (any, error) { panic("spilled secret") }),
		tool("acme_hangs", func(ctx context.Context, _ struct{}) (any, error) { <-t.Context().Done(); return nil, ctx.Err() }),
		tool("acme_floods", func(context.Context, struct{}) (any, error) { return strings.Repeat("flood ", 1<<20), nil }),
	))
	_, secret := keyOf(t, p, "user:default/kim")
	kim := agentOf(t, p, secret)
	for _, name := range []string{"acme_panics", "acme_hangs"} {
		if text, failed := callTool(t, kim, name, in{}); !failed || strings.Contains(text, "secret") {
			t.Errorf("%s = %s", name, text)
		}
	}
	if text, _ := callTool(t, kim, "acme_floods", in{}); len(text) > 200_000 {
		t.Errorf("a flood comes as one answer of %d bytes", len(text))
	}
	if text, failed := callTool(t, kim, "portal_whoami", in{}); failed || !strings.Contains(text, "kim") {
		t.Errorf("after that the session is dead: %s", text)
	}
}

// TestTools holds every tool that only reads against the contract; those that
// change something have their stories.
func TestTools(t *testing.T) {
	t.Parallel()
	p := startVault(t, "")
	tools, err := agent.Collected(p.App.Injector())
	if err != nil {
		t.Fatal(err)
	}
	inputs := map[string]string{
		"portal_search": `{"text": "web"}`, "catalog_get_entity": `{"ref": "group:default/web"}`, "catalog_count_by": `{"fields": ["kind"]}`,
		"catalog_graph": `{"ref": "group:default/web"}`, "catalog_owned_by": `{"ref": "group:default/web"}`, "catalog_history": `{"ref": "group:default/web"}`,
		"catalog_api_operations": `{"ref": "api:default/xylophone"}`,
	}
	ctx := callboard.WithIdentity(t.Context(), callboard.Identity{Subject: "user:default/kim", Owns: []string{"user:default/kim"}})
	for _, tool := range tools {
		if !tool.Changes() {
			t.Run(tool.Key(), func(t *testing.T) {
				agenttest.TestTool(t, tool, agenttest.Case{Context: ctx, Input: inputs[tool.Key()]})
			})
		}
	}
}
