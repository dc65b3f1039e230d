// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogweb/apidoc"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/ui"
)

const (
	// operationsShown and typesShown bound one view of a definition; a filter
	// finds the rest.
	operationsShown = 300
	typesShown      = 1000
	// sourceShown is how many bytes of the text a page has: highlighted, it
	// becomes about eight times as long.
	sourceShown = 64 << 10
	// docsKept is how many read definitions are kept.
	docsKept = 4
)

// hasDefinition reports whether the entity has a definition to read.
func hasDefinition(e *catalog.Entity) bool {
	return strings.EqualFold(e.Kind, "API") && definitionOf(e) != ""
}

func definitionOf(e *catalog.Entity) string {
	s, _ := e.Spec["definition"].(string)
	return s
}

// definitionPage is the body of the definition tab: the operations, the types
// or the text.
type definitionPage struct {
	Doc      apidoc.Doc
	Base     string
	Views    []ui.Tab
	Search   ui.SearchField
	Groups   []apidoc.Group
	More     int // operations or types that are not listed
	Types    []ui.Link
	Source   *definitionSource
	Download ui.Action
	Problem  *ui.Notice
	Excerpt  *ui.Code
}

// definitionSource is the text as it was declared.
type definitionSource struct {
	Code ui.Code
	Cut  string // what is left out
}

// definitionTab draws …/definition, one operation at …/definition/{id}, and
// one type at …/definition/type/{name}.
func (w *Web) definitionTab(req entitypage.Request) (template.HTML, error) {
	e := req.Entity
	page := definitionPage{
		Base: w.tabURL(e.Ref(), "definition"),
		Download: ui.Action{Label: "Download", Icon: "download", Download: true,
			URL: w.url("catalog.apis.definition", "namespace", e.Ref().Namespace, "name", e.Ref().Name)},
	}
	doc, err := w.doc(req.Record.ETag, e.Type(), definitionOf(e))
	if err != nil {
		page.broken(e, err)
		return w.pages.Fragment(req.HTTP, "definition.html", page)
	}
	page.Doc = doc
	if rest := mux.Vars(req.HTTP)["rest"]; rest != "" {
		return w.definitionPart(req, page, rest)
	}
	q := req.HTTP.URL.Query()
	page.view(e, q.Get("view"), strings.TrimSpace(q.Get("q")))
	return w.pages.Fragment(req.HTTP, "definition.html", page)
}

// doc reads a definition; the last few are kept, for large ones take a while.
func (w *Web) doc(etag, apiType, definition string) (apidoc.Doc, error) {
	key := etag + " " + apiType
	if doc, ok := w.docs.Get(key); ok && etag != "" {
		return doc, nil
	}
	doc, err := apidoc.Parse(apiType, definition)
	if err == nil {
		w.docs.Add(key, doc)
	}
	return doc, err
}

// broken shows the text and what is wrong with it, at the place where it is.
func (p *definitionPage) broken(e *catalog.Entity, err error) {
	text := definitionOf(e)
	p.Source = sourceOf(e)
	if !apidoc.Readable(e.Type()) {
		return // the text is all there is to show
	}
	p.Problem = &ui.Notice{Tone: ui.Bad, Title: "The definition cannot be read", Text: capital(callboard.MessageOf(err)) + "."}
	if place, ok := apidoc.PlaceOf(err); ok {
		p.Problem.Title += ": " + place.String()
		p.Excerpt = &ui.Code{Title: "Around " + place.String(), Text: excerpt(text, place)}
	}
}

// excerpt returns the lines around a place, numbered, with a mark below it.
func excerpt(text string, place apidoc.Place) string {
	const around, widest = 4, 160
	lines := strings.Split(text, "\n")
	var b strings.Builder
	for n := max(1, place.Line-around); n <= min(len(lines), place.Line+around); n++ {
		line := []rune(strings.ToValidUTF8(strings.TrimRight(lines[n-1], "\r"), "�"))
		from := 0
		if n == place.Line && place.Column > widest {
			from = min(place.Column-widest/2, len(line)) // a long line is cut around the place
		}
		fmt.Fprintf(&b, "%5d  %s\n", n, string(line[from:min(len(line), from+widest)]))
		if n == place.Line && place.Column > 0 {
			b.WriteString(strings.Repeat(" ", 7+max(0, place.Column-1-from)) + "^\n")
		}
	}
	return b.String()
}

