// SPDX-License-Identifier: Apache-2.0

package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
)

func TestFollowLocations(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	st.disk.write("/x/a.yaml", componentDoc("a"))
	st.disk.write("/x/sub/l.yaml", locationDoc("inner", "../b.yaml", "./*.yml"))
	st.disk.write("/x/b.yaml", componentDoc("b"))
	st.disk.write("/x/sub/1.yml", componentDoc("one"))
	check(t, st.feed.replace(text("mem:/x/root.yaml", locationDoc("root", "./a.yaml", "sub/l.yaml", "./none.yaml", "/etc/passwd"))))
	st.serves("location:root", "location:inner", "component:a", "component:b", "component:one")
	if got := st.rules(); !slices.Equal(got, []string{"source-unreadable", "source-unreadable"}) {
		t.Errorf("problems = %v", got)
	}
	if got := st.entity("component:default/b").Annotation(catalog.AnnotationOriginLocation); got != "mem:/x/root.yaml" {
		t.Errorf("origin = %q", got)
	}

	// A new file matches the pattern; a refresh of the Location finds it.
	st.disk.write("/x/sub/2.yml", componentDoc("two"))
	check(t, st.service.Refresh(t.Context(), mustRef("location:default/inner")))
	st.serves("location:root", "location:inner", "component:a", "component:b", "component:one", "component:two")
	st.disk.write("/x/sub/1.yml", "")
	check(t, st.service.Refresh(t.Context(), mustRef("location:default/inner")))
	st.serves("location:root", "location:inner", "component:a", "component:b", "component:two")

	// What is named no more goes, with all that only it led to.
	check(t, st.feed.replace(text("mem:/x/root.yaml", locationDoc("root", "./a.yaml"))))
	st.serves("location:root", "component:a")
	if got := st.rules(); len(got) != 0 {
		t.Errorf("problems left: %v", got)
	}
	check(t, st.feed.update([]string{"mem:/x/root.yaml"}))
	st.serves()
	if sources, err := st.store.Sources(t.Context(), catalog.SourceQuery{}); err != nil || len(sources) != 0 {
		t.Errorf("Sources = %v, %v, want none", sources, err)
	}
}

func TestFollowInOrder(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{Parallel: 4})
	targets := []string{}
	for i := range 60 {
		name := fmt.Sprintf("/%02d.yaml", 59-i)
		st.disk.write(name, strings.Replace(componentDoc("same"), "service", fmt.Sprintf("t%02d", i), 1))
		targets = append(targets, "."+name)
	}
	check(t, st.feed.replace(text("mem:/root.yaml", locationDoc("root", targets...))))
	if got := st.entity("component:default/same").Type(); got != "t00" {
		t.Errorf("the winner is %s, want the target listed first", got)
	}
}

func TestFollowLoops(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	st.disk.write("/a.yaml", locationDoc("a", "./b.yaml"))
	st.disk.write("/b.yaml", locationDoc("b", "./a.yaml", "./b.yaml")+"---\n"+componentDoc("c"))
	check(t, st.feed.replace(text("mem:/a.yaml", locationDoc("a", "./a.yaml", "./b.yaml"))))
	st.serves("component:c", "location:a", "location:b")
	if got := st.rules(); len(got) != 3 {
		t.Errorf("problems = %v, want one for each name of a location that led there", got)
	}
	check(t, st.feed.update([]string{"mem:/a.yaml"}))
	st.serves()
}

// TestFollowRing is about two Locations that name each other and both were
// named from outside: when that ends they must not keep each other alive.
func TestFollowRing(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	st.disk.write("/a.yaml", locationDoc("a", "./b.yaml"))
	st.disk.write("/b.yaml", locationDoc("b", "./a.yaml"))
	check(t, st.feed.replace(
		text("mem:/1.yaml", locationDoc("one", "./a.yaml")),
		text("mem:/2.yaml", locationDoc("two", "./b.yaml")),
	))
	st.serves("location:a", "location:b", "location:one", "location:two")
	check(t, st.feed.update([]string{"mem:/1.yaml"}))
	st.serves("location:a", "location:b", "location:two")
	check(t, st.feed.update([]string{"mem:/2.yaml"}))
	st.serves()
}

