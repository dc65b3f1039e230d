// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"bytes"
	"fmt"
	"html/template"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// maxMarkdownBytes is the size from which Markdown is shown as text.
const maxMarkdownBytes = 64 << 10

// headingBelow is the level of the headings under which Markdown stands on a page.
const headingBelow = 2

// newMarkdown returns what reads the Markdown that people write into
// descriptions: CommonMark with tables, strikethrough and bare links. It draws
// no HTML of theirs, follows no dangerous link, and loads no image: that is
// linked to, because nothing on a page comes from elsewhere.
func newMarkdown() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)), extension.Strikethrough, extension.Linkify),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(fitHeadings{}, 100))),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(markdownNodes{}, 100))),
	)
}

// Markdown returns a description that somebody wrote in Markdown as HTML; it
// stands in an element of the class "prose". Its headings begin below those of
// the page.
func (u *UI) Markdown(source string) template.HTML {
	if len(source) <= maxMarkdownBytes {
		var out bytes.Buffer
		if err := u.markdown.Convert([]byte(source), &out); err == nil {
			return template.HTML(out.String())
		}
	}
	return template.HTML(`<p class="pre-line">` + template.HTMLEscapeString(source) + `</p>`)
}

// fitHeadings puts headings below those of the page.
type fitHeadings struct{}

func (fitHeadings) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	last := headingBelow
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { //nolint:errcheck // it returns none
		if h, ok := n.(*ast.Heading); ok && entering {
			// One level deeper than the one before at most, for readers who go by headings.
			last = min(h.Level+headingBelow, last+1, 6)
			h.Level = last
		}
		return ast.WalkContinue, nil
	})
}

// markdownNodes draws what is drawn in the portal's own way.
type markdownNodes struct{}

func (m markdownNodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindImage, m.image)
	r.Register(ast.KindAutoLink, m.autoLink)
	r.Register(east.KindTable, m.table)
	r.Register(ast.KindFencedCodeBlock, m.code)
	r.Register(ast.KindCodeBlock, m.code)
	r.Register(ast.KindHTMLBlock, m.foreignBlock)
	r.Register(ast.KindRawHTML, m.foreign)
}

func (markdownNodes) image(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	image := n.(*ast.Image)
	if html.IsDangerousURL(image.Destination) {
		return ast.WalkContinue, nil
	}
	if !entering {
		_, err := w.WriteString("</a>")
		return ast.WalkContinue, err
	}
	_, err := fmt.Fprintf(w, `<a href="%s">`, template.HTMLEscapeString(string(util.URLEscape(image.Destination, true))))
	if err == nil && !n.HasChildren() {
		_, err = w.WriteString(template.HTMLEscapeString(string(image.Destination)))
	}
	return ast.WalkContinue, err
}

func (markdownNodes) autoLink(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	link := n.(*ast.AutoLink)
	label, to := template.HTMLEscapeString(string(link.Label(source))), link.URL(source)
	if html.IsDangerousURL(to) {
		_, err := w.WriteString(label)
		return ast.WalkContinue, err
	}
	scheme := ""
	if link.AutoLinkType == ast.AutoLinkEmail && !bytes.HasPrefix(bytes.ToLower(to), []byte("mailto:")) {
		scheme = "mailto:"
	}
	_, err := fmt.Fprintf(w, `<a href="%s%s">%s</a>`, scheme, template.HTMLEscapeString(string(util.URLEscape(to, false))), label)
	return ast.WalkContinue, err
}

// table lets a wide table scroll by itself.
func (markdownNodes) table(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	text := "</table></div>"
	if entering {
		text = `<div class="table-scroll" tabindex="0"><table>`
	}
	_, err := w.WriteString(text)
	return ast.WalkContinue, err
}

func (markdownNodes) code(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	language := ""
	if fenced, ok := n.(*ast.FencedCodeBlock); ok {
		language = string(fenced.Language(source))
	}
	c := Code{Text: textOf(n, source), Language: language}
	_, err := fmt.Fprintf(w, `<pre class="code" tabindex="0"><code>%s</code></pre>`, c.HTML())
	return ast.WalkSkipChildren, err
}

// foreignBlock shows HTML as the text that it is.
func (markdownNodes) foreignBlock(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	block := n.(*ast.HTMLBlock)
	all := textOf(n, source)
	if block.HasClosure() {
		all += string(block.ClosureLine.Value(source))
	}
	_, err := fmt.Fprintf(w, `<p class="pre-line">%s</p>`, template.HTMLEscapeString(all))
	return ast.WalkSkipChildren, err
}

func (markdownNodes) foreign(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	_, err := w.WriteString(template.HTMLEscapeString(string(n.(*ast.RawHTML).Segments.Value(source))))
	return ast.WalkSkipChildren, err
}

// textOf returns the lines of a block.
func textOf(n ast.Node, source []byte) string {
	return string(n.Lines().Value(source))
}
