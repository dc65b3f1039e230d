// SPDX-License-Identifier: Apache-2.0

package search

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"

	"github.com/callboard/callboard"
)

// Page sizes.
const (
	DefaultLimit = 20
	MaxLimit     = 100
)

// Query asks for documents.
type Query struct {
	// Text is what the person typed; empty asks for all.
	Text string
	// Types restricts the answer to types, by ID or by [Type.Also]; none are
	// all. A type that there is not has no documents.
	Types []string
	// Filter is a condition over the fields of documents, made of [HasField].
	Filter Filter
	// Limit is the size of a page, up to [MaxLimit]; 0 means [DefaultLimit].
	Limit int
	// Cursor continues from [Found.Next] or [Found.Prev] of the same question.
	Cursor string
	// AsIs leaves the index as it stands, for who cannot bring it up to date:
	// commands, which know no routes.
	AsIs bool
	// Facets has the documents counted by type, whatever Types says.
	Facets bool
}

// Found is the answer.
type Found struct {
	Results []Result
	// Total counts what was found, and More says that there may be more than
	// was looked at: names first, and then as many texts as are worth reading.
	Total int
	More  bool
	// First is the number of the first result, from 1.
	First int
	// Facets count by type, in order of types; those without any are left out.
	Facets []TypeCount
	// Next and Prev are cursors; empty where there is no such page.
	Next, Prev string
	// Behind says that the index does not have everything yet.
	Behind bool
	// Refused says why a source shows the caller nothing; nil if all show
	// something.
	Refused error
	// Failed are the names of sources that did not answer: what they have is
	// left out.
	Failed []string
}

// TypeCount is how many documents of a type were found.
type TypeCount struct {
	Type  Type
	Count int
}

// Result is a document that was found, with what was looked for marked.
type Result struct {
	Document
	// Title and Snippet are the title and the part of the text that fits best.
	MarkedTitle, Snippet []Part
	// OfType is the document's type.
	OfType Type
}

// Search answers. What the caller in ctx may not see is not there, and not
// counted. A caller who may see nothing at all is refused, and a cursor that is
// none is callboard.CodeInvalid.
func (s *Service) Search(ctx context.Context, q Query) (Found, error) {
	at, err := readCursor(q.Cursor)
	if err != nil {
		return Found{}, err
	}
	sight, err := s.sight(ctx)
	if err != nil {
		return Found{}, err
	}
	out := Found{Refused: sight.refusal, Failed: sight.failed}
	if !q.AsIs {
		out.Behind = s.fresh(ctx)
	}
	text := ParseText(q.Text)
	if q.Text != "" && text.Empty() { // nothing but signs: nothing has them
		return out, nil
	}
	a, err := s.look(ctx, text, q, sight)
	if err != nil {
		return Found{}, err
	}
	list, err := a.rank(ctx)
	if err != nil {
		return Found{}, err
	}
	out.Total, out.More, out.Failed = len(list), a.found.full, a.failed
	if q.Facets {
		if out.Facets, err = s.facets(ctx, q, text, sight, list); err != nil {
			return Found{}, err
		}
	}
	page := out.turn(list, at, clampLimit(q.Limit))
	out.Results, err = a.results(ctx, page)
	return out, err
}

func clampLimit(limit int) int {
	if limit <= 0 {
		return DefaultLimit
	}
	return min(limit, MaxLimit)
}

// facets counts by type. What was found counts itself, unless it is of some
// types only.
func (s *Service) facets(ctx context.Context, q Query, text Text, sight sights, list []ranked) ([]TypeCount, error) {
	counts := map[string]int{}
	if len(q.Types) > 0 {
		all, err := s.look(ctx, text, Query{Filter: q.Filter}, sight)
		if err != nil {
			return nil, err
		}
		for _, h := range all.found.hits {
			counts[h.Type]++
		}
		for _, t := range s.typesNamed(q.Types) {
			counts[t] = 0 // as counted above all pages
		}
	}
	for _, r := range list {
		counts[r.Type]++
	}
	var out []TypeCount
	for _, t := range s.types {
		if n := counts[t.ID]; n > 0 {
			out = append(out, TypeCount{t, n})
		}
	}
	return out, nil
}

// place is where a page begins or ends, in the order of results.
type place struct {
	Score  int    `json:"s"`
	Title  string `json:"t"`
	Number int64  `json:"n"`
	Back   bool   `json:"b,omitempty"`
}

func (p place) ranked() ranked {
	return ranked{Hit{Number: p.Number, Title: p.Title}, p.Score}
}

func placeOf(r ranked, back bool) string {
	b, err := json.Marshal(place{r.score, r.Title, r.Number, back})
	if err != nil {
		panic("search: a place is plain data: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

const maxCursor = 4096

func readCursor(text string) (*place, error) {
	if text == "" {
		return nil, nil
	}
	var p place
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil || len(text) > maxCursor || p.Number <= 0 {
		return nil, &callboard.Error{Code: callboard.CodeInvalid, Message: "the cursor is none of ours; pass one on unchanged from an earlier answer, or leave it out"}
	}
	return &p, nil
}

// turn returns the page at a place, and notes what is around it.
func (f *Found) turn(list []ranked, at *place, limit int) []ranked {
	from := 0
	if at != nil {
		behind, exact := slices.BinarySearchFunc(list, at.ranked(), ranked.before)
		switch {
		case at.Back:
			from = max(0, behind-limit)
			limit = behind - from
		case exact:
			from = behind + 1
		default:
			from = behind
		}
	}
	to := min(len(list), from+limit)
	f.First = from + 1
	page := list[from:to]
	if len(page) == 0 {
		return nil
	}
	if from > 0 {
		f.Prev = placeOf(page[0], true)
	}
	if to < len(list) {
		f.Next = placeOf(page[len(page)-1], false)
	}
	return page
}

// results reads the texts of a page.
func (a *asked) results(ctx context.Context, page []ranked) ([]Result, error) {
	numbers := make([]int64, len(page))
	for i, r := range page {
		numbers[i] = r.Number
	}
	docs, err := a.index.Documents(ctx, numbers)
	if err != nil {
		return nil, err
	}
	out := make([]Result, 0, len(page))
	for _, r := range page {
		d, ok := docs[r.Number]
		if !ok {
			continue // it went in between
		}
		t, _ := a.Type(d.Type)
		d.Icon = cmp.Or(d.Icon, t.Icon)
		out = append(out, Result{Document: d, MarkedTitle: a.mark(d.Title), Snippet: a.snippet(d.Text), OfType: t})
	}
	return out, nil
}
