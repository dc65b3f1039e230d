// SPDX-License-Identifier: Apache-2.0

package notifyweb

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/ui"
)

const pageSize = 30

// inboxPage is the reader's inbox, or a part of it.
type inboxPage struct {
	ui.Page
	Show   string
	Fields []ui.Field
	Reset  string
	Items  []itemView
	Empty  *ui.Empty
	Pages  ui.Pagination
	Live   string
}

// itemView is a notification as it stands in the inbox.
type itemView struct {
	notify.Item
	New   bool
	Chip  *ui.Chip
	Topic string
	// Head is the beginning of a long text, of which the rest opens below.
	Head string
	// Open leads on, and marks it as read.
	Open       string
	Mark, Save ui.Action
}

// The parts of the inbox, in the order of their tabs.
const (
	showAll    = ""
	showUnread = "unread"
	showSaved  = "saved"
)

// inboxQuery reads what the reader asked for; wrong says what cannot be read.
func inboxQuery(v url.Values) (q notify.Query, wrong map[string]string) {
	wrong = map[string]string{}
	yes, no := true, false
	q = notify.Query{Topic: v.Get("topic"), Search: strings.TrimSpace(v.Get("q")), MinSeverity: notify.Severity(v.Get("severity")), Limit: pageSize + 1}
	switch v.Get("show") {
	case showUnread:
		q.Read = &no
	case showSaved:
		q.Saved = &yes
	}
	if q.MinSeverity != "" && !slices.Contains(notify.Severities(), q.MinSeverity) {
		wrong["severity"], q.MinSeverity = "Choose one of the list.", ""
	}
	if before := v.Get("before"); before != "" {
		at, id, _ := strings.Cut(before, ".")
		us, err := strconv.ParseInt(at, 10, 64)
		if err == nil && us > 0 {
			q.Before = notify.Key{At: sqldb.FromMicros(us), ID: id}
		}
	}
	return q, wrong
}

// inbox serves GET /notifications.
func (w *Web) inbox(rw http.ResponseWriter, r *http.Request) error {
	v, person := r.URL.Query(), subject(r.Context())
	q, wrong := inboxQuery(v)
	page := inboxPage{Show: v.Get("show"), Fields: w.inboxFields(v, wrong), Page: ui.Page{
		Title: "Notifications", Lead: "What you are told, in one place.", Styles: []string{"notify/inbox.css"},
		Actions: []ui.Action{{Label: "Choose what to hear of", Icon: "gear", URL: w.link("settings")}},
	}}
	if len(wrong) > 0 {
		page.Status = http.StatusUnprocessableEntity
	}
	if v.Get("topic") != "" || q.Search != "" || v.Get("severity") != "" {
		page.Reset = with(w.link("inbox"), url.Values{"show": v["show"]})
	}
	unread, err := w.p.Service.UnreadUpTo(r.Context(), person, 1000)
	if err != nil {
		return err
	}
	page.Tabs = w.inboxTabs(v, unread)
	page.Live = with(w.link("live"), nil, "unread", strconv.Itoa(min(unread, bellMost))) // the bell's stream, shared
	items, err := w.p.Service.Inbox(r.Context(), person, q)
	if err != nil {
		return err
	}
	if len(items) > pageSize {
		items = items[:pageSize]
		last := items[pageSize-1].Key()
		page.Pages.Next = with(w.link("inbox"), v, "before", strconv.FormatInt(sqldb.Micros(last.At), 10)+"."+last.ID)
	}
	if v.Get("before") != "" {
		page.Pages.Prev = with(w.link("inbox"), v, "before", "")
		page.Pages.Text = "Earlier notifications"
	}
	for _, item := range items {
		page.Items = append(page.Items, w.view(r, item))
	}
	if unread > 0 && len(items) > 0 {
		page.Actions = append([]ui.Action{{Label: "Mark all as read", Icon: "check", Post: true, URL: w.link("readall"),
			Fields: []ui.Hidden{{Name: "until", Value: strconv.FormatInt(newest(items, q), 10)}, {Name: "next", Value: r.URL.RequestURI()}}}}, page.Actions...)
	}
	page.Empty = emptyInbox(v, page.Reset)
	return w.pages.Page(rw, r, "inbox.html", page)
}

// newest is the time until which the reader has seen what there is; 0 is now,
// where the newest are not on the page.
func newest(items []notify.Item, q notify.Query) int64 {
	if q.Before != (notify.Key{}) || q.Topic != "" || q.Search != "" || q.MinSeverity != "" || q.Saved != nil {
		return 0
	}
	return sqldb.Micros(items[0].Updated)
}

