// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"net/http"
	"net/url"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/ui"
)

// conflictsPage lists references that several places claim.
type conflictsPage struct {
	ui.Page
	Conflicts []conflictRow
	Next      string
	Empty     *ui.Empty
}

// conflictRow is a reference with those that claim it, the winner first.
type conflictRow struct {
	Entity ui.Link
	Ref    string
	Claims []catalog.ClaimInfo
}

// conflicts serves GET /problems/conflicts.
func (w *Web) conflicts(rw http.ResponseWriter, r *http.Request) error {
	page := conflictsPage{Page: w.problemsHead(problemState{})}
	page.Title = "Conflicts"
	page.Lead = "References that more than one place declares. The place whose declaration was taken in first is served; if it goes, the next one takes over. Rename one, or remove it from all places but one."
	for i := range page.Tabs {
		page.Tabs[i].Current = i == len(page.Tabs)-1
	}
	var after catalog.Ref
	if text := r.URL.Query().Get("after"); text != "" {
		ref, err := catalog.ParseRef(text, catalog.Ref{})
		if err != nil {
			page.Notices = append(page.Notices, ui.Notice{Tone: ui.Warn, Text: "There is no page behind " + text + "; this is the first one."})
		}
		after = ref
	}
	found, err := w.store.Conflicts(r.Context(), after, problemsShown+1)
	if err != nil {
		return err
	}
	if len(found) > problemsShown {
		found = found[:problemsShown]
		page.Next = withQuery(w.url("catalog.conflicts"), url.Values{"after": {found[problemsShown-1].Ref.String()}})
	}
	refs := make([]catalog.Ref, len(found))
	for i, c := range found {
		refs[i] = c.Ref
	}
	n, err := w.names(r.Context(), refs...)
	if err != nil {
		return err
	}
	for _, c := range found {
		page.Conflicts = append(page.Conflicts, conflictRow{Entity: w.link(n, c.Ref), Ref: c.Ref.String(), Claims: c.Claims})
	}
	if len(found) == 0 {
		page.Empty = &ui.Empty{Icon: "check", Title: "No conflicts", Text: "Every reference is claimed by one place only."}
	}
	return w.pages.Page(rw, r, "conflicts.html", page)
}