func TestFollowDepth(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	for i := range 20 {
		st.disk.write(fmt.Sprintf("/%d.yaml", i), locationDoc(fmt.Sprintf("l%d", i), fmt.Sprintf("./%d.yaml", i+1)))
	}
	check(t, st.feed.replace(text("mem:/root.yaml", locationDoc("root", "./0.yaml"))))
	if p := st.problem(); !strings.Contains(p.Message, "more than 10 deep") {
		t.Errorf("problem = %+v", p)
	}
	if got := len(st.names()); got != 11 {
		t.Errorf("%d locations are served, want the first 11", got)
	}
}

func TestFollowChangesOwner(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	st.disk.write("/a.yaml", componentDoc("a"))
	st.disk.write("/b.yaml", componentDoc("b"))
	check(t, st.feed.replace(
		text("mem:/1.yaml", locationDoc("l", "./a.yaml")),
		text("mem:/2.yaml", locationDoc("l", "./b.yaml")),
	))
	st.serves("component:a", "location:l")
	check(t, st.feed.update([]string{"mem:/1.yaml"}))
	st.serves("component:b", "location:l")
}

func TestOptionalTarget(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	check(t, st.feed.replace(text("mem:/1.yaml", locationDoc("l", "./none.yaml")+"  presence: optional\n")))
	if got := st.rules(); len(got) != 0 {
		t.Errorf("problems = %v, want none: the target is optional", got)
	}
	st.disk.write("/none.yaml", componentDoc("late"))
	check(t, st.service.RefreshLocation(t.Context(), "mem:/none.yaml"))
	st.serves("component:late", "location:l")
}

func TestTargetsThroughOpen(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	files := map[string]string{
		"sub/a.yaml":    componentDoc("a") + "  t: {$text: ../text}\n",
		"sub/../text":   "unclean",
		"text":          "from the repository",
		"sub/deep.yaml": locationDoc("deep", "./b.yaml"),
		"sub/b.yaml":    componentDoc("b"),
	}
	root := text("forge:org/repo/root.yaml", locationDoc("root", "sub/a.yaml", "./sub/deep.yaml"))
	root.Open = func(_ context.Context, name string) ([]byte, error) {
		content, ok := files[strings.TrimPrefix(name, "./")]
		if !ok {
			return nil, &callboard.Error{Code: callboard.CodeNotFound, Message: "no " + name}
		}
		return []byte(content), nil
	}
	check(t, st.feed.replace(root))
	st.serves("component:a", "component:b", "location:deep", "location:root")
	if got := st.entity("component:default/a").Spec["t"]; got != "from the repository" {
		t.Errorf("t = %v", got)
	}
	if got := st.entity("component:default/b").Annotation(catalog.AnnotationLocation); got != "forge:org/repo/sub/b.yaml" {
		t.Errorf("location = %q", got)
	}
	// Delivered again, unchanged itself, it brings what changed below it.
	files["sub/b.yaml"] = componentDoc("b2")
	check(t, st.feed.replace(root))
	st.serves("component:a", "component:b2", "location:deep", "location:root")
}

func TestRegisteredLocations(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	st.disk.write("/a.yaml", componentDoc("a"))
	l := catalog.Location{Type: "mem", Target: "/a.yaml"}
	try, err := st.service.TryLocation(t.Context(), l)
	check(t, err)
	if len(try.Entities) != 2 || try.Exists || try.Location.ID == "" {
		t.Errorf("TryLocation = %+v", try)
	}
	st.serves()

	reg, err := st.service.AddLocation(t.Context(), l)
	check(t, err)
	st.serves("component:a", "location:generated-a3a769cefc90daa4c495ed363783752324d3e478") // of "mem:/a.yaml"
	_, err = st.service.AddLocation(t.Context(), l)
	wantCode(t, err, callboard.CodeConflict)
	if try, err = st.service.TryLocation(t.Context(), l); err != nil || !try.Exists {
		t.Errorf("TryLocation = %+v, %v, want that it exists", try, err)
	}
	for _, bad := range []catalog.Location{{Type: "mem"}, {Type: "file", Target: "/x"}, {Type: "mem", Target: "/etc/x"}} {
		if _, err := st.service.AddLocation(t.Context(), bad); err == nil {
			t.Errorf("AddLocation(%v) is accepted", bad)
		}
	}

	st.disk.write("/a.yaml", componentDoc("a2"))
	check(t, st.service.Refresh(t.Context(), mustRef("component:default/a")))
	if got := st.names()[0]; got != "component:a2" {
		t.Errorf("after a refresh %s is served", got)
	}
	check(t, st.service.RemoveLocation(t.Context(), reg.Location.ID))
	st.serves()
	wantCode(t, st.service.RemoveLocation(t.Context(), reg.Location.ID), callboard.CodeNotFound)
}

