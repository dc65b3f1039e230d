// SPDX-License-Identifier: Apache-2.0

package catalog_test

import (
	"context"
	"encoding/json"
	"iter"
	"log/slog"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogtest"
)

// feed is a provider that delivers what a test tells it to.
type feed struct {
	name  string
	calls chan func(context.Context, catalog.Sink) error
	done  chan error
}

func newFeed(name string) *feed {
	return &feed{name: name, calls: make(chan func(context.Context, catalog.Sink) error), done: make(chan error)}
}

func (f *feed) Name() string { return f.name }

func (f *feed) Run(ctx context.Context, sink catalog.Sink) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case call := <-f.calls:
			err := call(ctx, sink)
			select {
			case f.done <- err:
			case <-ctx.Done():
			}
		}
	}
}

func (f *feed) do(call func(context.Context, catalog.Sink) error) error {
	f.calls <- call
	return <-f.done
}

func (f *feed) replace(items ...catalog.Item) error {
	return f.do(func(ctx context.Context, sink catalog.Sink) error { return sink.Replace(ctx, seq(items, nil)) })
}

func (f *feed) update(removed []string, items ...catalog.Item) error {
	return f.do(func(ctx context.Context, sink catalog.Sink) error { return sink.Update(ctx, items, removed) })
}

// seq yields items, and then an error if there is one.
func seq(items []catalog.Item, err error) iter.Seq2[catalog.Item, error] {
	return func(yield func(catalog.Item, error) bool) {
		for _, it := range items {
			if !yield(it, nil) {
				return
			}
		}
		if err != nil {
			yield(catalog.Item{}, err)
		}
	}
}

// disk is a reader of mem: locations, which are files in memory.
type disk struct {
	mu    sync.Mutex
	files map[string]string
	reads map[string]int
}

func newDisk(files map[string]string) *disk { return &disk{files: files, reads: map[string]int{}} }

func (d *disk) Types() []string { return []string{"mem"} }

func (d *disk) Resolve(base, target string) (string, error) {
	if strings.HasPrefix(target, "/etc/") {
		return "", &callboard.Error{Code: callboard.CodeForbidden, Message: target + " is not for you"}
	}
	if base != "" && !strings.HasPrefix(target, "/") {
		target = path.Join(path.Dir(base), target)
	}
	return target, nil
}

func (d *disk) Read(_ context.Context, req catalog.ReadRequest) (catalog.ReadResult, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reads[req.Target]++
	if strings.Contains(req.Target, "*") {
		var res catalog.ReadResult
		for name := range d.files {
			if ok, _ := path.Match(req.Target, name); ok {
				res.Items = append(res.Items, d.item(name))
			}
		}
		slices.SortFunc(res.Items, func(a, b catalog.Item) int { return strings.Compare(a.Location, b.Location) })
		return res, nil
	}
	if _, ok := d.files[req.Target]; !ok {
		return catalog.ReadResult{}, &callboard.Error{Code: callboard.CodeNotFound, Message: "no file " + req.Target}
	}
	if d.files[req.Target] == req.Validator {
		return catalog.ReadResult{NotModified: true, Validator: req.Validator}, nil
	}
	return catalog.ReadResult{Items: []catalog.Item{d.item(req.Target)}, Validator: d.files[req.Target]}, nil
}

func (d *disk) item(name string) catalog.Item {
	return catalog.Item{Location: "mem:" + name, Content: []byte(d.files[name])}
}

func (d *disk) write(name, content string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if content == "" {
		delete(d.files, name)
		return
	}
	d.files[name] = content
}

// story is a running service with one feed and one disk.
type story struct {
	t       *testing.T
	store   *catalogtest.MemoryStore
	service *catalog.Service
	feed    *feed
	disk    *disk
}

func newStory(t *testing.T, opts catalog.ServiceOptions) *story {
	t.Helper()
	st := &story{t: t, store: catalogtest.NewStore(), feed: newFeed("feed"), disk: newDisk(map[string]string{})}
	opts.Providers = append([]catalog.Provider{st.feed}, opts.Providers...)
	opts.Readers = append(opts.Readers, st.disk)
	opts.Registrable = []string{"mem"}
	opts.Logger = slog.New(slog.DiscardHandler)
	s, err := catalog.NewService(st.store, &opts)
	if err != nil {
		t.Fatal(err)
	}
	st.service = s
	st.start()
	return st
}

func (st *story) start() {
	st.t.Helper()
	if err := st.service.Start(st.t.Context()); err != nil {
		st.t.Fatal(err)
	}
	st.t.Cleanup(st.stop)
}

func (st *story) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := st.service.Close(ctx); err != nil {
		st.t.Error(err)
	}
}

// names returns the references served, without the default namespace.
func (st *story) names() []string {
	st.t.Helper()
	page, err := st.store.Query(context.Background(), catalog.Query{Limit: catalog.MaxLimit})
	if err != nil {
		st.t.Fatal(err)
	}
	list := []string{}
	for _, r := range page.Items {
		list = append(list, strings.Replace(r.Ref.String(), ":default/", ":", 1))
	}
	return list
}

func (st *story) serves(want ...string) {
	st.t.Helper()
	slices.Sort(want)
	if got := st.names(); !slices.Equal(got, want) {
		st.t.Errorf("served are %v, want %v", got, want)
	}
}

func (st *story) entity(ref string) *catalog.Entity {
	st.t.Helper()
	records, err := st.store.Records(context.Background(), []catalog.Ref{mustRef(ref)})
	if err != nil || !records[0].Found() {
		st.t.Fatalf("Records(%s) = %v, %v", ref, records, err)
	}
	e := &catalog.Entity{}
	if err := json.Unmarshal(records[0].JSON, e); err != nil {
		st.t.Fatal(err)
	}
	return e
}

// rules returns the rules of all problems, in order of ID.
func (st *story) rules() []string {
	st.t.Helper()
	problems, _, err := st.store.Problems(context.Background(), catalog.ProblemQuery{Limit: 1000})
	if err != nil {
		st.t.Fatal(err)
	}
	list := []string{}
	for _, p := range problems {
		list = append(list, p.Rule)
	}
	return list
}

func (st *story) problem() catalog.Problem {
	st.t.Helper()
	problems, n, err := st.store.Problems(context.Background(), catalog.ProblemQuery{})
	if err != nil || n != 1 {
		st.t.Fatalf("Problems = %v, %v, want one", problems, err)
	}
	return problems[0]
}

func (st *story) versions() int {
	st.t.Helper()
	list, err := st.store.Changes(context.Background(), 0, 0)
	if err != nil {
		st.t.Fatal(err)
	}
	return len(list)
}

func mustRef(s string) catalog.Ref {
	ref, err := catalog.ParseRef(s, catalog.Ref{})
	if err != nil {
		panic(err)
	}
	return ref
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, code callboard.Code) {
	t.Helper()
	if got := callboard.CodeOf(err); got != code {
		t.Errorf("error %v has code %q, want %q", err, got, code)
	}
}

// text is a source of documents.
func text(location string, docs ...string) catalog.Item {
	return catalog.Item{Location: location, Content: []byte(strings.Join(docs, "\n---\n"))}
}

func componentDoc(name string) string {
	return "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: " + name +
		"\nspec:\n  type: service\n  lifecycle: production\n  owner: group:default/team\n"
}

func locationDoc(name string, targets ...string) string {
	doc := "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata:\n  name: " + name + "\nspec:\n  targets:\n"
	for _, t := range targets {
		doc += "    - \"" + t + "\"\n"
	}
	return doc
}