func sourceOf(e *catalog.Entity) *definitionSource {
	text := definitionOf(e)
	s := &definitionSource{Code: ui.Code{Title: definitionFile(e), Text: text, Language: definitionLanguage(e.Type(), text)}}
	if len(text) > sourceShown {
		cut := strings.ToValidUTF8(text[:sourceShown], "")
		if i := strings.LastIndexByte(cut, '\n'); i > 0 {
			cut = cut[:i+1]
		}
		s.Code.Text = cut
		s.Cut = fmt.Sprintf("The first %d of %d KB; the download has all of it.", len(cut)>>10, len(text)>>10)
	}
	return s
}

func definitionLanguage(apiType, text string) string {
	switch strings.ToLower(apiType) {
	case "graphql":
		return "graphql"
	case "grpc", "protobuf", "proto":
		return "protobuf"
	}
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return "json"
	}
	return "yaml"
}

// definitionFile is what a downloaded definition is called.
func definitionFile(e *catalog.Entity) string {
	ext := definitionLanguage(e.Type(), definitionOf(e))
	if ext == "protobuf" {
		ext = "proto"
	}
	return e.Metadata.Name + "." + ext
}

// downloadDefinition serves GET /apis/{namespace}/{name}/definition: the text
// as a file.
func (w *Web) downloadDefinition(rw http.ResponseWriter, r *http.Request) error {
	v := mux.Vars(r)
	ref := catalog.Ref{Kind: "api", Namespace: v["namespace"], Name: v["name"]}
	n, err := w.names(r.Context(), ref)
	if err != nil {
		return err
	}
	e := n[ref]
	if e == nil || !hasDefinition(e) {
		return &callboard.Error{Code: callboard.CodeNotFound, Message: "no definition of " + ref.String()}
	}
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	rw.Header().Set("Content-Disposition", `attachment; filename="`+definitionFile(e)+`"`)
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	_, err = rw.Write([]byte(definitionOf(e)))
	return err
}

// view fills the part of the definition that was asked for.
func (p *definitionPage) view(e *catalog.Entity, view, term string) {
	views := []struct{ name, title string }{{"", "Operations"}, {"types", "Types"}, {"source", "Source"}}
	if !slices.ContainsFunc(views, func(v struct{ name, title string }) bool { return v.name == view }) {
		view = ""
	}
	for _, v := range views {
		tab := ui.Tab{Title: v.title, URL: p.Base, Current: v.name == view}
		if v.name != "" {
			tab.URL += "?view=" + v.name
		}
		p.Views = append(p.Views, tab)
	}
	switch view {
	case "source":
		p.Source = sourceOf(e)
	case "types":
		p.Search = ui.SearchField{Name: "q", Value: term, Label: "Find a type", Placeholder: "Find a type"}
		p.findTypes(term)
	default:
		p.Search = ui.SearchField{Name: "q", Value: term, Label: "Find an operation", Placeholder: "Find an operation"}
		p.findOperations(term)
	}
}

// findOperations keeps the operations that have the term in their path, name
// or text, a page of them at most.
func (p *definitionPage) findOperations(term string) {
	term = strings.ToLower(term)
	room := operationsShown
	for _, g := range p.Doc.Groups {
		kept := apidoc.Group{Name: g.Name, Description: g.Description}
		for _, op := range g.Operations {
			if !strings.Contains(strings.ToLower(op.ID+" "+op.Verb+" "+op.Path+" "+op.Summary+" "+op.Description), term) {
				continue
			}
			if room--; room < 0 {
				p.More++
				continue
			}
			kept.Operations = append(kept.Operations, op)
		}
		if len(kept.Operations) > 0 {
			p.Groups = append(p.Groups, kept)
		}
	}
}

func (p *definitionPage) findTypes(term string) {
	term = strings.ToLower(term)
	for _, t := range p.Doc.Types {
		switch {
		case !strings.Contains(strings.ToLower(t.Name), term):
		case len(p.Types) == typesShown:
			p.More++
		default:
			p.Types = append(p.Types, p.typeLink(t.Name))
		}
	}
}

func (p definitionPage) typeLink(name string) ui.Link {
	return ui.Link{Title: name, URL: p.Base + "/type/" + url.PathEscape(name)}
}

// OperationURL leads to the page of an operation.
func (p definitionPage) OperationURL(id string) string { return p.Base + "/" + url.PathEscape(id) }

// VerbTone colours a verb by what it does.
func (p definitionPage) VerbTone(verb string) string {
	switch strings.ToUpper(verb) {
	case "GET", "HEAD", "QUERY", "SUBSCRIPTION", "RECEIVE", "SUBSCRIBE":
		return "ok"
	case "DELETE":
		return "bad"
	case "PUT", "PATCH":
		return "warn"
	}
	return ""
}