// TestRecover is about a process that ended half way: the next one finishes.
func TestRecover(t *testing.T) {
	t.Parallel()
	store := catalogtest.NewStore()
	files := newDisk(map[string]string{"/a.yaml": componentDoc("a"), "/b.yaml": componentDoc("b")})
	check(t, store.AddLocation(t.Context(), catalog.Location{ID: "1", Type: "mem", Target: "/a.yaml"}))
	claim := catalogtest.LocationOf("left", "mem", "/b.yaml").Claim()
	_, err := store.Apply(t.Context(), catalog.Change{Sources: []catalog.SourceUpdate{
		{Key: catalog.SourceKey{Provider: "old", Location: "mem:/left.yaml"}, Hash: "x", Claims: []catalog.Claim{claim}},
		{Key: catalog.SourceKey{Provider: "old", Parent: "location:default/gone", Location: "mem:/stray.yaml"}, Hash: "x",
			Claims: []catalog.Claim{catalogtest.Component("stray").Claim()}},
	}})
	check(t, err)
	s, err := catalog.NewService(store, &catalog.ServiceOptions{Readers: []catalog.LocationReader{files}})
	check(t, err)
	st := &story{t: t, store: store, service: s}
	st.start()
	eventually(t, "all to be found", func() bool {
		return len(st.names()) == 4 && st.names()[0] == "component:a" && st.names()[1] == "component:b"
	})
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	st.disk.write("/a.yaml", componentDoc("a"))
	check(t, st.feed.replace(text("mem:/1.yaml", locationDoc("l", "./a.yaml")), text("mem:/2.yaml", componentDoc("own"))))
	st.disk.write("/a.yaml", strings.Replace(componentDoc("a"), "service", "website", 1))
	check(t, st.service.Refresh(t.Context(), mustRef("component:default/a")))
	if got := st.entity("component:default/a").Type(); got != "website" {
		t.Errorf("type = %q", got)
	}
	wantCode(t, st.service.Refresh(t.Context(), mustRef("component:default/own")), callboard.CodeUnavailable)
	wantCode(t, st.service.Refresh(t.Context(), mustRef("component:default/none")), callboard.CodeNotFound)
	wantCode(t, st.service.RefreshLocation(t.Context(), "mem:/none.yaml"), callboard.CodeNotFound)
}

func TestRefreshOnSchedule(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{RefreshEvery: 10 * time.Millisecond})
	st.disk.write("/a.yaml", componentDoc("a"))
	check(t, st.feed.replace(text("mem:/1.yaml", locationDoc("l", "./a.yaml"))))
	st.disk.write("/a.yaml", componentDoc("b"))
	eventually(t, "the change to be seen", func() bool { return slices.Contains(st.names(), "component:b") })
	st.disk.write("/a.yaml", "")
	eventually(t, "the problem to be seen", func() bool { return len(st.rules()) == 1 })
	st.serves("component:b", "location:l")
	applies := st.store.Applies()
	before := st.disk.count("/a.yaml")
	eventually(t, "more reads", func() bool { return st.disk.count("/a.yaml") > before })
	if got := st.store.Applies(); got != applies {
		t.Errorf("%d writes while nothing changed", got-applies)
	}
}

func (d *disk) count(name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.reads[name]
}

// broken is a provider that misbehaves.
type broken struct {
	name string
	run  func(context.Context, catalog.Sink) error
}

func (b broken) Name() string                                     { return b.name }
func (b broken) Run(ctx context.Context, sink catalog.Sink) error { return b.run(ctx, sink) }

