// SPDX-License-Identifier: Apache-2.0

package catalogbench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/callboard/callboard"
	"github.com/callboard/callboard/portal/sqldb"
)

// scratch is a database of our own: a SQLite file in a temporary directory, or
// a schema on a PostgreSQL server. Whatever else is there is left alone.
type scratch struct {
	url    string
	remove func() error
}

// newScratch makes one of the kind that the target says: "sqlite", or the URL of
// a PostgreSQL database in which schemas may be made.
func newScratch(ctx context.Context, target string) (*scratch, error) {
	switch {
	case target == "sqlite":
		dir, err := os.MkdirTemp("", "callboard-bench-*")
		if err != nil {
			return nil, fmt.Errorf("catalogbench: scratch directory: %w", err)
		}
		return &scratch{"sqlite:" + filepath.Join(dir, "catalog.db"), func() error { return os.RemoveAll(dir) }}, nil
	case strings.HasPrefix(target, "postgres://"), strings.HasPrefix(target, "postgresql://"):
		return newSchema(ctx, target)
	}
	return nil, &callboard.Error{
		Code:    callboard.CodeInvalid,
		Message: `cannot measure on "` + withoutPassword(target) + `": name sqlite, for a temporary file, or postgres://…, where a temporary schema is made`,
	}
}

func newSchema(ctx context.Context, target string) (*scratch, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, &callboard.Error{Code: callboard.CodeInvalid, Message: "the database URL cannot be read"} // the cause may quote a password
	}
	schema := "callboard_bench_" + strings.ToLower(rand.Text())
	if err := execute(ctx, target, `CREATE SCHEMA `+schema); err != nil {
		return nil, fmt.Errorf("catalogbench: make a schema: %w", err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	q.Set("application_name", schema)
	u.RawQuery = q.Encode()
	return &scratch{u.String(), func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		return execute(ctx, target, `DROP SCHEMA `+schema+` CASCADE`)
	}}, nil
}

func execute(ctx context.Context, target, query string) error {
	db, err := sqldb.Open(ctx, target, nil)
	if err != nil {
		return err
	}
	_, err = db.SQL().ExecContext(ctx, query)
	return errors.Join(err, db.Close())
}

// withoutPassword is a URL that may be shown.
func withoutPassword(target string) string {
	if u, err := url.Parse(target); err == nil {
		return u.Redacted()
	}
	return "…"
}
