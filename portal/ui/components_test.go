// SPDX-License-Identifier: Apache-2.0

package ui_test

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/portal/ui"
)

// components are all templates with a zero value of what they take. The style
// guide draws them filled.
func components() map[string]any {
	return map[string]any{
		"ui/chip": ui.Chip{}, "ui/action": ui.Action{}, "ui/notice": ui.Notice{}, "ui/avatar": ui.Avatar{}, "ui/meter": ui.Meter{}, "ui/empty": ui.Empty{},
		"ui/command": "", "ui/problem": ui.Problem{}, "ui/forbidden": ui.Forbidden{}, "ui/card": ui.Card{}, "ui/partial": ui.Partial{}, "ui/stale": ui.Stale{},
		"ui/crumbs": []ui.Link{{}}, "ui/link": ui.Link{}, "ui/facts": []ui.Fact{{}}, "ui/fact": ui.Fact{}, "ui/tabs": []ui.Tab{{}}, "ui/head": ui.Page{},
		"ui/thead": []ui.Column{{}}, "ui/table": ui.Table{}, "ui/cell": ui.ColumnCell{}, "ui/pagination": ui.Pagination{}, "ui/searchfield": ui.SearchField{}, "ui/facets": ui.Facets{},
		"ui/form": ui.Form{}, "ui/form-errors": ui.Form{}, "ui/field": ui.Field{}, "ui/kv": ui.KV{{}}, "ui/copy": "", "ui/tags": []ui.Link{{}}, "ui/tree": []ui.TreeNode{{}},
		"ui/steps": []ui.Step{{}}, "ui/wizard": []ui.Step{{}}, "ui/history": []ui.Event{{}}, "ui/menu": ui.Menu{}, "ui/stat": ui.Stat{}, "ui/spark": ui.Sparkline{},
		"ui/definitions": []ui.Definition{{}}, "ui/loading": "", "ui/code": ui.Code{}, "ui/diff": ui.Diff{}, "ui/log": ui.Log{}, "ui/chart": ui.Chart{},
		"ui/bars": []ui.BarItem{{}}, "ui/stacked": ui.StackedBar{}, "ui/graph": ui.GraphView{},
	}
}