func TestProvidersThatMisbehave(t *testing.T) {
	t.Parallel()
	var tries atomic.Int32
	st := newStory(t, catalog.ServiceOptions{Providers: []catalog.Provider{
		broken{"panics", func(context.Context, catalog.Sink) error { tries.Add(1); panic("oh no") }},
		broken{"fails", func(ctx context.Context, sink catalog.Sink) error {
			if err := sink.Update(ctx, []catalog.Item{text("mem:/kept.yaml", componentDoc("kept"))}, nil); err != nil {
				return err
			}
			return fmt.Errorf("secret: %w", &callboard.Error{Code: callboard.CodeUnavailable, Message: "the forge is away"})
		}},
		broken{"once", func(ctx context.Context, sink catalog.Sink) error {
			return sink.Replace(ctx, seq([]catalog.Item{text("mem:/once.yaml", componentDoc("once"))}, nil))
		}},
	}})
	check(t, st.feed.replace(text("mem:/a.yaml", componentDoc("a"))))
	state := func(name string) catalog.ProviderStatus {
		i := slices.IndexFunc(st.service.Status(t.Context()), func(s catalog.ProviderStatus) bool { return s.Name == name })
		return st.service.Status(t.Context())[i]
	}
	eventually(t, "the states", func() bool {
		return state("panics").State == catalog.ProviderFailed && state("fails").State == catalog.ProviderFailed &&
			state("once").State == catalog.ProviderWaiting
	})
	st.serves("component:a", "component:kept", "component:once")
	if s := state("fails"); s.Error != "the forge is away" || s.Next.IsZero() {
		t.Errorf("Status = %+v", s)
	}
	if s := state("panics"); !strings.Contains(s.Error, "panicked") {
		t.Errorf("Status = %+v", s)
	}
	eventually(t, "another try", func() bool { return tries.Load() > 1 })
}

func TestCloseNamesWhatHangs(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	s, err := catalog.NewService(catalogtest.NewStore(), &catalog.ServiceOptions{Providers: []catalog.Provider{
		broken{"stubborn", func(context.Context, catalog.Sink) error { <-hold; return nil }},
	}})
	check(t, err)
	check(t, s.Start(t.Context()))
	wantCode(t, s.Start(t.Context()), callboard.CodeConflict)
	eventually(t, "it to run", func() bool { return s.Status(t.Context())[0].State == catalog.ProviderRunning })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Close(ctx); err == nil || !strings.Contains(err.Error(), "stubborn") {
		t.Errorf("Close = %v, want that it names the provider", err)
	}
	close(hold)
	check(t, s.Close(t.Context()))
}

func TestCancelledDelivery(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	check(t, st.feed.replace(text("mem:/a.yaml", componentDoc("a"))))
	err := st.feed.do(func(ctx context.Context, sink catalog.Sink) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		return sink.Replace(ctx, func(yield func(catalog.Item, error) bool) {
			cancel()
			yield(text("mem:/b.yaml", componentDoc("b")), nil)
		})
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Replace = %v", err)
	}
	st.serves("component:a")
}

func TestNewServiceRefuses(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]catalog.ServiceOptions{
		"no name":       {Providers: []catalog.Provider{newFeed("")}},
		"reserved name": {Providers: []catalog.Provider{newFeed(catalog.RegisteredProvider)}},
		"name twice":    {Providers: []catalog.Provider{newFeed("x"), newFeed("x")}},
		"two readers":   {Readers: []catalog.LocationReader{newDisk(nil), newDisk(nil)}},
		"empty rule":    {Rules: []catalog.Rule{{}}},
		"bad pattern": {Rules: []catalog.Rule{{
			Allow: []catalog.RuleKind{{Kind: "API"}}, Locations: []catalog.RuleLocation{{Pattern: "[a"}},
		}}},
	} {
		if _, err := catalog.NewService(catalogtest.NewStore(), &opts); callboard.CodeOf(err) != callboard.CodeInvalid {
			t.Errorf("%s: NewService = %v, want %s", name, err, callboard.CodeInvalid)
		}
	}
}

