// SPDX-License-Identifier: Apache-2.0

// Package apidoc reads API definitions into one model that a page can show:
// OpenAPI 2, 3.0 and 3.1, AsyncAPI 2 and 3, GraphQL and Protocol Buffers.
//
//	doc, err := apidoc.Parse("openapi", definition)
//	for _, group := range doc.Groups {
//		for _, op := range group.Operations { … }
//	}
//
// Nothing outside the definition is read: references to files and URLs stay
// unresolved. Start from [Parse] and [Doc].
package apidoc

import (
	"fmt"
	"strings"

	"github.com/callboard/callboard"
)

// MaxBytes is the longest definition that [Parse] reads.
const MaxBytes = 8 << 20

// Doc is an API definition.
type Doc struct {
	// Format is how people call it, with its version: "OpenAPI 3.1.0".
	Format      string
	Title       string
	Version     string
	Description string // Markdown, not trusted
	Servers     []Server
	// Groups hold every operation once: by tag, channel, service or root type.
	Groups []Group
	// Types are the named schemas, messages and enumerations.
	Types []Type
}

// Server is where the API is reached.
type Server struct {
	URL         string
	Description string
}

// Group is a set of operations under one heading.
type Group struct {
	Name        string
	Description string
	Operations  []Operation
}

// Operation is one call, event or field that the API offers.
type Operation struct {
	// ID is unique in the document and fit for a URL.
	ID string
	// Verb is GET, POST, …; send or receive; query, mutation or subscription; rpc.
	Verb string
	// Path is the URL template, the channel's address, or the name.
	Path        string
	Summary     string
	Description string // Markdown, not trusted
	Deprecated  bool
	Security    []string
	Params      []Field
	Request     []Content
	Responses   []Response
}

// Response is one answer that an operation may give.
type Response struct {
	// Status is 200, 4XX, default, or empty where the format has none.
	Status      string
	Description string
	Contents    []Content
}

// Content is a body in one media type.
type Content struct {
	MediaType string
	Schema    Field

	sample func() string // made when asked for: a definition has thousands
}

// Example is JSON: the author's if there is one, else made from the schema.
func (c Content) Example() string {
	if c.sample == nil {
		return ""
	}
	return c.sample()
}

// Field is a parameter, a property or a whole schema.
type Field struct {
	Name string
	// In is path, query, header or cookie for a parameter.
	In string
	// Type is for people: "array of Item", "string (date-time)".
	Type string
	// Ref is the name in [Doc.Types] that Type mentions, if any.
	Ref         string
	Required    bool
	Deprecated  bool
	Description string
	Default     string
	// Rules are further constraints, such as "at least 1".
	Rules  []string
	Values []string // of an enumeration
	// Fields are those of an inline object, or the alternatives of a choice.
	Fields []Field
}

// Type is a named schema.
type Type struct {
	Name        string
	Kind        string // object, enum, message, interface, union, input, scalar, string, …
	Description string
	Fields      []Field
	Values      []Field // of an enumeration, with their descriptions
	Rules       []string
}

// Operation returns the operation with the ID.
func (d Doc) Operation(id string) (Operation, bool) {
	for _, g := range d.Groups {
		for _, op := range g.Operations {
			if op.ID == id {
				return op, true
			}
		}
	}
	return Operation{}, false
}

// Type returns the named type.
func (d Doc) Type(name string) (Type, bool) {
	for _, t := range d.Types {
		if t.Name == name {
			return t, true
		}
	}
	return Type{}, false
}

// Parse reads a definition of the given API type: openapi, asyncapi, graphql
// or grpc. What cannot be read, or is of another type, gives
// [callboard.CodeInvalid] with the reason, and [PlaceOf] says where; longer
// than [MaxBytes] gives [callboard.CodeTooLarge]. A schema that never ends is
// followed to a limit, beyond which types are called "…".
func Parse(apiType, definition string) (doc Doc, err error) {
	if len(definition) > MaxBytes {
		return Doc{}, &callboard.Error{Code: callboard.CodeTooLarge, Message: fmt.Sprintf("the definition is longer than %d MiB; it is shown as text only", MaxBytes>>20)}
	}
	// The parsers are libraries, and the text comes from anywhere.
	defer func() {
		if r := recover(); r != nil {
			doc, err = Doc{}, invalid("the definition is damaged: %v", r)
		}
	}()
	switch format(apiType) {
	case "openapi":
		doc, err = parseOpenAPI([]byte(definition))
	case "asyncapi":
		doc, err = parseAsyncAPI([]byte(definition))
	case "graphql":
		doc, err = parseGraphQL(definition)
	case "proto":
		doc, err = parseProto(definition)
	default:
		return Doc{}, invalid("no reader for API type %q; it is shown as text", apiType)
	}
	if err != nil {
		return Doc{}, located(err, definition)
	}
	uniqueIDs(&doc)
	return doc, nil
}

// format returns which reader an API type needs, or "".
func format(apiType string) string {
	switch t := strings.ToLower(apiType); t {
	case "openapi", "asyncapi", "graphql", "proto":
		return t
	case "swagger":
		return "openapi"
	case "grpc", "protobuf":
		return "proto"
	}
	return ""
}

// Readable reports whether there is a reader for the API type.
func Readable(apiType string) bool { return format(apiType) != "" }

func invalid(format string, args ...any) error {
	return &callboard.Error{Code: callboard.CodeInvalid, Message: fmt.Sprintf(format, args...)}
}

// uniqueIDs gives each operation an ID for URLs, made from what it has.
func uniqueIDs(doc *Doc) {
	taken := map[string]bool{}
	for g := range doc.Groups {
		for o := range doc.Groups[g].Operations {
			op := &doc.Groups[g].Operations[o]
			base := slug(op.ID)
			if base == "" {
				base = slug(op.Verb + " " + op.Path)
			}
			if base == "" {
				base = "operation"
			}
			op.ID = base
			for n := 2; taken[op.ID]; n++ {
				op.ID = fmt.Sprintf("%s-%d", base, n)
			}
			taken[op.ID] = true
		}
	}
}

// slug keeps letters, digits, dots and underscores, and joins the rest by dashes.
func slug(s string) string {
	var b strings.Builder
	for _, r := range s {
		ok := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '.'
		switch {
		case ok:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-.")
}
