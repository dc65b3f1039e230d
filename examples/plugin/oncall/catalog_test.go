// SPDX-License-Identifier: Apache-2.0

package oncall_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
	"github.com/callboard/callboard/examples/plugin/oncall"
	"github.com/callboard/callboard/portal/events"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// TestProvider holds the provider against the contract of all providers.
func TestProvider(t *testing.T) {
	t.Parallel()
	catalogtest.TestProvider(t, func(tb testing.TB) catalog.Provider {
		db := sqldbtest.Open(tb)
		store := newStore(tb, db)
		replace(tb, db, store, shop(), payments())
		return oncall.NewProvider(store, &events.Local{})
	})
}

// deliveries is a sink that tells what it was given, a line for each call.
type deliveries chan []string

func (d deliveries) Replace(_ context.Context, items iter.Seq2[catalog.Item, error]) error {
	said := []string{"everything"}
	for item := range items {
		said = append(said, item.Location)
	}
	d <- said
	return nil
}

func (d deliveries) Update(_ context.Context, items []catalog.Item, removed []string) error {
	said := []string{"update"}
	for _, item := range items {
		said = append(said, item.Location)
	}
	for _, location := range removed {
		said = append(said, "without "+location)
	}
	d <- said
	return nil
}

func TestProviderDeliversWhatChanged(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t)
	store := newStore(t, db)
	replace(t, db, store, shop(), payments())
	bus := &events.Local{}
	got := make(deliveries, 10)
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { done <- oncall.NewProvider(store, bus).Run(ctx, got) }()
	expect := func(want ...string) {
		t.Helper()
		select {
		case said := <-got:
			if diff := cmp.Diff(want, said); diff != "" {
				t.Errorf("delivery mismatch (-want +got):\n%s", diff)
			}
		case <-time.After(2 * time.Minute):
			t.Fatalf("no delivery, want %q", want)
		}
	}
	tell := func() {
		t.Helper()
		if err := events.NewTopic[struct{}]("oncall.changed").Publish(ctx, bus, struct{}{}); err != nil {
			t.Fatal(err)
		}
	}
	expect("everything", "oncall:payments", "oncall:shop")
	moved := shop()
	moved.Channel = "#elsewhere"
	replace(t, db, store, moved)
	tell()
	expect("update", "oncall:shop", "without oncall:payments")
	tell() // nothing is new, so nothing is delivered
	replace(t, db, store, moved, payments())
	tell()
	expect("update", "oncall:payments")
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run = %v when its context ends, want nil", err)
	}
}

// TestProcessor holds the processor against the contract of all processors.
func TestProcessor(t *testing.T) {
	t.Parallel()
	catalogtest.TestProcessor(t, func(testing.TB) catalog.Processor { return oncall.Processor{} },
		catalogtest.Component("shop").Annotate(oncall.Annotation, "shop").Entity(),
		catalogtest.Component("odd").Annotate(oncall.Annotation, "no such name!").Entity())
}

func TestProcessorRelatesOrWarns(t *testing.T) {
	t.Parallel()
	in := &catalog.Processing{Entity: catalogtest.Component("pages").Annotate(oncall.Annotation, "shop").Entity()}
	if err := (oncall.Processor{}).Process(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	pages, rota := catalog.NewRef("component", "", "pages"), catalog.NewRef("resource", "", "on-call-shop")
	want := []catalog.Edge{{Source: pages, Type: "coveredBy", Target: rota}, {Source: rota, Type: "covers", Target: pages}}
	if diff := cmp.Diff(want, in.Relations); diff != "" || len(in.Problems) > 0 {
		t.Errorf("relations mismatch (-want +got), problems %v:\n%s", in.Problems, diff)
	}
	in = &catalog.Processing{Entity: catalogtest.Component("pages").Annotate(oncall.Annotation, "the shop").Entity()}
	if err := (oncall.Processor{}).Process(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if len(in.Relations) > 0 || len(in.Problems) != 1 || in.Problems[0].Remedy == "" {
		t.Errorf("an annotation that names no rota gives %v and %v, want one problem with a remedy", in.Relations, in.Problems)
	}
}
