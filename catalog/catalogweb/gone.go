// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"net/http"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/ui"
)

// gonePage is the page of a reference without an entity: why, and what to do.
type gonePage struct {
	ui.Page
	Ref      catalog.Ref
	Deleted  ui.KV
	Restore  *ui.Action
	History  *historyPage
	Problems []problemRow
	Sources  []string
	Search   string
}

// entityGone answers for a reference without an entity.
func (w *Web) entityGone(rw http.ResponseWriter, r *http.Request, ref catalog.Ref) error {
	why, err := w.service.Explain(r.Context(), ref)
	if err != nil && callboard.CodeOf(err) != callboard.CodeNotFound {
		return err
	}
	page := gonePage{
		Page: ui.Page{
			Title: "Not in the catalog", Status: http.StatusNotFound, Active: "catalog.list",
			Lead:   ref.String() + " does not exist.",
			Crumbs: []ui.Link{{Title: "Catalog", URL: w.url("catalog.list")}, {Title: ref.Name}},
		},
		Ref: ref, Problems: w.problemRows(names{}, why.Problems),
		Search: withQuery(w.url("catalog.list"), listState{Text: ref.Name}.values()),
	}
	for _, s := range why.Sources {
		page.Sources = append(page.Sources, s.Key.Location)
	}
	if why.Deleted != nil {
		if err := w.deleted(r, &page, *why.Deleted); err != nil {
			return err
		}
	}
	return w.pages.Page(rw, r, "gone.html", page)
}

// deleted fills in when, why and through whom, and the way back.
func (w *Web) deleted(r *http.Request, page *gonePage, d catalog.DeletedEntity) error {
	e, err := d.Record.Entity()
	if err != nil {
		return err
	}
	page.Title, page.Heading = e.DisplayName()+" was deleted", e.DisplayName()+" was deleted"
	page.Lead = page.Ref.String() + " is not in the catalog any more, but it is kept."
	why := "Its source does not declare it any more."
	switch {
	case d.Suppressed:
		why = "Somebody deleted it, and it is kept away although a source may still declare it."
	case d.Cause.Reason == "delete":
		why = "Somebody deleted it; no source declares it."
	}
	page.Deleted = ui.KV{{Label: "When", Time: d.Cause.Time}, {Label: "Why", Text: why}}
	if d.Cause.Actor != "" {
		page.Deleted = append(page.Deleted, ui.KVItem{Label: "Who", Text: d.Cause.Actor, URL: w.actorURL(d.Cause.Actor)})
	}
	page.Deleted = append(page.Deleted, ui.KVItem{Label: "Through", Text: causeText(d.Cause)})
	if w.may(r, catalog.MayRestoreEntity, nil) {
		page.Restore = &ui.Action{Label: "Restore", Icon: "history", Primary: true, Post: true, URL: w.formURL("restore", page.Ref)}
	}
	history, err := w.history(r, page.Ref, 0)
	page.History = &history
	return err
}

// actorURL leads to who acted, if that is an entity.
func (w *Web) actorURL(actor string) string {
	ref, err := catalog.ParseRef(actor, catalog.Ref{})
	if err != nil {
		return ""
	}
	return w.entityURL(ref)
}

// cause is a change that the reader makes.
func (w *Web) cause(r *http.Request, reason string) catalog.Cause {
	return catalog.Cause{Actor: callboard.IdentityFrom(r.Context()).Subject, Reason: reason, Time: w.opts.Now().UTC()}
}

// restore serves POST …/restore: it brings a deleted entity back.
func (w *Web) restore(rw http.ResponseWriter, r *http.Request) error {
	ref := refOf(r)
	if err := w.store.Restore(r.Context(), w.cause(r, "restore"), ref); err != nil {
		return err
	}
	w.ui.Flash(rw, r, ui.Notice{Tone: ui.OK, Text: capital(ref.Name) + " is back."})
	http.Redirect(rw, r, w.entityURL(ref), http.StatusSeeOther)
	return nil
}

// keepAwayPage asks what to do about an entity that a source still declares.
type keepAwayPage struct {
	ui.Page
	Sources []string
	Delete  ui.Action
	Back    ui.Action
}

// remove serves POST …/delete: it deletes the entity. While a source declares
// it, that would last until the source is read again, so it asks whether to
// keep the entity away.
func (w *Web) remove(rw http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(rw, r.Body, 16<<10)
	ref, mode := refOf(r), catalog.RemoveOrphan
	if r.PostFormValue("suppress") == "true" {
		mode = catalog.Suppress
	}
	err := w.store.Remove(r.Context(), w.cause(r, "delete"), ref, mode)
	switch {
	case callboard.CodeOf(err) == callboard.CodeConflict:
		return w.askToSuppress(rw, r, ref)
	case err != nil:
		return err
	}
	w.ui.Flash(rw, r, ui.Notice{Tone: ui.OK, Text: capital(ref.Name) + " is deleted."})
	http.Redirect(rw, r, w.entityURL(ref), http.StatusSeeOther)
	return nil
}

func (w *Web) askToSuppress(rw http.ResponseWriter, r *http.Request, ref catalog.Ref) error {
	claims, err := w.store.Claims(r.Context(), ref)
	if err != nil {
		return err
	}
	page := keepAwayPage{
		Page: ui.Page{
			Title: "Still declared", Status: http.StatusConflict, Active: "catalog.list",
			Lead:   ref.String() + " is not deleted: a source declares it, and would bring it back.",
			Crumbs: []ui.Link{{Title: "Catalog", URL: w.url("catalog.list")}, {Title: ref.Name, URL: w.entityURL(ref)}, {Title: "Delete"}},
		},
		Delete: ui.Action{Label: "Delete and keep away", Icon: "trash", Danger: true, Primary: true, Post: true, URL: w.formURL("delete", ref), Fields: []ui.Hidden{{Name: "suppress", Value: "true"}}},
		Back:   ui.Action{Label: "Leave it", URL: w.entityURL(ref)},
	}
	for _, c := range claims {
		page.Sources = append(page.Sources, c.Source.Location)
	}
	return w.pages.Page(rw, r, "keepaway.html", page)
}
