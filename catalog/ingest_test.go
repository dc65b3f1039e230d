// SPDX-License-Identifier: Apache-2.0

package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
)

func TestIngest(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	check(t, st.feed.replace(
		text("mem:/a.yaml", componentDoc("a"), componentDoc("b")),
		catalog.Item{Location: "mem:/finished", Entities: []*catalog.Entity{catalogtest.Component("c").Entity()}},
	))
	st.serves("component:a", "component:b", "component:c")
	e := st.entity("component:default/a")
	want := map[string]string{catalog.AnnotationLocation: "mem:/a.yaml", catalog.AnnotationOriginLocation: "mem:/a.yaml"}
	if diff := cmp.Diff(want, e.Metadata.Annotations); diff != "" {
		t.Errorf("annotations mismatch (-want +got):\n%s", diff)
	}
	if got := e.Owner(); got != mustRef("group:default/team") {
		t.Errorf("owner = %s", got)
	}
	status := st.service.Status(t.Context())[0]
	if status.Added != 2 || status.State != catalog.ProviderRunning || status.LastSuccess.IsZero() {
		t.Errorf("Status = %+v", status)
	}

	check(t, st.feed.update([]string{"mem:/finished"}, text("mem:/a.yaml", componentDoc("a"), componentDoc("z"))))
	st.serves("component:a", "component:z")
}

func TestIngestUnchangedWritesNothing(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	items := []catalog.Item{
		text("mem:/a.yaml", componentDoc("a"), "kind: Broken"),
		text("mem:/l.yaml", locationDoc("l", "./child.yaml", "./none.yaml")),
		{Location: "mem:/finished", Entities: []*catalog.Entity{catalogtest.Component("c").Entity()}},
		{Location: "mem:/gone.yaml", Err: errors.New("no")},
	}
	st.disk.write("/child.yaml", componentDoc("child"))
	check(t, st.feed.replace(items...))
	versions, applies := st.versions(), st.store.Applies()
	for range 3 {
		check(t, st.feed.replace(items...))
	}
	if st.versions() != versions || st.store.Applies() != applies {
		t.Errorf("delivering the same again made %d versions and %d writes",
			st.versions()-versions, st.store.Applies()-applies)
	}
	if status := st.service.Status(t.Context())[0]; status.Unchanged != len(items) {
		t.Errorf("Status = %+v, want %d unchanged", status, len(items))
	}
}

func TestIngestBrokenDocument(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	check(t, st.feed.replace(text("mem:/a.yaml", componentDoc("a"), "kind: [unclosed", componentDoc("b"))))
	st.serves("component:a", "component:b")
	if p := st.problem(); p.Document != 2 || p.Line == 0 || p.Location != "mem:/a.yaml" || p.Provider != "feed" {
		t.Errorf("problem = %+v", p)
	}

	// A known entity whose document breaks stays as it last was.
	broken := strings.Replace(componentDoc("a"), "type: service", "type: [1]", 1)
	check(t, st.feed.replace(text("mem:/a.yaml", broken, componentDoc("b"))))
	st.serves("component:a", "component:b")
	if got := st.entity("component:default/a").Type(); got != "service" {
		t.Errorf("type = %q, want the last good one", got)
	}
	if p := st.problem(); p.Entity != "component:default/a" || p.Owner != "group:default/team" || p.Pointer != "/spec/type" {
		t.Errorf("problem = %+v", p)
	}

	// So does one whose document cannot even be told.
	check(t, st.feed.replace(text("mem:/a.yaml", "kind: [unclosed", componentDoc("b"))))
	st.serves("component:a", "component:b")

	// Mended, and everything is as declared again.
	check(t, st.feed.replace(text("mem:/a.yaml", componentDoc("b"))))
	st.serves("component:b")
	if got := st.rules(); len(got) != 0 {
		t.Errorf("problems left: %v", got)
	}
}

func TestIngestLimitsProblems(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	check(t, st.feed.replace(text("mem:/a.yaml", strings.Repeat("kind: [\n---\n", 3000)+"a: b\n---\n"+componentDoc("good"))))
	st.serves("component:good")
	rules := map[string]int{}
	for _, r := range st.rules() {
		rules[r]++
	}
	if rules["yaml-syntax"] != 100 || rules["more-problems"] != 1 || len(rules) < 3 {
		t.Errorf("problems by rule = %v, want 100 of the first, the others, and how many more", rules)
	}
}

func TestIngestUnreadableSource(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	check(t, st.feed.replace(text("mem:/a.yaml", componentDoc("a"))))
	failure := &callboard.Error{Code: callboard.CodeUnavailable, Message: "the disk is away", Err: errors.New("secret")}
	check(t, st.feed.replace(catalog.Item{Location: "mem:/a.yaml", Err: failure}))
	st.serves("component:a")
	if p := st.problem(); p.Rule != "source-unreadable" || !strings.Contains(p.Message, "the disk is away") || strings.Contains(p.Message, "secret") {
		t.Errorf("problem = %+v", p)
	}
	check(t, st.feed.replace(text("mem:/a.yaml", componentDoc("a"))))
	if got := st.rules(); len(got) != 0 {
		t.Errorf("problems left after it could be read again: %v", got)
	}
}

