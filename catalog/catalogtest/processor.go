// SPDX-License-Identifier: Apache-2.0

package catalogtest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard/callboard/catalog"
)

// TestProcessor checks that a [catalog.Processor] keeps its contract over the
// entities given, and over some that any processor must get along with.
func TestProcessor(t *testing.T, open func(tb testing.TB) catalog.Processor, entities ...*catalog.Entity) {
	entities = append(entities,
		Component("plain").Entity(),
		&catalog.Entity{APIVersion: "backstage.io/v1alpha1", Kind: "Component", Metadata: catalog.Metadata{Name: "bare"}},
		New("Unheard", "of").Set("deep", map[string]any{"list": []any{nil, true, int64(1), 1.5, "x"}}).Entity(),
	)
	t.Run("Name", func(t *testing.T) {
		a, b := open(t).Name(), open(t).Name()
		if a == "" || a != b {
			t.Errorf("Name = %q, then %q; want the same name each time", a, b)
		}
	})
	t.Run("KeepsIdentity", func(t *testing.T) {
		p := open(t)
		for _, e := range entities {
			in := processing(e)
			if err := p.Process(t.Context(), in); err == nil && (in.Entity == nil || in.Entity.Ref() != e.Ref()) {
				t.Errorf("%s: its identity is changed", e.Ref())
			}
		}
	})
	t.Run("Repeats", func(t *testing.T) {
		p := open(t)
		for _, e := range entities {
			first, second := processing(e), processing(e)
			errFirst, errSecond := p.Process(t.Context(), first), p.Process(t.Context(), second)
			if (errFirst == nil) != (errSecond == nil) {
				t.Errorf("%s: Process = %v, then %v", e.Ref(), errFirst, errSecond)
			}
			if diff := cmp.Diff(first, second); diff != "" {
				t.Errorf("%s: the same entity is processed otherwise (-first +second):\n%s", e.Ref(), diff)
			}
		}
	})
	t.Run("Concurrent", func(t *testing.T) {
		p := open(t)
		var wg sync.WaitGroup
		for _, e := range entities {
			for range 4 {
				wg.Go(func() { _ = p.Process(t.Context(), processing(e)) }) // for the race detector
			}
		}
		wg.Wait()
	})
	t.Run("EndsWithContext", func(t *testing.T) {
		p := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = p.Process(ctx, processing(entities[0])) // an error is as good as a result
		}()
		select {
		case <-done:
		case <-time.After(patience):
			t.Error("Process does not return though its context had ended")
		}
	})
}

// processing is an entity of its own on its way in.
func processing(e *catalog.Entity) *catalog.Processing {
	return &catalog.Processing{
		Entity: e.Clone(),
		Source: catalog.SourceKey{Provider: "test", Location: "test:/entities.yaml"},
	}
}
