// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"html/template"
	"strings"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"
)

// maxHighlightBytes is the size from which text is shown plain: highlighting
// costs about a microsecond a byte.
const maxHighlightBytes = 256 << 10

// Code is source text with a copy button. Template "ui/code".
type Code struct {
	// Title stands above, such as the file's name.
	Title string
	Text  string
	// Language is a name or a file name that tells it; empty is plain text.
	Language string
	// Label is what readers hear; empty is the title.
	Label string
}

// HTML returns the text with the classes of its tokens.
func (c Code) HTML() template.HTML { return Highlight(c.Language, c.Text) }

// Name returns what readers hear.
func (c Code) Name() string {
	switch {
	case c.Label != "":
		return c.Label
	case c.Title != "":
		return c.Title
	default:
		return c.Language
	}
}

// Highlight returns text as HTML in which the tokens of the language carry
// classes. The language may be a name ("go") or a file's name ("main.go"). An
// unknown language and a text of more than 256 KiB are escaped as they are.
func Highlight(language, text string) template.HTML {
	plain := template.HTML(template.HTMLEscapeString(text))
	if language == "" || len(text) > maxHighlightBytes {
		return plain
	}
	lexer := lexers.Get(language)
	if lexer == nil {
		if lexer = lexers.Match(language); lexer == nil {
			return plain
		}
	}
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, text)
	if err != nil {
		return plain
	}
	var out strings.Builder
	f := chromahtml.New(chromahtml.WithClasses(true), chromahtml.PreventSurroundingPre(true))
	if err := f.Format(&out, styles.Fallback, tokens); err != nil {
		return plain
	}
	return template.HTML(out.String())
}
