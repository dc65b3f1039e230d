// SPDX-License-Identifier: Apache-2.0

package stylepage

import (
	"time"

	"github.com/callboard/callboard/portal/ui"
)

// guidePage is what the guide is drawn from: each field is one example.
type guidePage struct {
	ui.Page
	Contents []ui.Link
	Icons    []string
	Colours  []string

	Actions []ui.Action
	Menu    ui.Menu
	Chips   []ui.Chip
	Notices []ui.Notice
	Partial ui.Partial
	Stale   ui.Stale
	Empty   []ui.Empty
	Problem ui.Problem
	Denied  ui.Forbidden
	Cards   []ui.Card

	Table      ui.Table
	EmptyTable ui.Table
	Pagination ui.Pagination
	Tabs       []ui.Tab
	Facts      []ui.Fact
	KV         ui.KV
	Tags       []ui.Link
	Tree       []ui.TreeNode
	Stats      []ui.Stat
	Facets     ui.Facets
	Form       ui.Form
	BadForm    ui.Form
	Steps      []ui.Step
	FailedWay  []ui.Step
	Wizard     []ui.Step
	History    []ui.Event
	People     []ui.Avatar
	Meters     []ui.Meter
	Code       ui.Code
	Diff       ui.Diff
	NoDiff     ui.Diff
	Log        ui.Log
	LiveLog    ui.Log
	Defs       []ui.Definition
	Charts     []ui.Chart
	NoChart    ui.Chart
	Bars       []ui.BarItem
	Stacked    ui.StackedBar
	Graph      ui.GraphView
	TallGraph  ui.GraphView
	spriteURL  string
	Time       time.Time
}

// sections are the parts of the page, in order.
func sections() []ui.Link {
	return []ui.Link{
		{Title: "Colours and type", URL: "#colours"}, {Title: "Icons", URL: "#icons"},
		{Title: "Buttons and menus", URL: "#buttons"}, {Title: "Chips, people, figures", URL: "#chips"},
		{Title: "Notices and states", URL: "#states"}, {Title: "Cards", URL: "#cards"},
		{Title: "Table and pages", URL: "#tables"}, {Title: "Head, tabs, facts", URL: "#heads"},
		{Title: "Lists and trees", URL: "#lists"}, {Title: "Filters", URL: "#filters"},
		{Title: "Forms", URL: "#forms"}, {Title: "Steps and history", URL: "#steps"},
		{Title: "Code, diff, log", URL: "#code"}, {Title: "Definitions", URL: "#definitions"},
		{Title: "Charts", URL: "#charts"}, {Title: "Graph", URL: "#graph"}, {Title: "Error pages", URL: "#errors"},
	}
}

// examples returns the page with everything in it.
func (p *Page) examples() guidePage {
	now := p.now().UTC().Truncate(time.Second)
	g := guidePage{
		Page: ui.Page{
			Title: "Style guide", Active: "style.guide", Styles: []string{"style/guide.css"}, Lead: "Every component of the portal in every state, with the template that draws it.",
			Crumbs: []ui.Link{{Title: "Administration", URL: "/style"}, {Title: "Style guide"}},
			Chips:  []ui.Chip{{Text: "design system"}, {Tone: ui.OK, Text: "complete"}},
			Facts: []ui.Fact{
				{Label: "Package", Value: "portal/ui", Mono: true}, {Label: "Drawn", Time: now.Add(-32 * time.Minute)},
				{Label: "Owner", Value: "platform", URL: "#top"},
			},
			Actions: []ui.Action{
				{Label: "Star", Icon: "star", IconOnly: true, Post: true, URL: "/style/try", Toggle: "off"},
				{Label: "Refresh", URL: "/style"}, {Label: "Run pipeline", Icon: "redo", Primary: true, Post: true, URL: "/style/try"},
			},
		},
		Contents: sections(), Icons: ui.IconNames(), Time: now, spriteURL: p.ui.Asset("icons.svg"),
		Colours: []string{"bg", "surface", "sunken", "line", "ink", "ink-2", "ink-3", "accent", "accent-soft", "brand", "ok", "ok-soft", "warn", "warn-soft", "bad", "bad-soft"},
	}
	g.addParts(now)
	g.addLists(now)
	g.addForms()
	g.addText(now)
	g.addCharts(now)
	return g
}

