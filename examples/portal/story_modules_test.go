// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/samber/do/v2"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/portal"
	"github.com/callboard/callboard/portal/module"
)

// source is a provider of a test.
type source struct {
	name string
	run  func(ctx context.Context, sink catalog.Sink) error
}

func (s source) Name() string                                     { return s.name }
func (s source) Run(ctx context.Context, sink catalog.Sink) error { return s.run(ctx, sink) }

// fussy is a processor that panics at one entity and hangs at another.
type fussy struct{}

func (fussy) Name() string { return "fussy" }

func (fussy) Process(_ context.Context, in *catalog.Processing) error {
	switch in.Entity.Metadata.Name {
	case "panics":
		panic("oh no")
	case "fails":
		return errors.New("the secret is s3cret")
	}
	return nil
}

// brings is a package with the contribution.
func brings[T any](v T) func(do.Injector) {
	return func(i do.Injector) {
		module.Contribute(i, func(do.Injector) (T, error) { return v, nil })
	}
}

func items(names ...string) func(yield func(catalog.Item, error) bool) {
	return func(yield func(catalog.Item, error) bool) {
		for _, n := range names {
			if !yield(catalog.Item{Location: "test:" + n, Content: []byte(component(n))}, nil) {
				return
			}
		}
	}
}

// TestMisbehavingProviders runs providers that panic, fail, hang, and suddenly
// bring almost nothing, beside one that is well.
func TestMisbehavingProviders(t *testing.T) {
	t.Parallel()
	many := make([]string, 20)
	for n := range many {
		many[n] = fmt.Sprintf("m%02d", n)
	}
	shrink := make(chan []string)
	p := run(t, []string{"--catalog", t.TempDir()},
		brings[catalog.Provider](source{"panics", func(context.Context, catalog.Sink) error { panic("oh no") }}),
		brings[catalog.Provider](source{"fails", func(context.Context, catalog.Sink) error { return errors.New("the token s3cret is wrong") }}),
		brings[catalog.Provider](source{"hangs", func(ctx context.Context, _ catalog.Sink) error { <-ctx.Done(); return nil }}),
		brings[catalog.Provider](source{"well", func(ctx context.Context, sink catalog.Sink) error {
			err := sink.Replace(ctx, items("well", "panics", "fails"))
			<-ctx.Done()
			return err
		}}),
		brings[catalog.Provider](source{"shrinks", func(ctx context.Context, sink catalog.Sink) error {
			for names := many; ; {
				if err := sink.Replace(ctx, items(names...)); err != nil {
					return err
				}
				select {
				case names = <-shrink:
				case <-ctx.Done():
					return nil
				}
			}
		}}),
		brings[catalog.Processor](fussy{}),
	)
	p.delivered(t, "well")
	p.delivered(t, "shrinks")
	status := func() map[string]provider {
		found := map[string]provider{}
		for _, pr := range get[list[provider]](t, p, "/api/catalog/providers").Items {
			found[pr.Name] = pr
		}
		return found
	}
	eventually(t, "the failures", func() bool { st := status(); return st["panics"].State == "failed" && st["fails"].State == "failed" })
	st := status()
	if st["hangs"].State != "running" || !strings.Contains(st["panics"].Error, "panicked") || strings.Contains(st["fails"].Error, "s3cret") {
		t.Errorf("providers are %+v", st)
	}
	checkProcessed(t, p)

	shrink <- []string{"m00"}
	eventually(t, "the provider to be held back", func() bool { return status()["shrinks"].State == "held" })
	if st := status()["shrinks"]; st.Held != 19 || st.Had != 20 {
		t.Errorf("held back is %+v, want 19 of 20", st)
	}
	if got := p.total(t); got != 21 {
		t.Errorf("%d entities are served while the provider is held back, want all 21", got)
	}
	if status, body := p.ask(t, http.MethodGet, "/locations", ""); status != http.StatusOK || !strings.Contains(string(body), "it would drop 19 of 20 sources") {
		t.Errorf("GET /locations = %d without a word of what is held back", status)
	}
	if status, body := p.ask(t, http.MethodPost, "/api/catalog/providers/shrinks/release", ""); status/100 != 2 {
		t.Errorf("release = %d: %s", status, body)
	}
	if diff := cmp.Diff([]string{"component:m00", "component:well"}, p.names(t)); diff != "" {
		t.Errorf("after the release mismatch (-want +got):\n%s", diff)
	}
	shrink <- nil
	eventually(t, "the last one to be held back", func() bool { return status()["shrinks"].Held == 1 })
}

