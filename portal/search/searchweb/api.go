// SPDX-License-Identifier: Apache-2.0

package searchweb

import (
	_ "embed"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/httpx"
	"github.com/callboard/callboard/portal/search"
)

//go:embed openapi.yaml
var description []byte

// openapi serves GET /api/search/openapi.yaml.
func (w *Web) openapi(rw http.ResponseWriter, _ *http.Request) error {
	rw.Header().Set("Content-Type", "application/yaml")
	_, _ = rw.Write(description) // the client may have gone
	return nil
}

// documentJSON is a result as our API writes it.
type documentJSON struct {
	Type     string              `json:"type"`
	ID       string              `json:"id"`
	Title    string              `json:"title"`
	Hint     string              `json:"hint,omitempty"`
	Location string              `json:"location"`
	Owner    string              `json:"owner,omitempty"`
	Fields   map[string][]string `json:"fields,omitempty"`
	Snippet  []partJSON          `json:"snippet"`
}

type partJSON struct {
	Text string `json:"text"`
	Mark bool   `json:"mark,omitempty"`
}

type facetJSON struct {
	Type  string `json:"type"`
	Title string `json:"title"`
	Count int    `json:"count"`
}

type foundJSON struct {
	Items  []documentJSON `json:"items"`
	Total  int            `json:"total"`
	More   bool           `json:"more"`
	Behind bool           `json:"behind"`
	Types  []facetJSON    `json:"types"`
	Next   string         `json:"nextCursor,omitempty"`
	Prev   string         `json:"prevCursor,omitempty"`
}

// documents serves GET /api/search/documents.
func (w *Web) documents(rw http.ResponseWriter, r *http.Request) error {
	q := questionOf(r)
	q.Facets = true
	var err error
	if q.Limit, err = limitOf(r.URL.Query().Get("limit")); err != nil {
		return err
	}
	found, err := w.search.Search(r.Context(), q)
	if err != nil {
		return err
	}
	out := foundJSON{Items: []documentJSON{}, Types: []facetJSON{}, Total: found.Total, More: found.More, Behind: found.Behind, Next: found.Next, Prev: found.Prev}
	for _, res := range found.Results {
		d := documentJSON{
			Type: res.Type, ID: res.ID, Title: res.Title, Hint: res.Hint, Location: res.Location, Owner: res.Owner, Fields: res.Fields, Snippet: []partJSON{},
		}
		for _, p := range res.Snippet {
			d.Snippet = append(d.Snippet, partJSON(p))
		}
		out.Items = append(out.Items, d)
	}
	for _, c := range found.Facets {
		out.Types = append(out.Types, facetJSON{c.Type.ID, c.Type.Title, c.Count})
	}
	return httpx.WriteJSON(rw, http.StatusOK, out)
}

// types serves GET /api/search/types: what may be asked for.
func (w *Web) types(rw http.ResponseWriter, _ *http.Request) error {
	type typeJSON struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
	out := struct {
		Items []typeJSON `json:"items"`
	}{Items: []typeJSON{}}
	for _, t := range w.search.Types() {
		out.Items = append(out.Items, typeJSON{t.ID, t.Title})
	}
	return httpx.WriteJSON(rw, http.StatusOK, out)
}

// limitOf reads the size of a page; none is the default.
func limitOf(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > search.MaxLimit {
		return 0, &callboard.Error{Code: callboard.CodeInvalid, Message: "the size of a page is a number from 1 to " + strconv.Itoa(search.MaxLimit)}
	}
	return n, nil
}

// The answer of the field's search route.
// https://github.com/backstage/backstage/blob/master/plugins/search-common/src/types.ts
type resultSet struct {
	Results  []resultItem `json:"results"`
	Next     string       `json:"nextPageCursor,omitempty"`
	Previous string       `json:"previousPageCursor,omitempty"`
	Number   int          `json:"numberOfResults"`
}

type resultItem struct {
	Type      string            `json:"type"`
	Document  map[string]string `json:"document"`
	Rank      int               `json:"rank"`
	Highlight highlight         `json:"highlight"`
}

type highlight struct {
	PreTag  string            `json:"preTag"`
	PostTag string            `json:"postTag"`
	Fields  map[string]string `json:"fields"`
}

// query serves GET /api/search/query as the field's clients ask it.
func (w *Web) query(rw http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	q := search.Query{Text: v.Get("term"), Types: bracketed(v, "types"), Cursor: v.Get("pageCursor"), Filter: filterOf(v)}
	var err error
	if q.Limit, err = limitOf(v.Get("pageLimit")); err != nil {
		return err
	}
	found, err := w.search.Search(r.Context(), q)
	if err != nil {
		return err
	}
	set := resultSet{Results: []resultItem{}, Next: found.Next, Previous: found.Prev, Number: found.Total}
	for n, res := range found.Results {
		set.Results = append(set.Results, item(res, found.First+n, w.tag))
	}
	return httpx.WriteJSON(rw, http.StatusOK, set)
}

// item writes a result as the field's clients read it. The tags are of letters
// that nobody knew before, so that no text can have them.
func item(res search.Result, rank int, tag string) resultItem {
	it := resultItem{Type: res.Type, Rank: rank, Highlight: highlight{PreTag: "<" + tag + ">", PostTag: "</" + tag + ">"}}
	if res.OfType.Also != "" {
		it.Type = res.OfType.Also
	}
	it.Document = map[string]string{"title": res.Title, "text": res.Text, "location": res.Location}
	for name, values := range res.Fields {
		if _, taken := it.Document[name]; !taken && len(values) > 0 {
			it.Document[name] = strings.Join(values, ",")
		}
	}
	if t, ok := it.Document["type"]; ok {
		it.Document["componentType"] = t
	}
	mark := func(parts []search.Part) string {
		var b strings.Builder
		for _, p := range parts {
			if p.Mark {
				b.WriteString(it.Highlight.PreTag + p.Text + it.Highlight.PostTag)
				continue
			}
			b.WriteString(p.Text)
		}
		return b.String()
	}
	it.Highlight.Fields = map[string]string{"title": mark(res.MarkedTitle), "text": mark(res.Snippet)}
	return it
}

// bracketed returns the values of a parameter as clients write lists: types=a,
// types[]=a, types[0]=a.
func bracketed(v url.Values, name string) []string {
	var names []string
	for key := range v {
		rest, ok := strings.CutPrefix(key, name)
		if ok && (rest == "" || strings.HasPrefix(rest, "[") && strings.HasSuffix(rest, "]") && strings.Count(rest, "[") == 1) {
			names = append(names, key)
		}
	}
	slices.Sort(names)
	var values []string
	for _, key := range names {
		values = append(values, v[key]...)
	}
	return values
}

// maxFilters bounds the fields that a question filters by.
const maxFilters = 20

// filterOf reads filters[kind]=Component and filters[kind][0]=Component.
func filterOf(v url.Values) search.Filter {
	all := search.All{}
	var names []string
	for key := range v {
		rest, ok := strings.CutPrefix(key, "filters[")
		field, _, closed := strings.Cut(rest, "]")
		if ok && closed && field != "" && !slices.Contains(names, field) {
			names = append(names, field)
		}
	}
	slices.Sort(names)
	for _, field := range names[:min(len(names), maxFilters)] {
		either := search.Any{}
		for _, value := range bracketed(v, "filters["+field+"]") {
			if field == "componentType" {
				field = "type"
			}
			either = append(either, search.HasField(field, value))
		}
		all = append(all, either)
	}
	if len(all) == 0 {
		return nil
	}
	return all
}