func (g *guidePage) addParts(now time.Time) {
	try := "/style/try"
	g.Actions = []ui.Action{
		{Label: "Run pipeline", Icon: "redo", Primary: true, Post: true, URL: try}, {Label: "Refresh", URL: "/style"},
		{Label: "Export", Icon: "download", URL: "/style", Download: true}, {Label: "Remove", Icon: "trash", Danger: true, Post: true, URL: try, Confirm: "Remove checkout from the catalog?"},
		{Label: "Merge", Disabled: "Two checks have not passed yet"}, {Label: "Star", Icon: "star", IconOnly: true, Post: true, URL: try, Toggle: "on"},
		{Label: "Star", Icon: "star", IconOnly: true, Post: true, URL: try, Toggle: "off"},
	}
	g.Menu = ui.Menu{Label: "More", Items: []ui.Action{{Label: "Copy link", Icon: "link", URL: "/style"}, {Label: "Unregister", Icon: "trash", Danger: true, Post: true, URL: try}}}
	g.Chips = []ui.Chip{
		{Text: "service"}, {Tone: ui.OK, Text: "healthy"}, {Tone: ui.Warn, Text: "2 restarts"}, {Tone: ui.Bad, Text: "tests failed"},
		{Tone: ui.Run, Text: "building 4/6"}, {Text: "payments", URL: "#chips", Title: "A chip that leads somewhere"},
	}
	g.People = []ui.Avatar{{Name: "Ines Duarte"}, {Name: "Tomas Reyes", WithName: true, URL: "#chips"}, {Name: "payments-core", Square: true, WithName: true}}
	g.Meters = []ui.Meter{
		{Value: 7, Max: 9, Label: "7 of 9 checks pass", Show: true}, {Value: 4, Max: 9, Label: "4 of 9 checks pass", Show: true},
		{Value: 1, Max: 9, Label: "1 of 9 checks passes", Tone: ui.Bad, Show: true}, {Value: 0, Max: 0, Label: "no checks", Show: true},
	}
	g.Stats = []ui.Stat{
		{Label: "Time to results, p50", Value: "412 ms", Note: "+2.0%"}, {Label: "Time to results, p90", Value: "1.18 s", Note: "+41%", Tone: ui.Bad},
		{Label: "Crash-free sessions", Value: "99.93%", Note: "+0.02 points", Tone: ui.OK},
		{Label: "Deploys", Value: "14", Note: "in 14 days", Spark: &ui.Sparkline{Values: []float64{1, 0, 2, 1, 3, 1, 2, 2, 1, 1}, Label: "Deploys by day, 0 to 3"}},
	}
	g.Notices = []ui.Notice{
		{Title: "Keys live for seven days", Text: "After that a repeated capture is a new one."}, {Tone: ui.OK, Text: "refunds is registered.", Link: ui.Link{Title: "Open it", URL: "#states"}},
		{Tone: ui.Warn, Title: "Maintenance on Sunday", Text: "The forge is away from 06:00 to 07:00 UTC."}, {Tone: ui.Bad, Title: "The build could not be started", Text: "Jenkins answered 503. Try again in a moment."},
	}
	g.Partial = ui.Partial{Answered: 2, Asked: 3, Missing: "Jenkins does not answer; its runs are missing here."}
	g.Stale = ui.Stale{Since: now.Add(-3 * time.Hour), Text: "GitHub refused with 429; the next try is in 12 minutes."}
	g.Empty = []ui.Empty{
		{Icon: "component", Title: "No components yet", Text: "Register a file that describes one, and it appears here.", Command: "callboard validate catalog-info.yaml", Action: &ui.Action{Label: "Add the first", Icon: "plus", Primary: true, URL: "/style"}},
		{Icon: "filter", Title: "Nothing matches the filters", Text: "38 components do without them.", Action: &ui.Action{Label: "Reset filters", Icon: "x", URL: "/style"}},
	}
	g.Problem = ui.Problem{Title: "The pipelines could not be read", Text: "Jenkins took longer than 2 s. The other cards are not affected.", ID: "7f3a9c21", Retry: "/style"}
	g.Denied = ui.Forbidden{Permission: "catalog.entity.delete", GrantedBy: ui.Link{Title: "platform", URL: "#states"}}
	g.Cards = []ui.Card{
		{Title: "About", More: ui.Link{Title: "Edit source", URL: "#cards"}, Body: "Takes a basket and charges the customer exactly once."},
		{Title: "Pipelines", Problem: &g.Problem},
		{Title: "Issues", Note: "3 open", Stale: &g.Stale, Body: "#91 Jitter is not explained"},
	}
}

func (g *guidePage) addText(now time.Time) {
	g.Code = ui.Code{Title: "retry.go", Language: "go", Text: `// retry sends the capture until the ledger answers or ctx ends.
func (w *Worker) retry(ctx context.Context, c Capture) error {
	for attempt := range 4 {
		if err := w.ledger.Post(ctx, c.Key, c.Entries); err == nil {
			return nil
		}
		w.log.Warn("capture is retried", "attempt", attempt, "key", c.Key)
	}
	return errGivenUp
}
`}
	before := "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: checkout\nspec:\n  type: service\n  lifecycle: experimental\n  owner: payments\n"
	after := "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: checkout\n  tags: [grpc, pci]\nspec:\n  type: service\n  lifecycle: production\n  owner: payments-core\n"
	g.Diff = ui.NewDiff("catalog-info.yaml", before, after, 2)
	g.NoDiff = ui.NewDiff("main.go", before, before, 2)
	g.Log = ui.Log{Label: "Log of contract tests", Numbered: true, Lines: []ui.LogLine{
		{At: now.Add(-3 * time.Second), Text: "provider state: card expired"}, {At: now.Add(-2 * time.Second), Tone: ui.OK, Text: "ok   capture returns 402 with a reason"},
		{At: now.Add(-2 * time.Second), Tone: ui.Warn, Text: "slow 1.2 s, budget 1 s"}, {At: now.Add(-time.Second), Tone: ui.Bad, Text: "FAIL capture is retried with the same key"},
	}}
	g.LiveLog = ui.Log{Label: "Live log", Stream: "/style/log"}
	g.Defs = []ui.Definition{
		{Name: "amount", Type: "integer", Required: true, Text: "In minor units of the currency."},
		{Name: "currency", Type: "string", Default: "EUR", Values: []string{"EUR", "GBP", "SEK"}},
		{Name: "card", Type: "object", Text: "The card to charge.", Children: []ui.Definition{{Name: "token", Type: "string", Required: true}, {Name: "cvc", Type: "string", Deprecated: true, Text: "Send a token instead."}}},
	}
}