func emptyInbox(v url.Values, reset string) *ui.Empty {
	switch {
	case reset != "":
		return &ui.Empty{Icon: "filter", Title: "Nothing is like that", Text: "Ask for less, or for everything.", Action: &ui.Action{Label: "Show all", URL: reset}}
	case v.Get("show") == showUnread:
		return &ui.Empty{Icon: "check", Title: "You have read everything", Text: "What is new shows up here, and as a number at the bell."}
	case v.Get("show") == showSaved:
		return &ui.Empty{Icon: "star", Title: "Nothing saved", Text: "Save a notification to find it here as long as you need it."}
	}
	return &ui.Empty{Icon: "bell", Title: "No notifications yet", Text: "Follow a component from its page to hear when it changes. What goes wrong with what your team owns comes by itself."}
}

func (w *Web) inboxTabs(v url.Values, unread int) []ui.Tab {
	tab := func(title, show string, count int) ui.Tab {
		return ui.Tab{Title: title, URL: with(with(w.link("inbox"), v, "before", ""), nil, "show", show), Current: v.Get("show") == show, Count: count}
	}
	return []ui.Tab{tab("All", showAll, 0), tab("Unread", showUnread, unread), tab("Saved", showSaved, 0)}
}

func (w *Web) inboxFields(v url.Values, wrong map[string]string) []ui.Field {
	severity := ui.Field{Kind: ui.FieldSelect, Name: "severity", Label: "At least", Value: v.Get("severity"), Error: wrong["severity"]}
	for _, s := range notify.Severities()[:3] {
		severity.Options = append(severity.Options, ui.Option{Value: string(s)})
	}
	topic := ui.Field{Kind: ui.FieldSelect, Name: "topic", Label: "Topic", Value: v.Get("topic")}
	for _, t := range w.p.Service.Topics() {
		topic.Options = append(topic.Options, ui.Option{Value: t.ID, Label: t.Title})
	}
	return []ui.Field{{Name: "q", Label: "Text", Kind: "search", Value: v.Get("q"), Autocomplete: "off"}, severity, topic}
}

// with returns a path with the values of a query, of which some are set, or left
// out if empty. A nil query is that of the path.
func with(path string, v url.Values, pairs ...string) string {
	path, query, _ := strings.Cut(path, "?")
	if v == nil {
		v, _ = url.ParseQuery(query)
	}
	out := url.Values{}
	for key := range v {
		if v.Get(key) != "" {
			out.Set(key, v.Get(key))
		}
	}
	for n := 0; n+1 < len(pairs); n += 2 {
		if out.Del(pairs[n]); pairs[n+1] != "" {
			out.Set(pairs[n], pairs[n+1])
		}
	}
	if len(out) == 0 {
		return path
	}
	return path + "?" + out.Encode()
}

// longText is how much of a text is shown before it folds.
const longText = 400

// tones are the colours of severities that have one.
var tones = map[notify.Severity]ui.Tone{notify.Critical: ui.Bad, notify.High: ui.Warn}

func (w *Web) view(r *http.Request, item notify.Item) itemView {
	v := itemView{Item: item, New: item.Read.IsZero(), Topic: item.Topic}
	if t, ok := w.p.Service.Topic(item.Topic); ok {
		v.Topic = t.Title
	}
	if item.Severity != notify.Normal {
		v.Chip = &ui.Chip{Tone: tones[item.Severity], Text: string(item.Severity)}
	}
	if len(item.Text) > longText {
		v.Head = strings.ToValidUTF8(item.Text[:longText], "") + "…"
	}
	if item.Link != "" {
		v.Open = w.link("open", "id", item.ID)
	}
	action := func(label, icon, field string, to bool) ui.Action {
		return ui.Action{Label: label, Icon: icon, Post: true, URL: w.link("mark"), Fields: []ui.Hidden{
			{Name: "id", Value: item.ID}, {Name: field, Value: strconv.FormatBool(to)}, {Name: "next", Value: r.URL.RequestURI()},
		}}
	}
	if v.Mark = action("Mark as read", "check", "read", true); !v.New {
		v.Mark = action("Mark as unread", "bell", "read", false)
	}
	v.Save = action("Save", "star", "toggle", true) // the state is in the toggle's own field
	v.Save.IconOnly, v.Save.Toggle = true, "off"
	if !item.Saved.IsZero() {
		v.Save.Toggle = "on"
	}
	return v
}

