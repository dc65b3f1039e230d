// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"context"
	"net/url"
)

// Resource is a family of texts that agents read by URI. Modules contribute it.
type Resource struct {
	// Name is unique, such as "catalog_entity".
	Name string
	// Title and Description tell people and agents what it is.
	Title, Description string
	// Template is the URI template (RFC 6570), such as
	// "callboard://entity/{kind}/{namespace}/{name}".
	Template string
	// MIMEType is that of the text.
	MIMEType string
	// Permission is what a caller needs to be offered it; empty offers it to all.
	Permission string
	// Read returns the text for the caller in ctx; what there is not, or what the
	// caller may not see, is callboard.CodeNotFound.
	Read func(ctx context.Context, uri *url.URL) (string, error)
}

// Key returns the name, which no two have.
func (r Resource) Key() string { return r.Name }

// Prompt is a question that people choose in their client and send to an agent.
// Modules contribute it.
type Prompt struct {
	// Name is unique, such as "catalog_review".
	Name string
	// Title and Description tell people what it is for.
	Title, Description string
	// Arguments are what people fill in.
	Arguments []Argument
	// Text returns the question. It is given every required argument.
	Text func(arguments map[string]string) (string, error)
}

// Key returns the name, which no two have.
func (p Prompt) Key() string { return p.Name }

// Argument is what people fill in of a [Prompt].
type Argument struct {
	Name, Description string
	Required          bool
}
