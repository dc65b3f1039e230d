// SPDX-License-Identifier: Apache-2.0

package stylepage_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func get(t *testing.T, url string) (*http.Response, *html.Node) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(body), "ZgotmplZ") || strings.Contains(string(body), "%!") {
		t.Errorf("%s: a value was refused by the template or the formatter", url)
	}
	doc, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	return res, doc
}

func TestGuideIsSound(t *testing.T) {
	t.Parallel()
	_, doc := get(t, guide(t)+"/style")
	ids, headings := map[string]bool{}, 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "h1" {
			headings++
		}
		if n.Data == "style" || n.Data == "script" && n.FirstChild != nil {
			t.Errorf("the page has an inline <%s>", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s %s=%q> breaks the policy", n.Data, a.Key, a.Val)
			}
			if a.Key == "id" && ids[a.Val] {
				t.Errorf("two elements have the id %q", a.Val)
			}
			if a.Key == "id" {
				ids[a.Val] = true
			}
		}
	}
	if headings != 1 {
		t.Errorf("%d h1, want 1", headings)
	}
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "for" || a.Key == "aria-labelledby" || a.Key == "aria-controls" || a.Key == "aria-describedby" {
				for id := range strings.FieldsSeq(a.Val) {
					if !ids[id] {
						t.Errorf("<%s %s=%q> names nothing", n.Data, a.Key, a.Val)
					}
				}
			}
			if a.Key == "href" && n.Data == "a" && len(a.Val) > 1 && a.Val[0] == '#' && !ids[a.Val[1:]] && a.Val != "#top" {
				t.Errorf("link to %s leads nowhere", a.Val)
			}
		}
	}
}

func TestErrorExamples(t *testing.T) {
	t.Parallel()
	base := guide(t)
	for _, path := range []string{"/style/error/404", "/style/error/500"} {
		res, _ := get(t, base+path)
		if got := path[len(path)-3:]; !strings.HasPrefix(res.Status, got) {
			t.Errorf("GET %s = %s", path, res.Status)
		}
	}
	if res, _ := get(t, base+"/style/error/299"); res.StatusCode != http.StatusNotFound {
		t.Errorf("an example that is no error answers %d", res.StatusCode)
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	res, _ := get(t, guide(t)+"/style/suggest?q=FORM")
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		t.Errorf("suggest answers %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
}
