// SPDX-License-Identifier: Apache-2.0

package catalogsearch

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogweb/apidoc"
	"github.com/callboard/callboard/portal/search"
)

// maxOperations bounds the documents of one API.
const maxOperations = 2000

// entity returns the document of an entity. It says nothing that the entity
// itself does not say: what others say of it may be hidden from who sees it.
func (s *Source) entity(e *catalog.Entity) (search.Document, error) {
	ref := e.Ref()
	location, err := s.urls.URL("catalog.entity", "namespace", ref.Namespace, "kind", ref.Kind, "name", ref.Name)
	if err != nil {
		return search.Document{}, err
	}
	d := search.Document{
		ID: ref.String(), Type: ref.Kind, Title: e.DisplayName(), Location: location, Owner: refText(e.Owner()),
		Keywords: append([]string{e.Type(), profile(e, "email")}, e.Metadata.Tags...), Guards: guards(e),
		Fields: map[string][]string{"kind": {e.Kind}, "namespace": {ref.Namespace}, "name": {e.Metadata.Name}},
	}
	for _, name := range []string{e.Metadata.Name, profile(e, "displayName")} {
		if name != "" && name != d.Title {
			d.Names = append(d.Names, name)
		}
	}
	for name, value := range map[string]string{"type": e.Type(), "lifecycle": e.Lifecycle(), "owner": d.Owner} {
		if value != "" {
			d.Fields[name] = []string{value}
		}
	}
	if len(e.Metadata.Tags) > 0 {
		d.Fields["tags"] = e.Metadata.Tags
	}
	d.Keywords = append(d.Keywords, s.about(e)...)
	for _, l := range e.Metadata.Links {
		d.Keywords = append(d.Keywords, l.Title)
	}
	d.Text = strings.TrimSpace(e.Metadata.Description)
	d.Hint = hint(e.Type(), shortName(e.Owner()))
	return d, nil
}

// about returns the names that the spec puts the entity in relation to: its
// kind, owner, system and team.
func (s *Source) about(e *catalog.Entity) []string {
	words := []string{s.kindTitle(e.Kind), shortName(e.Owner())}
	for _, field := range []string{"system", "domain", "parent", "memberOf", "subcomponentOf"} {
		switch v := e.Spec[field].(type) {
		case string:
			words = append(words, v)
		case []any:
			for _, one := range v {
				if text, ok := one.(string); ok {
					words = append(words, text)
				}
			}
		}
	}
	return words
}

func (s *Source) kindTitle(kind string) string {
	if k, ok := s.kinds.Kind(kind); ok && k.Title != "" {
		return k.Title
	}
	return kind
}

func profile(e *catalog.Entity, field string) string {
	p, _ := e.Spec["profile"].(map[string]any)
	text, _ := p[field].(string)
	return text
}

func refText(ref catalog.Ref) string {
	if ref.IsZero() {
		return ""
	}
	return ref.String()
}

func shortName(ref catalog.Ref) string {
	if ref.IsZero() || ref.Namespace == catalog.DefaultNamespace {
		return ref.Name
	}
	return ref.Namespace + "/" + ref.Name
}

// hint joins what is not empty.
func hint(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p = strings.TrimSuffix(strings.TrimSpace(p), "."); p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " · ")
}

// sentences joins texts, each of which ends.
func sentences(texts ...string) string {
	var kept []string
	for _, t := range texts {
		if t = strings.TrimSpace(t); t == "" {
			continue
		}
		if !strings.ContainsAny(t[len(t)-1:], ".!?:") {
			t += "."
		}
		kept = append(kept, t)
	}
	return strings.Join(kept, " ")
}

// operations returns a document for each operation of an API. A definition that
// cannot be read has none: its page says what is wrong.
func (s *Source) operations(e *catalog.Entity, api search.Document) ([]search.Document, error) {
	definition, _ := e.Spec["definition"].(string)
	if definition == "" || !strings.EqualFold(e.Kind, "API") || !apidoc.Readable(e.Type()) {
		return nil, nil
	}
	doc, err := apidoc.Parse(e.Type(), definition)
	if err != nil {
		return nil, nil //nolint:nilerr // see above
	}
	ref := e.Ref()
	tab, err := s.urls.URL("catalog.entity.tab", "namespace", ref.Namespace, "kind", ref.Kind, "name", ref.Name, "tab", "definition")
	if err != nil {
		return nil, err
	}
	var docs []search.Document
	for _, g := range doc.Groups {
		for _, op := range g.Operations {
			if len(docs) == maxOperations {
				return docs, nil
			}
			docs = append(docs, search.Document{
				ID: api.ID + "#" + op.ID, Parent: api.ID, Type: TypeOperation, Title: cmp.Or(strings.TrimSpace(op.Verb+" "+op.Path), op.ID),
				Hint: hint(op.Summary, api.Title), Names: []string{op.ID, op.Path},
				Keywords: []string{api.Title, g.Name, shortName(e.Owner())},
				Text:     sentences(op.Summary, op.Description),
				Location: tab + "/" + url.PathEscape(op.ID), Owner: api.Owner, Guards: api.Guards,
				Fields: map[string][]string{"api": {api.ID}, "verb": {op.Verb}},
			})
		}
	}
	return docs, nil
}