func TestComponentsWithZeroValues(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	for name, data := range components() {
		tpl, err := u.Templates(fstest.MapFS{"a.html": {Data: []byte(`{{template "` + name + `" .}}`)}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := tpl.Fragment(nil, "a.html", data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(string(got), "%!") || strings.Contains(string(got), "ZgotmplZ") {
			t.Errorf("%s draws %s", name, got)
		}
	}
}

func TestEveryComponentIsInTheGuide(t *testing.T) {
	t.Parallel()
	used := ""
	for _, pattern := range []string{"stylepage/templates/*.html", "templates/*/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			body, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			used += string(body)
		}
	}
	for _, m := range regexp.MustCompile(`define "(ui/[a-z-]+)"`).FindAllStringSubmatch(used, -1) {
		if !strings.Contains(used, `template "`+m[1]+`"`) {
			t.Errorf("the guide does not show %s", m[1])
		}
	}
}

func TestActionKinds(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	tpl, err := u.Templates(fstest.MapFS{"a.html": {Data: []byte(`{{template "ui/action" .}}`)}})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		action ui.Action
		tag    string
		attrs  []string
	}{
		{"link", ui.Action{Label: "x", URL: "/a"}, "a", []string{"href", "/a", "class", "btn"}},
		{"post", ui.Action{Label: "x", URL: "/a", Post: true, Primary: true}, "form", []string{"method", "post", "action", "/a"}},
		{"confirm", ui.Action{Label: "x", URL: "/a", Post: true, Confirm: "Sure?"}, "details", []string{"class", "confirm menu"}},
		{"disabled", ui.Action{Label: "x", URL: "/a", Disabled: "not yet"}, "button", []string{"aria-disabled", "true", "title", "not yet"}},
		{"star on", ui.Action{Label: "x", URL: "/a", Post: true, Toggle: "on"}, "button", []string{"aria-pressed", "true"}},
		{"star wish", ui.Action{Label: "x", URL: "/a", Post: true, Toggle: "on"}, "input", []string{"name", "state", "value", "off"}},
		{"script", ui.Action{Label: "x", URL: "javascript:alert(1)"}, "a", []string{"href", "#ZgotmplZ"}},
	}
	for _, tt := range tests {
		got, err := tpl.Fragment(nil, "a.html", tt.action)
		if err != nil || len(find(parse(t, string(got)), tt.tag, tt.attrs...)) != 1 {
			t.Errorf("%s: %s, %v: want one %s %v", tt.name, got, err, tt.tag, tt.attrs)
		}
	}
}

func TestFormShowsErrors(t *testing.T) {
	t.Parallel()
	u := newUI(t)
	form := ui.Form{Submit: "Save", Fields: []ui.Field{
		{Name: "a[0].name", Label: "Name", Value: "typed", Error: "too short", Hint: "ten letters"},
		{Kind: ui.FieldRadio, Name: "r", Label: "Way", Error: "choose one", Options: []ui.Option{{Value: "1"}, {Value: "2", Selected: true}}},
	}}
	doc, _ := render(t, u, `{{template "ui/form" .Form}}`, struct {
		ui.Page
		Form ui.Form
	}{Form: form}, nil)
	input := find(doc, "input", "name", "a[0].name", "value", "typed", "aria-invalid", "true", "aria-describedby", "f-a-0--name-error f-a-0--name-hint")
	if len(input) != 1 {
		t.Error("the field does not name its error and hint, or lost what was typed")
	}
	for _, id := range []string{"f-a-0--name", "f-a-0--name-error", "f-a-0--name-hint", "f-r", "f-r-error"} {
		n := 0
		for _, tag := range []string{"input", "p"} {
			n += len(find(doc, tag, "id", id))
		}
		if n != 1 {
			t.Errorf("%d elements have the id %s, want 1", n, id)
		}
	}
	if len(find(doc, "a", "href", "#f-a-0--name"))+len(find(doc, "a", "href", "#f-r")) != 2 {
		t.Error("the summary does not lead to the fields")
	}
	if len(find(doc, "input", "type", "radio", "value", "2", "checked", "*")) != 1 {
		t.Error("the selected radio button is not checked")
	}
}

func TestNewDiff(t *testing.T) {
	t.Parallel()
	d := ui.NewDiff("f", "a\nb\nc\nd\ne\nf\ng\nh\n", "a\nB\nc\nd\ne\nf\ng\nh\ni\n", 1)
	want := []ui.DiffHunk{
		{Header: "@@ -1,3 +1,3 @@", Lines: []ui.DiffLine{{Old: 1, New: 1, Text: "a"}, {Kind: "del", Old: 2, Text: "b"}, {Kind: "add", New: 2, Text: "B"}, {Old: 3, New: 3, Text: "c"}}},
		{Header: "@@ -8,1 +8,2 @@", Lines: []ui.DiffLine{{Old: 8, New: 8, Text: "h"}, {Kind: "add", New: 9, Text: "i"}}},
	}
	if diff := cmp.Diff(want, d.Hunks); diff != "" {
		t.Errorf("NewDiff mismatch (-want +got):\n%s", diff)
	}
	if same := ui.NewDiff("f", "a\n", "a\n", 3); len(same.Hunks) != 0 {
		t.Errorf("equal texts have %d hunks", len(same.Hunks))
	}
}

// FuzzNewDiff checks that both texts can be read back from a whole diff.
func FuzzNewDiff(f *testing.F) {
	for _, s := range [][2]string{{"", ""}, {"a\nb\nc", "b\nc\nd"}, {"a", ""}, {"x\nx\nx", "x\ny\nx\nx"}, {"\n\n", "\n"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		d := ui.NewDiff("f", before, after, len(before)+len(after)+2)
		var a, b []string
		for _, h := range d.Hunks {
			for _, l := range h.Lines {
				if l.Kind != ui.DiffAdd {
					a = append(a, l.Text)
				}
				if l.Kind != ui.DiffDel {
					b = append(b, l.Text)
				}
			}
		}
		if len(d.Hunks) == 0 {
			if strings.TrimSuffix(before, "\n") != strings.TrimSuffix(after, "\n") {
				t.Errorf("no hunks between %q and %q", before, after)
			}
			return
		}
		if strings.Join(a, "\n") != strings.TrimSuffix(before, "\n") || strings.Join(b, "\n") != strings.TrimSuffix(after, "\n") {
			t.Errorf("the diff of %q and %q reads back as %q and %q", before, after, a, b)
		}
	})
}

func TestHighlight(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ lang, text, want string }{
		"yaml":      {"yaml", "kind: API", `<span class="nt">kind</span>`},
		"file name": {"main.go", "func", `class="kd"`},
		"unknown":   {"no-such", "<b>", "&lt;b&gt;"},
		"plain":     {"", "a & b", "a &amp; b"},
		"escaped":   {"yaml", "a: <script>", "&lt;script&gt;"},
	} {
		if got := string(ui.Highlight(tt.lang, tt.text)); !strings.Contains(got, tt.want) || strings.Contains(got, "style=") {
			t.Errorf("%s: Highlight(%q, %q) = %s, want %s in it", name, tt.lang, tt.text, got, tt.want)
		}
	}
}

