// SPDX-License-Identifier: Apache-2.0

package sqlitejobs

import (
	"strings"
	"testing"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

func TestQueriesUseAnIndex(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t)
	if err := Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	plans := map[string]string{
		"jobs_job_due": sqldbtest.Explain(t, db, due, "default", 1, 1),
	}
	for index, q := range map[string]jobs.Query{
		"INTEGER PRIMARY KEY": {Before: 9},
		"jobs_job_state":      {State: jobs.StateFailed, Before: 9},
		"jobs_job_kind":       {State: jobs.StateFailed, Kind: "k"},
	} {
		text, args := list(q)
		plans[index] = sqldbtest.Explain(t, db, text, args...)
	}
	for index, plan := range plans {
		for line := range strings.Lines(plan) {
			if strings.Contains(line, "jobs_job") && !strings.Contains(line, index) || strings.Contains(line, "TEMP B-TREE") {
				t.Errorf("the plan is\n%s\nwant %s and no sort", plan, index)
				break
			}
		}
	}
}
