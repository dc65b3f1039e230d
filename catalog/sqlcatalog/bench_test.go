// SPDX-License-Identifier: Apache-2.0

package sqlcatalog_test

import (
	"testing"

	"github.com/callboard/callboard/catalog"
	"github.com/callboard/callboard/catalog/catalogbench"
	"github.com/callboard/callboard/portal/sqldb"
	"github.com/callboard/callboard/portal/sqldb/sqldbtest"
)

// BenchmarkFirstQuestion asks a store that was just opened, which builds its
// index of 10,000 entities.
func BenchmarkFirstQuestion(b *testing.B) {
	eachDatabase(b, func(b *testing.B, db *sqldb.DB) {
		load(b, db)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := newStore(b, db).Query(b.Context(), catalog.Query{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkApply takes in 10,000 entities, in changes of 1,000.
func BenchmarkApply(b *testing.B) {
	for b.Loop() {
		load(b, sqldbtest.Open(b))
	}
}

func eachDatabase(b *testing.B, fn func(b *testing.B, db *sqldb.DB)) {
	b.Run("sqlite/10k", func(b *testing.B) { fn(b, sqldbtest.Open(b)) })
	b.Run("postgres/10k", func(b *testing.B) { fn(b, sqldbtest.OpenPostgres(b)) })
}

func load(b *testing.B, db *sqldb.DB) {
	b.Helper()
	s := newStore(b, db)
	err := catalogbench.NewCompany(10_000).Changes(1000, func(c catalog.Change) error {
		_, err := s.Apply(b.Context(), c)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}
