// SPDX-License-Identifier: Apache-2.0

package sqljobs_test

import (
	"testing"

	"github.com/callboard/callboard/portal/jobs"
	"github.com/callboard/callboard/portal/jobs/jobstest"
	"github.com/callboard/callboard/portal/jobs/sqljobs"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

func TestQueue(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *sqldb.DB{"sqlite": sqldbtest.Open, "postgres": sqldbtest.OpenPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			jobstest.TestQueue(t, func(tb testing.TB) jobstest.Opener {
				db := open(tb)
				if err := sqljobs.Migrate(tb.Context(), db); err != nil {
					tb.Fatalf("Migrate: %v", err)
				}
				return jobstest.Opener{DB: db, New: func(s *jobs.Settings) (jobs.Queue, error) { return sqljobs.New(db, s) }}
			})
		})
	}
}
