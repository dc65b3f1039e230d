// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/ui"
)

const (
	// problemsShown is how many problems and conflicts a page lists.
	problemsShown = 50
	// ownersCounted is for how many owners problems are counted, ownersShown
	// how many of them the filter offers.
	ownersCounted = 5000
	ownersShown   = 12
	// mine is the owner that stands for all that the reader owns, unowned the
	// one that stands for none.
	mine    = "me"
	unowned = "unknown"
)

func (w *Web) problemRoutes(r *mux.Router) {
	r.Handle("/problems", httpx.Handler(w.problems)).Methods(http.MethodGet).Name("catalog.problems")
	r.Handle("/problems/conflicts", httpx.Handler(w.conflicts)).Methods(http.MethodGet).Name("catalog.conflicts")
}

// problemState is all that the URL of the problems says.
type problemState struct {
	Owners             []string // as typed: references, mine, unowned
	Severity, Location string
	After              int64
}

// readProblems returns what the URL says, and what of it is not understood.
func readProblems(q url.Values) (s problemState, wrong []string) {
	s = problemState{Severity: q.Get("severity"), Location: q.Get("location")}
	for _, owner := range q["owner"] {
		if owner != "" {
			s.Owners = append(s.Owners, owner)
		}
	}
	if s.Severity != "" && s.Severity != string(catalog.SeverityError) && s.Severity != string(catalog.SeverityWarning) {
		wrong = append(wrong, fmt.Sprintf("A problem is an error or a warning, not %q; both are shown.", s.Severity))
		s.Severity = ""
	}
	if text := q.Get("after"); text != "" {
		after, err := strconv.ParseInt(text, 10, 64)
		if err != nil || after < 0 {
			wrong = append(wrong, fmt.Sprintf("There is no page behind %q; this is the first one.", text))
			after = 0
		}
		s.After = after
	}
	return s, wrong
}

func (s problemState) values() url.Values {
	q := url.Values{}
	for _, owner := range s.Owners {
		q.Add("owner", owner)
	}
	if s.Severity != "" {
		q.Set("severity", s.Severity)
	}
	if s.Location != "" {
		q.Set("location", s.Location)
	}
	if s.After != 0 {
		q.Set("after", strconv.FormatInt(s.After, 10))
	}
	return q
}

func (s problemState) filtered() bool {
	return s.Severity != "" || s.Location != "" || len(s.Owners) > 0 && !s.mine()
}

func (s problemState) mine() bool { return slices.Equal(s.Owners, []string{mine}) }

// owners returns the owners for the store; mine becomes what the reader owns.
func (s problemState) owners(ctx context.Context) []string {
	var out []string
	for _, owner := range s.Owners {
		switch owner {
		case mine:
			out = append(out, callboard.IdentityFrom(ctx).Owns...)
		case unowned:
			out = append(out, "")
		default:
			out = append(out, owner)
		}
	}
	return out
}

// problemsPage lists what is wrong.
type problemsPage struct {
	ui.Page
	Facets     ui.Facets
	Location   string // the only one that is shown; empty is all
	Anywhere   string // the same list for all locations
	Rows       []problemRow
	Pagination ui.Pagination
	Empty      *ui.Empty
}

// problems serves GET /problems.
func (w *Web) problems(rw http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	s, wrong := readProblems(r.URL.Query())
	page := problemsPage{Page: w.problemsHead(s), Location: s.Location}
	for _, text := range wrong {
		page.Notices = append(page.Notices, ui.Notice{Tone: ui.Warn, Text: text})
	}
	owners := s.owners(ctx)
	if s.mine() && len(owners) == 0 {
		page.Empty = &ui.Empty{Icon: "user", Title: "Nothing is yours yet", Text: "Sign in as somebody who owns entities, alone or through a team.", Action: &ui.Action{Label: "Problems of all", URL: w.url("catalog.problems")}}
		return w.pages.Page(rw, r, "problems.html", page)
	}
	query := catalog.ProblemQuery{Owners: owners, Severity: catalog.Severity(s.Severity), Location: s.Location, After: s.After, Limit: problemsShown + 1}
	problems, total, err := w.store.Problems(ctx, query)
	if err != nil {
		return err
	}
	w.pageProblems(&page, s, &problems, total)
	counts, err := w.store.ProblemCounts(ctx, catalog.ProblemQuery{Location: s.Location, Limit: ownersCounted})
	if err != nil {
		return err
	}
	n, err := w.problemNames(ctx, append(slices.Clone(problems), ownersOf(counts)...))
	if err != nil {
		return err
	}
	page.Facets = w.problemFacets(n, s, owners, counts)
	page.Rows = w.problemRows(n, problems)
	return w.pages.Page(rw, r, "problems.html", page)
}

