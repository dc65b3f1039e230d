// SPDX-License-Identifier: Apache-2.0

package sqldb

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/callboard/callboard"
)

// openPostgres opens one pgx pool and lays database/sql over it, so that the
// limit on connections holds for both ways in. pgx caches prepared statements
// per connection.
func (db *DB) openPostgres(ctx context.Context, raw string) error {
	cfg, err := pgxpool.ParseConfig(raw)
	if err != nil {
		// The cause is dropped on purpose: it may quote the URL.
		return invalid("the database URL cannot be read: it must look like postgres://user:password@host:5432/name?sslmode=require")
	}
	db.tune(cfg, raw)
	c := cfg.ConnConfig
	db.name = fmt.Sprintf("postgres://%s@%s:%d/%s", url.PathEscape(c.User), c.Host, c.Port, url.PathEscape(c.Database))
	if db.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return fmt.Errorf("sqldb: open %s: %w", db.name, err)
	}
	db.reader = stdlib.OpenDBFromPool(db.pool)
	db.writer = db.reader
	if err := db.Ping(ctx); err != nil {
		return &callboard.Error{
			Code:    callboard.CodeUnavailable,
			Message: fmt.Sprintf("the database %s cannot be reached", db.name),
			Err:     err,
		}
	}
	return nil
}

func (db *DB) tune(cfg *pgxpool.Config, raw string) {
	u, err := url.Parse(raw)
	switch {
	case db.opts.MaxConns > 0:
		cfg.MaxConns = int32(min(db.opts.MaxConns, 1<<15)) //nolint:gosec // bounded
	case err != nil || !u.Query().Has("pool_max_conns"):
		cfg.MaxConns = 16
	}
	cfg.AfterConnect = withoutJIT
	cfg.MaxConnLifetime = time.Hour
	cfg.MaxConnLifetimeJitter = 10 * time.Minute
	cfg.MaxConnIdleTime = 5 * time.Minute
	cc := cfg.ConnConfig
	if cc.ConnectTimeout == 0 {
		cc.ConnectTimeout = 10 * time.Second
	}
	if cc.RuntimeParams["application_name"] == "" {
		cc.RuntimeParams["application_name"] = db.opts.ApplicationName
	}
}

// withoutJIT keeps the server from compiling queries: ours take milliseconds, and
// compiling one with a hundred conditions takes it minutes. A pooler in between
// would refuse this as a parameter of the connection, so it is a statement.
func withoutJIT(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SET jit = off`)
	return err
}
