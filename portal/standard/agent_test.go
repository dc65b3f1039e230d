// SPDX-License-Identifier: Apache-2.0

package standard_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/portaltest"
	"github.com/callboard/callboard/portal/standard"
)

// withKey sends an API key, and nothing if it is empty, with further headers.
type withKey struct {
	secret string
	more   http.Header
}

func (k withKey) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if k.secret != "" {
		r.Header.Set("Authorization", "Bearer "+k.secret)
	}
	for name, values := range k.more {
		r.Header[name] = values
	}
	return http.DefaultTransport.RoundTrip(r)
}

// keyOf makes a key of a person.
func keyOf(t *testing.T, p *portaltest.Portal, subject string, limits ...callboard.Limit) (auth.Key, string) {
	t.Helper()
	keys, err := do.Invoke[*auth.Keys](p.App.Injector())
	if err != nil {
		t.Fatal(err)
	}
	key, secret, err := keys.Create(t.Context(), auth.Key{Subject: subject, Name: "agent", Limits: limits, CreatedBy: subject})
	if err != nil {
		t.Fatal(err)
	}
	return key, secret
}

// agentOf connects the SDK's own client with a key.
func agentOf(t *testing.T, p *portaltest.Portal, secret string) *mcp.ClientSession {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{
		Endpoint: p.URL + "/mcp", HTTPClient: &http.Client{Transport: withKey{secret: secret}}, MaxRetries: -1, DisableStandaloneSSE: true,
	}, nil)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}

// callTool calls a tool and returns all text of the answer.
func callTool(t *testing.T, s *mcp.ClientSession, tool string, input any) (text string, failed bool) {
	t.Helper()
	res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: input})
	if err != nil {
		return err.Error(), true
	}
	for _, c := range res.Content {
		if c, ok := c.(*mcp.TextContent); ok {
			text += c.Text
		}
	}
	return text, res.IsError
}

// toolNames lists what is offered.
func toolNames(t *testing.T, s *mcp.ClientSession) []string {
	t.Helper()
	res, err := s.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatalf("list tools: %v", err)
	}
	var names []string
	for _, tool := range res.Tools {
		names = append(names, tool.Name)
	}
	return names
}

// in is the input of a tool.
type in map[string]any

// startVault runs a portal with a secret that Kim may see and Ines may not.
func startVault(t *testing.T, more string, packages ...func(do.Injector)) *portaltest.Portal {
	t.Helper()
	file := filepath.Join(t.TempDir(), "vault.yaml")
	if err := os.WriteFile(file, []byte(vault), 0o600); err != nil {
		t.Fatal(err)
	}
	p := portaltest.StartConfig(t, vaultRoles+more+fmt.Sprintf("\ncatalog: {locations: [{type: file, target: %q}]}\n", file), append(packages, standard.Package())...)
	p.WaitFor(t, "/signin", "Ines", "Kim")
	insider := p.As(t, "user:default/kim")
	insider.WaitFor(t, "/api/catalog/entities/by-name/component/default/xylophone", "Zugzwang")
	insider.WaitFor(t, "/api/search/documents?q=zugzwang", "api:default/xylophone#", "component:default/xylophone")
	return p
}

