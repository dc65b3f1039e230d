// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/ui"
)

// The parameters of a question to the queue.
const (
	paramState = "state"
	paramKind  = "kind"
)

// stateTitles are the states in the order of the tabs.
var stateTitles = []struct {
	state jobs.State
	title string
	tone  ui.Tone
}{
	{jobs.StateRunning, "Running", ui.Run},
	{jobs.StatePending, "Scheduled", ui.Neutral},
	{jobs.StateFailed, "Failed", ui.Bad},
	{jobs.StateDone, "Done", ui.OK},
	{jobs.StateCancelled, "Cancelled", ui.Warn},
}

// jobsQuery reads the parameters.
func jobsQuery(v url.Values) (jobs.Query, error) {
	q := jobs.Query{State: jobs.State(v.Get(paramState)), Kind: v.Get(paramKind)}
	known := q.State == ""
	for _, s := range stateTitles {
		known = known || s.state == q.State
	}
	if !known {
		return q, &callboard.Error{Code: callboard.CodeInvalid, Message: "state is running, pending, failed, done or cancelled"}
	}
	if text := v.Get(paramBefore); text != "" {
		before, err := strconv.ParseInt(text, 10, 64)
		if err != nil || before < 1 {
			return q, &callboard.Error{Code: callboard.CodeInvalid, Message: "before is the number of a job: the last one of the page before"}
		}
		q.Before = before
	}
	return q, nil
}

// jobsPage is the queue.
type jobsPage struct {
	ui.Page
	Kind  string // that is asked for; empty is every one
	Reset string
	First string // from a later page
	Table ui.Table
	Pages ui.Pagination
	Kinds ui.Table
}

// jobsPage serves GET /admin/jobs.
func (a *Admin) jobsPage(w http.ResponseWriter, r *http.Request) error {
	values := r.URL.Query()
	q, err := jobsQuery(values)
	if err != nil {
		return err
	}
	q.Limit = pageSize + 1
	found, err := a.p.Jobs.Jobs(r.Context(), q)
	if err != nil {
		return err
	}
	counts, err := a.p.Jobs.Counts(r.Context())
	if err != nil {
		return err
	}
	here := a.link("jobs")
	page := jobsPage{
		Page:  ui.Page{Title: "Jobs", Active: "admin.jobs", Lead: "Background work: what runs, what is to come, and what went wrong.", Tabs: a.jobTabs(q, counts)},
		Kind:  q.Kind,
		Reset: withQuery(here, values, paramKind, ""),
		Kinds: a.kindsTable(counts),
		Table: ui.Table{
			Caption: "Jobs, the newest first",
			Columns: []ui.Column{{Title: "Job"}, {Title: "State"}, {Title: "Attempts", Num: true}, {Title: "Due"}, {Title: "Began"}, {Title: "Ended"}},
			Empty:   &ui.Empty{Icon: "workflow", Title: "No jobs", Text: "Finished ones are kept for a while; there are none here now."},
		},
	}
	if values.Get(paramBefore) != "" {
		page.First = withQuery(here, values, paramBefore, "")
	}
	if len(found) > pageSize {
		found = found[:pageSize]
		page.Pages.Next = withQuery(here, values, paramBefore, strconv.FormatInt(found[pageSize-1].ID, 10))
	}
	for _, j := range found {
		page.Table.Rows = append(page.Table.Rows, a.jobRow(j))
	}
	return a.pages.Page(w, r, "jobs.html", page)
}

func (a *Admin) jobTabs(q jobs.Query, counts []jobs.Count) []ui.Tab {
	tab := func(state jobs.State, title string) ui.Tab {
		v := url.Values{paramKind: {q.Kind}, paramState: {string(state)}}
		t := ui.Tab{Title: title, URL: withQuery(a.link("jobs"), v, paramBefore, ""), Current: q.State == state}
		for _, c := range counts {
			if state == c.State && (q.Kind == "" || q.Kind == c.Kind) {
				t.Count += int(c.N)
			}
		}
		return t
	}
	tabs := []ui.Tab{tab("", "All")}
	for _, s := range stateTitles {
		tabs = append(tabs, tab(s.state, s.title))
	}
	return tabs
}

