// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/config"
	"github.com/callboard/callboard/portal/integration"
)

// TestEveryProblemAtOnce: each with its place, rule and remedy.
func TestEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	_, err := integration.Parse("bad.yaml", []byte(`id: Bad One
title: Bad
description: Everything is wrong.
icon: unicorn
category: nonsense
colour: red
appliesTo: {when: "annotations['a'"}
settings:
  url: {kind: url, default: "http://a.example"}
  host: {kind: host, default: "a.example/x"}
credentials:
  token: {kind: cookie}
  key: {kind: header}
source:
  url: "https://{{annotations['a']}}.example/{{entity}}/../x?y=1"
  timeout: 2h
  headers: {Cookie: a}
  body: {a: "{{ 1 + }}"}
mapping:
  response: "1"
  a: b + 1
  b: a + 1
  long: |
    size(items) == 0
      ? 'none'
      : items.nothing(
view:
  - {kind: pie, text: "'x'"}
  - kind: status
    text: "'a' + unknown"
    rows: "[]"
  - {kind: table, columns: [{title: A}]}
facts:
  f: {type: date, value: "1"}
actions:
  go!: {title: Go, request: {method: GET, url: "{{settings.host}}/x"}}
`))
	var problems config.Problems
	if !errors.As(err, &problems) || callboard.CodeOf(err) != callboard.CodeInvalid {
		t.Fatalf("Parse = %v", err)
	}
	for _, want := range []string{
		"bad.yaml:6:1: colour is not a known key", "bad.yaml:12:17: credentials.token.kind must be one of bearer, basic, header, query", "bad.yaml:13:8: credentials.key.name is required if kind is header; add it", "bad.yaml:1:5: id is", "bad.yaml:4:7: icon is", "bad.yaml:7:35: appliesTo.when is no expression", "bad.yaml:17:21: source.headers.Cookie", "bad.yaml:18:9: source.body", "bad.yaml:20:13: mapping.response", "bad.yaml:21:6: mapping.a needs itself", "bad.yaml:30:18: view[1].text is no expression: undeclared reference", "bad.yaml:31:11: view[1].rows is not for",
		"bad.yaml:16:12: source.timeout must be at most 60s", "bad.yaml:28:12: view[0].kind must be one of", "bad.yaml:32:29: view[2].columns[0].value is required", "bad.yaml:34:13: facts.f.type must be one of number, text, boolean",
	} {
		if !slices.ContainsFunc(problems, func(p config.Problem) bool { return strings.HasPrefix(p.String(), want) }) {
			t.Errorf("lacks %q:\n%v", want, err)
		}
	}
}

