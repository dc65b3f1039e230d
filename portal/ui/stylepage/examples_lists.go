// SPDX-License-Identifier: Apache-2.0

package stylepage

import (
	"time"

	"github.com/callboard/callboard/portal/ui"
)

func (g *guidePage) addLists(now time.Time) {
	g.addTable(now)
	g.Pagination = ui.Pagination{Prev: "#tables", Next: "#tables", From: 21, To: 24, Total: 38}
	g.Tabs = []ui.Tab{{Title: "Overview", URL: "#heads", Current: true}, {Title: "Docs", URL: "#heads"}, {Title: "CI/CD", URL: "#heads", Count: 4}, {Title: "Dependencies", URL: "#heads"}, {Title: "Scorecard", URL: "#heads"}, {Title: "History", URL: "#heads"}}
	g.Facts = []ui.Fact{{Label: "Owner", Value: "payments-core", URL: "#heads"}, {Label: "System", Value: "payments", URL: "#heads"}, {Label: "On call", Value: "Ines Duarte"}, {Label: "Last deploy", Time: now.Add(-32 * time.Minute)}, {Value: "9c41f0e", Mono: true}}
	g.KV = ui.KV{
		{Label: "Type", Text: "service"}, {Label: "Source", Text: "payments/checkout", URL: "#lists"}, {Label: "Reference", Text: "component:default/checkout", Mono: true, Copy: true},
		{Label: "Tags", Chips: []ui.Chip{{Text: "grpc"}, {Text: "pci"}}}, {Label: "Links", Links: []ui.Link{{Title: "Runbook", URL: "#lists"}, {Title: "Dashboards", URL: "#lists"}}}, {Label: "Changed", Time: now.Add(-26 * time.Hour)},
	}
	g.Tags = []ui.Link{{Title: "grpc", URL: "#lists"}, {Title: "pci", URL: "#lists"}, {Title: "batch"}}
	g.Tree = []ui.TreeNode{
		{Title: "docs", Icon: "folder", Open: true, Children: []ui.TreeNode{{Title: "index.md", Icon: "file", URL: "#lists"}, {Title: "runbook.md", Icon: "file", URL: "#lists", Current: true}}},
		{Title: "deploy", Icon: "folder", Note: "2", Children: []ui.TreeNode{{Title: "staging.yaml", Icon: "file", URL: "#lists"}, {Title: "production.yaml", Icon: "file", URL: "#lists"}}},
		{Title: "go.mod", Icon: "file", URL: "#lists"},
	}
	g.Facets = ui.Facets{
		Action: "/style", Reset: "/style", Search: &ui.SearchField{Name: "q", Label: "Filter", Placeholder: "Filter: owner, tag, text"},
		Groups: []ui.Facet{
			{Name: "kind", Title: "Kind", Options: []ui.FacetOption{{Value: "component", Count: 62, Checked: true}, {Value: "api", Label: "API", Count: 31}, {Value: "resource", Count: 18}}, More: ui.Link{Title: "All 9 kinds", URL: "#filters"}},
			{Name: "owner", Title: "Owner", Single: true, Options: []ui.FacetOption{{Value: "me", Label: "Owned by me", Count: 14, Checked: true}, {Value: "all", Label: "All", Count: 1128}}},
		},
	}
	g.Steps = []ui.Step{
		{State: ui.StepDone, Title: "Opened", Text: "09:02"}, {State: ui.StepDone, Title: "Reviewed", Text: "Aiko Mori, 09:20"}, {State: ui.StepNow, Title: "Build and test", Text: "4 of 6 jobs, 2m 08s", URL: "#steps"},
		{Title: "Merged", Text: "waiting"}, {Title: "Production", Text: "waiting"},
	}
	g.FailedWay = []ui.Step{{State: ui.StepDone, Title: "Opened", Text: "09:02"}, {State: ui.StepFailed, Title: "Build and test", Text: "2 tests failed"}, {Title: "Merged", Text: "blocked"}}
	g.Wizard = []ui.Step{{State: ui.StepDone, Title: "About", URL: "#steps"}, {State: ui.StepDone, Title: "Repository", URL: "#steps"}, {State: ui.StepNow, Title: "Review"}, {Title: "Create"}}
	g.History = []ui.Event{
		{At: now.Add(-2 * time.Minute), Tone: ui.Run, Title: "Provider run", Text: "128 entities read", By: "file provider"},
		{At: now.Add(-3 * time.Hour), Tone: ui.OK, Title: "Owner changed", URL: "#steps", Text: "payments to payments-core", By: "Ines Duarte", Detail: "The change in full stands here."},
		{At: now.Add(-50 * time.Hour), Tone: ui.Bad, Title: "Refused", Text: "spec.lifecycle is missing"}, {At: now.Add(-90 * 24 * time.Hour), Title: "Registered"},
	}
}