// checkProcessed looks for what the processor did not survive.
func checkProcessed(t *testing.T, p *running) {
	t.Helper()
	problems := p.problems(t)
	if strings.Count(problems, "the processor fussy failed") != 2 || strings.Contains(problems, "s3cret") || strings.Count(problems, "\n") != 2 {
		t.Errorf("problems are\n%swant one for each entity that the processor did not survive", problems)
	}
}

// robot is the spec of a company's own kind.
type robot struct {
	Owner string `json:"owner" ref:"ownedBy,ownerOf,Group"`
	Arms  int    `json:"arms,omitempty"`
}

// TestKindInGo declares a kind with a Go type: its entities are taken in,
// checked and related as the built-in ones are.
func TestKindInGo(t *testing.T) {
	t.Parallel()
	kind, err := catalog.KindOf[robot](catalog.Kind{Name: "Robot", APIVersions: []string{"acme.example/v1"}})
	if err != nil {
		t.Fatal(err)
	}
	doc := "apiVersion: acme.example/v1\nkind: Robot\nmetadata: {name: %s}\nspec: %s\n---\n"
	dir := tree(t, map[string]string{"robots.yaml": fmt.Sprintf(doc, "r2", "{owner: team-a, arms: 2}") + fmt.Sprintf(doc, "c3", "{owner: team-a, arms: two}") + component("x")})
	args := []string{"--catalog", dir + "/robots.yaml"}

	p := run(t, args, brings(kind))
	p.delivered(t, "file")
	if diff := cmp.Diff([]string{"component:x", "robot:r2"}, p.names(t)); diff != "" {
		t.Errorf("served entities mismatch (-want +got):\n%s", diff)
	}
	if got := p.problems(t); !strings.Contains(got, "robots.yaml:9:29 (document 2): /spec/arms: ") || strings.Count(got, "\n") != 1 {
		t.Errorf("problems are %s", got)
	}
	if diff := cmp.Diff([]edge{{"ownedBy", "group:default/team-a"}}, edgesOf(get[map[string]any](t, p, "/api/catalog/entities/by-name/robot/default/r2"))); diff != "" {
		t.Errorf("relations mismatch (-want +got):\n%s", diff)
	}

	without := run(t, args)
	without.delivered(t, "file")
	if diff := cmp.Diff([]string{"component:x"}, without.names(t)); diff != "" {
		t.Errorf("without the kind: served entities mismatch (-want +got):\n%s", diff)
	}
	if got := without.problems(t); strings.Count(got, `the kind "Robot" is not known here [unknown-kind]`) != 2 || !strings.Contains(got, "declare the kind with a Kind document") {
		t.Errorf("without the kind: problems are %s", got)
	}

	said, code := tryRunLog(t, args, brings(kind), brings(kind))
	if code != portal.ExitFailure || !strings.Contains(said, "Robot") || !strings.Contains(said, "declared twice") {
		t.Errorf("with the kind twice: exit %d, %s", code, said)
	}
}

// TestClashingProviders does not start, and names both.
func TestClashingProviders(t *testing.T) {
	t.Parallel()
	var ran atomic.Bool
	same := func() func(do.Injector) {
		return brings[catalog.Provider](source{"hr", func(context.Context, catalog.Sink) error { ran.Store(true); return nil }})
	}
	said, code := tryRunLog(t, nil, same(), same())
	if code != portal.ExitFailure || !strings.Contains(said, `two contributions of catalog.Provider have the name "hr"`) {
		t.Errorf("exit %d: %s", code, said)
	}
	if ran.Load() {
		t.Error("a provider ran although the portal cannot be composed")
	}
}
