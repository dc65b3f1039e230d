// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/auth"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/module"
	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/ui"
)

const settingsPath = "/settings/agents"

// SettingsPage returns the page among the reader's settings.
func SettingsPage() module.SettingsPage {
	return module.SettingsPage{ID: "agent.settings", Title: "Agents", Route: "agent.settings", Order: 400}
}

// action is what the search finds of this package.
func action() search.Action {
	return search.Action{
		ID: "agent.settings", Title: "Agents", Names: []string{"MCP", "Model Context Protocol", "AI agents"},
		Text: "Let an AI agent use the portal for you.", Icon: "terminal", Route: "agent.settings", Setting: true,
	}
}

// page says how to connect, and what an agent may then do.
type page struct {
	ui.Page
	Address ui.KV
	Refused string
	Keys    ui.Link
	Example ui.Code
	Tools   ui.Table
}

// settings serves GET /settings/agents.
func (w *Web) settings(rw http.ResponseWriter, r *http.Request) error {
	if !callboard.IdentityFrom(r.Context()).SignedIn() {
		to, err := w.p.UI.URL("auth.signin")
		if err != nil {
			return &callboard.Error{Code: callboard.CodeUnauthenticated, Message: "sign in to connect an agent"}
		}
		http.Redirect(rw, r, to+"?"+url.Values{"next": {settingsPath}}.Encode(), http.StatusSeeOther)
		return nil
	}
	rw.Header().Set("Cache-Control", "no-store")
	at := w.address(r)
	p := page{
		Page: ui.Page{
			Title: "Settings", Tabs: auth.SettingsTabs(w.p.UI, w.p.Pages, "agent.settings"),
			Lead: "Let an AI agent use the portal for you. It sees what you see and may do what you may, less what you leave out of its key.",
		},
		Address: ui.KV{{Label: "Address", Text: at, Mono: true, Copy: true}, {Label: "Protocol", Text: "Model Context Protocol, streamable HTTP"}},
		Example: ui.Code{Title: "A client’s configuration", Language: "json", Text: example(at)},
		Tools:   toolTable(w.p.Server.Tools(r.Context())),
	}
	if to, err := w.p.UI.URL("auth.keys"); err == nil {
		p.Keys = ui.Link{Title: "Make a key", URL: to}
	}
	if err := w.p.Server.admit(r.Context()); err != nil {
		p.Refused = callboard.MessageOf(err)
	}
	return w.pages.Page(rw, r, "settings.html", p)
}

// address is where an agent of the reader connects.
func (w *Web) address(r *http.Request) string {
	switch {
	case w.p.Site.BaseURL != "":
		return w.p.Site.BaseURL + Path
	case httpx.IsHTTPS(r):
		return "https://" + r.Host + Path
	default:
		return "http://" + r.Host + Path
	}
}

// example is the configuration that most clients read.
func example(at string) string {
	type server struct {
		Type    string            `json:"type"`
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers"`
	}
	text, err := json.MarshalIndent(map[string]map[string]server{
		"mcpServers": {"callboard": {Type: "http", URL: at, Headers: map[string]string{"Authorization": "Bearer YOUR-KEY"}}},
	}, "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}

// toolTable lists tools.
func toolTable(tools []Tool) ui.Table {
	t := ui.Table{
		Caption: "Tools", Columns: []ui.Column{{Title: "Tool"}, {Title: "What it does"}, {Title: "Effect"}},
		Empty: &ui.Empty{Icon: "terminal", Title: "No tools", Text: "There is nothing that an agent may do for you here."},
	}
	for _, tool := range tools {
		effect := ui.Cell{Chip: &ui.Chip{Text: "reads"}}
		switch {
		case tool.spec.Destructive:
			effect.Chip = &ui.Chip{Tone: ui.Bad, Text: "may take away"}
		case tool.changes:
			effect.Chip = &ui.Chip{Tone: ui.Warn, Text: "changes"}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: tool.spec.Title, Sub: tool.spec.Name}, {Text: tool.spec.Description}, effect}})
	}
	return t
}
