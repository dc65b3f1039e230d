// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/ui"
)

// state is how the portal is.
type state struct {
	httpx.HealthReport
	Process process     `json:"process"`
	Leases  []leaseJSON `json:"leases"`
	// Unknown says why it is not known who leads.
	Unknown string `json:"unknown,omitempty"`
}

// process is the replica that answers.
type process struct {
	Host       string    `json:"host"`
	PID        int       `json:"pid"`
	Started    time.Time `json:"started"`
	Go         string    `json:"go"`
	Database   string    `json:"database"`
	Goroutines int       `json:"goroutines"`
	HeapBytes  uint64    `json:"heapBytes"`
}

// leaseJSON is work that one of the replicas does.
type leaseJSON struct {
	Name   string    `json:"name"`
	Here   bool      `json:"here"`
	Since  time.Time `json:"since,omitzero"`
	Holder string    `json:"holder,omitempty"`
}

// leaseTimeout bounds the question who leads.
const leaseTimeout = 2 * time.Second

func (a *Admin) state(ctx context.Context) state {
	s := state{HealthReport: a.p.Portal.Health(ctx), Process: a.process(), Leases: []leaseJSON{}}
	ctx, cancel := context.WithTimeout(ctx, leaseTimeout)
	defer cancel()
	leases, err := a.p.DB.Leases(ctx)
	if err != nil {
		s.Unknown = callboard.MessageOf(err)
	}
	for _, l := range leases {
		s.Leases = append(s.Leases, leaseJSON{l.Name, !l.Since.IsZero(), l.Since, l.Holder})
	}
	return s
}

func (a *Admin) process() process {
	host, _ := os.Hostname() // an unknown name is none
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return process{host, os.Getpid(), a.since.UTC(), runtime.Version(), string(a.p.DB.Dialect()), runtime.NumGoroutine(), m.HeapAlloc}
}

// healthPage is how the portal is.
type healthPage struct {
	ui.Page
	Checks  ui.Table
	Process ui.KV
	Leases  ui.Table
	Unknown string
}

// healthPage serves GET /admin/health.
func (a *Admin) healthPage(w http.ResponseWriter, r *http.Request) error {
	s := a.state(r.Context())
	page := healthPage{
		Page:    ui.Page{Title: "Health", Active: "admin.health", Lead: "What the portal needs to work, and the replica that answers you.", Chips: []ui.Chip{*healthChip(s.Status)}},
		Checks:  ui.Table{Caption: "Checks", Columns: []ui.Column{{Title: "Check"}, {Title: "State"}, {Title: "Took", Num: true}}},
		Process: processKV(s.Process), Leases: leasesTable(s.Leases, a.p.DB.Dialect()), Unknown: s.Unknown,
	}
	if providers, err := a.p.UI.URL("catalog.locations"); err == nil { // the catalog may not be there
		page.Actions = []ui.Action{{Label: "Locations and providers", Icon: "database", URL: providers}}
	}
	for _, c := range s.Checks {
		page.Checks.Rows = append(page.Checks.Rows, ui.Row{Cells: []ui.Cell{
			{Text: c.Name, Sub: c.Reason}, {Chip: healthChip(c.Status)}, {Text: fmt.Sprintf("%d ms", c.DurationMS)},
		}})
	}
	return a.pages.Page(w, r, "health.html", page)
}

func healthChip(status string) *ui.Chip {
	if status == "ok" {
		return &ui.Chip{Tone: ui.OK, Text: "works"}
	}
	return &ui.Chip{Tone: ui.Bad, Text: "fails"}
}

func processKV(p process) ui.KV {
	return ui.KV{
		{Label: "Host", Text: cmp.Or(p.Host, "unknown")}, {Label: "Process", Text: fmt.Sprint(p.PID)}, {Label: "Started", Time: p.Started},
		{Label: "Built with", Text: p.Go}, {Label: "Database", Text: p.Database},
		{Label: "Goroutines", Text: fmt.Sprint(p.Goroutines)}, {Label: "Memory in use", Text: ui.FormatBytes(int64(min(p.HeapBytes, 1<<62)))}, //nolint:gosec // bounded
	}
}

func leasesTable(leases []leaseJSON, d sqldb.Dialect) ui.Table {
	t := ui.Table{
		Caption: "Work that one replica does", Columns: []ui.Column{{Title: "Work"}, {Title: "Done by"}, {Title: "Since"}},
		Empty: &ui.Empty{Icon: "server", Title: "No work is shared out", Text: "With PostgreSQL the replicas agree which of them runs a provider."},
	}
	if d == sqldb.SQLite {
		t.Empty.Text = "On SQLite there is one process, which does everything. With PostgreSQL there can be many replicas, which agree on who runs a provider."
	}
	for _, l := range leases {
		by := ui.Cell{Text: cmp.Or(l.Holder, "nobody known")}
		if l.Here {
			by = ui.Cell{Chip: &ui.Chip{Tone: ui.OK, Text: "this replica"}, Sub: l.Holder}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: l.Name, Mono: true}, by, timeCell(l.Since, "not here")}})
	}
	return t
}

// timeCell is a time, or what to say of none.
func timeCell(t time.Time, none string) ui.Cell {
	if t.IsZero() {
		return ui.Cell{Text: none, Quiet: true}
	}
	return ui.Cell{Time: t}
}

// healthReport serves GET /api/admin/health.
func (a *Admin) healthReport(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	return httpx.WriteJSON(w, http.StatusOK, a.state(r.Context()))
}
