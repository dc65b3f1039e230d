// SPDX-License-Identifier: Apache-2.0

package standard_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/samber/do/v2"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/agent"
	"github.com/callboard/callboard/portal/agent/agenttest"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/sqldb"
)

// inesActs is the identity of Ines of the office.
var inesActs = callboard.Identity{Subject: "user:default/ines", Owns: []string{"user:default/ines", "group:default/web"}}

// rowsOf returns how much there is of what tools write, entries of the audit
// log by them included.
func rowsOf(db *sqldb.DB) func(testing.TB) any {
	return func(tb testing.TB) any {
		tb.Helper()
		counts := map[string]int{}
		for name, query := range map[string]string{
			"audit":     `SELECT COUNT(*) FROM audit_entry WHERE actor = 'user:default/ines'`,
			"locations": `SELECT COUNT(*) FROM catalog_locations`,
			"messages":  `SELECT COUNT(*) FROM notify_message`,
			"read":      `SELECT COUNT(*) FROM notify_item WHERE read_at > 0`,
		} {
			var n int
			if err := db.SQL().QueryRowContext(tb.Context(), query).Scan(&n); err != nil {
				tb.Fatalf("%s: %v", name, err)
			}
			counts[name] = n
		}
		return counts
	}
}

// TestToolsThatChange holds every tool that changes something against the
// contract: its dry run writes no row, and the call itself does.
func TestToolsThatChange(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const more = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: more}\nspec: {type: service, lifecycle: production, owner: web}\n"
	if err := os.WriteFile(filepath.Join(dir, "more.yaml"), []byte(more), 0o600); err != nil {
		t.Fatal(err)
	}
	files := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(files.Close)
	p, _ := startOffice(t, inesAdministers+fmt.Sprintf("\nfetch: {allow: [%q], allowPrivate: [%q]}", files.URL, strings.TrimPrefix(files.URL, "http://")))
	ctx := callboard.WithIdentity(t.Context(), inesActs)
	injector := p.App.Injector()
	db, err := do.Invoke[*sqldb.DB](injector)
	if err != nil {
		t.Fatal(err)
	}
	service, err := do.Invoke[*notify.Service](injector)
	if err != nil {
		t.Fatal(err)
	}
	store, err := do.Invoke[catalog.Store](injector)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.AddLocation(ctx, catalog.Location{ID: "3f0c", Type: "url", Target: files.URL + "/gone.yaml"}); err != nil {
		t.Fatal(err)
	}
	if err := service.Send(ctx, nil, notify.Notification{To: []string{inesActs.Subject}, Topic: "notify.external", Title: "Hello", Origin: "service:test"}); err != nil {
		t.Fatal(err)
	}
	var inbox []notify.Item
	for deadline := time.Now().Add(2 * time.Minute); len(inbox) == 0; time.Sleep(20 * time.Millisecond) {
		if inbox, err = service.Inbox(ctx, inesActs.Subject, notify.Query{}); err != nil || time.Now().After(deadline) {
			t.Fatalf("the notification did not arrive: %v", err)
		}
	}
	inputs := map[string]string{
		"catalog_refresh_entity":      `{"ref": "component:default/ines"}`,
		"catalog_register_location":   fmt.Sprintf(`{"target": %q}`, files.URL+"/more.yaml"),
		"catalog_unregister_location": `{"id": "3f0c"}`,
		"notifications_mark":          fmt.Sprintf(`{"ids": [%q], "read": true}`, inbox[0].ID),
		"notifications_send":          `{"to": ["user:default/kim"], "title": "The ledger moves"}`,
	}
	tools, err := agent.Collected(injector)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range slices.DeleteFunc(tools, func(tool agent.Tool) bool { return !tool.Changes() }) {
		input, known := inputs[tool.Key()]
		if !known {
			t.Errorf("there is no case for %s", tool.Key())
			continue
		}
		t.Run(tool.Key(), func(t *testing.T) {
			agenttest.TestTool(t, tool, agenttest.Case{Context: ctx, Input: input, Probe: rowsOf(db)})
		})
	}
}