// reads are calls that could show the secret.
var reads = []struct {
	tool  string
	input in
}{
	{"portal_search", in{"text": "zugzwang"}},
	{"portal_search", in{"text": "xyloph"}},
	{"catalog_get_entity", in{"ref": "component:default/xylophone"}},
	{"catalog_get_entity", in{"ref": "component:default/open"}},
	{"catalog_get_entity", in{"ref": "group:default/web"}},
	{"catalog_get_entity", in{"ref": "api:default/xylophone", "definition": true}},
	{"catalog_list_entities", in{}},
	{"catalog_list_entities", in{"text": "zugzwang", "orderBy": "metadata.title"}},
	{"catalog_list_entities", in{"types": []string{"zugzwang"}}},
	{"catalog_list_entities", in{"where": in{"relations.dependencyOf": []string{"component:default/xylophone"}}}},
	{"catalog_count_by", in{"fields": []string{"kind", "metadata.name", "spec.type", "metadata.tags", "metadata.title", "relations.ownerOf", "relations.dependencyOf"}}},
	{"catalog_graph", in{"ref": "component:default/open", "depth": 4}},
	{"catalog_graph", in{"ref": "group:default/web", "depth": 3}},
	{"catalog_graph", in{"ref": "api:default/xylophone", "depth": 3}},
	{"catalog_owned_by", in{"ref": "group:default/web"}},
	{"catalog_owned_by", in{"ref": "group:default/shop", "wide": true}},
	{"catalog_api_operations", in{"ref": "api:default/xylophone"}},
	{"catalog_api_operations", in{"ref": "api:default/xylophone", "operation": "get-zugzwang"}},
	{"catalog_problems", in{}},
	{"catalog_problems", in{"entity": "component:default/xylophone"}},
	{"catalog_history", in{"ref": "component:default/xylophone"}},
	{"catalog_history", in{"ref": "group:default/web"}},
	{"catalog_list_locations", in{}},
	{"notifications_list", in{}},
	{"portal_whoami", in{}},
	{"catalog_refresh_entity", in{"ref": "component:default/xylophone", "dryRun": true}},
	{"catalog_refresh_entity", in{"ref": "component:default/xylophone"}},
}

// TestNothingLeaksToAgents asks every tool that reads, as somebody who may not
// see two entities: what comes back is what comes back of nothing.
func TestNothingLeaksToAgents(t *testing.T) {
	t.Parallel()
	p := startVault(t, "\nagents: {burst: 1000}")
	_, kims := keyOf(t, p, "user:default/kim")
	_, iness := keyOf(t, p, "user:default/ines")
	insider, outsider := agentOf(t, p, kims), agentOf(t, p, iness)
	other := strings.NewReplacer("xylophone", "qylophone", "xyloph", "qyloph", "zugzwang", "qugzwang")
	could := 0
	asked := map[string]bool{}
	for _, tt := range reads {
		asked[tt.tool] = true
		asText, err := json.Marshal(tt.input)
		if err != nil {
			t.Fatal(err)
		}
		var absent in
		if err := json.Unmarshal([]byte(other.Replace(string(asText))), &absent); err != nil {
			t.Fatal(err)
		}
		got, _ := callTool(t, outsider, tt.tool, tt.input)
		want, _ := callTool(t, outsider, tt.tool, absent)
		got, want = secretWords.ReplaceAllString(got, "…"), absentWords.ReplaceAllString(want, "…")
		if strings.Contains(string(asText), "ylophone") && got != want {
			t.Errorf("%s %s tells the secret from what is not there:\n%s\n%s", tt.tool, asText, got, want)
		}
		if text, _ := callTool(t, outsider, tt.tool, tt.input); len(secretWords.FindAllString(text, -1)) > len(absentWords.FindAllString(mustText(callTool(t, outsider, tt.tool, absent)), -1)) {
			t.Errorf("%s %s = %s", tt.tool, asText, text)
		}
		if text, _ := callTool(t, insider, tt.tool, tt.input); secretWords.MatchString(text) {
			could++
		}
	}
	if could < 15 {
		t.Errorf("only %d calls could leak at all, so the test asks the wrong questions", could)
	}
	for _, name := range toolNames(t, insider) {
		if !asked[name] && !slices.Contains([]string{"catalog_register_location", "catalog_unregister_location", "notifications_mark", "notifications_send"}, name) {
			t.Errorf("the test does not ask %s", name)
		}
	}
	for _, name := range []string{"xylophone", "qylophone"} {
		if res, err := outsider.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "callboard://entity/component/default/" + name}); err == nil {
			t.Errorf("the resource %s = %v", name, res.Contents[0].Text)
		}
	}
	res, err := insider.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "callboard://entity/component/default/xylophone"})
	if err != nil || !strings.Contains(res.Contents[0].Text, "Zugzwang") {
		t.Errorf("the resource for an insider: %v, %v", res, err)
	}
}

func mustText(text string, _ bool) string { return text }
