// SPDX-License-Identifier: Apache-2.0

package search_test

import (
	"context"
	"fmt"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/search/sqlsearch"
	"github.com/callboard/callboard/portal/sqldb"
)

// runbooks is a source: a company's runbooks, one of which is for people who are
// signed in. It has no feed, so it is compared as a whole when its version
// changes.
type runbooks struct{}

func (runbooks) Name() string    { return "acme-runbooks" }
func (runbooks) Version() string { return "2026-03-01" }

func (runbooks) Types() []search.Type {
	return []search.Type{{ID: "acme-runbook", Title: "Runbooks", Icon: "book", Order: 500}}
}

func (runbooks) List(context.Context, string, int) (search.Listing, error) {
	return search.Listing{Documents: []search.Document{
		{ID: "restore", Type: "acme-runbook", Title: "Restore a database", Text: "Stop the writers first.", Location: "/runbooks/restore", Guards: []search.Fact{{Field: "for", Value: "all"}}},
		{ID: "keys", Type: "acme-runbook", Title: "Rotate the database keys", Text: "Two people are needed.", Location: "/runbooks/keys", Guards: []search.Fact{{Field: "for", Value: "members"}}},
	}}, nil
}

// Sight narrows the question to the index, Visible has the last word.
func (runbooks) Sight(ctx context.Context) (search.Filter, error) {
	if callboard.IdentityFrom(ctx).SignedIn() {
		return nil, nil
	}
	return search.Has{Field: "for", Value: "all"}, nil
}

func (runbooks) Visible(ctx context.Context, hits []search.Hit) ([]bool, error) {
	ok := make([]bool, len(hits))
	for i, h := range hits {
		ok[i] = h.ID == "restore" || callboard.IdentityFrom(ctx).SignedIn()
	}
	return ok, nil
}

// A module contributes its source with module.Contribute; here it is asked
// directly.
func ExampleSource() {
	ctx := context.Background()
	db, err := sqldb.Open(ctx, ":memory:", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	if err := sqlsearch.Migrate(ctx, db); err != nil {
		fmt.Println(err)
		return
	}
	service, err := search.New(sqlsearch.New(db), []search.Source{runbooks{}}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	service.Sync(ctx) // a portal starts the service, which does this
	for _, ctx := range []context.Context{ctx, callboard.WithIdentity(ctx, callboard.Identity{Subject: "user:default/ines"})} {
		found, err := service.Search(ctx, search.Query{Text: "databse"})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d for %q\n", found.Total, callboard.IdentityFrom(ctx).Subject)
		for _, r := range found.Results {
			fmt.Println("-", r.Title)
		}
	}
	// Output:
	// 1 for ""
	// - Restore a database
	// 2 for "user:default/ines"
	// - Restore a database
	// - Rotate the database keys
}