// TestMeaning: what is wrong beyond the shape, at its exact place.
func TestMeaning(t *testing.T) {
	t.Parallel()
	good := "id: good\ntitle: Good\ndescription: It is fine.\nappliesTo: {kinds: [API]}\n"
	source := "source: {url: \"https://a.example/\"}\n"
	view := "view: [{kind: status, text: \"'x'\"}]\n"
	if _, err := integration.Parse("good.yaml", []byte(good+source+view)); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for _, tt := range []struct{ text, rule, want string }{
		{strings.Replace(good, "id: good", "id: Bad One", 1) + source + view, "id", "a.yaml:1:5: id is"},
		{good + "icon: unicorn\n" + source + view, "icon", "a.yaml:5:7: icon is"},
		{good + "category: nonsense\n" + source + view, "category", "a.yaml:5:11: category is"},
		{strings.Replace(good, "appliesTo: {kinds: [API]}\n", "", 1) + source + view, "applies-to", "a.yaml"},
		{good + source, "view", "a.yaml"},
		{good + source + "as: search\n", "search", "a.yaml"},
		{good + source + "view: [{kind: status, text: \"'x' + + 'y'\"}]\n", "expression", "a.yaml:6:36: view[0].text is no expression"},
		{good + source + "view: [{kind: status, text: \"'a' + unknown\"}]\n", "expression", "a.yaml:6:36: view[0].text"},
		{good + source + "view:\n  - kind: status\n    text: |\n      'a' +\n        unknown\n", "expression", "a.yaml:10:9: view[0].text"},
		{good + source + "view: [{kind: status, text: \"'x'\", rows: \"[]\"}]\n", "view", "a.yaml:6:42: view[0].rows is not for blocks of the kind status"},
		{good + source + "view: [{kind: table, rows: \"[]\"}]\n", "view", "a.yaml:6:8: view[0] of the kind table has no columns"},
		{good + source + view + "mapping: {a: b, b: a}\n", "circle", "a.yaml:7:14: mapping.a needs itself"},
		{good + source + view + "mapping: {row: \"1\"}\n", "name", "a.yaml:7:16: mapping.row"},
		{good + view + "source: {url: \"http://a.example/\"}\n", "url", "a.yaml:6:15: source.url"},
		{good + view + "source: {url: \"https://{{annotations['a']}}.example/\"}\n", "url", "only a setting of the kind host"},
		{good + view + "source: {url: \"https://a.example/{{entity.kind}}?x=1\"}\n", "url", "write parameters under query"},
		{good + view + "source: {url: \"https://a.example/../x\"}\n", "url", "another path"},
		{good + view + "source: {url: \"https://u:p@a.example/x\"}\n", "url", "a character in its host"},
		{good + view + "source: {url: \"{{settings.url}}x\"}\nsettings: {url: {kind: url}}\n", "url", "other than /"},
		{good + view + "source: {url: \"{{settings.url}}/x\"}\nsettings: {url: {kind: text}}\n", "url", "not of the kind url"},
		{good + view + "source: {url: \"{{settings.url}}/x\"}\nsettings: {url: {kind: url, default: \"http://a.example\"}}\n", "setting", "over which credentials could be read"},
		{good + view + "source: {url: \"https://a.example/{{ 1 +\"}\n", "url", "does not close"},
		{good + view + "source: {url: \"https://a.example/\", headers: {Cookie: a}}\n", "header", "source.headers.Cookie"},
		{good + view + "source: {url: \"https://a.example/\", body: {a: 1}}\n", "body", "GET does not send"},
		{good + view + "source: {url: \"https://a.example/\", method: PUT}\n", "method", "a.yaml:6:45: source.method"},
		{good + source + view + "actions: {go!: {title: Go, confirm: Go?, request: {url: \"https://a.example/\"}}}\n", "name", "no name for an action"},
		{good + source + view + "actions: {go: {title: Go, confirm: Go?, request: {method: GET, url: \"https://a.example/\"}}}\n", "method", "is GET"},
		{good + view + "source: {url: \"https://a.example/\", paging: {kind: offset, parameter: o, items: response}}\n", "paging", "offsets grow by it"},
		{good + source + view + "title: again\n", "", "a.yaml:7:1"},
		{"a: [", "syntax", "a.yaml"},
		{"- a", "type", "mapping"},
		{"$include: /etc/passwd\n", "", "reads no other files"},
		{strings.Repeat("# x\n", 20_000), "limit", "larger than 64 KB"},
	} {
		_, err := integration.Parse("a.yaml", []byte(tt.text))
		var problems config.Problems
		if !errors.As(err, &problems) {
			t.Errorf("%q: Parse = %v", tt.text, err)
			continue
		}
		if !slices.ContainsFunc(problems, func(p config.Problem) bool {
			return (tt.rule == "" || p.Rule == tt.rule) && strings.Contains(p.String(), tt.want)
		}) {
			t.Errorf("%s lacks the rule %q with %q:\n%v", tt.text[:min(200, len(tt.text))], tt.rule, tt.want, err)
		}
	}
}

