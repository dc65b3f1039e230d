// SPDX-License-Identifier: Apache-2.0

package ui_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestMarkdown(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	for _, tt := range []struct{ name, source, want string }{
		{"text", "Charges *once*, with `id`.", "<p>Charges <em>once</em>, with <code>id</code>.</p>\n"},
		{"headings below the page's", "# One\n\n### Three\n\n## Two", "<h3>One</h3>\n<h4>Three</h4>\n<h4>Two</h4>\n"},
		{"link", "[docs](https://acme.example/a?b=1&c=2)", `<p><a href="https://acme.example/a?b=1&amp;c=2">docs</a></p>` + "\n"},
		{"bare link", "see https://acme.example/a", `<p>see <a href="https://acme.example/a">https://acme.example/a</a></p>` + "\n"},
		{"image", "![the flow](https://cdn.example/a.png)", `<p><a href="https://cdn.example/a.png">the flow</a></p>` + "\n"},
		{"image without words", "![](https://cdn.example/a.png)", `<p><a href="https://cdn.example/a.png">https://cdn.example/a.png</a></p>` + "\n"},
		{"code", "```go\nvar x int\n```", `<pre class="code" tabindex="0"><code><span class="kd">var</span>`},
		{"table", "| a | b |\n|---|--:|\n| 1 | 2 |", `<div class="table-scroll" tabindex="0"><table><thead>`},
		{"html", "<b onclick=x>hi</b>", "<p>&lt;b onclick=x&gt;hi&lt;/b&gt;</p>\n"},
		{"html block", "<div>\n<script>x()</script>\n</div>", "&lt;script&gt;x()&lt;/script&gt;"},
		{"mail", "<pay@acme.example>", `<a href="mailto:pay@acme.example">pay@acme.example</a>`},
		{"too long", strings.Repeat("*a*\n", 20_000), `<p class="pre-line">*a*`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			oneLine := strings.NewReplacer("\n", "")
			if got := string(u.Markdown(tt.source)); !strings.Contains(oneLine.Replace(got), oneLine.Replace(tt.want)) {
				t.Errorf("Markdown(%.80q) =\n%.400s\nwant\n%s", tt.source, got, tt.want)
			}
		})
	}
}

// markdownSeeds are tries at running a script or loading something.
func markdownSeeds() []string {
	return []string{
		"[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))", "[a](&#106;avascript:alert(1))", "[a](java\tscript:x)", "<javascript:alert(1)>",
		"![a](javascript:alert(1))", "![a](https://x.example/\"onerror=alert(1))", "[a](vbscript:x)", "[a](data:text/html,x)", "<data:text/html,x>",
		"[a][b]\n\n[b]: javascript:x", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<!-- x --><script>x</script>", "```\"><script>x</script>\nx\n```",
		"[a](https://x.example 'title\" onmouseover=\"x')", "| <script> |\n|---|\n| ![x](javascript:x) |", "https://x.example/\"onclick=x", "www.x.example<script>",
		strings.Repeat("[", 2000), strings.Repeat("> ", 500) + "x", strings.Repeat("*a _b ", 1000), "\x00<script>", "<a\nhref=javascript:x>",
	}
}

// checkHarmless fails the test if HTML holds what could act.
func checkHarmless(t *testing.T, source, out string) {
	t.Helper()
	allowed := strings.Fields("p em strong code pre a ul ol li h3 h4 h5 h6 blockquote hr br del div table thead tbody tr th td span")
	attributes := strings.Fields("href title class tabindex align start")
	tokens := html.NewTokenizer(strings.NewReader(out))
	for tokens.Next() != html.ErrorToken {
		token := tokens.Token()
		if token.Type == html.TextToken || token.Type == html.EndTagToken {
			continue
		}
		if !slices.Contains(allowed, token.Data) {
			t.Errorf("Markdown(%q) draws <%s>: %s", source, token.Data, out)
		}
		for _, a := range token.Attr {
			if !slices.Contains(attributes, a.Key) {
				t.Errorf("Markdown(%q) draws the attribute %s: %s", source, a.Key, out)
			}
			scheme, _, found := strings.Cut(strings.ToLower(strings.TrimSpace(a.Val)), ":")
			if a.Key == "href" && found && slices.Contains(strings.Fields("javascript vbscript data file"), scheme) {
				t.Errorf("Markdown(%q) links to %q", source, a.Val)
			}
		}
	}
}

func TestMarkdownIsHarmless(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	for _, source := range markdownSeeds() {
		checkHarmless(t, source, string(u.Markdown(source)))
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range markdownSeeds() {
		f.Add(s)
	}
	u := newUI(f)
	f.Fuzz(func(t *testing.T, source string) { checkHarmless(t, source, string(u.Markdown(source))) })
}