func TestValidateAndAnalyze(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	v, err := st.service.Validate(t.Context(), text("mem:/a.yaml", componentDoc("a"), "kind: Nope"))
	check(t, err)
	if len(v.Entities) != 1 || len(v.Relations) != 2 || len(v.Problems) == 0 || v.Problems[0].Location != "mem:/a.yaml" {
		t.Errorf("Validate = %+v", v)
	}
	st.disk.write("/a.yaml", componentDoc("a"))
	a, err := st.service.Analyze(t.Context(), catalog.Location{Type: "mem", Target: "/a.yaml"})
	check(t, err)
	if len(a.Existing) != 1 || a.Existing[0].Registered || len(a.Generated) != 0 {
		t.Errorf("Analyze = %+v", a)
	}
	a, err = st.service.Analyze(t.Context(), catalog.Location{Type: "mem", Target: "https://forge.example/org/My_Repo.git"})
	check(t, err)
	if len(a.Existing) != 0 || len(a.Generated) != 1 || a.Generated[0].Metadata.Name != "my_repo" {
		t.Errorf("Analyze = %+v", a)
	}
	st.serves()
}

func TestExplain(t *testing.T) {
	t.Parallel()
	st := newStory(t, catalog.ServiceOptions{})
	st.disk.write("/a.yaml", componentDoc("a"))
	check(t, st.feed.replace(text("mem:/1.yaml", locationDoc("l", "./a.yaml")), text("mem:/2.yaml", componentDoc("a"))))
	ref := mustRef("component:default/a")
	x, err := st.service.Explain(t.Context(), ref)
	check(t, err)
	if !x.Record.Found() || len(x.Claims) != 2 || len(x.Sources) != 2 || x.Sources[1].Key != x.Claims[1].Source {
		t.Errorf("Explain = %+v", x)
	}
	check(t, st.feed.update([]string{"mem:/2.yaml"}))
	x, err = st.service.Explain(t.Context(), ref)
	check(t, err)
	if diff := cmp.Diff([]catalog.Ref{mustRef("location:default/l")}, x.Ancestors); diff != "" {
		t.Errorf("ancestors mismatch (-want +got):\n%s", diff)
	}
	check(t, st.feed.update([]string{"mem:/1.yaml"}))
	x, err = st.service.Explain(t.Context(), ref)
	check(t, err)
	if x.Record.Found() || x.Deleted == nil || x.Deleted.Record.Ref != ref {
		t.Errorf("Explain of a deleted entity = %+v", x)
	}
	_, err = st.service.Explain(t.Context(), mustRef("component:default/never"))
	wantCode(t, err, callboard.CodeNotFound)
}

func TestChangedIsTold(t *testing.T) {
	t.Parallel()
	var seen atomic.Int32
	st := newStory(t, catalog.ServiceOptions{Changed: func(_ context.Context, cause catalog.Cause, a catalog.Applied) {
		if cause.Provider == "feed" && cause.Reason == "scan" {
			seen.Add(int32(len(a.Changes)))
		}
		panic("a listener's mistake")
	}})
	check(t, st.feed.replace(text("mem:/a.yaml", componentDoc("a"), componentDoc("b"))))
	if seen.Load() != 2 {
		t.Errorf("told of %d changes, want 2", seen.Load())
	}
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("waited too long for %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestConfiguredLocations(t *testing.T) {
	t.Parallel()
	store := catalogtest.NewStore()
	files := newDisk(map[string]string{"/a.yaml": componentDoc("a"), "/b.yaml": componentDoc("b")})
	run := func(targets ...string) *story {
		opts := &catalog.ServiceOptions{Readers: []catalog.LocationReader{files}}
		for _, target := range targets {
			opts.Locations = append(opts.Locations, catalog.Location{Type: "mem", Target: target})
		}
		s, err := catalog.NewService(store, opts)
		check(t, err)
		st := &story{t: t, store: store, service: s}
		st.start()
		return st
	}
	st := run("/a.yaml", "/a.yaml", "/b.yaml")
	eventually(t, "both", func() bool { return len(st.names()) == 4 })
	st.stop()
	st = run("/b.yaml")
	eventually(t, "one to go", func() bool { return len(st.names()) == 2 && st.names()[0] == "component:b" })
}
