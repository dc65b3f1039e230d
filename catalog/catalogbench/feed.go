// SPDX-License-Identifier: Apache-2.0

package catalogbench

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
)

// feed is a provider that delivers when it is told to, and the reader of three
// locations that lead to one another: the way of an entity that was registered.
type feed struct {
	company *Company
	tasks   chan task
}

type task struct {
	do   func(ctx context.Context, sink catalog.Sink) error
	done chan error
}

func newFeed(c *Company) *feed { return &feed{company: c, tasks: make(chan task)} }

// Name implements [catalog.Provider].
func (f *feed) Name() string { return "bench" }

// Run implements [catalog.Provider].
func (f *feed) Run(ctx context.Context, sink catalog.Sink) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case t := <-f.tasks:
			t.done <- t.do(ctx, sink)
		}
	}
}

// do has the provider do something, and waits for the end of it.
func (f *feed) do(ctx context.Context, fn func(ctx context.Context, sink catalog.Sink) error) error {
	t := task{do: fn, done: make(chan error, 1)}
	select {
	case f.tasks <- t:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-t.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Load has the service take in every file of the company, through decoding and
// validation. Seen, if not nil, is called now and then with the number of
// entities delivered so far.
func (s *Site) Load(ctx context.Context, seen func(entities int)) error {
	return s.feed.do(ctx, func(run context.Context, sink catalog.Sink) error {
		return sink.Replace(run, func(yield func(catalog.Item, error) bool) {
			if !yield(catalog.Item{Location: location("start.yaml"), Content: s.feed.way("start.yaml")}, nil) {
				return
			}
			for i := range s.company.Files() {
				if err := ctx.Err(); err != nil {
					yield(catalog.Item{}, err)
					return
				}
				if !yield(s.item(i), nil) {
					return
				}
				if seen != nil && i%100 == 0 {
					seen(i * perFile)
				}
			}
		})
	})
}

// Edit has the service take in the i-th file, changed by the mark.
func (s *Site) Edit(ctx context.Context, i int, mark string) error {
	item := s.item(i)
	item.Content = bytes.Replace(item.Content, []byte("\nspec:"), []byte("\n  bench: "+mark+"\nspec:"), 1)
	return s.feed.do(ctx, func(run context.Context, sink catalog.Sink) error {
		return sink.Update(run, []catalog.Item{item}, nil)
	})
}

func (s *Site) item(i int) catalog.Item {
	return catalog.Item{Location: location(s.company.FileName(i)), Content: s.company.File(i)}
}

// way is the content of a location on the way, or nil.
func (f *feed) way(name string) []byte {
	switch name {
	case "start.yaml":
		return []byte(fmt.Sprintf(locationYAML, "start", "middle.yaml"))
	case "middle.yaml":
		return []byte(fmt.Sprintf(locationYAML, "middle", "end.yaml"))
	case "end.yaml":
		return []byte(strings.Join([]string{
			"apiVersion: backstage.io/v1alpha1", "kind: Component", "metadata: {name: registered}",
			"spec: {type: service, lifecycle: production, owner: " + f.company.team(0) + "}", "",
		}, "\n"))
	}
	return nil
}

const locationYAML = `apiVersion: backstage.io/v1alpha1
kind: Location
metadata: {name: %s}
spec: {type: bench, target: /%s}
`

// Types implements [catalog.LocationReader].
func (f *feed) Types() []string { return []string{"bench"} }

// Resolve implements [catalog.LocationReader].
func (f *feed) Resolve(_, target string) (string, error) { return target, nil }

// Read implements [catalog.LocationReader].
func (f *feed) Read(_ context.Context, req catalog.ReadRequest) (catalog.ReadResult, error) {
	content := f.way(strings.TrimPrefix(req.Target, "/"))
	if content == nil {
		return catalog.ReadResult{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "there is nothing at " + req.Target}
	}
	return catalog.ReadResult{Items: []catalog.Item{{Location: "bench:" + req.Target, Content: content}}}, nil
}
