// SPDX-License-Identifier: Apache-2.0

package catalogtest_test

import (
	"context"
	"testing"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
)

// titler gives entities without a title one.
type titler struct{}

func (titler) Name() string { return "titler" }

func (titler) Process(ctx context.Context, in *catalog.Processing) error {
	if in.Entity.Metadata.Title == "" {
		in.Entity.Metadata.Title = "The " + in.Entity.Metadata.Name
	}
	return ctx.Err()
}

// lister delivers one finished entity and waits.
type lister struct{}

func (lister) Name() string { return "lister" }

func (lister) Run(ctx context.Context, sink catalog.Sink) error {
	err := sink.Update(ctx, []catalog.Item{{
		Location: "list:all", Entities: []*catalog.Entity{catalogtest.Component("shop").Entity()},
	}}, nil)
	if err != nil && ctx.Err() == nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func TestSuites(t *testing.T) {
	t.Parallel()
	t.Run("Processor", func(t *testing.T) {
		t.Parallel()
		catalogtest.TestProcessor(t, func(testing.TB) catalog.Processor { return titler{} }, catalogtest.API("api").Entity())
	})
	t.Run("Provider", func(t *testing.T) {
		t.Parallel()
		catalogtest.TestProvider(t, func(testing.TB) catalog.Provider { return lister{} })
	})
}