// TestAgentWithoutSession: an older client says hello and is given no session,
// and a session that it names all the same opens nothing of another's.
func TestAgentWithoutSession(t *testing.T) {
	t.Parallel()
	p := startVault(t, "\nagents: {burst: 1000, answerBytes: 1000}")
	_, kims := keyOf(t, p, "user:default/kim")
	_, iness := keyOf(t, p, "user:default/ines")
	ask := func(secret, body string) (status int, header http.Header, text string) {
		r := guest(t, p)(http.MethodPost, agent.Path)
		r.Header = http.Header{
			"Authorization": {"Bearer " + secret}, "Accept": {"application/json, text/event-stream"}, "Content-Type": {"application/json"},
			"Mcp-Session-Id": {"of-kim"}, "Mcp-Protocol-Version": {"2025-06-18"},
		}
		res := sendAs(t, p, r, body)
		return res.Status, res.Header, res.Body
	}
	const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"old","version":"1"}}}`
	status, header, text := ask(kims, hello)
	if status != http.StatusOK || header.Get("Mcp-Session-Id") != "" || !strings.Contains(text, `"protocolVersion":"2025-06-18"`) {
		t.Errorf("hello = %d, session %q: %s", status, header.Get("Mcp-Session-Id"), text)
	}
	if status, _, text = ask(kims, `{"jsonrpc":"2.0","method":"notifications/initialized"}`); status != http.StatusAccepted {
		t.Errorf("initialized = %d: %s", status, text)
	}
	const whoami = `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"portal_whoami","arguments":{}}}`
	for secret, want := range map[string]string{kims: "user:default/kim", iness: "user:default/ines"} {
		if status, _, text := ask(secret, whoami); status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("whoami of %s on one session = %d: %s", want, status, text)
		}
	}
	const read = `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"catalog_get_entity","arguments":{"ref":"component:default/xylophone"}}}`
	if _, _, text := ask(iness, read); strings.Contains(text, "Zugzwang") || !strings.Contains(text, "not_found") {
		t.Errorf("Ines reads on Kim's session: %s", text)
	}
	for _, method := range []string{"subscriptions/listen", "resources/subscribe", "logging/setLevel", "completion/complete"} {
		_, _, text := ask(kims, fmt.Sprintf(`{"jsonrpc":"2.0","id":4,"method":%q,"params":{"uri":"callboard://entity/a/b/c","level":"debug","ref":{"type":"ref/prompt","name":"x"},"argument":{"name":"a","value":"b"}}}`, method))
		if strings.Contains(text, `"result"`) {
			t.Errorf("%s is answered: %s", method, text)
		}
	}
}

// TestAgentAnswersInParts: a long answer comes in parts that join to the whole,
// and no character is cut.
func TestAgentAnswersInParts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("aé☃𝄞", 500)
	tool, err := agent.Read(agent.Spec{Name: "acme_long", Title: "Long", Description: "Returns a text that is too long for one answer."},
		func(context.Context, struct{}) (map[string]string, error) {
			return map[string]string{"text": long}, nil
		})
	if err != nil {
		t.Fatal(err)
	}
	p := startVault(t, "\nagents: {burst: 1000, answerBytes: 1000}", contribute(tool))
	_, secret := keyOf(t, p, "user:default/kim")
	kim := agentOf(t, p, secret)
	whole := ""
	for part, more := 1, true; more; part++ {
		text, failed := callTool(t, kim, "acme_long", in{"part": part})
		piece, note, cut := strings.Cut(text, "[This is part ")
		if failed || !cut || len(piece) > 1003 || !utf8.ValidString(piece) {
			t.Fatalf("part %d, of %d bytes, = %s", part, len(piece), text)
		}
		whole += piece
		more = !strings.Contains(note, "the last")
	}
	if want := `{"text":"` + long + `"}`; whole != want {
		t.Errorf("the parts together are\n%s\nwant\n%s", whole, want)
	}
	if text, failed := callTool(t, kim, "acme_long", in{"part": 99}); !failed || !strings.Contains(text, "parts only") {
		t.Errorf("a part that there is not = %s", text)
	}
}

// TestAgentIsSlowedDown: one caller's many requests do not slow another's.
func TestAgentIsSlowedDown(t *testing.T) {
	t.Parallel()
	p := startVault(t, "\nagents: {perSecond: 0.001, burst: 3}")
	_, kims := keyOf(t, p, "user:default/kim")
	_, iness := keyOf(t, p, "user:default/ines")
	ping := func(secret string) int {
		r := guest(t, p)(http.MethodPost, agent.Path)
		r.Header = http.Header{"Authorization": {"Bearer " + secret}, "Accept": {"application/json, text/event-stream"}, "Content-Type": {"application/json"}}
		return sendAs(t, p, r, `{"jsonrpc":"2.0","id":1,"method":"ping"}`).Status
	}
	var got []int
	for range 4 {
		got = append(got, ping(kims))
	}
	if want := []int{200, 200, 200, 429}; !slices.Equal(got, want) {
		t.Errorf("four requests at once = %v, want %v", got, want)
	}
	if status := ping(iness); status != http.StatusOK {
		t.Errorf("another caller's = %d", status)
	}
}
