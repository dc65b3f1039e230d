// SPDX-License-Identifier: Apache-2.0

package search_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/search/searchtest"
	"github.com/callboard/callboard/portal/search/sqlsearch"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// faulty is a source that breaks where it is told to.
type faulty struct {
	runbooks
	faults atomic.Pointer[faults] // calls that were left behind may still look
}

type faults struct{ list, sight, visible func() }

func (f *faulty) List(ctx context.Context, after string, limit int) (search.Listing, error) {
	if fault := f.faults.Load().list; fault != nil {
		fault()
	}
	return f.runbooks.List(ctx, after, limit)
}

func (f *faulty) Sight(ctx context.Context) (search.Filter, error) {
	if fault := f.faults.Load().sight; fault != nil {
		fault()
		return nil, errors.New("broken")
	}
	return f.runbooks.Sight(ctx)
}

func (f *faulty) Visible(ctx context.Context, hits []search.Hit) ([]bool, error) {
	if fault := f.faults.Load().visible; fault != nil {
		fault()
		return nil, nil
	}
	return f.runbooks.Visible(ctx, hits)
}

// TestFaultySource has a source break in every way: the others are found.
func TestFaultySource(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t)
	if err := sqlsearch.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	f := &faulty{}
	good := searchtest.NewSource(search.Document{ID: "a", Title: "restore"})
	s, err := search.New(sqlsearch.New(db), []search.Source{f, good}, nil)
	if err != nil {
		t.Fatal(err)
	}
	panics, nothing := func() { panic("boom") }, func() {}
	f.faults.Store(&faults{list: panics})
	s.Sync(t.Context())
	find := func() string {
		t.Helper()
		found, err := s.Search(t.Context(), search.Query{Text: "restore", Facets: true})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, r := range found.Results {
			ids = append(ids, r.ID)
		}
		return strings.Join(append(ids, found.Failed...), " ")
	}
	if got := find(); got != "a" {
		t.Errorf("while a source cannot be listed: %q", got)
	}
	f.faults.Store(&faults{})
	s.Sync(t.Context())
	for name, tt := range map[string]struct {
		sight, visible func()
		want           string
	}{
		"well":                  {nil, nil, "a restore"},
		"sight panics":          {panics, nil, "a acme-runbooks"},
		"sight fails":           {nothing, nil, "a acme-runbooks"},
		"visible panics":        {nil, panics, "a acme-runbooks"},
		"visible says too few":  {nil, nothing, "a acme-runbooks"},
		"sight never comes":     {func() { select {} }, nil, "a acme-runbooks"},
		"everything and at all": {panics, panics, "a acme-runbooks"},
	} {
		f.faults.Store(&faults{sight: tt.sight, visible: tt.visible})
		if got := find(); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// TestNewRefuses holds New to what it says.
func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, sources := range map[string][]search.Source{
		"two of a name": {runbooks{}, runbooks{}},
	} {
		if _, err := search.New(nil, sources, nil); err == nil {
			t.Errorf("%s are taken", name)
		}
	}
	for _, d := range []search.Document{{}, {ID: "a", Type: "t", Title: "x"}, {ID: "a", Title: "x", Location: "/"}} {
		if _, err := search.NewEntry("s", d); err == nil {
			t.Errorf("%+v is taken", d)
		}
	}
}