// ownersOf returns the owners that the filter may name, as problems, so that
// their names are read with those of the list.
func ownersOf(counts []catalog.ProblemCount) []catalog.Problem {
	var out []catalog.Problem
	for _, c := range counts[:min(len(counts), ownersShown)] {
		out = append(out, catalog.Problem{Owner: c.Owner})
	}
	return out
}

// pageProblems cuts the list to a page and says where the next one is.
func (w *Web) pageProblems(page *problemsPage, s problemState, problems *[]catalog.Problem, total int) {
	if s.Location != "" {
		anywhere := s
		anywhere.Location, anywhere.After = "", 0
		page.Anywhere = withQuery(w.url("catalog.problems"), anywhere.values())
	}
	if len(*problems) > problemsShown {
		*problems = (*problems)[:problemsShown]
		next := s
		next.After = (*problems)[problemsShown-1].ID
		page.Pagination.Next = withQuery(w.url("catalog.problems"), next.values())
	}
	page.Pagination.Text = count(total, "problem", "problems")
	switch {
	case len(*problems) > 0:
	case s.filtered() || s.After != 0:
		page.Empty = &ui.Empty{Icon: "check", Title: "No such problems", Text: "Others may have some.", Action: &ui.Action{Label: "Show all", URL: w.url("catalog.problems")}}
	default:
		page.Empty = &ui.Empty{Icon: "check", Title: "No problems", Text: "Every document that was found is in the catalog."}
	}
}

// problemFacets are the filters with their counts, each under the other's choice.
func (w *Web) problemFacets(n names, s problemState, owners []string, counts []catalog.ProblemCount) ui.Facets {
	f := ui.Facets{Action: w.url("catalog.problems")}
	if s.Location != "" {
		f.Keep = append(f.Keep, ui.Hidden{Name: "location", Value: s.Location})
	}
	if s.filtered() {
		f.Reset = w.url("catalog.problems")
	}
	errors, warnings := 0, 0
	byOwner := ui.Facet{Name: "owner", Title: "Owner"}
	for i, c := range counts {
		chosen := slices.Contains(owners, c.Owner)
		if chosen || len(s.Owners) == 0 {
			errors, warnings = errors+c.Errors, warnings+c.Warnings
		}
		if found := countOf(c, s.Severity); found > 0 && (i < ownersShown || chosen) {
			byOwner.Options = append(byOwner.Options, ui.FacetOption{Value: ownerValue(c.Owner), Label: w.ownerTitle(n, c.Owner), Count: found, Checked: chosen && !s.mine()})
		}
	}
	severity := ui.Facet{Name: "severity", Title: "Severity", Single: true, Options: []ui.FacetOption{
		{Value: "", Label: "Both", Count: errors + warnings, Checked: s.Severity == ""},
		{Value: string(catalog.SeverityError), Label: "Errors: not taken in", Count: errors, Checked: s.Severity == string(catalog.SeverityError)},
		{Value: string(catalog.SeverityWarning), Label: "Warnings", Count: warnings, Checked: s.Severity == string(catalog.SeverityWarning)},
	}}
	if s.mine() {
		f.Keep = append(f.Keep, ui.Hidden{Name: "owner", Value: mine})
		f.Groups = []ui.Facet{severity}
		return f
	}
	f.Groups = []ui.Facet{severity, byOwner}
	return f
}

func ownerValue(owner string) string {
	if owner == "" {
		return unowned
	}
	return owner
}

func (w *Web) ownerTitle(n names, owner string) string {
	if owner == "" {
		return "Owner unknown"
	}
	return w.refLink(n, owner).Title
}

func (w *Web) problemsHead(s problemState) ui.Page {
	return ui.Page{
		Title: "Problems", Active: "catalog.problems", Lead: "What sources declare and the catalog could not take in, or took in with a doubt. Each goes away by itself once it is mended.",
		Tabs: []ui.Tab{
			{Title: "All", URL: w.url("catalog.problems"), Current: !s.mine()},
			{Title: "Mine", URL: withQuery(w.url("catalog.problems"), url.Values{"owner": {mine}}), Current: s.mine()},
			{Title: "Conflicts", URL: w.url("catalog.conflicts")},
		},
	}
}

// countOf returns how many problems of a severity there are; empty is both.
func countOf(c catalog.ProblemCount, severity string) int {
	switch catalog.Severity(severity) {
	case catalog.SeverityError:
		return c.Errors
	case catalog.SeverityWarning:
		return c.Warnings
	}
	return c.Errors + c.Warnings
}