func TestIngestErrorInSequence(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	check(t, st.feed.replace(text("mem:/a.yaml", componentDoc("a")), text("mem:/b.yaml", componentDoc("b"))))
	err := st.feed.do(func(ctx context.Context, sink catalog.Sink) error {
		return sink.Replace(ctx, seq([]catalog.Item{text("mem:/c.yaml", componentDoc("c"))}, errors.New("half way")))
	})
	if err == nil || !strings.Contains(err.Error(), "half way") {
		t.Errorf("Replace = %v, want the error of the sequence", err)
	}
	st.serves("component:a", "component:b", "component:c")
}

func TestIngestConflict(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	first, second := text("mem:/1.yaml", componentDoc("a")), text("mem:/2.yaml", strings.Replace(componentDoc("a"), "service", "website", 1))
	check(t, st.feed.replace(first, second))
	if got := st.entity("component:default/a").Type(); got != "service" {
		t.Errorf("the winner's type = %q, want that of the first", got)
	}
	conflicts, err := st.store.Conflicts(t.Context(), catalog.Ref{}, 10)
	check(t, err)
	if len(conflicts) != 1 || len(conflicts[0].Claims) != 2 || conflicts[0].Claims[0].Source.Location != "mem:/1.yaml" {
		t.Errorf("Conflicts = %+v", conflicts)
	}
	check(t, st.feed.update([]string{"mem:/1.yaml"}))
	if got := st.entity("component:default/a").Type(); got != "website" {
		t.Errorf("after the winner went, type = %q, want that of the second", got)
	}

	check(t, st.feed.replace(text("mem:/2.yaml", componentDoc("a"), componentDoc("a"))))
	if got := st.rules(); !slices.Equal(got, []string{"entity-repeated"}) {
		t.Errorf("problems = %v", got)
	}
}

func TestIngestKeepsOrderOverManyBatches(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{Parallel: 8})
	var items []catalog.Item
	for i := range 1201 {
		items = append(items, text(fmt.Sprintf("mem:/%04d.yaml", i), strings.Replace(componentDoc("same"), "service", fmt.Sprintf("t%04d", i), 1)))
	}
	check(t, st.feed.replace(items...))
	if got := st.entity("component:default/same").Type(); got != "t0000" {
		t.Errorf("the winner is %s, want the first", got)
	}
}

func TestIngestRules(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{Rules: []catalog.Rule{
		{Allow: []catalog.RuleKind{{Kind: "location"}}},
		{
			Allow:     []catalog.RuleKind{{Kind: "Component", Type: "service"}},
			Locations: []catalog.RuleLocation{{Type: "mem", Pattern: "/trusted/**"}},
		},
	}})
	st.disk.write("/elsewhere/c.yaml", componentDoc("c"))
	check(t, st.feed.replace(
		text("mem:/trusted/x/a.yaml", componentDoc("a"), strings.Replace(componentDoc("site"), "service", "website", 1)),
		text("mem:/other/b.yaml", componentDoc("b")),
		text("mem:/trusted/l.yaml", locationDoc("l", "/elsewhere/c.yaml")),
	))
	st.serves("component:a", "component:c", "location:l") // c counts by where it originated
	if got := st.rules(); !slices.Equal(got, []string{"catalog-rules", "catalog-rules"}) {
		t.Errorf("problems = %v", got)
	}
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"api.txt": "text of the API", "v.json": `{"a":[1,true]}`, "v.yaml": "b: 2\n", "bad.json": "{", "bad.yaml": "a: [",
	}
	open := func(_ context.Context, name string) ([]byte, error) {
		content, ok := files[name]
		if !ok {
			return nil, &callboard.Error{Code: callboard.CodeForbidden, Message: "it leaves the repository"}
		}
		return []byte(content), nil
	}
	doc := func(extra string) catalog.Item {
		it := text("mem:/a.yaml", componentDoc("a")+extra)
		it.Open = open
		return it
	}
	st := newStory(t, catalog.ServiceOptions{})
	good := doc("  t: {$text: ./api.txt}\n  list:\n    - {$json: v.json}\n    - {$yaml: v.yaml}\n")
	check(t, st.feed.replace(good))
	spec := st.entity("component:default/a").Spec
	want := []any{map[string]any{"a": []any{int64(1), true}}, map[string]any{"b": int64(2)}}
	if diff := cmp.Diff(want, spec["list"]); diff != "" || spec["t"] != "text of the API" {
		t.Errorf("t = %v, list mismatch (-want +got):\n%s", spec["t"], diff)
	}

	versions := st.versions()
	check(t, st.feed.replace(good))
	if st.versions() != versions {
		t.Error("the same content with the same files made a version")
	}
	files["api.txt"] = "another text"
	check(t, st.feed.replace(good))
	if got := st.entity("component:default/a").Spec["t"]; got != "another text" {
		t.Errorf("after the file changed, t = %v", got)
	}

	for _, bad := range []string{"$text: ../../secret", "$text: https://example.com/x", "$json: bad.json", "$yaml: bad.yaml", "$text: 3"} {
		check(t, st.feed.replace(doc("  t: {"+bad+"}\n")))
		p := st.problem()
		if p.Rule != "placeholder" || p.Line != 9 || p.Pointer != "/spec/t" || p.Remedy == "" || p.Entity != "component:default/a" {
			t.Errorf("%s: problem = %+v", bad, p)
		}
		if got := st.entity("component:default/a").Spec["t"]; got != "another text" {
			t.Errorf("%s: t = %v, want the last good", bad, got)
		}
	}
}

