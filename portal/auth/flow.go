// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/callboard/callboard/portal/sqldb"
)

// flowLifetime is how long somebody may take at a provider.
const flowLifetime = 10 * time.Minute

// flow is a sign-in under way. Each tab has its own, with a cookie of its own
// that binds it to the browser.
type flow struct {
	Callback string `json:"callback"`
	Secret   []byte `json:"secret"`
	Next     string `json:"next"`
}

// flows keeps the sign-ins under way.
type flows struct {
	db  *sqldb.DB
	now func() time.Time
}

func (f *flows) add(ctx context.Context, method, state, browser string, fl flow) error {
	data, err := json.Marshal(fl)
	if err != nil {
		return err
	}
	_, err = f.db.Exec(ctx, `
		INSERT INTO auth_flow (state_hash, browser_hash, method, data, expires_at)
		VALUES (?, ?, ?, ?, ?)`,
		hashOf(state), hashOf(browser), method, string(data), sqldb.Micros(f.now().Add(flowLifetime)))
	return err
}

// take returns the flow and forgets it, nil if there is none: the state is
// unknown, expired, taken before, of another method or of another browser,
// whose flow then stays.
func (f *flows) take(ctx context.Context, method, state, browser string) (*flow, error) {
	if !isSecret(state) || !isSecret(browser) {
		return nil, nil
	}
	var data []byte
	err := f.db.InTx(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, f.db.Rebind(`
			DELETE FROM auth_flow
			WHERE state_hash = ? AND browser_hash = ? AND method = ? AND expires_at > ?
			RETURNING data`),
			hashOf(state), hashOf(browser), method, sqldb.Micros(f.now())).Scan(&data)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var fl flow
	return &fl, json.Unmarshal(data, &fl)
}

// flowCookie names the cookie of a flow, so that the flows of several tabs do
// not meet.
func flowCookie(state string) string { return "callboard_flow_" + hashOf(state)[:16] }
