// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/audit"
	"github.com/callboard/callboard/portal/sqldb"
)

func Example() {
	ctx := callboard.WithIdentity(context.Background(), callboard.Identity{Subject: "user:default/ines"})
	db, err := sqldb.Open(ctx, ":memory:", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	if err := audit.Migrate(ctx, db); err != nil {
		log.Fatal(err)
	}

	trail := audit.New(db, nil)
	err = trail.Record(ctx, nil, audit.Entry{
		Action:   "settings.update",
		Resource: "integration:github",
		After:    json.RawMessage(`{"host": "github.example.org", "token": "ghp_123"}`),
	})
	if err != nil {
		log.Fatal(err)
	}

	entries, err := trail.Entries(ctx, audit.Query{Resource: "integration:github"})
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range entries {
		fmt.Println(e.Actor, e.Action, e.Outcome, string(e.After))
	}
	// Output: user:default/ines settings.update done {"host":"github.example.org","token":"•••"}
}
