// SPDX-License-Identifier: Apache-2.0

package searchweb

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/ui"
)

// page is what was found.
type page struct {
	ui.Page
	Facets     ui.Facets
	Results    []search.Result
	Pagination ui.Pagination
	Empty      *ui.Empty
}

// page serves GET /search.
func (w *Web) page(rw http.ResponseWriter, r *http.Request) error {
	q := questionOf(r)
	q.Facets = true
	p := page{Page: ui.Page{Title: "Search"}}
	p.Facets = ui.Facets{
		Action: r.URL.Path,
		Search: &ui.SearchField{Name: "q", Value: q.Text, Label: "Search everything", Placeholder: "checkout, \"order events\", payments -legacy"},
	}
	if strings.TrimSpace(q.Text) == "" {
		p.Empty = &ui.Empty{Icon: "search", Title: "What are you looking for?", Text: "Type a name, or words of a description. Words in quotes stand next to each other, and a minus leaves out what has the word behind it."}
		return w.pages.Page(rw, r, "search.html", p)
	}
	p.Title, p.Heading = q.Text+" · Search", "Search"
	found, err := w.search.Search(r.Context(), q)
	switch code := callboard.CodeOf(err); {
	case code == callboard.CodeInvalid:
		p.Status = http.StatusUnprocessableEntity
		p.Notices = []ui.Notice{{Tone: ui.Bad, Text: "That page is not there any more: " + callboard.MessageOf(err) + "."}}
		q.Cursor = ""
		if found, err = w.search.Search(r.Context(), q); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	p.show(q, found, r.URL.Path)
	if found.Refused != nil && !callboard.IdentityFrom(r.Context()).SignedIn() {
		p.Notices = append(p.Notices, ui.Notice{Tone: ui.Warn, Text: "Sign in to find more: what you may not see is left out."})
	}
	if len(found.Failed) > 0 {
		p.Notices = append(p.Notices, ui.Notice{Tone: ui.Warn, Text: "Something may be missing: not everything that can be searched answers right now."})
	}
	if found.Behind {
		p.Notices = append(p.Notices, ui.Notice{Tone: ui.Warn, Text: "The index is being brought up to date: something may be missing for a moment."})
	}
	return w.pages.Page(rw, r, "search.html", p)
}

func (p *page) show(q search.Query, found search.Found, path string) {
	p.Results = found.Results
	p.Lead = fmt.Sprintf("%s for “%s”.", counted(found), q.Text)
	facet := ui.Facet{Name: "type", Title: "Type"}
	for _, c := range found.Facets {
		facet.Options = append(facet.Options, ui.FacetOption{Value: c.Type.ID, Label: c.Type.Title, Count: c.Count, Checked: slices.Contains(q.Types, c.Type.ID)})
	}
	if len(facet.Options) > 0 {
		p.Facets.Groups = []ui.Facet{facet}
	}
	to := func(cursor string, types []string) string {
		v := url.Values{"q": {q.Text}, "type": types}
		if cursor != "" {
			v.Set("cursor", cursor)
		}
		return path + "?" + v.Encode()
	}
	if len(q.Types) > 0 {
		p.Facets.Reset = to("", nil)
	}
	p.Pagination = ui.Pagination{From: found.First, To: found.First + len(found.Results) - 1, Total: found.Total}
	if found.More {
		p.Pagination.Total = 0
	}
	if found.Prev != "" {
		p.Pagination.Prev = to(found.Prev, q.Types)
	}
	if found.Next != "" {
		p.Pagination.Next = to(found.Next, q.Types)
	}
	if len(found.Results) == 0 {
		p.Pagination = ui.Pagination{}
		p.Empty = &ui.Empty{Icon: "search", Title: "Nothing found", Text: "Try fewer words, or another spelling. What you may not see is not found."}
		if len(q.Types) > 0 {
			p.Empty.Action = &ui.Action{Label: "Search all types", URL: to("", nil)}
		}
	}
}

// counted says how many there are.
func counted(f search.Found) string {
	switch {
	case f.More:
		return "More than " + strconv.Itoa(f.Total) + " results"
	case f.Total == 1:
		return "1 result"
	}
	return strconv.Itoa(f.Total) + " results"
}

const (
	// suggested is how many entries the palette is given, of a type at most
	// suggestedOf, chosen from suggestedFrom.
	suggested     = 12
	suggestedOf   = 5
	suggestedFrom = 40
)

// suggest serves GET /search/suggest?q=…: the best, in groups by type. A group
// stands where its best stands.
func (w *Web) suggest(rw http.ResponseWriter, r *http.Request) error {
	out := []ui.Suggestion{}
	q := questionOf(r)
	q.Limit = suggestedFrom
	if strings.TrimSpace(q.Text) == "" {
		return httpx.WriteJSON(rw, http.StatusOK, out)
	}
	found, err := w.search.Search(r.Context(), q)
	if err != nil {
		return err
	}
	if found.Behind || len(found.Failed) > 0 {
		rw.Header().Set("Retry-After", "1") // there is more to come
	}
	var types []string
	groups := map[string][]search.Result{}
	for n, res := range found.Results {
		group := groups[res.Type]
		if len(group) == suggestedOf || n >= suggested && group == nil {
			continue
		}
		if group == nil {
			types = append(types, res.Type)
		}
		groups[res.Type] = append(group, res)
	}
	for _, t := range types {
		for _, res := range groups[t][:min(len(groups[t]), suggested-min(suggested, len(out)))] {
			out = append(out, ui.Suggestion{Title: res.Title, Text: res.Hint, URL: res.Location, Icon: ui.IconName(res.Icon), Group: res.OfType.Title})
		}
	}
	return httpx.WriteJSON(rw, http.StatusOK, out)
}
