// SPDX-License-Identifier: Apache-2.0

package sqlsearch

import (
	"context"
	"database/sql"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callboard/callboard/portal/search"
	"github.com/callboard/callboard/portal/sqldb"
)

const (
	// onlyTokens has PostgreSQL use the index of tokens. It takes a comparison of
	// vectors for cheap, and would rather go through all documents until it has
	// found enough, which takes seconds where a word is rarer than it thinks.
	onlyTokens = `SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off`
	// onlyRows has it go through documents as they lie, from the first one on,
	// which is the order of the index of tokens too.
	onlyRows = `SET LOCAL enable_bitmapscan = off; SET LOCAL enable_indexscan = off; SET LOCAL synchronize_seqscans = off`
	// leastShare is from which share of documents on that is tried first: the
	// index would gather all that match. rowsTried is how many are gone through.
	leastShare = 0.2
	rowsTried  = 4000
)

// How facts are tested: with the index, or on each document that the words are
// found in, which is less work if most of them pass. The index cannot be used for
// what is not the column itself.
const (
	factsIndexed = `d.facts @@ CAST(? AS tsquery)`
	factsRead    = `(d.facts || CAST('' AS tsvector)) @@ CAST(? AS tsquery)`
)

// findPostgres finds what matches. What is common it takes from the first
// documents, if they have enough.
func (x *Index) findPostgres(ctx context.Context, p search.Probe) ([]search.Hit, error) {
	within, match, err := x.share(ctx, p)
	if err != nil {
		return nil, err
	}
	facts := factsIndexed
	if within >= leastShare {
		facts = factsRead
	}
	if within*match >= leastShare && p.Limit < rowsTried {
		hits, err := x.readPostgres(ctx, onlyRows, postgresStatement(`(SELECT * FROM search_documents LIMIT `+strconv.Itoa(rowsTried)+`) d`, facts, p))
		if err != nil || len(hits) == p.Limit {
			return hits, err
		}
	}
	return x.readPostgres(ctx, onlyTokens, postgresStatement(`search_documents d`, facts, p))
}

func (x *Index) readPostgres(ctx context.Context, how string, s statement) (hits []search.Hit, err error) {
	args := append([]any{pgx.QueryExecModeExec}, s.args...)
	err = x.db.ReadTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, how); err != nil {
			return err
		}
		hits, err = x.hits(ctx, func(ctx context.Context, query string, args []any, fn func(*sql.Rows) error) error {
			return readRows(ctx, tx, x.db.Rebind(query), args, fn)
		}, s.query, args)
		return err
	})
	return hits, sqldb.Classify(err)
}

// common is how common the most common tokens of each column are, as PostgreSQL
// counted them.
type common struct {
	mu     sync.Mutex
	until  time.Time
	shares map[string]map[string]float64 // by column and token
}

// commonFor is how long that is believed.
const commonFor = time.Minute

// share estimates for what share of all documents the parts of a probe hold, at
// least: tokens that are not among the most common count for none.
func (x *Index) share(ctx context.Context, p search.Probe) (within, match float64, err error) {
	shares, err := x.shares(ctx)
	if err != nil {
		return 0, 0, err
	}
	within = search.Share(p.Within, func(token string, prefix bool) float64 {
		if prefix {
			return 0
		}
		return shares["facts"][token]
	})
	return within, matchShare(p.Match, shares), nil
}

func matchShare(m search.Match, shares map[string]map[string]float64) float64 {
	switch t := m.(type) {
	case search.MatchAll:
		share := 1.0
		for _, p := range t {
			share *= matchShare(p, shares)
		}
		return share
	case search.MatchAny:
		none := 1.0
		for _, p := range t {
			none *= 1 - matchShare(p, shares)
		}
		return 1 - none
	case search.Except:
		return matchShare(t.Match, shares) * (1 - matchShare(t.Without, shares))
	case search.MatchWord:
		return shares[wordColumn(t)][t.Word]
	case search.MatchPhrase:
		return 0
	}
	return 1
}

// shares returns what PostgreSQL counted when it last analysed the table.
func (x *Index) shares(ctx context.Context) (map[string]map[string]float64, error) {
	x.common.mu.Lock()
	defer x.common.mu.Unlock()
	if time.Now().Before(x.common.until) {
		return x.common.shares, nil
	}
	shares := map[string]map[string]float64{"names": {}, "body": {}, "facts": {}}
	err := x.each(ctx, `SELECT s.attname, e.token, e.share
		FROM pg_stats s, unnest(CAST(CAST(s.most_common_elems AS text) AS text[]), s.most_common_elem_freqs) AS e (token, share)
		WHERE s.schemaname = current_schema() AND s.tablename = 'search_documents' AND s.attname IN ('named', 'body', 'facts')
			AND e.token IS NOT NULL`, nil, func(rows *sql.Rows) error {
		var column, token string
		var share float64
		if err := rows.Scan(&column, &token, &share); err != nil {
			return err
		}
		if column == "named" {
			column = "names"
		}
		shares[column][token] = share
		return nil
	})
	if err != nil {
		return nil, err
	}
	x.common.shares, x.common.until = shares, time.Now().Add(commonFor)
	return shares, nil
}
