// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/ui"
)

// How many entries a page has, and an answer of the API at most.
const (
	pageSize  = 50
	maxAnswer = 400
)

// auditPage is the log with its filter.
type auditPage struct {
	ui.Page
	Fields []ui.Field
	Reset  string // without a filter it is empty
	First  string // from a later page
	Table  ui.Table
	Pages  ui.Pagination
}

// auditPage serves GET /admin/audit.
func (a *Admin) auditPage(w http.ResponseWriter, r *http.Request) error {
	values := r.URL.Query()
	q, wrong := auditQuery(values, a.now())
	here := a.link("audit")
	page := auditPage{Page: ui.Page{
		Title: "Audit", Active: "admin.audit", Lead: "Who changed what, when, from where, and how it went.",
		Actions: []ui.Action{{Label: "Export", Icon: "download", URL: withQuery(a.link("api.audit.export"), values, paramBefore, ""), Download: true}},
	}}
	if len(wrong) > 0 {
		page.Status, page.Actions = http.StatusUnprocessableEntity, nil
	}
	actions, err := a.p.Log.Actions(r.Context())
	if err != nil {
		return err
	}
	page.Fields = auditFields(values, wrong, actions)
	if filtered(values) {
		page.Reset = here
	}
	if values.Get(paramBefore) != "" {
		page.First = withQuery(here, values, paramBefore, "")
	}
	page.Table = a.auditTable(page.Reset != "")
	if len(wrong) > 0 {
		page.Table.Empty = &ui.Empty{Icon: "filter", Title: "Nothing was looked for", Text: "Correct the filter above."}
		return a.pages.Page(w, r, "audit.html", page)
	}
	q.Limit = pageSize + 1
	entries, err := a.p.Log.Entries(r.Context(), q)
	if err != nil {
		return err
	}
	if len(entries) > pageSize {
		entries = entries[:pageSize]
		page.Pages.Next = withQuery(here, values, paramBefore, cursor(entries[pageSize-1].Key()))
	}
	for _, e := range entries {
		page.Table.Rows = append(page.Table.Rows, a.auditRow(e))
	}
	return a.pages.Page(w, r, "audit.html", page)
}

func auditFields(v url.Values, wrong map[string]string, actions []string) []ui.Field {
	field := func(name, label, placeholder string) ui.Field {
		return ui.Field{Name: name, Label: label, Value: v.Get(name), Error: wrong[name], Placeholder: placeholder, Mono: true}
	}
	action := field(paramAction, "Action", "auth.signin")
	action.Kind = ui.FieldCombobox
	for _, name := range actions {
		action.Options = append(action.Options, ui.Option{Value: name})
	}
	outcome := field(paramOutcome, "Outcome", "")
	outcome.Kind = ui.FieldSelect
	for _, o := range []audit.Outcome{audit.Done, audit.Denied, audit.Failed} {
		outcome.Options = append(outcome.Options, ui.Option{Value: string(o)})
	}
	return []ui.Field{
		field(paramActor, "Actor", "user:default/ines"), action, field(paramResource, "Resource", "component:default/shop"), outcome,
		field(paramSince, "Since", "24h, 7d or 2026-03-01"), field(paramUntil, "Until", "2026-03-02T12:00"),
	}
}

// filtered reports whether the values select some entries only.
func filtered(v url.Values) bool {
	for _, name := range []string{paramActor, paramAction, paramResource, paramOutcome, paramSince, paramUntil} {
		if v.Get(name) != "" {
			return true
		}
	}
	return false
}

// withQuery returns the path with the values, of which one is set, or left out
// if empty.
func withQuery(path string, v url.Values, name, value string) string {
	out := url.Values{}
	for key := range v {
		if v.Get(key) != "" {
			out.Set(key, v.Get(key))
		}
	}
	if out.Del(name); value != "" {
		out.Set(name, value)
	}
	if len(out) == 0 {
		return path
	}
	return path + "?" + out.Encode()
}

func (a *Admin) auditTable(filtered bool) ui.Table {
	t := ui.Table{
		Caption: "Entries of the audit log, the newest first",
		Columns: []ui.Column{{Title: "Action"}, {Title: "Resource"}, {Title: "Who"}, {Title: "Outcome"}, {Title: "When"}},
		Empty:   &ui.Empty{Icon: "history", Title: "Nothing has been changed yet", Text: "Each change is written down here, whoever makes it."},
	}
	if filtered {
		t.Empty = &ui.Empty{Icon: "filter", Title: "No entry is like that", Text: "Ask for less, or for everything.", Action: &ui.Action{Label: "Show all", URL: a.link("audit")}}
	}
	return t
}

func (a *Admin) auditRow(e audit.Entry) ui.Row {
	return ui.Row{Cells: []ui.Cell{
		{Text: e.Action, URL: a.link("audit.entry", "id", strconv.FormatInt(e.ID, 10)), Sub: e.Message},
		{Text: e.Resource, Mono: true},
		{Text: e.Actor, Mono: true, Sub: e.RemoteAddr},
		{Chip: outcomeChip(e.Outcome)},
		{Time: e.At},
	}}
}

