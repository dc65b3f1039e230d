// SPDX-License-Identifier: Apache-2.0

package riverjobs

import (
	"strings"
	"testing"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

func TestQueriesUseAnIndex(t *testing.T) {
	t.Parallel()
	db := sqldbtest.OpenPostgres(t)
	if err := Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		index string
		q     jobs.Query
	}{
		{"river_job_pkey", jobs.Query{Before: 9}},
		{"jobs_river_state", jobs.Query{State: jobs.StateFailed, Before: 9}},
		{"jobs_river_kind", jobs.Query{State: jobs.StateFailed, Kind: "k"}},
	} {
		text, args := list(tt.q)
		plan := sqldbtest.Explain(t, db, text, args...)
		if !strings.Contains(plan, tt.index) || strings.Contains(plan, "Sort") || strings.Contains(plan, "Seq Scan") {
			t.Errorf("%+v is answered by\n%s\nwant %s and no sort", tt.q, plan, tt.index)
		}
	}
}