// kindsTable counts the jobs of each kind by state.
func (a *Admin) kindsTable(counts []jobs.Count) ui.Table {
	t := ui.Table{Caption: "Kinds of jobs", Columns: []ui.Column{{Title: "Kind"}}}
	for _, s := range stateTitles {
		t.Columns = append(t.Columns, ui.Column{Title: s.title, Num: true})
	}
	at := map[string]int{}
	for _, c := range counts {
		n, known := at[c.Kind]
		if !known {
			n, at[c.Kind] = len(t.Rows), len(t.Rows)
			row := ui.Row{Cells: make([]ui.Cell, len(t.Columns))}
			for i := range row.Cells {
				row.Cells[i].Text = "0"
			}
			row.Cells[0] = ui.Cell{Text: c.Kind, URL: withQuery(a.link("jobs"), nil, paramKind, c.Kind), Mono: true}
			t.Rows = append(t.Rows, row)
		}
		for i, s := range stateTitles {
			if s.state == c.State {
				t.Rows[n].Cells[i+1].Text = strconv.FormatInt(c.N, 10)
			}
		}
	}
	return t
}

func (a *Admin) jobRow(j jobs.Info) ui.Row {
	first := ui.Cell{Text: j.Kind, URL: a.link("jobs.job", "id", strconv.FormatInt(j.ID, 10)), Note: fmt.Sprintf("#%d", j.ID)}
	switch {
	case j.State == jobs.StateRunning:
		first.Sub = progressText(j.Progress)
	case len(j.Errors) > 0:
		first.Sub = j.Errors[len(j.Errors)-1].Message
	}
	return ui.Row{Cells: []ui.Cell{
		first, {Chip: stateChip(j)}, {Text: fmt.Sprintf("%d of %d", j.Attempt, j.MaxAttempts)},
		{Time: j.RunAt}, timeCell(j.StartedAt, "not yet"), timeCell(j.FinishedAt, "not yet"),
	}}
}

func stateChip(j jobs.Info) *ui.Chip {
	for _, s := range stateTitles {
		if s.state != j.State {
			continue
		}
		if j.State == jobs.StatePending && len(j.Errors) > 0 {
			return &ui.Chip{Tone: ui.Warn, Text: "will be retried"}
		}
		return &ui.Chip{Tone: s.tone, Text: string(j.State)}
	}
	return &ui.Chip{Text: string(j.State)}
}

func progressText(p jobs.Progress) string {
	text := p.Message
	if p.Total > 0 {
		text = fmt.Sprintf("%d of %d %s", p.Done, p.Total, text)
	}
	return text
}

// jobPage is one job.
type jobPage struct {
	ui.Page
	Facts  ui.KV
	Args   *ui.Code
	Errors []ui.Event
}

// jobPage serves GET /admin/jobs/{id}.
func (a *Admin) jobPage(w http.ResponseWriter, r *http.Request) error {
	j, err := a.job(r)
	if err != nil {
		return err
	}
	page := jobPage{
		Page: ui.Page{
			Title: j.Kind, Active: "admin.jobs", Crumbs: []ui.Link{{Title: "Jobs", URL: a.link("jobs")}},
			Chips: []ui.Chip{*stateChip(j)}, Lead: progressText(j.Progress),
		},
		Facts: ui.KV{
			{Label: "Job", Text: strconv.FormatInt(j.ID, 10)}, {Label: "Queue", Text: j.Queue}, {Label: "Priority", Text: strconv.Itoa(j.Priority)},
			{Label: "Attempts", Text: fmt.Sprintf("%d of %d", j.Attempt, j.MaxAttempts)},
			{Label: "Made", Time: j.CreatedAt}, {Label: "Due", Time: j.RunAt},
		},
	}
	if !j.StartedAt.IsZero() {
		page.Facts = append(page.Facts, ui.KVItem{Label: "Began", Time: j.StartedAt})
	}
	if !j.FinishedAt.IsZero() {
		page.Facts = append(page.Facts, ui.KVItem{Label: "Ended", Time: j.FinishedAt})
	}
	if text := pretty(masked(j.Args)); text != "" {
		page.Args = &ui.Code{Title: "Arguments", Text: text, Language: "json"}
	}
	for n := len(j.Errors) - 1; n >= 0; n-- {
		e := j.Errors[n]
		page.Errors = append(page.Errors, ui.Event{At: e.At, Tone: ui.Bad, Title: fmt.Sprintf("Attempt %d", e.Attempt), Text: e.Message})
	}
	if a.p.May.May(r.Context(), ManageJobs) {
		page.Actions = a.jobActions(j)
	}
	return a.pages.Page(w, r, "job.html", page)
}