// TestConfigure: what the operator writes is checked against the definition.
func TestConfigure(t *testing.T) {
	t.Parallel()
	l := integration.NewLibrary([]*integration.Definition{mustParse(t, weather)})
	for text, want := range map[string]string{
		"integrations: {weather: {settings: {url: \"https://w.example\"}, credentials: {token: x}}}":                                              "",
		"integrations: {weather: {disabled: true, settings: {url: \"https://w.example\"}}}":                                                       "",
		"integrations: {kassel: {definition: weather, settings: {url: \"http://10.0.0.1:80/base\"}}, jira: {settings: {url: https://j.example}}}": "",
		"integrations: {weather: {}}":                                                              "a.yaml:1:25: integrations.weather.settings.url is required",
		"integrations: {weather: {settings: {url: \"ftp://w.example\"}}}":                          "a.yaml:1:42: integrations.weather.settings.url is no address",
		"integrations: {weather: {settings: {url: \"https://w.example/?x=1\"}}}":                   "more than scheme, host and path",
		"integrations: {weather: {settings: {url: \"https://w.example/a/../b\"}}}":                 "some servers read as another",
		"integrations: {weather: {settings: {url: \"https://w.example\", uri: x}}}":                "is no setting of weather; it has url",
		"integrations: {weather: {settings: {url: \"https://w.example\"}, credentials: {key: x}}}": "is no credential of weather; it has token",
		"integrations: {weahter: {}}":                                                              "names the definition \"weahter\", which there is none of",
		"integrations: {run: {definition: weather, settings: {url: \"https://w.example\"}}}":       "is no name for an integration",
	} {
		c, err := config.Parse("a.yaml", []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = integration.Configure(c, l)
		if got := fmt.Sprint(err); want == "" && err != nil || want != "" && !strings.Contains(got, want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// TestFolders: a company's own definition takes the place of one that ships,
// and faults in files are reported with the configuration's.
func TestFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"jira.yaml": strings.Replace(weather, "id: weather", "id: jira", 1), "bad.yml": "id: [", "readme.md": "no definition"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Parse("a.yaml", []byte(fmt.Sprintf("integrationFolders: [%q, /does/not/exist]", dir)), nil)
	if err != nil {
		t.Fatal(err)
	}
	own, err := integration.Folders(c)
	if err == nil || !strings.Contains(err.Error(), "bad.yml") || !strings.Contains(err.Error(), "a.yaml:1:") {
		t.Errorf("Folders: %v", err)
	}
	l := integration.NewLibrary(own)
	if d, ok := l.Definition("jira"); !ok || d.Title != "Weather" {
		t.Errorf("jira = %v, %v", d, ok)
	}
	all, err := l.All()
	if err != nil || len(all) != len(builtin(t)) {
		t.Errorf("All = %d definitions, %v; %d ship", len(all), err, len(builtin(t)))
	}
	if _, ok := l.Definition("../definitions/jira"); ok {
		t.Error("an ID leads to a file")
	}
}

// FuzzParse: whatever the file holds, the outcome is a definition or problems
// with places.
func FuzzParse(f *testing.F) {
	f.Add([]byte(weather))
	files, _ := filepath.Glob("definitions/*.yaml")
	for _, file := range files[:min(8, len(files))] {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := integration.Parse("fuzz.yaml", data)
		var problems config.Problems
		switch {
		case err == nil && d == nil, err != nil && !errors.As(err, &problems):
			t.Errorf("Parse = %v, %v", d, err)
		case err == nil:
			_, _ = d.Try(city("Kassel"), nil, []byte(`{"celsius": 1, "items": []}`), now)
		}
		for _, p := range problems {
			if p.Rule == "" || p.Message == "" || p.Origin.Name != "fuzz.yaml" {
				t.Errorf("a problem without rule, message or place: %+v", p)
			}
		}
	})
}

// FuzzURL: whatever an annotation says, the request goes to the host and below
// the path of the definition.
func FuzzURL(f *testing.F) {
	d, err := integration.Parse("url.yaml", []byte("id: url\ntitle: URL\ndescription: d\nappliesTo: {annotations: [a]}\nsource: {url: \"https://api.example/v1/{{annotations['a']}}/x/{{+annotations['b']}}.json\", query: {q: \"{{annotations['a']}}\"}}\nview: [{kind: status, text: \"'x'\"}]\n"))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"shop", "../../admin", "@evil.example", "%2f..%2f", "a\r\nb", "https://evil.example", "?x#y", ".", "..;/", "a//b", "\\"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		s := integration.Subject{Ref: "component:default/x", Kind: "Component", Annotations: map[string]string{"a": a, "b": b}}
		out, err := d.Try(s, nil, []byte("null"), now)
		if err != nil {
			return
		}
		u := mustURL(t, strings.TrimPrefix(out.Request, "GET "))
		segments := strings.Split(u.EscapedPath(), "/")
		if u.Scheme != "https" || u.Host != "api.example" || u.User != nil || u.Fragment != "" || !strings.HasPrefix(u.EscapedPath(), "/v1/") || !strings.HasSuffix(u.EscapedPath(), ".json") {
			t.Errorf("%q, %q lead to %s", a, b, u)
		}
		if segments[3] != "x" || slices.Contains(segments, "..") || slices.Contains(segments, ".") || slices.Contains(strings.Split(u.Path, "/"), "..") {
			t.Errorf("%q, %q climb: %s", a, b, u)
		}
		if got := u.Query(); len(got) > 1 || a != "" && got.Get("q") != a {
			t.Errorf("%q becomes the query %v", a, got)
		}
	})
}
