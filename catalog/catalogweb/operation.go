// SPDX-License-Identifier: Apache-2.0

package catalogweb

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog/catalogweb/apidoc"
	"github.com/callboard/callboard/catalog/entitypage"
	"github.com/callboard/callboard/portal/ui"
)

const (
	// typesInline is how many of the types that an operation mentions its page
	// describes, fieldsInline how many fields in all; the others are links.
	typesInline  = 30
	fieldsInline = 1500
)

// partPage is one operation or one type with the types that it mentions.
type partPage struct {
	definitionPage
	Operation *apidoc.Operation
	Type      *definedType
	Mentioned []definedType
	Others    []ui.Link // mentioned, on pages of their own
}

// definedType is a named type as definitions.
type definedType struct {
	Name, Kind, Description string
	Rules                   []string
	Fields                  []ui.Definition
}

// definitionPart draws one operation or one type.
func (w *Web) definitionPart(req entitypage.Request, page definitionPage, rest string) (template.HTML, error) {
	part := partPage{definitionPage: page}
	if name, isType := strings.CutPrefix(rest, "type/"); isType {
		t, ok := page.Doc.Type(name)
		if !ok {
			return "", missingPart(req, "type", name)
		}
		d := defined(t)
		part.Type = &d
		part.mention(append([]apidoc.Field{}, t.Fields...), name)
	} else {
		op, ok := page.Doc.Operation(rest)
		if !ok {
			return "", missingPart(req, "operation", rest)
		}
		part.Operation = &op
		part.mention(fieldsOf(op), "")
	}
	return w.pages.Fragment(req.HTTP, "operation.html", part)
}

func missingPart(req entitypage.Request, what, name string) error {
	return &callboard.Error{Code: callboard.CodeNotFound, Message: req.Entity.DisplayName() + " has no " + what + " " + name}
}

func fieldsOf(op apidoc.Operation) []apidoc.Field {
	fields := append([]apidoc.Field{}, op.Params...)
	for _, c := range op.Request {
		fields = append(fields, c.Schema)
	}
	for _, r := range op.Responses {
		for _, c := range r.Contents {
			fields = append(fields, c.Schema)
		}
	}
	return fields
}

// mention adds the named types that the fields mention, and those that these
// mention, in order of first mention.
func (p *partPage) mention(fields []apidoc.Field, self string) {
	types := map[string]apidoc.Type{}
	for _, t := range p.Doc.Types {
		types[t.Name] = t
	}
	seen := map[string]bool{self: true}
	drawn := 0
	for len(fields) > 0 {
		f := fields[0]
		fields = append(fields[1:], f.Fields...)
		t, ok := types[f.Ref]
		if !ok || seen[f.Ref] {
			continue
		}
		seen[f.Ref] = true
		if drawn += len(t.Fields) + len(t.Values); len(p.Mentioned) == typesInline || drawn > fieldsInline {
			p.Others = append(p.Others, p.typeLink(t.Name))
			continue
		}
		p.Mentioned = append(p.Mentioned, defined(t))
		fields = append(fields, t.Fields...)
	}
}

func defined(t apidoc.Type) definedType {
	d := definedType{Name: t.Name, Kind: t.Kind, Description: t.Description, Rules: t.Rules}
	for _, f := range t.Fields {
		d.Fields = append(d.Fields, definition(f))
	}
	for _, f := range t.Values {
		d.Fields = append(d.Fields, definition(f))
	}
	return d
}

func definition(f apidoc.Field) ui.Definition {
	d := ui.Definition{
		Name: f.Name, Type: f.Type, Required: f.Required, Deprecated: f.Deprecated,
		Text: f.Description, Default: f.Default, Values: f.Values,
	}
	if f.In != "" {
		d.Type = f.In + ", " + f.Type
	}
	if len(f.Rules) > 0 {
		d.Text = strings.TrimSpace(d.Text + " (" + strings.Join(f.Rules, ", ") + ")")
	}
	for _, inner := range f.Fields {
		d.Children = append(d.Children, definition(inner))
	}
	return d
}

// Params returns the operation's parameters as definitions.
func (p partPage) Params() []ui.Definition {
	var out []ui.Definition
	for _, f := range p.Operation.Params {
		out = append(out, definition(f))
	}
	return out
}

// Body returns a body as definitions: its fields, or none if it has none.
func (p partPage) Body(c apidoc.Content) []ui.Definition { return definition(c.Schema).Children }

// Sample returns the example of a body, such as "request"; empty text is none.
func (p partPage) Sample(what string, c apidoc.Content) ui.Code {
	return ui.Code{Text: c.Example(), Language: "json", Label: strings.TrimSpace("Example of " + what + " " + c.MediaType)}
}

// StatusTone colours an answer's status.
func (p partPage) StatusTone(status string) string {
	switch {
	case strings.HasPrefix(status, "2"):
		return "ok"
	case strings.HasPrefix(status, "4"), strings.HasPrefix(status, "5"):
		return "warn"
	}
	return ""
}

// StatusText returns what HTTP calls the status, if anything.
func (p partPage) StatusText(status string) string {
	if len(status) != 3 {
		return ""
	}
	n := 0
	for _, c := range status {
		n = n*10 + int(c-'0')
	}
	return http.StatusText(n)
}

// TypeAnchor leads to a type on this page or on its own; nothing is known of
// types that the document does not define.
func (p partPage) TypeAnchor(ref string) string {
	for _, t := range p.Mentioned {
		if t.Name == ref {
			return "#type-" + url.PathEscape(ref)
		}
	}
	if _, ok := p.Doc.Type(ref); ok {
		return p.typeLink(ref).URL
	}
	return ""
}