func TestChartsWithOddData(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	days := []time.Time{noon, noon.Add(time.Hour), noon.Add(2 * time.Hour)}
	charts := map[string]ui.Chart{
		"empty":     ui.LineChart{}.Chart(),
		"all NaN":   ui.LineChart{Times: days, Series: []ui.Series{{Values: []float64{nan, inf, nan}}}}.Chart(),
		"flat":      ui.LineChart{Times: days, Series: []ui.Series{{Name: "<b>", Values: []float64{5, 5, 5}}}}.Chart(),
		"one point": ui.LineChart{Times: days[:1], Series: []ui.Series{{Values: []float64{1}}}, Markers: []ui.Marker{{At: noon, Label: "<i>"}}}.Chart(),
		"short":     ui.LineChart{Times: days, Series: []ui.Series{{Values: []float64{1}}, {Values: []float64{1, 2, 3}, Low: []float64{0, nan, 1}, High: []float64{2, 3, 4}}}}.Chart(),
		"too long":  ui.LineChart{Times: days[:2], Series: []ui.Series{{Values: []float64{1, 2, 3}, Low: []float64{0, 1, 2}, High: []float64{2, 3, 4}}}}.Chart(),
		"bars":      ui.BarChart{Labels: []string{"a", "b"}, Series: []ui.Series{{Values: []float64{-1, inf}}, {Values: []float64{3}}}}.Chart(),
		"timeline":  ui.Timeline{Spans: []ui.Span{{Label: "x", From: noon}, {Label: "y", From: noon.Add(time.Hour), To: noon}}}.Chart(),
	}
	for name, c := range charts {
		if svg := string(c.SVG); strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") || strings.Contains(svg, "<b>") || strings.Contains(svg, "<i>") {
			t.Errorf("%s: %s", name, svg)
		}
	}
	if got := charts["all NaN"]; got.SVG != "" || len(got.Numbers.Rows) != 3 {
		t.Errorf("a chart without values: drawn %q, %d rows of numbers", got.SVG, len(got.Numbers.Rows))
	}
	if got := (ui.Sparkline{Values: []float64{nan, 1, 2, nan, 3}}).Path(); strings.Count(got, "M") != 2 {
		t.Errorf("a line with a gap is %q, want two pieces", got)
	}
}