func outcomeChip(o audit.Outcome) *ui.Chip {
	tones := map[audit.Outcome]ui.Tone{audit.Done: ui.OK, audit.Denied: ui.Warn, audit.Failed: ui.Bad}
	return &ui.Chip{Tone: tones[o], Text: string(o)}
}

// entryPage is one entry with what it changed.
type entryPage struct {
	ui.Page
	Facts ui.KV
	// Change is drawn if the resource is known before and after, else Content,
	// if there is any.
	Change  *ui.Diff
	Content *ui.Code
}

// entryPage serves GET /admin/audit/{id}.
func (a *Admin) entryPage(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(mux.Vars(r)["id"], 10, 64)
	if err != nil {
		return &callboard.Error{Code: callboard.CodeNotFound, Message: "there is no such entry in the audit log"}
	}
	e, err := a.p.Log.Entry(r.Context(), id)
	if err != nil {
		return err
	}
	page := entryPage{
		Page: ui.Page{
			Title: e.Action, Active: "admin.audit", Crumbs: []ui.Link{{Title: "Audit", URL: a.link("audit")}},
			Chips: []ui.Chip{*outcomeChip(e.Outcome)}, Lead: e.Message,
		},
		Facts: a.entryFacts(e),
	}
	before, after := pretty(e.Before), pretty(e.After)
	switch {
	case before != "" && after != "":
		d := ui.NewDiff("Before and after", before, after, 3)
		page.Change = &d
	case before != "":
		page.Content = &ui.Code{Title: "Before", Text: before, Language: "json"}
	case after != "":
		page.Content = &ui.Code{Title: "After", Text: after, Language: "json"}
	}
	return a.pages.Page(w, r, "entry.html", page)
}

func (a *Admin) entryFacts(e audit.Entry) ui.KV {
	only := func(name, value string) string {
		if value == "" {
			return ""
		}
		return withQuery(a.link("audit"), nil, name, value)
	}
	kv := ui.KV{{Label: "When", Time: e.At}}
	for _, item := range []ui.KVItem{
		{Label: "Who", Text: e.Actor, URL: only(paramActor, e.Actor)},
		{Label: "Action", Text: e.Action, URL: only(paramAction, e.Action)},
		{Label: "Resource", Text: e.Resource, URL: only(paramResource, e.Resource)},
		{Label: "From", Text: e.RemoteAddr},
		{Label: "Request", Text: e.RequestID, Copy: true},
	} {
		if item.Mono = true; item.Text != "" {
			kv = append(kv, item)
		}
	}
	return kv
}

// pretty indents a document; "" is none.
func pretty(doc json.RawMessage) string {
	var b bytes.Buffer
	if len(doc) == 0 || json.Indent(&b, doc, "", "  ") != nil {
		return ""
	}
	return b.String()
}

// auditAnswer is a page of the log for programs.
type auditAnswer struct {
	Items []audit.Entry `json:"items"`
	// Next is the parameter before of the next page; empty at the end.
	Next string `json:"next,omitempty"`
}

// auditList serves GET /api/admin/audit.
func (a *Admin) auditList(w http.ResponseWriter, r *http.Request) error {
	q, wrong := auditQuery(r.URL.Query(), a.now())
	limit, err := limitOf(r)
	if err != nil {
		wrong[paramLimit] = callboard.MessageOf(err)
	}
	if err := refusalOf(wrong); err != nil {
		return err
	}
	q.Limit = limit + 1
	entries, err := a.p.Log.Entries(r.Context(), q)
	if err != nil {
		return err
	}
	answer := auditAnswer{Items: entries}
	if len(entries) > limit {
		answer.Items = entries[:limit]
		answer.Next = cursor(entries[limit-1].Key())
	}
	return httpx.WriteJSON(w, http.StatusOK, answer)
}

// limitOf reads how many items a program asks for.
func limitOf(r *http.Request) (int, error) {
	text := r.URL.Query().Get(paramLimit)
	if text == "" {
		return pageSize, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxAnswer {
		return 0, &callboard.Error{Code: callboard.CodeInvalid, Message: "is a number from 1 to " + strconv.Itoa(maxAnswer)}
	}
	return n, nil
}

// auditExport serves GET /api/admin/audit.jsonl: an entry on each line, the
// oldest first. It goes on for as long as the caller reads.
func (a *Admin) auditExport(w http.ResponseWriter, r *http.Request) error {
	q, wrong := auditQuery(r.URL.Query(), a.now())
	if err := refusalOf(wrong); err != nil {
		return err
	}
	httpx.NoDeadline(w, r)
	h := w.Header()
	h.Set("Content-Type", "application/jsonl; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="audit.jsonl"`)
	h.Set("Cache-Control", "no-store")
	out := bufio.NewWriterSize(w, 32<<10)
	if err := writeLines(out, a.p.Log.Export(r.Context(), q)); err != nil {
		return err
	}
	return out.Flush()
}
