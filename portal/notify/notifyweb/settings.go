// SPDX-License-Identifier: Apache-2.0

package notifyweb

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/notify"
	"github.com/callboard/callboard/portal/ui"
)

// settingsPage is what the reader hears of, and how.
type settingsPage struct {
	ui.Page
	Action  string
	Columns []ui.Column
	Rows    []topicRow
	From    ui.Field
	Until   ui.Field
	Zone    ui.Field
	Problem string
	Follows []followRow
}

// topicRow is a topic with a box for each channel.
type topicRow struct {
	notify.Topic
	Cells []choiceCell
}

// choiceCell is a box of the matrix.
type choiceCell struct {
	Value, Label, Channel string
	On                    bool
	By                    string
}

// followRow is something that the reader follows.
type followRow struct {
	Kind string
	Link ui.Link
	Stop ui.Action
}

// by says where a choice comes from.
var by = map[notify.Source]string{notify.ByPortal: "portal’s default", notify.ByTopic: "topic’s default", notify.ByPerson: "your choice"}

// settings serves GET /settings/notifications.
func (w *Web) settings(rw http.ResponseWriter, r *http.Request) error {
	q, err := w.p.Service.Quiet(r.Context(), subject(r.Context()))
	if err != nil {
		return err
	}
	return w.showSettings(rw, r, quietForm(q), "")
}

// quietFields are quiet hours as they are typed.
type quietFields struct{ from, until, zone string }

func quietForm(q notify.Quiet) quietFields {
	if !q.On() {
		return quietFields{}
	}
	return quietFields{clock(q.From), clock(q.Until), q.Zone}
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

func (f quietFields) quiet() (q notify.Quiet, err error) {
	if f.from == "" && f.until == "" {
		return notify.Quiet{}, nil
	}
	q.Zone = f.zone
	for _, typed := range []struct {
		text string
		to   *int
	}{{f.from, &q.From}, {f.until, &q.Until}} {
		at, err := time.Parse("15:04", typed.text)
		if err != nil {
			return q, &callboard.Error{Code: callboard.CodeInvalid, Message: "write both times of the day, such as 22:00 and 07:00, or neither"}
		}
		*typed.to = at.Hour()*60 + at.Minute()
	}
	return q, nil
}

func (w *Web) showSettings(rw http.ResponseWriter, r *http.Request, f quietFields, problem string) error {
	page := settingsPage{
		Page:    ui.Page{Title: "Settings", Tabs: w.tabs(), Styles: []string{"notify/inbox.css"}, Lead: "What you want to hear of, and how."},
		Action:  w.link("settings.save"),
		Columns: []ui.Column{{Title: "Topic"}},
		From:    ui.Field{Kind: "time", Name: "from", Label: "From", Value: f.from},
		Until:   ui.Field{Kind: "time", Name: "until", Label: "Until", Value: f.until},
		Zone:    ui.Field{Name: "zone", Label: "Time zone", Value: f.zone, Placeholder: "Europe/Berlin", Hint: "UTC if it is empty.", Autocomplete: "off"},
		Problem: problem,
	}
	page.Actions = []ui.Action{{Label: "Back to the defaults", Icon: "redo", Post: true, URL: page.Action, Fields: []ui.Hidden{{Name: "defaults", Value: "yes"}}}}
	if problem != "" {
		page.Status = http.StatusUnprocessableEntity
	}
	for _, c := range w.p.Service.Channels() {
		page.Columns = append(page.Columns, ui.Column{Title: c.Title})
	}
	all, err := w.p.Service.Preferences(r.Context(), subject(r.Context()))
	if err != nil {
		return err
	}
	for _, p := range all {
		if n := len(page.Rows); n == 0 || page.Rows[n-1].ID != p.Topic.ID {
			page.Rows = append(page.Rows, topicRow{Topic: p.Topic})
		}
		row := &page.Rows[len(page.Rows)-1]
		row.Cells = append(row.Cells, choiceCell{
			Value: p.Topic.ID + " " + p.Channel.ID, Label: p.Topic.Title + ": " + p.Channel.Title, Channel: p.Channel.Title, On: p.On, By: by[p.By],
		})
	}
	if page.Follows, err = w.follows(r.Context(), r.URL.Path); err != nil {
		return err
	}
	return w.pages.Page(rw, r, "settings.html", page)
}

// follows are the reader's subscriptions. What they may not see any more is
// named by its key, which they know.
func (w *Web) follows(ctx context.Context, here string) ([]followRow, error) {
	subs, err := w.p.Service.Subscriptions(ctx, subject(ctx))
	if err != nil {
		return nil, err
	}
	var rows []followRow
	for _, s := range subs {
		row := followRow{Kind: s.Kind, Link: ui.Link{Title: s.Key}, Stop: ui.Action{
			Label: "Unfollow", Post: true, URL: w.link("follow"), Fields: []ui.Hidden{
				{Name: "kind", Value: s.Kind}, {Name: "key", Value: s.Key}, {Name: "state", Value: "off"}, {Name: "next", Value: here},
			},
		}}
		if k, ok := w.p.Service.Kind(s.Kind); ok {
			row.Kind = k.Title
			if link, err := k.Describe(ctx, s.Key); err == nil {
				row.Link = link
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// saveSettings serves POST /settings/notifications. Boxes that are not ticked
// are not sent, so the form says which there were.
func (w *Web) saveSettings(rw http.ResponseWriter, r *http.Request) error {
	if err := parseForm(rw, r); err != nil {
		return err
	}
	ctx, person := r.Context(), subject(r.Context())
	f := quietFields{strings.TrimSpace(r.PostForm.Get("from")), strings.TrimSpace(r.PostForm.Get("until")), strings.TrimSpace(r.PostForm.Get("zone"))}
	wanted, err := w.wanted(r)
	if err != nil {
		return err
	}
	q, err := f.quiet()
	if err == nil {
		err = w.p.Service.SetQuiet(ctx, person, q)
	}
	if callboard.CodeOf(err) == callboard.CodeInvalid {
		return w.showSettings(rw, r, f, sentence(callboard.MessageOf(err)))
	}
	if err != nil {
		return err
	}
	if err := w.p.Service.Choose(ctx, person, wanted); err != nil {
		return err
	}
	w.p.UI.Flash(rw, r, ui.Notice{Tone: ui.OK, Text: "Your choices are saved."})
	http.Redirect(rw, r, w.link("settings"), http.StatusSeeOther)
	return nil
}

// wanted reads the matrix of a form, or returns the defaults if those are asked
// for.
func (w *Web) wanted(r *http.Request) (map[string]map[string]bool, error) {
	all, err := w.p.Service.Preferences(r.Context(), subject(r.Context()))
	if err != nil {
		return nil, err
	}
	wanted := map[string]map[string]bool{}
	for _, p := range all {
		value := p.Topic.ID + " " + p.Channel.ID
		on := p.Default
		if r.PostForm.Get("defaults") == "" {
			if !slices.Contains(r.PostForm["known"], value) {
				continue
			}
			on = slices.Contains(r.PostForm["on"], value)
		}
		if wanted[p.Topic.ID] == nil {
			wanted[p.Topic.ID] = map[string]bool{}
		}
		wanted[p.Topic.ID][p.Channel.ID] = on
	}
	return wanted, nil
}

// sentence begins a message as a sentence does.
func sentence(message string) string { return strings.ToUpper(message[:1]) + message[1:] + "." }