func (g *guidePage) addTable(now time.Time) {
	g.Table = ui.Table{
		Caption: "Services",
		Columns: []ui.Column{
			{Title: "Name", SortURL: "#tables", Sort: "asc"}, {Title: "Owner", SortURL: "#tables"}, {Title: "Delivery"}, {Title: "14 days"},
			{Title: "Scorecard"}, {Title: "Requests", Num: true, SortURL: "#tables"}, {Title: "Changed", Num: true},
		},
	}
	rows := []struct {
		name, text string
		chip       ui.Chip
		score      float64
		requests   string
		trend      []float64
		changed    time.Duration
	}{
		{"checkout", "Takes a basket and charges the customer exactly once", ui.Chip{Tone: ui.Run, Text: "building"}, 78, "412,880", []float64{6, 7, 6, 8, 7, 8, 17, 18, 17, 18}, 2 * time.Minute},
		{"capture-worker", "Settles authorised payments in batches", ui.Chip{Tone: ui.Bad, Text: "tests failed"}, 66, "20,114", []float64{10, 11, 9, 10, 11, 10, 11, 10, 10, 11}, 3 * time.Hour},
		{"ledger", "Double-entry book of every movement of money", ui.Chip{Tone: ui.OK, Text: "healthy"}, 100, "1,904,332", []float64{16, 15, 15, 14, 12, 11, 10, 9, 9, 8}, 26 * time.Hour},
		{"home-feed", "Chooses what each customer sees first", ui.Chip{Text: "no pipeline"}, 44, "–", nil, 9 * 24 * time.Hour},
	}
	for i, r := range rows {
		g.Table.Rows = append(g.Table.Rows, ui.Row{Current: i == 1, Cells: []ui.Cell{
			{Icon: "component", Text: r.name, Note: "default/" + r.name, URL: "#tables", Sub: r.text}, {Text: "payments-core", URL: "#tables"}, {Chip: &r.chip},
			{Spark: &ui.Sparkline{Values: r.trend}}, {Meter: &ui.Meter{Value: r.score, Max: 100}}, {Text: r.requests}, {Time: now.Add(-r.changed), Quiet: true},
		}})
	}
	g.EmptyTable = ui.Table{Caption: "Nothing", Empty: &g.Empty[1]}
}

func (g *guidePage) addForms() {
	owners := []ui.Option{{Value: "payments-core"}, {Value: "discovery"}, {Value: "catalogue"}}
	g.Form = ui.Form{
		Action: "/style/try", Submit: "Create refunds", Cancel: ui.Link{Title: "Discard draft", URL: "/style"},
		Fields: []ui.Field{
			{Name: "name", Label: "Name", Required: true, Value: "refunds", Hint: "Lower-case letters, digits and dashes."},
			{Name: "repository", Label: "Repository", Required: true, Mono: true, Value: "payments/refunds", Good: "Free on the local forge. You may create repositories in payments."},
			{Kind: ui.FieldCombobox, Name: "owner", Label: "Owner", Required: true, Options: owners, Placeholder: "Your teams come first", Suggest: "/style/suggest"},
			{Kind: ui.FieldSelect, Name: "lifecycle", Label: "Lifecycle", Required: true, Options: []ui.Option{{Value: "experimental"}, {Value: "production"}, {Value: "deprecated", Disabled: true}}},
			{Kind: ui.FieldArea, Name: "description", Label: "Description", Rows: 3},
			{Kind: ui.FieldRadio, Name: "visibility", Label: "Visibility", Required: true, Value: "internal", Options: []ui.Option{{Value: "internal", Label: "Internal", Hint: "Everybody in the company reads it."}, {Value: "private", Label: "Private"}}},
			{Kind: ui.FieldChecks, Name: "with", Label: "Include", Options: []ui.Option{{Value: "docs", Label: "Documentation site", Selected: true}, {Value: "ci", Label: "Pipeline", Selected: true}, {Value: "helm", Label: "Helm chart"}}},
			{Kind: ui.FieldCheckbox, Name: "notify", Label: "Tell my team when it is done", Required: true, Checked: true},
			{Name: "id", Label: "Identifier", Value: "given by the portal", Disabled: true},
		},
	}
	g.BadForm = ui.Form{
		Action: "/style/try", Submit: "Save",
		Fields: []ui.Field{
			{ID: "bad-name", Name: "name", Label: "Name", Required: true, Value: "Refunds Service", Error: "Lower-case letters, digits and dashes, for example refunds-service."},
			{ID: "bad-kind", Kind: ui.FieldSelect, Name: "kind", Label: "Kind", Required: true, Options: owners, Error: "Choose one."},
			{ID: "bad-text", Kind: ui.FieldArea, Name: "text", Label: "Text", Value: "…", Hint: "At least ten characters.", Error: "This is too short."},
		},
	}
}