// jobActions are the buttons for what can be done about a job.
func (a *Admin) jobActions(j jobs.Info) []ui.Action {
	id := strconv.FormatInt(j.ID, 10)
	retry := ui.Action{Label: "Run again", Icon: "redo", Post: true, URL: a.link("jobs.retry", "id", id)}
	cancel := ui.Action{Label: "Cancel", Icon: "stop", Post: true, Danger: true, URL: a.link("jobs.cancel", "id", id)}
	switch j.State {
	case jobs.StateRunning:
		return []ui.Action{cancel}
	case jobs.StatePending:
		retry.Label = "Run now"
		return []ui.Action{retry, cancel}
	default:
		return []ui.Action{retry}
	}
}

// job returns the job that the path names.
func (a *Admin) job(r *http.Request) (jobs.Info, error) {
	id, err := strconv.ParseInt(mux.Vars(r)["id"], 10, 64)
	if err != nil {
		return jobs.Info{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no such job"}
	}
	return a.p.Jobs.Job(r.Context(), id)
}

// steer is something done to a job.
type steer struct {
	action, done string
	do           func(r *http.Request, id int64) error
}

func (a *Admin) retry() steer {
	return steer{"admin.jobs.retry", "runs again", func(r *http.Request, id int64) error { return a.p.Jobs.Retry(r.Context(), id) }}
}

func (a *Admin) cancel() steer {
	return steer{"admin.jobs.cancel", "is cancelled", func(r *http.Request, id int64) error { return a.p.Jobs.Cancel(r.Context(), id) }}
}

// steerOne does it to the job that the path names, and records it. It returns
// the job as it is then.
func (a *Admin) steerOne(r *http.Request, s steer) (after jobs.Info, err error) {
	before, err := a.job(r)
	if err != nil {
		return before, err
	}
	e := audit.Entry{Action: s.action, Resource: fmt.Sprintf("job:%d", before.ID), Before: stateJSON(before)}
	if err = s.do(r, before.ID); err != nil {
		e.Outcome, e.Message = audit.Failed, callboard.MessageOf(err)
	} else if after, err = a.p.Jobs.Job(r.Context(), before.ID); err == nil {
		e.After = stateJSON(after)
	}
	a.record(r.Context(), e, &err)
	return after, err
}

// steerForm serves POST /admin/jobs/{id}/… .
func (a *Admin) steerForm(which func() steer) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		s := which()
		j, err := a.steerOne(r, s)
		if callboard.CodeOf(err) == callboard.CodeConflict {
			a.p.UI.Flash(w, r, ui.Notice{Tone: ui.Warn, Title: "Nothing was done", Text: callboard.MessageOf(err)})
		} else if err != nil {
			return err
		} else {
			a.p.UI.Flash(w, r, ui.Notice{Tone: ui.OK, Text: fmt.Sprintf("Job %d %s.", j.ID, s.done)})
		}
		http.Redirect(w, r, a.link("jobs.job", "id", mux.Vars(r)["id"]), http.StatusSeeOther)
		return nil
	}
}