// open serves GET /notifications/{id}: it marks the notification as read and
// leads on to what it is about.
func (w *Web) open(rw http.ResponseWriter, r *http.Request) error {
	item, err := w.p.Service.Item(r.Context(), subject(r.Context()), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	yes := true
	if err := w.p.Service.Mark(r.Context(), item.Recipient, []string{item.ID}, notify.Mark{Read: &yes}); err != nil {
		return err
	}
	to := item.Link
	if to == "" || notify.CheckLink(to) != nil {
		to = w.link("inbox")
	}
	http.Redirect(rw, r, to, http.StatusSeeOther)
	return nil
}

// flag reads true or false; no text is neither.
func flag(text string) *bool {
	b, err := strconv.ParseBool(text)
	if err != nil {
		return nil
	}
	return &b
}

// mark serves POST /notifications/mark.
func (w *Web) mark(rw http.ResponseWriter, r *http.Request) error {
	if err := parseForm(rw, r); err != nil {
		return err
	}
	m := notify.Mark{Read: flag(r.PostForm.Get("read")), Saved: flag(r.PostForm.Get("saved"))}
	if r.PostForm.Get("toggle") != "" {
		saved := r.PostForm.Get("state") == "on"
		m.Saved = &saved
	}
	if err := w.p.Service.Mark(r.Context(), subject(r.Context()), r.PostForm["id"], m); err != nil {
		return err
	}
	return w.back(rw, r)
}

// readAll serves POST /notifications/read-all.
func (w *Web) readAll(rw http.ResponseWriter, r *http.Request) error {
	if err := parseForm(rw, r); err != nil {
		return err
	}
	until := time.Now()
	if us, err := strconv.ParseInt(r.PostForm.Get("until"), 10, 64); err == nil && us > 0 {
		until = sqldb.FromMicros(us)
	}
	if err := w.p.Service.MarkAllRead(r.Context(), subject(r.Context()), until); err != nil {
		return err
	}
	w.p.UI.Flash(rw, r, ui.Notice{Tone: ui.OK, Text: "All is marked as read."})
	return w.back(rw, r)
}

// back leads to the page that the form stood on.
func (w *Web) back(rw http.ResponseWriter, r *http.Request) error {
	to := w.link("inbox")
	if next := ui.LocalPath(r.PostForm.Get("next")); next != "/" {
		to = next
	}
	http.Redirect(rw, r, to, http.StatusSeeOther)
	return nil
}

// follow serves POST /notifications/follow.
func (w *Web) follow(rw http.ResponseWriter, r *http.Request) error {
	if err := parseForm(rw, r); err != nil {
		return err
	}
	person, kind, key := subject(r.Context()), r.PostForm.Get("kind"), r.PostForm.Get("key")
	notice := ui.Notice{Tone: ui.OK, Text: "You no longer follow it."}
	var err error
	if r.PostForm.Get("state") == "on" {
		notice.Text = "You hear of it from now on."
		notice.Link = ui.Link{Title: "Choose how", URL: w.link("settings")}
		err = w.p.Service.Subscribe(r.Context(), person, kind, key)
	} else {
		err = w.p.Service.Unsubscribe(r.Context(), person, kind, key)
	}
	if err != nil {
		return err
	}
	w.p.UI.Flash(rw, r, notice)
	return w.back(rw, r)
}

// live serves GET /notifications/live: an event whenever the reader's inbox
// changes.
func (w *Web) live(rw http.ResponseWriter, r *http.Request) error {
	person := subject(r.Context())
	sub := w.p.Service.Watch()
	defer sub.Close()
	sse, err := httpx.NewSSE(rw, r)
	if err != nil {
		return err
	}
	defer sse.Close()
	if shown := r.URL.Query().Get("unread"); shown != "" {
		n, err := w.p.Service.UnreadUpTo(r.Context(), person, bellMost)
		if err == nil && strconv.Itoa(n) != shown && sse.Send(httpx.Event{Name: "change"}) != nil {
			return nil
		}
	}
	for event, err := range sub.All(sse.Context()) {
		if sse.Context().Err() != nil {
			return nil
		}
		if err == nil && event.Missed == 0 && !slices.Contains(event.Value.People, person) {
			continue
		}
		if err := sse.Send(httpx.Event{Name: "change"}); err != nil {
			return nil //nolint:nilerr // the reader has left
		}
	}
	return nil
}