// processor is a Processor made of a function.
type processor func(context.Context, *catalog.Processing) error

func (processor) Name() string                                                { return "test" }
func (p processor) Process(ctx context.Context, in *catalog.Processing) error { return p(ctx, in) }

func TestProcessors(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	st := newStory(t, catalog.ServiceOptions{
		ProcessTimeout: 50 * time.Millisecond,
		Processors: []catalog.Processor{processor(func(_ context.Context, in *catalog.Processing) error {
			switch in.Entity.Metadata.Name {
			case "panics":
				panic("oh no")
			case "hangs":
				<-release
			case "fails":
				return &callboard.Error{Code: callboard.CodeUnavailable, Message: "not today"}
			case "renames":
				in.Entity.Metadata.Name = "other"
			case "warns":
				in.Problems = append(in.Problems, catalog.Problem{Severity: catalog.SeverityWarning, Rule: "taste", Message: "hm"})
			case "relates":
				in.Entity.Metadata.Title = "Titled"
				in.Relations = []catalog.Edge{{Source: in.Entity.Ref(), Type: "likes", Target: mustRef("component:default/warns")}}
			}
			return nil
		})},
	})
	check(t, st.feed.replace(text("mem:/a.yaml", componentDoc("panics"), componentDoc("hangs"), componentDoc("fails"),
		componentDoc("renames"), componentDoc("warns"), componentDoc("relates"))))
	st.serves("component:relates", "component:warns")
	want := []string{"processor-failed", "processor-failed", "processor-failed", "processor-renamed", "taste"}
	if got := st.rules(); !slices.Equal(got, want) {
		t.Errorf("problems = %v, want %v", got, want)
	}
	e := st.entity("component:default/relates")
	if got := e.Targets("likes"); len(got) != 1 || e.Metadata.Title != "Titled" {
		t.Errorf("likes = %v, title = %q", got, e.Metadata.Title)
	}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	all := func(n int, doc func(string) string) (items []catalog.Item) {
		for i := range n {
			items = append(items, text(fmt.Sprintf("mem:/%02d.yaml", i), doc(fmt.Sprintf("c%02d", i))))
		}
		return items
	}
	check(t, st.feed.replace(all(20, componentDoc)...))
	wantCode(t, st.service.Release(t.Context(), "feed"), callboard.CodeConflict)
	wantCode(t, st.service.Release(t.Context(), "nobody"), callboard.CodeNotFound)

	// More than half is gone: held, but the rest is updated.
	website := func(name string) string { return strings.Replace(componentDoc(name), "service", "website", 1) }
	check(t, st.feed.replace(all(9, website)...))
	if got := len(st.names()); got != 20 {
		t.Errorf("%d entities are served, want all 20", got)
	}
	if got := st.entity("component:default/c00").Type(); got != "website" {
		t.Errorf("type = %q: the update was not applied", got)
	}
	if s := st.service.Status(t.Context())[0]; s.State != catalog.ProviderHeld || s.Held != 11 || s.Had != 20 {
		t.Errorf("Status = %+v", s)
	}
	check(t, st.service.Release(t.Context(), "feed"))
	if s := st.service.Status(t.Context())[0]; len(st.names()) != 9 || s.State != catalog.ProviderRunning || s.Held != 0 {
		t.Errorf("after Release %d entities are served, status %+v", len(st.names()), s)
	}

	// It was obeyed once: nothing at all is held again.
	check(t, st.feed.replace())
	if s := st.service.Status(t.Context())[0]; len(st.names()) != 9 || s.State != catalog.ProviderHeld {
		t.Errorf("after an empty delivery %d entities are served, status %+v", len(st.names()), s)
	}
	// Back to normal, and the hold ends by itself.
	check(t, st.feed.replace(all(8, website)...))
	if s := st.service.Status(t.Context())[0]; len(st.names()) != 8 || s.State != catalog.ProviderRunning {
		t.Errorf("after a normal delivery %d entities are served, status %+v", len(st.names()), s)
	}
}
