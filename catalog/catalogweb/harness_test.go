// SPDX-License-Identifier: Apache-2.0

package catalogweb_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"golang.org/x/net/html"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/catalog/catalogweb"
	"github.com/callboard/callboard/portal/ui"
)

// site is the pages over a catalog in memory, behind a router as in a portal.
type site struct {
	tb       testing.TB
	store    *catalogtest.MemoryStore
	service  *catalog.Service
	provider *provider
	// reader answers for locations of type url; a test fills it.
	reader *reader
	router *mux.Router
	web    *catalogweb.Web
	// identity is who reads; the zero value is nobody.
	identity callboard.Identity
}

// newSite returns the pages; the tests deliver what the catalog holds. Nil
// options are the defaults.
func newSite(tb testing.TB, opts *catalogweb.Options) *site {
	tb.Helper()
	s := &site{tb: tb, store: catalogtest.NewStore(), router: mux.NewRouter(), reader: &reader{pages: map[string]string{}}}
	s.provider = &provider{calls: make(chan func(catalog.Sink) error), done: make(chan error)}
	service, err := catalog.NewService(s.store, &catalog.ServiceOptions{
		Providers: []catalog.Provider{s.provider}, Readers: []catalog.LocationReader{s.reader}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		tb.Fatal(err)
	}
	s.service = service
	u, err := ui.New(&ui.Options{URL: s.url})
	if err != nil {
		tb.Fatal(err)
	}
	web, err := catalogweb.New(s.store, service, u, opts)
	if err != nil {
		tb.Fatal(err)
	}
	s.web = web
	web.Routes(s.router)
	if err := s.router.Walk(func(r *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		if path, err := r.GetPathTemplate(); err == nil && r.GetName() == "" {
			tb.Errorf("the route %s has no name: a portal refuses it", path)
		}
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
	if err := service.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := service.Close(context.WithoutCancel(tb.Context())); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func (s *site) url(name string, pairs ...string) (string, error) {
	u, err := s.router.Get(name).URL(pairs...)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

// deliver makes the items all that the provider "test" has.
func (s *site) deliver(items ...catalog.Item) {
	s.tb.Helper()
	s.provider.calls <- func(sink catalog.Sink) error {
		return sink.Replace(s.tb.Context(), func(yield func(catalog.Item, error) bool) {
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
		})
	}
	if err := <-s.provider.done; err != nil {
		s.tb.Fatalf("deliver: %v", err)
	}
}

// add delivers the entities from one place.
func (s *site) add(entities ...*catalogtest.Builder) {
	s.tb.Helper()
	item := catalog.Item{Location: "test:all"}
	for _, b := range entities {
		item.Entities = append(item.Entities, b.Entity())
	}
	s.deliver(item)
}

// get opens a page, which must answer with the status.
func (s *site) get(path string, status int) node {
	s.tb.Helper()
	return s.do(httptest.NewRequest(http.MethodGet, path, nil), status)
}

// post sends a form, which must answer with the status.
func (s *site) post(path string, form url.Values, status int) node {
	s.tb.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do(r, status)
}

func (s *site) do(r *http.Request, status int) node {
	s.tb.Helper()
	rec := s.answer(r, status)
	doc, err := html.Parse(rec.Body)
	if err != nil {
		s.tb.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	return node{s.tb, doc, r.Method + " " + r.URL.String(), rec.Header()}
}

// answer returns what a request is answered with, which must have the status.
func (s *site) answer(r *http.Request, status int) *httptest.ResponseRecorder {
	s.tb.Helper()
	r = r.WithContext(callboard.WithIdentity(r.Context(), s.identity))
	rec := httptest.NewRecorder()
	s.router.ServeHTTP(rec, r)
	if rec.Code != status {
		s.tb.Fatalf("%s %s = %d, want %d\n%s", r.Method, r.URL, rec.Code, status, rec.Body)
	}
	return rec
}

// provider runs what a test gives it.
type provider struct {
	calls chan func(catalog.Sink) error
	done  chan error
}

func (*provider) Name() string { return "test" }

func (p *provider) Run(ctx context.Context, sink catalog.Sink) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case call := <-p.calls:
			p.done <- call(sink)
		}
	}
}

// reader reads locations of type url from a map.
type reader struct{ pages map[string]string }

func (*reader) Types() []string { return []string{"url"} }

func (*reader) Resolve(_, target string) (string, error) {
	if !strings.HasPrefix(target, "https://") {
		return "", &callboard.Error{Code: callboard.CodeForbidden, Message: "only https is read, not " + target}
	}
	return target, nil
}

func (r *reader) Read(_ context.Context, req catalog.ReadRequest) (catalog.ReadResult, error) {
	text, ok := r.pages[req.Target]
	if !ok {
		return catalog.ReadResult{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "nothing at " + req.Target}
	}
	return catalog.ReadResult{Items: []catalog.Item{{Location: "url:" + req.Target, Content: []byte(text)}}, Next: time.Hour}, nil
}

// node is a part of an answer.
type node struct {
	tb     testing.TB
	n      *html.Node
	from   string
	header http.Header
}

// all returns what matches a selector: parts such as `a.btn[href="/x"]` or
// `#id`, each a descendant of the one before it.
func (n node) all(selector string) []node {
	found := []*html.Node{n.n}
	for part := range strings.FieldsSeq(selector) {
		var next []*html.Node
		for _, f := range found {
			for d := range f.Descendants() {
				if d.Type == html.ElementNode && matches(d, part) && !slices.Contains(next, d) {
					next = append(next, d)
				}
			}
		}
		found = next
	}
	out := make([]node, len(found))
	for i, f := range found {
		out[i] = node{n.tb, f, n.from, n.header}
	}
	return out
}

// one returns the only match; another number of them fails the test.
func (n node) one(selector string) node {
	n.tb.Helper()
	found := n.all(selector)
	if len(found) != 1 {
		n.tb.Fatalf("%s: %d elements match %s, want 1 in\n%s", n.from, len(found), selector, n.text())
	}
	return found[0]
}

// none fails the test if anything matches.
func (n node) none(selector string) {
	n.tb.Helper()
	if found := n.all(selector); len(found) > 0 {
		n.tb.Errorf("%s: %d elements match %s, want none; the first says %q", n.from, len(found), selector, found[0].text())
	}
}

// says fails the test unless the text of the node has each of the parts.
func (n node) says(parts ...string) {
	n.tb.Helper()
	text := n.text()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			n.tb.Errorf("%s: <%s> does not say %q, but\n%s", n.from, n.n.Data, p, text)
		}
	}
}

// texts returns the texts of all that matches.
func (n node) texts(selector string) []string {
	var out []string
	for _, m := range n.all(selector) {
		out = append(out, m.text())
	}
	return out
}

// attr returns an attribute, or "".
func (n node) attr(name string) string {
	for _, a := range n.n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// has fails the test unless the node has the attribute.
func (n node) has(name string) {
	n.tb.Helper()
	if !slices.ContainsFunc(n.n.Attr, func(a html.Attribute) bool { return a.Key == name }) {
		n.tb.Errorf("%s: <%s> has no attribute %s", n.from, n.n.Data, name)
	}
}

// text returns the text with its white space as a reader sees it.
func (n node) text() string {
	var b strings.Builder
	for d := range n.n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "script" && d.Parent.Data != "style" {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// matches reports whether an element fits one part of a selector.
func matches(n *html.Node, part string) bool {
	part, attrs, _ := strings.Cut(part, "[")
	name, rest := part, ""
	if i := strings.IndexAny(part, ".#"); i >= 0 {
		name, rest = part[:i], part[i:]
	}
	if name != "" && name != n.Data {
		return false
	}
	has := node{n: n}
	for rest != "" {
		mark := rest[0]
		rest = rest[1:]
		word := rest
		if i := strings.IndexAny(rest, ".#"); i >= 0 {
			word = rest[:i]
		}
		rest = rest[len(word):]
		if mark == '#' && has.attr("id") != word || mark == '.' && !slices.Contains(strings.Fields(has.attr("class")), word) {
			return false
		}
	}
	for attr := range strings.SplitSeq(strings.TrimSuffix(attrs, "]"), "][") {
		key, value, valued := strings.Cut(attr, "=")
		at := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
		if key != "" && (at < 0 || valued && n.Attr[at].Val != strings.Trim(value, `"`)) {
			return false
		}
	}
	return true
}
